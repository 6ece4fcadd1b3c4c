//! **The** list of sources and of the ways in which they reach us.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Channel, SourceSlug};
use secrecy::SecretString;

use crate::{Connector, Mapper};

/// One way into one source.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The source.
    pub source: SourceSlug,
    /// Its name for people.
    pub name: &'static str,
    /// The channel.
    pub channel: Channel,
    /// How its activities are read.
    pub map: Mapper,
}

/// Every way into every source that this build can read.
pub const ENTRIES: [Entry; 6] = [
    Entry { source: SourceSlug::STRAVA, name: "Strava", channel: Channel::Archive, map: crate::strava::map_archive },
    Entry { source: SourceSlug::STRAVA, name: "Strava", channel: Channel::Api, map: crate::strava::map_api },
    Entry {
        source: SourceSlug::GARMIN,
        name: "Garmin Connect",
        channel: Channel::Archive,
        map: crate::garmin::map_archive,
    },
    Entry { source: SourceSlug::GARMIN, name: "Garmin Connect", channel: Channel::Api, map: crate::garmin::map_api },
    Entry { source: SourceSlug::FILE, name: "Files", channel: Channel::Upload, map: crate::file::map },
    // A file that an account export holds but does not account for.
    Entry { source: SourceSlug::FILE, name: "Files", channel: Channel::Archive, map: crate::file::map },
];

/// A live source that this build can speak to.
#[derive(Debug, Clone)]
pub struct Live {
    /// The connector's name: its section `[sources.<name>]` in the configuration.
    pub connector: &'static str,
    /// Makes one; the error is a sentence for the operator that names the key.
    pub open: fn(&Settings) -> Result<Arc<dyn Connector>, String>,
}

/// What the configuration says of a live source: every key of its section but those that the hub itself reads.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Plain values by key, e.g. `api_base`.
    pub values: BTreeMap<String, String>,
    /// Secret values by key, e.g. `client_secret`.
    pub secrets: BTreeMap<String, SecretString>,
}

/// Every live source.
pub const LIVE: &[Live] = &[
    Live { connector: crate::strava::NAME, open: |settings| Ok(Arc::new(crate::strava::Strava::open(settings)?)) },
    Live { connector: crate::garmin::connect::NAME, open: crate::garmin::connect::open },
];

/// How activities of that source and channel are read.
pub fn mapper(source: &SourceSlug, channel: Channel) -> Option<Mapper> {
    ENTRIES.iter().find(|entry| entry.source == *source && entry.channel == channel).map(|entry| entry.map)
}

/// A source's name for people; its slug where this build does not know it.
pub fn name(source: &SourceSlug) -> &str {
    ENTRIES.iter().find(|entry| entry.source == *source).map_or(source.as_str(), |entry| entry.name)
}
