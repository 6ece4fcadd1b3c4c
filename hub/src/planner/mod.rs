//! Which call may be made now. All accounts of a connector share its application's limits.
//!
//! A call is counted before it is made, by us, and corrected by what the answer says. Never more than nine tenths of a
//! window are used, the less urgent kinds of work stop sooner, and after a refusal for want of room no call is made
//! before the window ends.

use chrono::{DateTime, Duration, Utc};
use connectors::{Reply, SourceError};
use domain::AccountId;
use sea_orm::DatabaseTransaction;

use crate::sources::LiveSource;
use crate::store::limit::{self, Limit, State};
use crate::store::{database_error, instant, micros};
use crate::{Hub, HubError};

/// How urgent a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    Backfill,
    Sweep,
    Recent,
    Person,
    Webhook,
}

impl Urgency {
    /// The most urgent first.
    pub(crate) const ALL: [Self; 5] = [Self::Webhook, Self::Person, Self::Recent, Self::Sweep, Self::Backfill];

    /// The priority of its jobs: whatever is later in an activity's parts comes a little later.
    pub(crate) const fn priority(self, part: usize) -> i32 {
        let part = if part > 90 { 90 } else { part as i32 };
        self.floor() + 99 - part
    }

    /// The least priority of its jobs.
    pub(crate) const fn floor(self) -> i32 {
        (self as i32 + 1) * 100
    }

    pub(crate) fn of_priority(priority: i32) -> Self {
        Self::ALL.into_iter().find(|one| priority >= one.floor()).unwrap_or(Self::Backfill)
    }

    /// How much of a window it may use up, in percent.
    const fn share(self) -> i64 {
        match self {
            Self::Webhook | Self::Person => 90,
            Self::Recent => 88,
            Self::Sweep => 85,
            Self::Backfill => 80,
        }
    }
}

/// The kind of limit that we set ourselves: it may be used up.
const OWN: &str = "own";
/// How long we stay away from a source that switched the application off before asking once.
const SUSPENDED_H: i64 = 6;
/// Where a source says "too much" and names neither window nor instant.
const UNTOLD_S: i64 = 900;

/// One limit of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLimit {
    /// `all` calls, `reads` only, or `own`: our politeness.
    pub kind: String,
    /// The window's length in seconds.
    pub window_s: i64,
    /// Calls allowed in a window.
    pub allowed: u32,
    /// Calls made in the present one.
    pub used: u32,
    /// When the present one ends.
    pub resets_at: DateTime<Utc>,
}

/// How a source stands for all accounts together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceOutlook {
    /// Its limits, the shortest window first.
    pub limits: Vec<SourceLimit>,
    /// Calls ever made.
    pub calls: u64,
    /// When the next backfill call may be made; `None` where it may be made now.
    pub next_call_at: Option<DateTime<Utc>>,
    /// Why the source switched the application off.
    pub suspended: Option<String>,
}

/// Which calls a source allows now.
pub(crate) struct Allowed {
    /// The least urgent work that may call.
    pub(crate) least: Option<Urgency>,
    /// The first instant at which some may that may not yet.
    pub(crate) next: Option<DateTime<Utc>>,
    /// Whether the source tells nothing of what it allows.
    pub(crate) is_untold: bool,
}

/// A call that is counted, durably once its transaction is committed, and not made yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    connector: &'static str,
    at: DateTime<Utc>,
}

impl Counted {
    /// Now it is made.
    pub(crate) fn make(self) {
        metrics::counter!("datahub_source_calls_total", "connector" => self.connector).increment(1);
    }
}

/// The start of the window that holds an instant, in seconds since 1970.
fn start_of(window_s: i64, now: DateTime<Utc>) -> i64 {
    let window = window_s.max(1);
    now.timestamp().div_euclid(window) * window
}

/// The end of the window that holds an instant.
fn end_of(window_s: i64, now: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(start_of(window_s, now) + window_s.max(1), 0).unwrap_or(now)
}

/// What is used of a limit in the window that holds an instant.
fn used(limit: &Limit, now: DateTime<Utc>) -> i64 {
    if limit.window_start == start_of(limit.window_s, now) { limit.used } else { 0 }
}

/// How many calls of that urgency fit into a window.
fn cap(limit: &Limit, urgency: Urgency) -> i64 {
    if limit.kind == OWN { limit.allowed } else { limit.allowed * urgency.share() / 100 }
}

/// The first instant at which a call of that urgency may be made.
fn possible(state: Option<&State>, limits: &[Limit], urgency: Urgency, now: DateTime<Utc>) -> DateTime<Utc> {
    let mut at = now;
    if let Some(state) = state {
        at = at.max(instant(state.blocked_until));
        // Calls are spaced for politeness, and politeness does not let a person wait.
        if urgency != Urgency::Person {
            at = at.max(instant(state.next_call_at));
        }
    }
    for limit in limits {
        if used(limit, now) >= cap(limit, urgency) {
            at = at.max(end_of(limit.window_s, now));
        }
    }
    at
}

