//! What Strava's headers say of its limits.

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;

use crate::Limit;

/// The short window: a quarter of an hour, aligned to the hour.
const QUARTER_S: i64 = 900;
/// The long window: a day of UTC.
const DAY_S: i64 = 86_400;

/// The limits that an answer states: for all calls and for those that only read, each in two windows. A pair whose
/// numbers are missing (`,` stands in answers to writing calls) says nothing.
pub fn stated(headers: &HeaderMap) -> Vec<Limit> {
    let mut limits = Vec::new();
    for (reads_only, limit, usage) in
        [(false, "x-ratelimit-limit", "x-ratelimit-usage"), (true, "x-readratelimit-limit", "x-readratelimit-usage")]
    {
        let (allowed, used) = (pair(headers, limit), pair(headers, usage));
        for (window_s, allowed, used) in [(QUARTER_S, allowed.0, used.0), (DAY_S, allowed.1, used.1)] {
            if let (Some(allowed), Some(used)) = (allowed, used) {
                limits.push(Limit { window_s, reads_only, allowed, used });
            }
        }
    }
    limits
}

fn pair(headers: &HeaderMap, name: &str) -> (Option<u32>, Option<u32>) {
    let text = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut numbers = text.split(',').map(|number| number.trim().parse().ok());
    (numbers.next().flatten(), numbers.next().flatten())
}

/// When asking makes sense again after a refusal: at the end of the day where the day's calls are used up, else at the
/// end of the quarter.
pub fn until(limits: &[Limit], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let day_is_over = limits.iter().any(|limit| limit.window_s == DAY_S && limit.used >= limit.allowed);
    let window = if day_is_over { DAY_S } else { QUARTER_S };
    DateTime::from_timestamp((now.timestamp().div_euclid(window) + 1) * window, 0)
}
