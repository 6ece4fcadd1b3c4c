//! Everything one can do.

use std::path::Path;
use std::sync::Arc;

use domain::{ActivityId, ArtifactId, AthleteId, Clock, ImportRunId, RecordId, SourceSlug};
use reconcile::{Judgement, Plan, Policy};

use crate::{
    ArtifactStore, AthleteRow, Athletes, HubError, ImportProgress, ImportReport, Mode, NewToken, Reconciled, TokenRow,
    View,
};

/// What a hub needs to stand.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite://path`, `sqlite::memory:` is refused (each connection would have its own), or `postgres://...`.
    pub database_url: String,
    /// `file://path`, `memory://`, or another address the object store library understands.
    pub artifacts_url: String,
    /// What the engine goes by.
    pub policy: Policy,
}

/// The hub. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    // filled by the hub helper
    policy: Arc<Policy>,
    clock: Arc<dyn Clock>,
}

impl Hub {
    /// Connects and migrates the database, opens the artifact store.
    pub async fn open(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, HubError> {
        todo!()
    }
    /// Whether every migration of this build is applied: name and applied.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, HubError> {
        todo!()
    }
    /// The policy in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }
    /// Whether the database answers and the artifact store can be written and read.
    pub async fn ready(&self) -> Result<(), HubError> {
        todo!()
    }

    /// Adds an athlete. `Conflict` where the name is taken (names are unique, compared exactly; 1..=200 characters, no control characters).
    pub async fn create_athlete(&self, display_name: &str) -> Result<AthleteRow, HubError> {
        todo!()
    }
    /// The athlete of that name or id (`ath_...`); `NotFound` says how to add one.
    pub async fn athlete_named(&self, name_or_id: &str) -> Result<AthleteRow, HubError> {
        todo!()
    }

    /// Brings an export or files in, reconciles, and reports. Idempotent and resumable: what is there already is
    /// counted as unchanged and writes nothing. `progress` is called often; `cancelled` is polled between batches, and what was
    /// written stays.
    pub async fn import(
        &self,
        athlete: AthleteId,
        path: &Path,
        source: Option<SourceSlug>,
        progress: &(dyn Fn(&ImportProgress) + Send + Sync),
        cancelled: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<ImportReport, HubError> {
        todo!()
    }

    /// Runs the engine over one athlete: all records (`full`) or those that wait for it.
    pub async fn reconcile(&self, athlete: AthleteId, mode: Mode) -> Result<Reconciled, HubError> {
        todo!()
    }
    /// Reads the stored artifacts of a source again with today's mappings (refused files too), then reconciles what changed.
    /// Gives how many records changed.
    pub async fn remap(&self, athlete: AthleteId, source: &SourceSlug) -> Result<u64, HubError> {
        todo!()
    }
    /// Settles the activities whose window has closed; how many. Called by the background work and before lists that show status.
    pub async fn close_windows(&self) -> Result<u64, HubError> {
        todo!()
    }

    /// Keeps a token that was issued, so that it can be listed and revoked.
    pub async fn register_token(&self, token: NewToken) -> Result<(), HubError> {
        todo!()
    }
    /// Every token, newest first.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, HubError> {
        todo!()
    }
    /// Revokes a token by its `jti`. `NotFound` for an unknown one; twice is the same as once.
    pub async fn revoke_token(&self, jti: &str) -> Result<(), HubError> {
        todo!()
    }
    /// Every revoked token's `jti` that has not yet expired.
    pub async fn revoked_tokens(&self) -> Result<Vec<String>, HubError> {
        todo!()
    }

    /// The only way to read: what these athletes hold, and nothing else.
    pub fn view(&self, athletes: Athletes) -> View {
        todo!()
    }
}
