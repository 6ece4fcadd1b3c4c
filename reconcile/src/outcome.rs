//! What goes into a judgement and what comes out.

use chrono::{DateTime, Utc};
use domain::{Activity, RecordId, Ruling, SourceRecord, Value};

/// What is known.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The instant as of which is judged: time is an argument, never a call.
    pub as_of: DateTime<Utc>,
    /// One athlete's records, or a neighbourhood of them, in any order.
    pub records: &'a [SourceRecord],
    /// What people decided about them, in any order.
    pub rulings: &'a [Ruling],
}

/// What is made of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The canonical activities, by id.
    pub activities: Vec<Activity>,
    /// The pairs of records that stand in one activity, by their records: every pair of one with up to 24 records, and
    /// of a larger one each record with the first and with the next.
    pub matches: Vec<Judgement>,
    /// Every pair that waits for a person, by its records.
    pub candidates: Vec<Judgement>,
}

/// How a pair of records was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The record with the smaller id.
    pub a: RecordId,
    /// The other.
    pub b: RecordId,
    /// The verdict on the pair by itself.
    pub verdict: Verdict,
    /// Probability that both are the same physical activity, in millionths.
    pub probability_ppm: u32,
    /// What settled it.
    pub decided_by: DecidedBy,
    /// What speaks for and against, in a fixed order.
    pub evidence: Vec<Evidence>,
}

/// A verdict on a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// One activity.
    Match,
    /// Too likely to ignore, not sure enough to merge.
    Candidate,
    /// Two activities.
    Separate,
    /// Two activities, whatever else speaks for one.
    Vetoed,
}

impl Verdict {
    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Match => "MATCH",
            Self::Candidate => "CANDIDATE",
            Self::Separate => "SEPARATE",
            Self::Vetoed => "VETOED",
        }
    }

    /// The verdict of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Match, Self::Candidate, Self::Separate, Self::Vetoed].into_iter().find(|verdict| verdict.name() == name)
    }
}

/// What settled a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecidedBy {
    /// One names the other, or both carry the same source's id.
    CrossReference,
    /// Both come from the same recording's file.
    FileIdentity,
    /// The weight of the evidence.
    Similarity,
    /// A person.
    Manual,
}

impl DecidedBy {
    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CrossReference => "CROSS_REFERENCE",
            Self::FileIdentity => "FILE_IDENTITY",
            Self::Similarity => "SIMILARITY",
            Self::Manual => "MANUAL",
        }
    }

    /// The decision of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::CrossReference, Self::FileIdentity, Self::Similarity, Self::Manual]
            .into_iter()
            .find(|decided_by| decided_by.name() == name)
    }
}

/// One observation on a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What was compared.
    pub kind: EvidenceKind,
    /// What the first record says.
    pub a: Option<Value>,
    /// What the second says.
    pub b: Option<Value>,
    /// How far it speaks for (positive) or against (negative) one activity, in thousandths of a bit.
    pub weight_millibits: i32,
}

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// An id that one record carries and the other is.
    CrossReference,
    /// The same file, byte for byte, and the same session in it.
    FileChecksum,
    /// The same recording by what the FIT file says of its making.
    FileIdentity,
    /// When they began.
    StartTime,
    /// How much of their time is common.
    TimeOverlap,
    /// The clock of one stood wrong by whole quarter hours.
    WholeHourShift,
    /// How long they took.
    ElapsedTime,
    /// How far they went.
    Distance,
    /// Which sport they were.
    SportType,
    /// Where they began.
    StartLocation,
    /// What recorded them.
    Device,
    /// Two ids of one source.
    SameSource,
    /// A person's decision.
    Manual,
}

impl EvidenceKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::CrossReference,
        Self::FileChecksum,
        Self::FileIdentity,
        Self::StartTime,
        Self::TimeOverlap,
        Self::WholeHourShift,
        Self::ElapsedTime,
        Self::Distance,
        Self::SportType,
        Self::StartLocation,
        Self::Device,
        Self::SameSource,
        Self::Manual,
    ];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CrossReference => "CROSS_REFERENCE",
            Self::FileChecksum => "FILE_CHECKSUM",
            Self::FileIdentity => "FILE_IDENTITY",
            Self::StartTime => "START_TIME",
            Self::TimeOverlap => "TIME_OVERLAP",
            Self::WholeHourShift => "WHOLE_HOUR_SHIFT",
            Self::ElapsedTime => "ELAPSED_TIME",
            Self::Distance => "DISTANCE",
            Self::SportType => "SPORT_TYPE",
            Self::StartLocation => "START_LOCATION",
            Self::Device => "DEVICE",
            Self::SameSource => "SAME_SOURCE",
            Self::Manual => "MANUAL",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
