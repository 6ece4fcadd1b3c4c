//! What became of activities: the words of their history. Written by `reconciler`, read by [`crate::View`].

use chrono::{DateTime, Utc};
use domain::{ActivityId, AthleteId, DecisionId, Field, RevisionId, SourceSlug, Status, Value};
use uuid::Uuid;

/// On whose word the hub acts by itself.
pub(crate) const ENGINE: &str = "datahub";

/// Why an activity changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Its first record came.
    Ingested,
    /// One of its records says something else.
    Updated,
    /// A record joined it, or it joined another activity.
    Matched,
    /// A source no longer shows one of its records.
    Withdrawn,
    /// A source shows one of its records again.
    Returned,
    /// Its window closed.
    WindowClosed,
    /// The policy is another one.
    PolicyChanged,
    /// Somebody had it reconciled again.
    Forced,
    /// A person said that records are one activity.
    MergedByHand,
    /// A person said that records are not one activity.
    SplitByHand,
    /// A person pinned a field.
    Pinned,
    /// A person took a pin back.
    Unpinned,
    /// A person took a decision back.
    Undone,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 13] = [
        Self::Ingested,
        Self::Updated,
        Self::Matched,
        Self::Withdrawn,
        Self::Returned,
        Self::WindowClosed,
        Self::PolicyChanged,
        Self::Forced,
        Self::MergedByHand,
        Self::SplitByHand,
        Self::Pinned,
        Self::Unpinned,
        Self::Undone,
    ];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingested => "INGESTED",
            Self::Updated => "UPDATED",
            Self::Matched => "MATCHED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Returned => "RETURNED",
            Self::WindowClosed => "WINDOW_CLOSED",
            Self::PolicyChanged => "POLICY_CHANGED",
            Self::Forced => "FORCED",
            Self::MergedByHand => "MERGED_BY_HAND",
            Self::SplitByHand => "SPLIT_BY_HAND",
            Self::Pinned => "PINNED",
            Self::Unpinned => "UNPINNED",
            Self::Undone => "UNDONE",
        }
    }

    /// The cause of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// How a field stood before a change and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Which field.
    pub field: Field,
    /// The value before; `None` where it had none.
    pub before: Option<Value>,
    /// The value after; `None` where it has none.
    pub after: Option<Value>,
    /// Whose record gave it before; `None` also for a person's word and for what was computed.
    pub source_before: Option<SourceSlug>,
    /// Whose record gives it since.
    pub source_after: Option<SourceSlug>,
}

/// One change of an activity. Nothing changed, no revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionRow {
    /// Its id.
    pub id: RevisionId,
    /// Its place among all changes of the hub, in the order in which they were committed.
    pub position: i64,
    /// Whose activity.
    pub athlete: AthleteId,
    /// Which activity, under the id that it had.
    pub activity: ActivityId,
    /// The how-manieth of the activity, from 1.
    pub revision: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub cause: Cause,
    /// On whose word: a client, or `datahub` itself.
    pub actor: String,
    /// The reason that was given, where a person acted.
    pub reason: Option<String>,
    /// How the activity stood after it; `Merged` for the last of one that was merged away.
    pub status: Status,
    /// The activity into which it was merged, where it was.
    pub merged_into: Option<ActivityId>,
    /// The decision that it carries out; what [`crate::Hub::undo`] takes.
    pub decision: Option<DecisionId>,
    /// What changed, by field.
    pub changes: Vec<FieldChange>,
}

/// An activity as it stood at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The revision that stood then.
    pub revision: i32,
    /// Since when it had stood.
    pub at: DateTime<Utc>,
    /// How it stood.
    pub status: Status,
    /// Its fields; none where it was merged away by then.
    pub fields: Vec<SnapshotField>,
}

/// A field as it stood at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotField {
    /// Which field.
    pub field: Field,
    /// Its value.
    pub value: Value,
    /// Whose record gave it; `None` for a person's word and for what was computed.
    pub source: Option<SourceSlug>,
}

/// The id of the revision at a position: each has its own.
pub(crate) fn revision_id(position: i64) -> RevisionId {
    RevisionId::from_uuid(Uuid::from_u128(u128::from(position.unsigned_abs())))
}

/// The position of a revision's id.
pub(crate) fn position_of(id: RevisionId) -> Option<i64> {
    i64::try_from(id.uuid().as_u128()).ok()
}
