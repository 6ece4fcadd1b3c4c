//! The live sources of a hub: their connectors, and how each is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use connectors::{Connector, Mapper, registry};
use domain::{Channel, SourceSlug};
use secrecy::SecretString;
use tokio::sync::Notify;

use crate::seal::Keys;
use crate::{Hub, HubError};

/// A live source and how it is asked.
#[derive(Clone)]
pub struct LiveSource {
    /// What speaks to it.
    pub connector: Arc<dyn Connector>,
    /// How often an account is asked for what is new.
    pub poll_interval: Duration,
    /// How far back each such round reaches again.
    pub lookback: Duration,
    /// How far back history is fetched; all of it where `None`.
    pub backfill_since: Option<DateTime<Utc>>,
    /// The most calls in a minute, by our own politeness.
    pub calls_per_minute: Option<u32>,
    /// The least time between two calls.
    pub spacing: Duration,
    /// Whether what comes is only kept, and never reconciled.
    pub store_only: bool,
    /// How long what came this way is kept; for ever where `None`.
    pub retention: Option<Duration>,
}

impl LiveSource {
    /// Asked every fifteen minutes with seven days of overlap, for its whole history, without politeness of our own.
    pub fn of(connector: Arc<dyn Connector>) -> Self {
        Self {
            connector,
            poll_interval: Duration::minutes(15),
            lookback: Duration::days(7),
            backfill_since: None,
            calls_per_minute: None,
            spacing: Duration::zero(),
            store_only: false,
            retention: None,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.connector.descriptor().connector
    }
}

/// What a hub needs to speak to live sources. The default speaks to none.
#[derive(Clone, Default)]
pub struct LiveSettings {
    /// The sources.
    pub sources: Vec<LiveSource>,
    /// The keys that encrypt credentials, each a text of at least 32 characters: the first seals, all open.
    pub keys: Vec<SecretString>,
}

/// The live sources, ready.
pub(crate) struct Live {
    pub(crate) sources: BTreeMap<&'static str, LiveSource>,
    pub(crate) keys: Keys,
    /// Told whenever there may be something to do.
    pub(crate) wake: Notify,
}

impl Live {
    pub(crate) fn of(settings: LiveSettings) -> Result<Self, HubError> {
        let keys = Keys::of(&settings.keys)?;
        let sources = settings.sources.into_iter().map(|source| (source.name(), source)).collect();
        Ok(Self { sources, keys, wake: Notify::new() })
    }
}

impl Hub {
    /// The live sources that this hub speaks to, by their connectors' names.
    pub fn live_sources(&self) -> impl Iterator<Item = &LiveSource> {
        self.live.sources.values()
    }

    pub(crate) fn live_source(&self, connector: &str) -> Result<&LiveSource, HubError> {
        self.live.sources.get(connector).ok_or_else(|| {
            HubError::Invalid(format!(
                "the source {connector} is not enabled: set sources.{connector}.enabled and what it needs"
            ))
        })
    }

    /// By which channel a live connector's records come.
    pub(crate) fn channel_of(&self, connector: &str) -> Option<Channel> {
        self.live.sources.get(connector).map(|source| source.connector.descriptor().channel)
    }

    /// How activities of that source and channel are read.
    pub(crate) fn mapper(&self, source: &SourceSlug, channel: Channel) -> Option<Mapper> {
        let own = self.live.sources.values().map(|one| one.connector.descriptor());
        let found = own.into_iter().find(|one| one.source == *source && one.channel == channel).map(|one| one.map);
        found.or_else(|| registry::mapper(source, channel))
    }
}
