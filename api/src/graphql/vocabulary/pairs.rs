//! The words of pairs of records.

use hub::CandidateState;
use reconcile::{DecidedBy, EvidenceKind, Verdict};

use crate::graphql::word::Vocabulary;

impl Vocabulary for Verdict {
    const NAME: &'static str = "MatchVerdict";
    const ABOUT: &'static str = "The verdict on a pair of records by itself.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::Match, Self::Candidate, Self::Separate, Self::Vetoed].into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Match => "One activity.",
            Self::Candidate => "Too likely to ignore, not sure enough to merge.",
            Self::Separate => "Two activities.",
            Self::Vetoed => "Two activities, whatever else speaks for one.",
        }
    }
}

impl Vocabulary for DecidedBy {
    const NAME: &'static str = "MatchDecision";
    const ABOUT: &'static str = "What settled a match.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::CrossReference, Self::FileIdentity, Self::Similarity, Self::Manual].into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::CrossReference => "One names the other, or both carry the same source's id.",
            Self::FileIdentity => "Both come from the same recording's file.",
            Self::Similarity => "The weight of the evidence.",
            Self::Manual => "A person.",
        }
    }
}

impl Vocabulary for EvidenceKind {
    const NAME: &'static str = "EvidenceKind";
    const ABOUT: &'static str = "What was compared.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::CrossReference => "An id that one record carries and the other is.",
            Self::FileChecksum => "The same file, byte for byte, and the same session in it.",
            Self::FileIdentity => "The same recording by what the FIT file says of its making.",
            Self::StartTime => "When they began.",
            Self::TimeOverlap => "How much of their time is common.",
            Self::WholeHourShift => "The clock of one stood wrong by whole quarter hours.",
            Self::ElapsedTime => "How long they took.",
            Self::Distance => "How far they went.",
            Self::SportType => "Which sport they were.",
            Self::StartLocation => "Where they began.",
            Self::Device => "What recorded them.",
            Self::SameSource => "Two ids of one source.",
            Self::Manual => "A person's decision.",
        }
    }
}

impl Vocabulary for CandidateState {
    const NAME: &'static str = "CandidateDecision";
    const ABOUT: &'static str =
        "What was decided about a candidate: nothing yet, one activity, two, or it settled itself.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Open => "It waits for a decision.",
            Self::Same => "A person said that it is one activity.",
            Self::Different => "A person said that they are two.",
            Self::Expired => "It settled itself: later records made it a match, or no match at all.",
        }
    }
}
