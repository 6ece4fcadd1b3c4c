//! How an import stands, and what it did.

use domain::{ArtifactId, ImportRunId};

pub use crate::run::RunState as ImportState;

/// Where an import stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportProgress {
    /// The run.
    pub run: ImportRunId,
    /// Entries to come, where known.
    pub entries_total: Option<u64>,
    /// Entries done.
    pub entries_done: u64,
    /// Whether records are being reconciled by now.
    pub reconciling: bool,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The run.
    pub run: ImportRunId,
    /// What was given: its last path component.
    pub filename: String,
    /// What was found in it: `Strava export`, `Garmin export`, `files`.
    pub kind: &'static str,
    /// How it ended.
    pub state: ImportState,
    /// Entries looked at.
    pub entries: u64,
    /// Records that were not there.
    pub records_new: u64,
    /// Records that changed.
    pub records_updated: u64,
    /// Records that were there already.
    pub records_unchanged: u64,
    /// Entries that are no activities, counted by reason.
    pub skipped: Vec<(String, u64)>,
    /// Entries that should have been activities.
    pub refused: Vec<Refusal>,
    /// Things in records that could not be read, counted by problem.
    pub defects: Vec<(String, u64)>,
    /// What reconciling the new records changed.
    pub activities_changed: u64,
}

impl ImportReport {
    pub(super) fn begun(run: ImportRunId, filename: &str, kind: &'static str) -> Self {
        Self {
            run,
            filename: filename.to_owned(),
            kind,
            state: ImportState::Running,
            entries: 0,
            records_new: 0,
            records_updated: 0,
            records_unchanged: 0,
            skipped: Vec::new(),
            refused: Vec::new(),
            defects: Vec::new(),
            activities_changed: 0,
        }
    }
}

/// An entry that could not be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which entry.
    pub entry: String,
    /// What is wrong.
    pub reason: String,
    /// Its bytes, where they were kept.
    pub artifact: Option<ArtifactId>,
}
