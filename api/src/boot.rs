//! The composition root: configuration in, the product out.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{Channel, Clock, SourceSlug};
use hub::{Hub, HubError, Settings};
use reconcile::{Policy, PolicyError};
use secrecy::ExposeSecret as _;
use tokio::sync::Notify;
use tokio::sync::Semaphore;

use crate::auth::{Auth, AuthError, Revocations};
use crate::config::{Config, Limits, Server};

/// Imports over HTTP at a time: they wait for each other at the database anyway, and each fills the disk.
const IMPORTS: usize = 2;

/// Everything that the door needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The deeds.
    pub hub: Hub,
    /// The keys.
    pub auth: Arc<Auth>,
    /// Which tokens no longer count.
    pub revocations: Arc<Revocations>,
    /// What this build can read.
    pub sources: Arc<[KnownSource]>,
    /// How the server presents itself.
    pub server: Arc<Server>,
    /// Room for imports over HTTP, each of which holds its place until it ends.
    pub imports: Arc<Semaphore>,
    /// What a request may cost.
    pub limits: Arc<Limits>,
    /// Wakes the background work: somebody queued something.
    pub work: Arc<Notify>,
    /// The GraphQL schema, ready to execute.
    pub schema: crate::graphql::Schema,
}

/// A source that this build can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSource {
    /// The source.
    pub slug: SourceSlug,
    /// Its name for people.
    pub name: String,
    /// How its records reach us.
    pub channels: BTreeSet<Channel>,
}

/// Why the product cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The keys cannot be had.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The database or the artifact store cannot be opened.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The policy's file cannot be read.
    #[error("the policy {path} cannot be read: {cause}; mend reconciliation.policy or leave it out")]
    PolicyFile {
        /// Which file.
        path: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The policy is wrong.
    #[error("the policy {path} is wrong: {}", told(.errors))]
    Policy {
        /// Which file.
        path: String,
        /// All that is wrong with it.
        errors: Vec<PolicyError>,
    },
}

fn told(errors: &[PolicyError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Opens the product: keys, policy, database (migrated), artifact store, schema.
///
/// # Errors
/// The first thing that is missing or wrong.
pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<App, BootError> {
    let auth = Arc::new(Auth::open(&config.auth)?);
    let settings = Settings {
        database_url: config.database.url.expose_secret().to_owned(),
        artifacts_url: config.artifacts.url.clone(),
        policy: policy(config)?,
    };
    let hub = Hub::open(settings, clock).await?;
    let limits = Arc::new(config.limits.clone());
    Ok(App {
        hub,
        auth,
        revocations: Arc::new(Revocations::default()),
        sources: known_sources().into(),
        server: Arc::new(config.server.clone()),
        imports: Arc::new(Semaphore::new(IMPORTS)),
        work: Arc::default(),
        schema: crate::graphql::schema(),
        limits,
    })
}

/// The policy by the configuration: its file, or the built-in one.
///
/// # Errors
/// The file cannot be read or is wrong.
pub fn policy(config: &Config) -> Result<Policy, BootError> {
    let Some(path) = &config.reconciliation.policy else { return Ok(Policy::built_in()) };
    let named = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|cause| BootError::PolicyFile { path: named.clone(), cause })?;
    Policy::parse(&text).map_err(|errors| BootError::Policy { path: named, errors })
}

fn known_sources() -> Vec<KnownSource> {
    let mut sources: Vec<KnownSource> = Vec::new();
    for entry in connectors::registry::ENTRIES {
        match sources.iter_mut().find(|known| known.slug == entry.source) {
            Some(known) => {
                known.channels.insert(entry.channel);
            }
            None => sources.push(KnownSource {
                slug: entry.source,
                name: entry.name.to_owned(),
                channels: [entry.channel].into(),
            }),
        }
    }
    sources
}