impl Hub {
    /// Counts a call of an account, if it may be made now; else the instant at which it may.
    pub(crate) async fn reserve(
        &self,
        connector: &'static str,
        account: AccountId,
        urgency: Urgency,
    ) -> Result<Result<Counted, DateTime<Utc>>, HubError> {
        let source = self.live_source(connector)?;
        let transaction = self.database.begin().await?;
        let counted = self.count_call(&transaction, source, account, urgency).await?;
        let ended = if counted.is_ok() { transaction.commit().await } else { transaction.rollback().await };
        ended.map_err(database_error("plan a call"))?;
        Ok(counted)
    }

    /// The same within a transaction, which must be committed before the call is made. Where it may not be made, nothing
    /// is counted.
    pub(crate) async fn count_call(
        &self,
        transaction: &DatabaseTransaction,
        source: &LiveSource,
        account: AccountId,
        urgency: Urgency,
    ) -> Result<Result<Counted, DateTime<Utc>>, HubError> {
        let failed = || database_error("plan a call");
        let connector = source.name();
        let now = self.clock.now();
        limit::count(transaction, connector).await.map_err(failed())?;
        let (state, mut limits) = limit::read(transaction, connector).await.map_err(failed())?;
        own(&mut limits, connector, source.calls_per_minute);
        let at = possible(state.as_ref(), &limits, urgency, now);
        if at > now {
            limit::uncount(transaction, connector).await.map_err(failed())?;
            return Ok(Err(at));
        }
        for limit in &mut limits {
            limit.used = used(limit, now) + 1;
            limit.window_start = start_of(limit.window_s, now);
        }
        limit::keep(transaction, &limits).await.map_err(failed())?;
        if source.spacing > Duration::zero() {
            limit::space(transaction, connector, micros(now + source.spacing)).await.map_err(failed())?;
        }
        if state.as_ref().is_some_and(|state| state.suspended.is_some()) {
            // The pause is over: this call finds out.
            limit::block(transaction, connector, 0, None).await.map_err(failed())?;
        }
        let calls = state.map_or(1, |state| state.calls);
        limit::turn(transaction, account, calls, micros(now)).await.map_err(failed())?;
        Ok(Ok(Counted { connector, at: now }))
    }

