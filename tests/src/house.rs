//! A hub of a test's own: its own database and artifacts, and a clock that stands until it is moved.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use domain::AthleteId;
use hub::{Athletes, Hub, ImportReport, Settings, SteppedClock, View};
use reconcile::Policy;
use tempfile::TempDir;

use crate::postgres;

/// The instant at which every house begins: noon of a day in autumn.
pub const NOON: &str = "2026-11-20T12:00:00Z";

/// A hub of a test's own.
pub struct House {
    /// The hub.
    pub hub: Hub,
    /// Its clock.
    pub clock: Arc<SteppedClock>,
    /// Its database's address.
    pub database_url: String,
    /// Its folder: artifacts in `artifacts`, and room for a test's files.
    pub folder: TempDir,
}

impl House {
    /// A house on that database, with its artifacts in that folder.
    ///
    /// # Errors
    /// Where the hub does not open.
    pub async fn standing(database_url: String, folder: TempDir) -> Result<Self> {
        let clock = Arc::new(SteppedClock::at(NOON.parse()?));
        let settings = Settings {
            database_url: database_url.clone(),
            artifacts_url: format!("file://{}", folder.path().join("artifacts").display()),
            policy: Policy::built_in(),
        };
        let hub = Hub::open(settings, clock.clone()).await.context("open a hub")?;
        Ok(Self { hub, clock, database_url, folder })
    }

    /// An athlete of that name, added.
    pub async fn athlete(&self, name: &str) -> Result<AthleteId> {
        Ok(self.hub.create_athlete(name).await?.id)
    }

    /// Brings an export or a file in.
    pub async fn import(&self, athlete: AthleteId, path: &Path) -> Result<ImportReport> {
        Ok(self.hub.import(athlete, path, None, &|_| {}, &|| false).await?)
    }

    /// What these athletes hold.
    pub fn view(&self, athletes: impl IntoIterator<Item = AthleteId>) -> View {
        self.hub.view(Athletes::Only(athletes.into_iter().collect()))
    }

    /// What another replica would be opened with.
    pub fn settings(&self) -> Settings {
        Settings {
            database_url: self.database_url.clone(),
            artifacts_url: format!("file://{}", self.folder.path().join("artifacts").display()),
            policy: Policy::built_in(),
        }
    }

    /// A second hub on the same database and artifacts, as another replica would have it.
    pub async fn replica(&self) -> Result<Hub> {
        Ok(Hub::open(self.settings(), self.clock.clone()).await?)
    }
}

/// Runs a test in a house on SQLite, and in another on PostgreSQL where this machine has it (or must have it).
///
/// # Errors
/// What the test says, with the database's name before it.
pub async fn in_each_house<F>(test: impl Fn(House) -> F) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite://{}", folder.path().join("hub.db").display());
    test(House::standing(sqlite, folder).await?).await.context("on SQLite")?;
    if let Some(address) = postgres::fresh().await? {
        test(House::standing(address, tempfile::tempdir()?).await?).await.context("on PostgreSQL")?;
    }
    Ok(())
}
