//! The live sources by the configuration: what the hub is opened with, and what only the command line asks of them.

use std::collections::BTreeMap;

use chrono::Duration;
use connectors::registry::{self, Settings};
use hub::{LiveSettings, LiveSource};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::config::{Config, Source};
use crate::secret;

/// Why a live source cannot be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// What is configured of it is wrong or missing.
    #[error("sources.{connector}: {reason}")]
    Source {
        /// Which.
        connector: &'static str,
        /// A sentence that names the key.
        reason: String,
    },
    /// The key that encrypts credentials can neither be read nor made.
    #[error(
        "the key that encrypts credentials cannot be had at {path}: {cause}; mend the path or set secrets.key_file"
    )]
    Key {
        /// Where it is kept.
        path: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// Strava does not subscribe this hub to its notifications, or end that.
    #[error("Strava's subscription: {0}")]
    Subscription(String),
}

/// The live sources that are enabled, and the keys of their credentials.
///
/// # Errors
/// The first thing that is missing or wrong.
pub fn settings(config: &Config) -> Result<LiveSettings, LiveError> {
    let enabled = || config.sources.iter().filter(|source| source.enabled);
    let sources: Vec<LiveSource> = enabled().map(opened).collect::<Result<_, _>>()?;
    let made_at = &config.secrets.made_at;
    let keys = match &config.secrets.keys {
        Some(keys) => {
            keys.expose_secret().lines().map(str::trim).filter(|key| !key.is_empty()).map(SecretString::from).collect()
        }
        // Nobody needs a key where nothing was ever sealed and nothing will be.
        None if sources.is_empty() && !made_at.exists() => Vec::new(),
        None => {
            let key = secret::kept(made_at);
            vec![key.map_err(|cause| LiveError::Key { path: made_at.display().to_string(), cause })?]
        }
    };
    Ok(LiveSettings { sources, keys })
}

fn opened(source: &Source) -> Result<LiveSource, LiveError> {
    let connector = source.connector;
    let wrong = |reason: String| LiveError::Source { connector, reason };
    let live = registry::LIVE.iter().find(|live| live.connector == connector);
    let live = live.ok_or_else(|| wrong("this build cannot speak to it".to_owned()))?;
    let long = |length: std::time::Duration| Duration::from_std(length).map_err(|error| wrong(error.to_string()));
    Ok(LiveSource {
        connector: (live.open)(&of(source)).map_err(wrong)?,
        poll_interval: long(source.poll_interval)?,
        lookback: long(source.lookback)?,
        backfill_since: source.backfill_since,
        calls_per_minute: source.calls_per_minute,
        spacing: source.spacing.map(long).transpose()?.unwrap_or_else(Duration::zero),
        store_only: source.store_only,
        retention: source.retention.map(long).transpose()?,
    })
}

fn of(source: &Source) -> Settings {
    Settings { values: source.values.clone(), secrets: source.secrets.clone() }
}

/// What a connector is configured with, enabled or not.
pub fn connector_settings(config: &Config, connector: &str) -> Settings {
    config.sources.iter().find(|source| source.connector == connector).map(of).unwrap_or_default()
}

/// The last part of the address that each source notifies.
#[derive(Default)]
pub struct Webhooks(BTreeMap<&'static str, SecretString>);

impl Webhooks {
    /// Those of the sources that are enabled and have one.
    pub fn of(config: &Config) -> Self {
        let secret = |source: &Source| Some((source.connector, source.webhook_path_secret.clone()?));
        Self(config.sources.iter().filter(|source| source.enabled).filter_map(secret).collect())
    }

    /// Whether this is the address of that connector.
    pub fn knows(&self, connector: &str, secret: &str) -> bool {
        self.0.get(connector).is_some_and(|known| secret::same(known.expose_secret(), secret))
    }
}

/// Subscribes this hub to Strava's notifications; gives the subscription's number. Strava asks this hub at once, so it
/// must be running and reachable under its public address.
///
/// # Errors
/// What is missing in the configuration, or what Strava said.
pub async fn subscribe(config: &Config) -> Result<String, LiveError> {
    let secret = config.sources.iter().find(|source| source.connector == connectors::strava::NAME);
    let secret = secret.and_then(|source| source.webhook_path_secret.as_ref()).ok_or_else(|| LiveError::Source {
        connector: connectors::strava::NAME,
        reason: "webhook_path_secret is not set: choose a long random word, it keeps the address unknown".to_owned(),
    })?;
    let address = format!("{}/webhooks/strava/{}", config.server.public_url, secret.expose_secret());
    let address: Url = address.parse().map_err(|_| LiveError::Source {
        connector: connectors::strava::NAME,
        reason: "server.public_url and webhook_path_secret make no address".to_owned(),
    })?;
    let made = strava(config)?.subscribe(&address).await;
    made.map(|subscription| subscription.id).map_err(|error| LiveError::Subscription(error.to_string()))
}

/// Ends every subscription of this application to Strava's notifications; how many there were.
///
/// # Errors
/// As [`subscribe`].
pub async fn unsubscribe(config: &Config) -> Result<usize, LiveError> {
    let failed = |error: connectors::SourceError| LiveError::Subscription(error.to_string());
    let strava = strava(config)?;
    let found = strava.subscriptions().await.map_err(failed)?;
    for subscription in &found {
        strava.unsubscribe(&subscription.id).await.map_err(failed)?;
    }
    Ok(found.len())
}

fn strava(config: &Config) -> Result<connectors::strava::Strava, LiveError> {
    let connector = connectors::strava::NAME;
    connectors::strava::Strava::open(&connector_settings(config, connector))
        .map_err(|reason| LiveError::Source { connector, reason })
}
