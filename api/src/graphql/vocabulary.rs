//! Which of the domain's words are enums of the API, and what they mean to its readers.

use domain::{Agreement, ArtifactKind, Channel, Field, Rule, Sport, Status, Visibility, WithdrawalReason};
use hub::{AccountState, ActivityOrderField, CandidateState, Cause, Direction, RunState, TotalsDimension};
use reconcile::{DecidedBy, EvidenceKind, Verdict};

use super::word::Vocabulary;

impl Vocabulary for Channel {
    const NAME: &'static str = "Channel";
    const ABOUT: &'static str = "The way by which a source's record reached the hub.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for Sport {
    const NAME: &'static str = "SportType";
    const ABOUT: &'static str = "Sports in one taxonomy; each source's own word stays on its record (sourceSportType).";

    fn words() -> impl Iterator<Item = Self> {
        Self::all()
    }

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for Status {
    const NAME: &'static str = "ReconciliationStatus";
    const ABOUT: &'static str = "What the hub made of the records behind an activity.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> Option<&'static str> {
        Some(match self {
            Self::Pending => {
                "Only a secondary source has it and the reconciliation window is still open. Listed like any other \
                 activity."
            }
            Self::SingleSource => "One source has it; for a secondary source, the window has closed.",
            Self::Matched => "Records of two or more sources were matched and agree within the policy's tolerances.",
            Self::Conflicted => {
                "Records were matched, and at least one field differs by more than its tolerance. Precedence has \
                 still chosen a value."
            }
            Self::NeedsReview => {
                "Some record might be the same activity, but not surely enough to merge: a match candidate waits for \
                 a decision."
            }
            Self::Withdrawn => {
                "No source shows it any more (deleted there, or hidden from us); kept for audit, left out of lists \
                 unless asked for."
            }
            Self::Merged => "Merged into another activity; its id still answers, and leads there.",
        })
    }
}

impl Vocabulary for Field {
    const NAME: &'static str = "ActivityField";
    const ABOUT: &'static str = "A field of the canonical activity.";

    fn words() -> impl Iterator<Item = Self> {
        Self::all()
    }

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for Visibility {
    const NAME: &'static str = "Visibility";
    const ABOUT: &'static str = "Who may see an activity at its source.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for Rule {
    const NAME: &'static str = "ProvenanceRule";
    const ABOUT: &'static str = "How a field's value was chosen.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> Option<&'static str> {
        Some(match self {
            Self::Precedence => "The policy's order of sources chose among two or more.",
            Self::OnlySource => "No other record has the field.",
            Self::CoherentGroup => {
                "It goes with its group: the fields that must come from one record to stay consistent."
            }
            Self::PinnedSource => "A person pinned the source.",
            Self::PinnedValue => "A person pinned the value.",
            Self::Derived => "Computed from other canonical fields.",
        })
    }
}

impl Vocabulary for Agreement {
    const NAME: &'static str = "Agreement";
    const ABOUT: &'static str = "How the records' values of one field stand to each other.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for WithdrawalReason {
    const NAME: &'static str = "WithdrawalReason";
    const ABOUT: &'static str = "Why a source stopped showing a record.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::Deleted, Self::NotVisible, Self::AccessRevoked].into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for ArtifactKind {
    const NAME: &'static str = "ArtifactKind";
    const ABOUT: &'static str = "What an artifact is.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for Verdict {
    const NAME: &'static str = "MatchVerdict";
    const ABOUT: &'static str = "The verdict on a pair of records by itself.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::Match, Self::Candidate, Self::Separate, Self::Vetoed].into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> Option<&'static str> {
        Some(match self {
            Self::Match => "One activity.",
            Self::Candidate => "Too likely to ignore, not sure enough to merge.",
            Self::Separate => "Two activities.",
            Self::Vetoed => "Two activities, whatever else speaks for one.",
        })
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

    fn meaning(self) -> Option<&'static str> {
        Some(match self {
            Self::CrossReference => "One names the other, or both carry the same source's id.",
            Self::FileIdentity => "Both come from the same recording's file.",
            Self::Similarity => "The weight of the evidence.",
            Self::Manual => "A person.",
        })
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
}

impl Vocabulary for RunState {
    const NAME: &'static str = "RunState";
    const ABOUT: &'static str = "How a piece of work stands.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled].into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Vocabulary for ActivityOrderField {
    const NAME: &'static str = "ActivityOrderField";
    const ABOUT: &'static str = "What a list of activities is ordered by; ties by id.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::StartTimeUtc, Self::UpdatedAt, Self::DistanceM, Self::ElapsedTimeS].into_iter()
    }

    fn word(self) -> &'static str {
        match self {
            Self::StartTimeUtc => "START_TIME_UTC",
            Self::UpdatedAt => "UPDATED_AT",
            Self::DistanceM => "DISTANCE_M",
            Self::ElapsedTimeS => "ELAPSED_TIME_S",
        }
    }

    fn meaning(self) -> Option<&'static str> {
        matches!(self, Self::DistanceM).then_some("Activities without a distance count as the shortest.")
    }
}

impl Vocabulary for Direction {
    const NAME: &'static str = "OrderDirection";
    const ABOUT: &'static str = "Small to large, or large to small.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::Asc, Self::Desc].into_iter()
    }

    fn word(self) -> &'static str {
        match self {
            Self::Asc => "ASC",
            Self::Desc => "DESC",
        }
    }
}

impl Vocabulary for Cause {
    const NAME: &'static str = "ChangeCause";
    const ABOUT: &'static str = "Why an activity changed.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
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
}

impl Vocabulary for TotalsDimension {
    const NAME: &'static str = "TotalsDimension";
    const ABOUT: &'static str = "By what totals are told apart; at most one of the periods.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::Day, Self::Week, Self::Month, Self::Year, Self::Sport, Self::Status, Self::Source].into_iter()
    }

    fn word(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
            Self::Year => "YEAR",
            Self::Sport => "SPORT_TYPE",
            Self::Status => "STATUS",
            Self::Source => "SOURCE",
        }
    }

    fn meaning(self) -> Option<&'static str> {
        match self {
            Self::Week => Some("From Monday."),
            Self::Source => Some("The source that leads among those behind an activity."),
            _ => None,
        }
    }
}

impl Vocabulary for AccountState {
    const NAME: &'static str = "AccountState";
    const ABOUT: &'static str = "How an account stands, and so whether it is worked on.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> Option<&'static str> {
        Some(match self {
            Self::Active => "It works.",
            Self::RateLimited => "Waiting for the source's own limit to reset, at nextAttemptAt.",
            Self::BackingOff => "Failing for now; tried again at nextAttemptAt, later each time.",
            Self::NeedsReauthentication => "The grant or token is dead: a person must connect again.",
            Self::LockedOut => "The source refuses sign-ins for now; nothing is tried by itself.",
            Self::Suspended => "The source has switched this application off for all its athletes.",
            Self::Paused => "A person paused it.",
            Self::Revoked => "The athlete withdrew access, or it was disconnected.",
        })
    }
}
