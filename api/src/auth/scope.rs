//! What a token may do.

use std::fmt;
use std::str::FromStr;

/// A permission that a token carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read activities, records, athletes, candidates and imports.
    ActivitiesRead,
    /// Read artifacts' bytes.
    ArtifactsRead,
    /// Decide about activities: merge, split, pin.
    ReconciliationWrite,
    /// See accounts.
    AccountsRead,
    /// Connect, pause and disconnect accounts.
    AccountsWrite,
    /// Bring files in.
    ImportsWrite,
    /// Add athletes.
    AthletesWrite,
    /// Erase athletes.
    AthletesErase,
}

/// A text that is no scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownScope(String);

impl fmt::Display for UnknownScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Scope::ALL.iter().map(|scope| scope.name()).collect();
        write!(f, "{:?} is no scope; the scopes are {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownScope {}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 8] = [
        Self::ActivitiesRead,
        Self::ArtifactsRead,
        Self::ReconciliationWrite,
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::ImportsWrite,
        Self::AthletesWrite,
        Self::AthletesErase,
    ];

    /// Its one name, in tokens and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActivitiesRead => "activities:read",
            Self::ArtifactsRead => "artifacts:read",
            Self::ReconciliationWrite => "reconciliation:write",
            Self::AccountsRead => "accounts:read",
            Self::AccountsWrite => "accounts:write",
            Self::ImportsWrite => "imports:write",
            Self::AthletesWrite => "athletes:write",
            Self::AthletesErase => "athletes:erase",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.name() == text)
            .ok_or_else(|| UnknownScope(text.chars().take(60).collect()))
    }
}
