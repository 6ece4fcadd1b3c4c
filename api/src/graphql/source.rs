//! Sources, and the connectors that speak to them.

use async_graphql::parser::types::Field as Selected;
use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::Channel;
use hub::Hub;

use super::at_hand::Plain;
use super::context::asker;
use super::scalar::SourceSlug;
use super::word::Word;
use super::written::Written;

/// A source.
#[derive(Debug, Clone)]
pub struct Source(pub domain::SourceSlug);

/// A way to speak to a source over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Connector {
    /// Strava's API.
    Strava,
    /// Garmin Connect as its own apps use it; unofficial.
    GarminConnect,
    /// Garmin's official Activity API.
    GarminActivityApi,
}

/// A connector as this installation has it.
#[derive(Debug, SimpleObject)]
pub struct ConnectorInfo {
    /// Which one it is.
    connector: Connector,
    /// Whether this installation runs it.
    enabled: bool,
    /// By which channels it brings records.
    deliveries: Vec<Word<Channel>>,
    /// Whether the source offers it to others.
    official: bool,
}

impl Connector {
    /// The connector of that name in the hub.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Strava, Self::GarminConnect, Self::GarminActivityApi].into_iter().find(|one| one.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Strava => "strava",
            Self::GarminConnect => "garmin_connect",
            Self::GarminActivityApi => "garmin_activity_api",
        }
    }
}

impl ConnectorInfo {
    fn of(connector: Connector, hub: &Hub) -> Self {
        let (deliveries, official) = match connector {
            Connector::Strava => (vec![Word(Channel::Api)], true),
            Connector::GarminConnect => (vec![Word(Channel::Api)], false),
            Connector::GarminActivityApi => (vec![Word(Channel::Push)], true),
        };
        let enabled = hub.live_sources().any(|source| source.connector.descriptor().connector == connector.name());
        Self { connector, enabled, deliveries, official }
    }
}

impl Plain for Source {
    fn plain(&self, field: &Selected, to: &mut Written) -> Option<()> {
        (field.name.node == "slug").then(|| to.put(self.0.as_str()))
    }
}

/// Where records come from: one namespace of external ids each.
#[Object]
impl Source {
    /// Its short name, which never changes.
    async fn slug(&self) -> SourceSlug {
        SourceSlug(self.0.clone())
    }

    /// Its name for people.
    async fn name(&self, ctx: &Context<'_>) -> String {
        asker(ctx).source_name(&self.0).to_owned()
    }

    /// Its place in the policy's default order; 1 leads.
    async fn rank(&self, ctx: &Context<'_>) -> i32 {
        i32::try_from(asker(ctx).app.hub.policy().rank(&self.0)).unwrap_or(i32::MAX)
    }

    /// What can speak to it over the network. Exports and files need none.
    async fn connectors(&self, ctx: &Context<'_>) -> Vec<ConnectorInfo> {
        let connectors: &[Connector] = match &self.0 {
            source if *source == domain::SourceSlug::STRAVA => &[Connector::Strava],
            source if *source == domain::SourceSlug::GARMIN => {
                &[Connector::GarminConnect, Connector::GarminActivityApi]
            }
            _ => &[],
        };
        connectors.iter().copied().map(|one| ConnectorInfo::of(one, &asker(ctx).app.hub)).collect()
    }
}

/// The roots of sources.
#[derive(Default)]
pub struct SourceQuery;

#[Object]
impl SourceQuery {
    /// The sources that this build can read, in the policy's order.
    async fn sources(&self, ctx: &Context<'_>) -> Vec<Source> {
        let app = &asker(ctx).app;
        let mut slugs: Vec<domain::SourceSlug> = app.sources.iter().map(|known| known.slug.clone()).collect();
        slugs.sort_by_key(|slug| app.hub.policy().rank(slug));
        slugs.into_iter().map(Source).collect()
    }
}