    /// Takes a counted call back that is not made.
    pub(crate) async fn uncount(&self, counted: Counted) -> Result<(), HubError> {
        let failed = || database_error("take a planned call back");
        let transaction = self.database.begin().await?;
        limit::uncount(&transaction, counted.connector).await.map_err(failed())?;
        let (_, mut limits) = limit::read(&transaction, counted.connector).await.map_err(failed())?;
        // A window that has begun since did not count it.
        limits.retain(|limit| used(limit, counted.at) > 0);
        for limit in &mut limits {
            limit.used -= 1;
        }
        limit::keep(&transaction, &limits).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())
    }

    /// Keeps what an answer told of limits: the larger count stands, ours or the source's.
    pub(crate) async fn learn<T>(&self, connector: &'static str, reply: &Reply<T>) -> Result<(), HubError> {
        let failed = || database_error("keep a source's limits");
        let refused = match &reply.outcome {
            Err(SourceError::RateLimited { until }) => Some(*until),
            _ => None,
        };
        let suspended = match &reply.outcome {
            Err(SourceError::Suspended(reason)) => Some(reason.as_str()),
            _ => None,
        };
        if reply.limits.is_empty() && refused.is_none() && suspended.is_none() {
            return Ok(());
        }
        let now = self.clock.now();
        if refused.is_none() && suspended.is_none() {
            // Mostly an answer repeats what was counted before the call: then nothing is written.
            let (_, known) = limit::read(&self.database.read, connector).await.map_err(failed())?;
            let stands = |told: &Limit| {
                let same = |one: &&Limit| one.kind == told.kind && one.window_s == told.window_s;
                known.iter().find(same).is_some_and(|one| one.allowed == told.allowed && used(one, now) == told.used)
            };
            if told(connector, &reply.limits, &known, now).iter().all(stands) {
                return Ok(());
            }
        }
        let transaction = self.database.begin().await?;
        limit::ensure(&transaction, connector).await.map_err(failed())?;
        let (_, known) = limit::read(&transaction, connector).await.map_err(failed())?;
        let told = told(connector, &reply.limits, &known, now);
        limit::keep(&transaction, &told).await.map_err(failed())?;
        if let Some(until) = refused {
            let until = until.unwrap_or_else(|| {
                let shortest = told.iter().chain(&known).filter(|one| one.kind != OWN).map(|one| one.window_s).min();
                end_of(shortest.unwrap_or(UNTOLD_S), now)
            });
            limit::block(&transaction, connector, micros(until), None).await.map_err(failed())?;
        } else if let Some(reason) = suspended {
            let until = micros(now + Duration::hours(SUSPENDED_H));
            limit::block(&transaction, connector, until, Some(reason)).await.map_err(failed())?;
        }
        transaction.commit().await.map_err(failed())
    }

    /// Which calls a source allows now.
    pub(crate) async fn allowed(&self, connector: &'static str) -> Result<Allowed, HubError> {
        let (state, limits) = self.limits(connector).await?;
        let now = self.clock.now();
        let at = |urgency| possible(state.as_ref(), &limits, urgency, now);
        let least = Urgency::ALL.into_iter().rev().find(|urgency| at(*urgency) <= now);
        let next = Urgency::ALL.into_iter().map(at).filter(|at| *at > now).min();
        Ok(Allowed { least, next, is_untold: limits.iter().all(|limit| limit.kind == OWN) })
    }

    async fn limits(&self, connector: &'static str) -> Result<(Option<State>, Vec<Limit>), HubError> {
        let (state, mut limits) =
            limit::read(&self.database.read, connector).await.map_err(database_error("read a source's limits"))?;
        own(&mut limits, connector, self.live_source(connector)?.calls_per_minute);
        Ok((state, limits))
    }

    /// A source's limits, what is used of them, and when it may be asked again.
    ///
    /// # Errors
    /// `Invalid` for a source that is not enabled.
    pub async fn source_outlook(&self, connector: &str) -> Result<SourceOutlook, HubError> {
        let name = self.live_source(connector)?.name();
        let (state, limits) = self.limits(name).await?;
        let now = self.clock.now();
        let next = possible(state.as_ref(), &limits, Urgency::Backfill, now);
        let shown = |limit: &Limit| SourceLimit {
            kind: limit.kind.clone(),
            window_s: limit.window_s,
            allowed: u32::try_from(limit.allowed).unwrap_or(u32::MAX),
            used: u32::try_from(used(limit, now)).unwrap_or(u32::MAX),
            resets_at: end_of(limit.window_s, now),
        };
        Ok(SourceOutlook {
            limits: limits.iter().map(shown).collect(),
            calls: state.as_ref().map_or(0, |state| state.calls.unsigned_abs()),
            next_call_at: (next > now).then_some(next),
            suspended: state.and_then(|state| state.suspended),
        })
    }

    /// When that many backfill calls will have been made, as far as the source's limits decide it.
    ///
    /// # Errors
    /// As [`Hub::source_outlook`].
    pub async fn eta(&self, connector: &str, calls: u64) -> Result<DateTime<Utc>, HubError> {
        let source = self.live_source(connector)?;
        let (state, mut limits) = self.limits(source.name()).await?;
        let mut left = i64::try_from(calls).unwrap_or(i64::MAX);
        let mut at = possible(state.as_ref(), &limits, Urgency::Backfill, self.clock.now());
        // Window by window: as many as fit, then on to the end of the one that is full.
        for _ in 0..100_000 {
            let room = limits.iter().map(|limit| cap(limit, Urgency::Backfill) - used(limit, at)).min().unwrap_or(left);
            let made = room.clamp(0, left);
            left -= made;
            if left == 0 {
                break;
            }
            for limit in &mut limits {
                limit.used = used(limit, at) + made;
                limit.window_start = start_of(limit.window_s, at);
            }
            at = possible(None, &limits, Urgency::Backfill, at).max(at + Duration::seconds(1));
        }
        Ok(at)
    }
}

/// The limits that an answer told, with the larger count of both: its own, and what is known of ours.
fn told(connector: &str, limits: &[connectors::Limit], known: &[Limit], now: DateTime<Utc>) -> Vec<Limit> {
    let told = limits.iter().map(|one| {
        let kind = if one.reads_only { "reads" } else { "all" };
        let ours = known.iter().find(|known| known.kind == kind && known.window_s == one.window_s);
        Limit {
            connector: connector.to_owned(),
            kind: kind.to_owned(),
            window_s: one.window_s,
            window_start: start_of(one.window_s, now),
            allowed: i64::from(one.allowed),
            used: i64::from(one.used).max(ours.map_or(0, |ours| used(ours, now))),
        }
    });
    told.collect()
}

/// Adds the limit that we set ourselves, or takes the configuration's word for it.
fn own(limits: &mut Vec<Limit>, connector: &str, calls_per_minute: Option<u32>) {
    let kept = limits.iter().position(|limit| limit.kind == OWN).map(|place| limits.remove(place));
    if let Some(allowed) = calls_per_minute {
        let mut limit = kept.unwrap_or_else(|| Limit {
            connector: connector.to_owned(),
            kind: OWN.to_owned(),
            window_s: 60,
            window_start: 0,
            allowed: 0,
            used: 0,
        });
        limit.allowed = i64::from(allowed);
        limits.push(limit);
    }
}
