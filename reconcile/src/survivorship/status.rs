//! What the hub made of the records behind an activity.

use chrono::{DateTime, Duration, Utc};
use domain::{SourceRecord, Status};

use crate::Policy;

/// The status of an activity by its live records, and until when it waits for the leading source.
pub(super) fn of(
    live: &[&SourceRecord],
    waits: bool,
    conflicted: bool,
    as_of: DateTime<Utc>,
    policy: &Policy,
) -> (Status, Option<DateTime<Utc>>) {
    let Some(first) = live.first() else { return (Status::Withdrawn, None) };
    let single = live.iter().all(|record| record.source == first.source);
    let status = if !single {
        if conflicted { Status::Conflicted } else { Status::Matched }
    } else if first.source == policy.canonical_source() {
        Status::SingleSource
    } else {
        let seen = live.iter().map(|record| record.first_seen_at).min().unwrap_or(as_of);
        let closes = seen + Duration::seconds(policy.window_s);
        if as_of < closes && !waits {
            return (Status::Pending, Some(closes));
        }
        Status::SingleSource
    };
    (if waits { Status::NeedsReview } else { status }, None)
}
