//! How a run of the engine stands: the words of it. Carried out by `reconciler`.

use chrono::{DateTime, Utc};
use domain::{AthleteId, ReconciliationRunId};

use crate::TimeRange;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunState {
    /// Nobody has begun it.
    Queued,
    /// It is being carried out.
    Running,
    /// It came to its end.
    Succeeded,
    /// It failed, and its error says how.
    Failed,
    /// Somebody stopped it. What it wrote stays.
    Cancelled,
}

impl RunState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A run as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its id.
    pub id: ReconciliationRunId,
    /// Whose activities; everybody's where `None`.
    pub athlete: Option<AthleteId>,
    /// Activities that begin in this range; all where both ends are open.
    pub range: TimeRange,
    /// Where it stands.
    pub state: RunState,
    /// Who asked for it.
    pub requested_by: String,
    /// Why.
    pub reason: Option<String>,
    /// Records to look at; 0 until it begins.
    pub records_total: i64,
    /// Records looked at.
    pub records_done: i64,
    /// Activities created, changed or retired.
    pub activities_changed: i64,
    /// Activities merged away.
    pub merges: i64,
    /// Activities that came out of others.
    pub splits: i64,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<String>,
}
