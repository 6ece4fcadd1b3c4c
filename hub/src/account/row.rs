//! An account as it is shown.

use chrono::{DateTime, Utc};
use domain::{AccountId, AthleteId, SourceSlug};
use serde::{Deserialize, Serialize};

use crate::HubError;
use crate::store::account::Model;
use crate::store::{codec, instant};

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// It works.
    Active,
    /// Waiting for the source's own limit to reset.
    RateLimited,
    /// Failing for now; tried again later, each time later.
    BackingOff,
    /// The grant is dead: a person must connect again.
    NeedsReauthentication,
    /// The source refuses sign-ins for now.
    LockedOut,
    /// The source has switched the application off.
    Suspended,
    /// A person paused it.
    Paused,
    /// The athlete withdrew access.
    Revoked,
}

impl AccountState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Active,
        Self::RateLimited,
        Self::BackingOff,
        Self::NeedsReauthentication,
        Self::LockedOut,
        Self::Suspended,
        Self::Paused,
        Self::Revoked,
    ];

    /// Those whose jobs run, once their time has come.
    pub(crate) const WORKED_ON: [Self; 5] =
        [Self::Active, Self::RateLimited, Self::BackingOff, Self::LockedOut, Self::Suspended];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::RateLimited => "RATE_LIMITED",
            Self::BackingOff => "BACKING_OFF",
            Self::NeedsReauthentication => "NEEDS_REAUTHENTICATION",
            Self::LockedOut => "LOCKED_OUT",
            Self::Suspended => "SUSPENDED",
            Self::Paused => "PAUSED",
            Self::Revoked => "REVOKED",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether its jobs run, once their time has come.
    pub fn is_worked_on(self) -> bool {
        Self::WORKED_ON.contains(&self)
    }
}

/// How far an account's history was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Backfill {
    /// From when on it is wanted; all of it where `None`.
    #[serde(default)]
    pub from: Option<DateTime<Utc>>,
    /// Until when.
    #[serde(default)]
    pub to: Option<DateTime<Utc>>,
    /// The start up to which it was walked, where the source tells.
    #[serde(default)]
    pub walked_to: Option<DateTime<Utc>>,
    /// Activities met.
    #[serde(default)]
    pub records_seen: u64,
    /// Whether the list was read to its end.
    #[serde(default)]
    pub complete: bool,
}

/// An account as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// The id.
    pub id: AccountId,
    /// Whose.
    pub athlete: AthleteId,
    /// Which source.
    pub source: SourceSlug,
    /// Through which connector.
    pub connector: String,
    /// How it stands.
    pub state: AccountState,
    /// What a person should do, where the state asks for it.
    pub state_reason: Option<String>,
    /// The athlete's id at the source.
    pub external_athlete_id: Option<String>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// When it last worked.
    pub last_success_at: Option<DateTime<Utc>>,
    /// When it was last tried.
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// When it is tried next.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Failures since it last worked.
    pub consecutive_failures: u32,
    /// The last of them.
    pub last_error: Option<String>,
    /// How far its history was read.
    pub backfill: Option<Backfill>,
    /// When the last round that was read to its end began.
    pub polled_at: Option<DateTime<Utc>>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl AccountRow {
    pub(crate) fn of(row: &Model) -> Result<Self, HubError> {
        let bad = |cause: String| codec::unreadable("read an account", row.id, cause);
        let backfill = row.backfill.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            id: AccountId::from_uuid(row.id),
            athlete: AthleteId::from_uuid(row.athlete_id),
            source: SourceSlug::parse(&row.source).map_err(|error| bad(error.to_string()))?,
            connector: row.connector.clone(),
            state: AccountState::from_name(&row.state).ok_or_else(|| bad("an unknown state".to_owned()))?,
            state_reason: row.reason.clone(),
            external_athlete_id: row.external_athlete_id.clone(),
            scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
            last_success_at: row.last_success_at.map(instant),
            last_attempt_at: row.last_attempt_at.map(instant),
            next_attempt_at: row.next_attempt_at.map(instant),
            consecutive_failures: row.consecutive_failures.unsigned_abs(),
            last_error: row.last_error.clone(),
            backfill: backfill.map_err(|error| bad(error.to_string()))?,
            polled_at: row.polled_at.map(instant),
            created_at: instant(row.created_at),
        })
    }
}
