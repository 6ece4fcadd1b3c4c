//! What a client may spend: points. An operation costs as many as the objects that it may touch, and one for itself.
//!
//! Points come back evenly, so that who asks little never waits, and who asks much is slowed down, not shut out. A
//! client is what its tokens name as such: more tokens are no more points. Each process counts for itself.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_graphql::ServerError;
use axum::http::{HeaderValue, StatusCode, header};
use chrono::{DateTime, Utc};

use crate::auth::Principal;
use crate::boot::App;
use crate::graphql::error::{Code, request_error};
use crate::http::problem::Problem;

/// Milliseconds in a minute: points are counted in as many parts, so that each millisecond gives back whole ones.
const MINUTE: u64 = 60_000;
/// What an artifact costs that is downloaded with a token: as much as one that is read for an answer.
pub const A_FILE: u64 = 20;
/// Clients that are remembered before those who owe nothing are forgotten.
const REMEMBERED: usize = 1024;

/// What every client has spent.
#[derive(Debug, Default)]
pub struct Quota(Mutex<HashMap<String, Spent>>);

/// What a client has spent and not got back yet.
#[derive(Debug, Clone, Copy)]
struct Spent {
    /// In 60,000ths of a point.
    parts: u64,
    at: DateTime<Utc>,
}

impl Spent {
    /// The same at a later instant. A clock that goes back gives nothing back, and takes nothing.
    fn by(self, now: DateTime<Utc>, a_minute: u64) -> Self {
        let passed = u64::try_from(now.signed_duration_since(self.at).num_milliseconds()).unwrap_or(0);
        Self { parts: self.parts.saturating_sub(passed.saturating_mul(a_minute)), at: now }
    }
}

/// Why a request is not served now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slow {
    /// After how many seconds it will be.
    pub seconds: u64,
}

impl Quota {
    /// Spends points, of which a client has so many a minute; nothing is spent where they do not suffice. What costs
    /// more than a minute's points is served to whoever has all of them.
    ///
    /// # Errors
    /// When they will suffice.
    fn spend(&self, client: &str, points: u64, a_minute: u64, now: DateTime<Utc>) -> Result<(), Slow> {
        let most = a_minute.saturating_mul(MINUTE);
        let wanted = points.min(a_minute).saturating_mul(MINUTE);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED && !known.contains_key(client) {
            known.retain(|_, spent| spent.by(now, a_minute).parts > 0);
        }
        let mut spent = known.get(client).map_or(Spent { parts: 0, at: now }, |spent| spent.by(now, a_minute));
        let owed = spent.parts.saturating_add(wanted);
        let result = match owed.saturating_sub(most) {
            0 => {
                spent.parts = owed;
                Ok(())
            }
            lacking => Err(Slow { seconds: lacking.div_ceil(a_minute).div_ceil(1000).max(1) }),
        };
        known.insert(client.to_owned(), spent);
        result
    }
}

/// Spends points of whoever asks.
///
/// # Errors
/// There are too few of them now.
pub fn spend(app: &App, principal: &Principal, points: u64) -> Result<(), Slow> {
    match app.limits.points_per_minute {
        0 => Ok(()),
        a_minute => app.quota.spend(&principal.client_id, points, a_minute, app.hub.clock().now()),
    }
}

impl fmt::Display for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The client has spent its points; ask again in {} s, or for less.", self.seconds)
    }
}

impl From<Slow> for Problem {
    fn from(slow: Slow) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, slow.to_string())
            .with(header::RETRY_AFTER, HeaderValue::from(slow.seconds))
    }
}

impl Slow {
    /// Refuses an operation, and counts it among those that were.
    pub fn refuse(self) -> ServerError {
        crate::metrics::executed("refused", Code::RateLimited.name(), 0, std::time::Duration::ZERO);
        let mut error = request_error(Code::RateLimited, self.to_string());
        error.extensions.get_or_insert_default().set("retryAfterS", self.seconds);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + millis).unwrap()
    }

    #[test]
    fn points_are_spent_and_come_back_evenly() {
        let quota = Quota::default();
        let spend = |points, millis| quota.spend("a", points, 600, at(millis)).map_err(|slow| slow.seconds);
        assert_eq!(spend(600, 0), Ok(()));
        assert_eq!(spend(1, 0), Err(1));
        assert_eq!(spend(100, 0), Err(10));
        assert_eq!(spend(1, 99), Err(1));
        assert_eq!(spend(1, 100), Ok(()), "ten points a second");
        assert_eq!(spend(1, 100), Err(1));
        assert_eq!(spend(100, 10_099), Err(1));
        assert_eq!(spend(100, 10_100), Ok(()));
        assert_eq!(spend(600, 3_600_000), Ok(()), "never more than a minute's");
        assert_eq!(spend(1, 3_600_000), Err(1));
    }

    #[test]
    fn a_client_s_points_are_its_own() {
        let quota = Quota::default();
        assert_eq!(quota.spend("a", 10, 10, at(0)), Ok(()));
        assert_eq!(quota.spend("a", 1, 10, at(0)), Err(Slow { seconds: 6 }));
        assert_eq!(quota.spend("b", 10, 10, at(0)), Ok(()));
    }

    #[test]
    fn what_costs_more_than_a_minute_s_points_waits_for_all_of_them() {
        let quota = Quota::default();
        assert_eq!(quota.spend("a", 1_000, 10, at(0)), Ok(()));
        assert_eq!(quota.spend("a", 1_000, 10, at(30_000)), Err(Slow { seconds: 30 }));
        assert_eq!(quota.spend("a", 1_000, 10, at(60_000)), Ok(()));
    }

    #[test]
    fn a_clock_that_jumps_shuts_nobody_out() {
        let quota = Quota::default();
        assert_eq!(quota.spend("a", 10, 10, at(0)), Ok(()));
        assert_eq!(quota.spend("a", 1, 10, at(-3_600_000)), Err(Slow { seconds: 6 }));
        assert_eq!(quota.spend("a", 1, 10, at(-3_600_000 + 6_000)), Ok(()));
        assert_eq!(quota.spend("a", 1, u64::MAX, at(i64::from(i32::MAX))), Ok(()));
    }

    #[test]
    fn clients_who_owe_nothing_are_forgotten() {
        let quota = Quota::default();
        for number in 0..5_000 {
            let now = at(number * 100);
            assert_eq!(quota.spend(&format!("client {number}"), 1, 600, now), Ok(()));
        }
        assert!(quota.0.lock().unwrap().len() <= REMEMBERED);
    }
}
