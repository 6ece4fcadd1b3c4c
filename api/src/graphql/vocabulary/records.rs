//! The words of records and of what they are read from.

use domain::{ArtifactKind, Channel, Visibility, WithdrawalReason};

use crate::graphql::word::Vocabulary;

impl Vocabulary for Channel {
    const NAME: &'static str = "Channel";
    const ABOUT: &'static str = "The way by which a source's record reached the hub.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Api => "The hub asked the source's API.",
            Self::Push => "The source sent it to the hub.",
            Self::Archive => "It came in an export of the athlete's whole account.",
            Self::Upload => "A person gave the file.",
        }
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

    fn meaning(self) -> &'static str {
        match self {
            Self::Everyone => "Anyone.",
            Self::Followers => "The athlete's followers.",
            Self::OnlyMe => "The athlete alone.",
        }
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

    fn meaning(self) -> &'static str {
        match self {
            Self::Deleted => "It was deleted there.",
            Self::NotVisible => "It is hidden from the hub.",
            Self::AccessRevoked => "The athlete withdrew the hub's access.",
        }
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

    fn meaning(self) -> &'static str {
        match self {
            Self::ActivitySummary => "One activity as the source lists it.",
            Self::ActivityDetail => "One activity as the source details it.",
            Self::Laps => "Its laps.",
            Self::Splits => "Its splits.",
            Self::Streams => "Its time series.",
            Self::Zones => "Its zones.",
            Self::WebhookEvent => "A notification.",
            Self::ArchiveRow => "One row of an account export, with the header it needs to be read.",
            Self::Fit => "A FIT file.",
            Self::Tcx => "A TCX file.",
            Self::Gpx => "A GPX file.",
            Self::Other => "Anything else.",
        }
    }
}
