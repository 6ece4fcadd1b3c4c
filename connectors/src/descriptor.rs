//! What a connector is, as data.

use domain::{Channel, SourceSlug};

use crate::Mapper;

/// What a connector is.
#[derive(Debug, Clone)]
pub struct Descriptor {
    /// Its own name: `strava`, `garmin_connect`. The configuration's section and the database's key.
    pub connector: &'static str,
    /// Whose ids it carries.
    pub source: SourceSlug,
    /// By which channel its records come.
    pub channel: Channel,
    /// Whether the source offers this way in to other programs.
    pub official: bool,
    /// The pieces of an activity that can be fetched, each by one call, in the order in which they are worth one.
    pub parts: &'static [Part],
    /// How activities that came this way are read.
    pub map: Mapper,
    /// The scopes to ask for; empty where the source has none.
    pub scopes: &'static [&'static str],
    /// The scope without which what an athlete hides looks like what is gone.
    pub hidden_scope: Option<&'static str>,
}

/// A piece of an activity that costs one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The activity in full.
    Detail,
    /// Its time series.
    Streams,
    /// Its laps.
    Laps,
    /// Its splits.
    Splits,
    /// Time in zones.
    Zones,
    /// The original file.
    File,
}

impl Part {
    /// Its one name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detail => "DETAIL",
            Self::Streams => "STREAMS",
            Self::Laps => "LAPS",
            Self::Splits => "SPLITS",
            Self::Zones => "ZONES",
            Self::File => "FILE",
        }
    }

    /// The part of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Detail, Self::Streams, Self::Laps, Self::Splits, Self::Zones, Self::File]
            .into_iter()
            .find(|part| part.name() == name)
    }
}
