//! The words of changes, runs and accounts.

use hub::{AccountState, Cause, RunState};

use crate::graphql::word::Vocabulary;

impl Vocabulary for Cause {
    const NAME: &'static str = "ChangeCause";
    const ABOUT: &'static str = "Why an activity changed.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Ingested => "Its first record came.",
            Self::Updated => "One of its records says something else.",
            Self::Matched => "A record joined it, or it joined another activity.",
            Self::Withdrawn => "A source no longer shows one of its records.",
            Self::Returned => "A source shows one of its records again.",
            Self::WindowClosed => "Its window closed.",
            Self::PolicyChanged => "The policy is another one.",
            Self::Forced => "Somebody had it reconciled again.",
            Self::MergedByHand => "A person said that records are one activity.",
            Self::SplitByHand => "A person said that records are not one activity.",
            Self::Pinned => "A person pinned a field.",
            Self::Unpinned => "A person took a pin back.",
            Self::Undone => "A person took a decision back.",
        }
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

    fn meaning(self) -> &'static str {
        match self {
            Self::Queued => "Nobody has begun it.",
            Self::Running => "It is being carried out.",
            Self::Succeeded => "It came to its end.",
            Self::Failed => "It failed, and its error says how.",
            Self::Cancelled => "Somebody stopped it. What it wrote stays.",
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

    fn meaning(self) -> &'static str {
        match self {
            Self::Active => "It works.",
            Self::RateLimited => "Waiting for the source's own limit to reset, at nextAttemptAt.",
            Self::BackingOff => "Failing for now; tried again at nextAttemptAt, later each time.",
            Self::NeedsReauthentication => "The grant or token is dead: a person must connect again.",
            Self::LockedOut => "The source refuses sign-ins for now; nothing is tried by itself.",
            Self::Suspended => "The source has switched this application off for all its athletes.",
            Self::Paused => "A person paused it.",
            Self::Revoked => "The athlete withdrew access, or it was disconnected.",
        }
    }
}
