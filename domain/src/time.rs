//! Instants and the spans between them.

use chrono::{DateTime, Duration, SubsecRound, Utc};

/// Cuts an instant to whole microseconds: the finest that both databases keep.
pub fn to_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.trunc_subsecs(6)
}

/// A stretch of time, start inclusive, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends; never before the start.
    pub end: DateTime<Utc>,
}

impl Span {
    /// The span of `length` from `start`; a negative length counts as none.
    pub fn new(start: DateTime<Utc>, length: Duration) -> Self {
        let length = length.max(Duration::zero());
        let end = start.checked_add_signed(length).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Self { start, end }
    }

    /// How long both spans run at once.
    pub fn overlap(&self, other: &Self) -> Duration {
        let start = self.start.max(other.start);
        let end = self.end.min(other.end);
        (end - start).max(Duration::zero())
    }

    /// How long the span is.
    pub fn length(&self) -> Duration {
        self.end - self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_overlap_by_their_common_part() {
        let at = |s| DateTime::from_timestamp(s, 0).unwrap_or_default();
        let a = Span::new(at(0), Duration::seconds(60));
        let b = Span::new(at(40), Duration::seconds(60));
        assert_eq!(a.overlap(&b), Duration::seconds(20));
        assert_eq!(b.overlap(&a), Duration::seconds(20));
        assert_eq!(a.overlap(&Span::new(at(60), Duration::seconds(1))), Duration::zero());
    }
}
