//! **The** list of sources and of the ways in which they reach us.

use domain::{Channel, SourceSlug};

use crate::Mapper;

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
pub const ENTRIES: [Entry; 4] = [
    Entry { source: SourceSlug::STRAVA, name: "Strava", channel: Channel::Archive, map: crate::strava::map_archive },
    Entry {
        source: SourceSlug::GARMIN,
        name: "Garmin Connect",
        channel: Channel::Archive,
        map: crate::garmin::map_archive,
    },
    Entry { source: SourceSlug::FILE, name: "Files", channel: Channel::Upload, map: crate::file::map },
    // A file that an account export holds but does not account for.
    Entry { source: SourceSlug::FILE, name: "Files", channel: Channel::Archive, map: crate::file::map },
];

/// How activities of that source and channel are read.
pub fn mapper(source: &SourceSlug, channel: Channel) -> Option<Mapper> {
    ENTRIES.iter().find(|entry| entry.source == *source && entry.channel == channel).map(|entry| entry.map)
}

/// A source's name for people; its slug where this build does not know it.
pub fn name(source: &SourceSlug) -> &str {
    ENTRIES.iter().find(|entry| entry.source == *source).map_or(source.as_str(), |entry| entry.name)
}
