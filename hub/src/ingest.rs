//! The one way in.

use domain::RecordId;

/// What became of one activity that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ingested {
    /// A record that was not there.
    New(RecordId),
    /// A new revision of one.
    Updated(RecordId),
    /// Nothing changed, nothing was written.
    Unchanged(RecordId),
}
