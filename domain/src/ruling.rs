//! People's decisions: facts with an actor, a reason and an instant. They bind the engine and survive a rebuild.

use chrono::{DateTime, Utc};

use crate::{ActivityId, AthleteId, Field, RecordId, RulingId, SourceSlug, Value};

/// A person's decision, kept as ground state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// Its id.
    pub id: RulingId,
    /// Whose activities it is about.
    pub athlete: AthleteId,
    /// What was decided.
    pub decision: Decision,
    /// Who decided: the client of the token, or the command line's user.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a person can decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// These two records are one activity.
    Same(RecordId, RecordId),
    /// These two records are not.
    Different(RecordId, RecordId),
    /// This field of the activity comes from there, whatever the policy says. The activity is named by any id it was
    /// ever shown under.
    Pin {
        /// Which activity.
        activity: ActivityId,
        /// Which field; a field of a coherent group pins its group.
        field: Field,
        /// Where the value comes from.
        to: PinTo,
    },
}

/// Where a pinned field's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinTo {
    /// From that source.
    Source(SourceSlug),
    /// From the person.
    Value(Value),
}
