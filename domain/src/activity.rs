//! The canonical activity and the way its values were chosen.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{ActivityId, AthleteId, Field, Pointer, RecordId, RulingId, Value};

/// What the hub made of the records behind an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Only a secondary source has it, and the window is open.
    Pending,
    /// One source has it.
    SingleSource,
    /// Two or more sources agree.
    Matched,
    /// Two or more sources, and a field differs by more than its tolerance.
    Conflicted,
    /// A candidate waits for a decision.
    NeedsReview,
    /// No source shows it any more.
    Withdrawn,
    /// Merged into another; its id leads there. Never stored: an answer to a former id.
    Merged,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::SingleSource,
        Self::Matched,
        Self::Conflicted,
        Self::NeedsReview,
        Self::Withdrawn,
        Self::Merged,
    ];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::SingleSource => "SINGLE_SOURCE",
            Self::Matched => "MATCHED",
            Self::Conflicted => "CONFLICTED",
            Self::NeedsReview => "NEEDS_REVIEW",
            Self::Withdrawn => "WITHDRAWN",
            Self::Merged => "MERGED",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// How a field's value was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The policy's order of sources chose among two or more.
    Precedence,
    /// No other record has the field.
    OnlySource,
    /// It goes with its group.
    CoherentGroup,
    /// A person pinned the source.
    PinnedSource,
    /// A person pinned the value.
    PinnedValue,
    /// Computed from other canonical fields.
    Derived,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 6] =
        [Self::Precedence, Self::OnlySource, Self::CoherentGroup, Self::PinnedSource, Self::PinnedValue, Self::Derived];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Precedence => "PRECEDENCE",
            Self::OnlySource => "ONLY_SOURCE",
            Self::CoherentGroup => "COHERENT_GROUP",
            Self::PinnedSource => "PINNED_SOURCE",
            Self::PinnedValue => "PINNED_VALUE",
            Self::Derived => "DERIVED",
        }
    }

    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }
}

/// How the records' values of one field stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agreement {
    /// Only one record has the field.
    Uncontested,
    /// All say the same.
    Agrees,
    /// They differ, within the policy's tolerance.
    WithinTolerance,
    /// They differ by more.
    Conflicts,
}

impl Agreement {
    /// Every grade.
    pub const ALL: [Self; 4] = [Self::Uncontested, Self::Agrees, Self::WithinTolerance, Self::Conflicts];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uncontested => "UNCONTESTED",
            Self::Agrees => "AGREES",
            Self::WithinTolerance => "WITHIN_TOLERANCE",
            Self::Conflicts => "CONFLICTS",
        }
    }

    /// The grade of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|agreement| agreement.name() == name)
    }
}

/// Where a canonical value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A record's artifact.
    Record {
        /// The record.
        record: RecordId,
        /// Which of its artifacts, and where in it.
        at: Pointer,
    },
    /// A person.
    Ruling(RulingId),
    /// Other canonical fields.
    Derivation,
}

/// Where a canonical value came from and why it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Where it came from.
    pub origin: Origin,
    /// How it was chosen.
    pub rule: Rule,
    /// What else decided, in a sentence: why a record lost its precedence, where one did.
    pub note: Option<Cow<'static, str>>,
    /// How the others' values stand to it.
    pub agreement: Agreement,
    /// The ruling that pinned it, where one did.
    pub pin: Option<RulingId>,
}

/// A value that lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// Which record says so.
    pub record: RecordId,
    /// What it says.
    pub value: Value,
}

/// A canonical field: a value that cannot be without its provenance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The value that stands.
    pub value: Value,
    /// Where it came from and why.
    pub provenance: Provenance,
    /// What the others said, by record id.
    pub alternatives: Vec<Alternative>,
}

/// Which record gives an activity its id: the one first seen, then the smaller id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Founding {
    /// When the hub first saw it.
    pub first_seen_at: DateTime<Utc>,
    /// The record.
    pub record: RecordId,
}

/// One physical activity, whatever number of sources recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The id that its founding record gave it.
    pub id: ActivityId,
    /// Whose it is.
    pub athlete: AthleteId,
    /// What the hub made of it.
    pub status: Status,
    /// Until when a secondary source's activity waits for the leading source; set while that matters.
    pub window_closes_at: Option<DateTime<Utc>>,
    /// Its records, withdrawn ones included, in the order of their ids.
    pub members: Vec<RecordId>,
    /// The whole of which it is a leg.
    pub parent: Option<ActivityId>,
    /// Its fields.
    pub fields: BTreeMap<Field, Resolved>,
}

impl Activity {
    /// The value of a field.
    pub fn value(&self, field: Field) -> Option<&Value> {
        self.fields.get(&field).map(|resolved| &resolved.value)
    }
}
