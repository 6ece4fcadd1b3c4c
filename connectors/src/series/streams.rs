//! A set of time series of one length.

use std::collections::BTreeMap;

use domain::Point;

use super::thin;

/// What a time series tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamType {
    /// Since the start.
    Time,
    /// Since the start, as the device counts.
    Distance,
    /// Where.
    Latlng,
    /// How high.
    Altitude,
    /// How fast.
    Speed,
    /// Heart rate.
    HeartRate,
    /// Turns of the crank, or steps of one foot.
    Cadence,
    /// Power.
    Power,
    /// Temperature.
    Temperature,
    /// How steep.
    Grade,
    /// Whether it moved, by the source's own judgement.
    Moving,
}

impl StreamType {
    /// Every type.
    pub const ALL: [Self; 11] = [
        Self::Time,
        Self::Distance,
        Self::Latlng,
        Self::Altitude,
        Self::Speed,
        Self::HeartRate,
        Self::Cadence,
        Self::Power,
        Self::Temperature,
        Self::Grade,
        Self::Moving,
    ];

    /// Its one name in GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "TIME",
            Self::Distance => "DISTANCE",
            Self::Latlng => "LATLNG",
            Self::Altitude => "ALTITUDE",
            Self::Speed => "SPEED",
            Self::HeartRate => "HEART_RATE",
            Self::Cadence => "CADENCE",
            Self::Power => "POWER",
            Self::Temperature => "TEMPERATURE",
            Self::Grade => "GRADE",
            Self::Moving => "MOVING",
        }
    }

    /// The unit of its numbers.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Time => "s",
            Self::Distance | Self::Altitude => "m",
            Self::Latlng => "deg",
            Self::Speed => "m/s",
            Self::HeartRate => "bpm",
            Self::Cadence => "rpm",
            Self::Power => "W",
            Self::Temperature => "°C",
            Self::Grade => "%",
            Self::Moving => "0 or 1",
        }
    }
}

/// The samples of one series; `None` where the device gave none.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers in the type's unit.
    Numbers(Vec<Option<f64>>),
    /// Places.
    Places(Vec<Option<Point>>),
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Places(places) => places.len(),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Numbers(numbers) => numbers.iter().all(Option::is_none),
            Self::Places(places) => places.iter().all(Option::is_none),
        }
    }

    fn lengthen(&mut self, length: usize) {
        match self {
            Self::Numbers(numbers) => numbers.resize(length, None),
            Self::Places(places) => places.resize(length, None),
        }
    }

    fn only(&self, kept: &[usize]) -> Self {
        match self {
            Self::Numbers(numbers) => Self::Numbers(kept.iter().map(|at| *numbers.get(*at)?).collect()),
            Self::Places(places) => Self::Places(kept.iter().map(|at| *places.get(*at)?).collect()),
        }
    }
}

/// Time series of one length, those that the source gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Streams {
    samples: usize,
    columns: BTreeMap<StreamType, Column>,
}

impl Streams {
    /// Of these columns; one that says nothing is left out, a shorter one ends in `None`.
    pub(super) fn of(columns: impl IntoIterator<Item = (StreamType, Column)>) -> Self {
        let mut columns: BTreeMap<StreamType, Column> =
            columns.into_iter().filter(|(_, column)| !column.is_empty()).collect();
        let samples = columns.values().map(Column::len).max().unwrap_or(0);
        columns.values_mut().for_each(|column| column.lengthen(samples));
        Self { samples, columns }
    }

    /// How many samples each of them has.
    pub const fn samples(&self) -> usize {
        self.samples
    }

    /// The series, in the order of the types.
    pub fn iter(&self) -> impl Iterator<Item = (StreamType, &Column)> {
        self.columns.iter().map(|(kind, column)| (*kind, column))
    }

    /// At most that many samples (2 at least), the same ones of every series, chosen so that each keeps its shape.
    #[must_use]
    pub fn thinned(self, points: usize) -> Self {
        if self.samples <= points.max(2) {
            return self;
        }
        let kept = thin::kept(&self.columns, self.samples, points.max(2));
        let columns = self.columns.iter().map(|(kind, column)| (*kind, column.only(&kept))).collect();
        Self { samples: kept.len(), columns }
    }
}
