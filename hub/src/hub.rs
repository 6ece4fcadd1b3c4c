//! The hub itself: opened, ready, and what stands at its door. The deeds stand in the modules named after them.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{ArtifactId, AthleteId, Clock};
use entity::artifact;
use reconcile::Policy;
use sea_orm::{ConnectionTrait, EntityTrait, Value};
use uuid::{NoContext, Timestamp, Uuid};

use crate::artifact::{Encoding, Place};
use crate::sources::{Live, LiveSettings};
use crate::store::{Database, athlete, bulk, cursor_key, database_error, micros, policy};
use crate::view::CursorKey;
use crate::watch::Bell;
use crate::{ArtifactStore, AthleteRow, Athletes, HubError, View};

/// What a hub needs to stand.
#[derive(Clone)]
pub struct Settings {
    /// `sqlite://PATH` or `postgres://USER@HOST/DATABASE`. May hold a password.
    pub database_url: String,
    /// `file://PATH`, `memory://`, or another address that the object store library understands.
    pub artifacts_url: String,
    /// What the engine goes by.
    pub policy: Policy,
}

/// The longest name of an athlete, in characters.
const LONGEST_NAME: usize = 200;

/// The hub. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    pub(crate) database: Database,
    pub(crate) artifacts: ArtifactStore,
    pub(crate) policy: Arc<Policy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) bell: Bell,
    pub(crate) live: Arc<Live>,
    pub(crate) cursors: CursorKey,
}

impl Hub {
    /// Connects, brings the tables up to this build, and opens the artifact store.
    ///
    /// # Errors
    /// `Invalid` for an address that is none, `Unavailable` where nobody answers.
    pub async fn open(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, HubError> {
        Self::open_live(settings, LiveSettings::default(), clock).await
    }

    /// The same, with live sources. Credentials that are kept must open with the keys given.
    ///
    /// # Errors
    /// As [`Hub::open`]; `Invalid` where a key is missing or wrong: nothing is changed then.
    pub async fn open_live(settings: Settings, live: LiveSettings, clock: Arc<dyn Clock>) -> Result<Self, HubError> {
        let live = Arc::new(Live::of(live)?);
        let database = Database::connect(&settings.database_url).await?;
        database.migrate().await?;
        let artifacts = ArtifactStore::open(&settings.artifacts_url)?;
        policy::begin(&database.write, &settings.policy).await.map_err(database_error("keep the first policy"))?;
        let cursors = cursor_key::kept(&database.write).await?;
        let policy = Arc::new(settings.policy);
        let hub = Self { database, artifacts, policy, clock, bell: Bell::new(), live, cursors };
        hub.check_credentials().await?;
        hub.release_held().await?;
        hub.end_dead_runs().await?;
        Ok(hub)
    }

    /// The migrations of this build, and whether each is applied to that database.
    ///
    /// # Errors
    /// As [`Hub::open`].
    pub async fn migrations(database_url: &str) -> Result<Vec<(String, bool)>, HubError> {
        Database::connect(database_url).await?.migrations().await
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
    ///
    /// # Errors
    /// `Unavailable` for the first that does not.
    pub async fn ready(&self) -> Result<(), HubError> {
        self.database.read.execute_unprepared("SELECT 1").await.map_err(database_error("ask the database"))?;
        self.artifacts.ready().await
    }

    /// Adds an athlete.
    ///
    /// # Errors
    /// `Invalid` for an empty or overlong name, `Conflict` where the name is taken.
    pub async fn create_athlete(&self, display_name: &str) -> Result<AthleteRow, HubError> {
        let name = display_name.trim();
        let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if !fits {
            return Err(HubError::Invalid(format!(
                "an athlete's name has 1 to {LONGEST_NAME} characters and no line breaks"
            )));
        }
        let failed = || database_error("add an athlete");
        let now = self.clock.now();
        let id = AthleteId::from_uuid(self.mint(now));
        let row = vec![Value::from(id.uuid()), Value::from(name), Value::from(micros(now)), Value::from(0_i64)];
        let columns = ["id", "display_name", "created_at", "generation"];
        let conflict = "(display_name) DO NOTHING";
        let written =
            bulk::insert(&self.database.write, "athlete", &columns, vec![row], conflict).await.map_err(failed())?;
        if written == 0 {
            return Err(HubError::Conflict(format!("there is an athlete named \"{name}\" already")));
        }
        Ok(AthleteRow { id, display_name: name.to_owned(), created_at: now })
    }

    /// The athlete of that name or id.
    ///
    /// # Errors
    /// `NotFound`, with what to do.
    pub async fn athlete_named(&self, name_or_id: &str) -> Result<AthleteRow, HubError> {
        let failed = || database_error("look for an athlete");
        let by_name = athlete::named(&self.database.read, name_or_id).await.map_err(failed())?;
        let row = match (by_name, name_or_id.parse::<AthleteId>()) {
            (Some(row), _) => Some(row),
            (None, Ok(id)) => {
                entity::athlete::Entity::find_by_id(id.uuid()).one(&self.database.read).await.map_err(failed())?
            }
            (None, Err(_)) => None,
        };
        row.map(athlete::from_row).ok_or_else(|| {
            HubError::NotFound(format!(
                "there is no athlete \"{name_or_id}\": add one with `datahub athlete add \"{name_or_id}\"`"
            ))
        })
    }

    /// The only way to read: what these athletes hold, and nothing else.
    pub fn view(&self, athletes: Athletes) -> View {
        View::new(self.clone(), athletes)
    }

    /// An artifact's bytes by its row, their hash checked.
    pub(crate) async fn artifact_bytes(&self, row: &artifact::Model) -> Result<Bytes, HubError> {
        let bad =
            |what: &str| HubError::Internal { deed: "read an artifact", cause: format!("{}: {what}", row.id).into() };
        let digest: [u8; 32] = row.sha256.as_slice().try_into().map_err(|_| bad("its digest is none"))?;
        let place = Place {
            object: row.object.clone(),
            offset: u64::try_from(row.object_offset).map_err(|_| bad("its place is none"))?,
            stored: u64::try_from(row.stored_bytes).map_err(|_| bad("its place is none"))?,
            encoding: Encoding::from_name(&row.encoding).ok_or_else(|| bad("its encoding is not known"))?,
        };
        let size = u64::try_from(row.size_bytes).map_err(|_| bad("its size is none"))?;
        self.artifacts.get(&ArtifactId::from_bytes(digest), size, &place).await
    }

    /// A new id, in the order of time (UUID version 7).
    pub(crate) fn mint(&self, now: DateTime<Utc>) -> Uuid {
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
    }
}
