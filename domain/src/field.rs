//! The one table of canonical fields: adding a field is one line here (and one resolver in the API).

/// A field of the canonical activity. Units are part of a name: S seconds, M metres, Mps metres per second, Bpm, Rpm,
/// W watts, Kcal, C degrees Celsius.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// What the athlete calls it.
    Name,
    /// What the athlete says about it.
    Description,
    /// Which sport it is.
    SportType,
    /// When it began.
    StartTimeUtc,
    /// Local wall clock minus UTC at the start.
    UtcOffsetS,
    /// The IANA name of the local time zone.
    Timezone,
    /// From start to end, pauses included.
    ElapsedTimeS,
    /// Time in motion, by the source's own judgement.
    MovingTimeS,
    /// How far.
    DistanceM,
    /// Metres climbed.
    ElevationGainM,
    /// Metres descended.
    ElevationLossM,
    /// The lowest point.
    ElevationMinM,
    /// The highest point.
    ElevationMaxM,
    /// Average speed.
    AverageSpeedMps,
    /// Highest speed.
    MaxSpeedMps,
    /// Average heart rate.
    AverageHeartRateBpm,
    /// Highest heart rate.
    MaxHeartRateBpm,
    /// Average power.
    AveragePowerW,
    /// Highest power.
    MaxPowerW,
    /// Power weighted by its variation.
    NormalizedPowerW,
    /// Average cadence: turns of the crank, or steps of one foot, a minute.
    AverageCadenceRpm,
    /// Highest cadence.
    MaxCadenceRpm,
    /// Energy spent.
    EnergyKcal,
    /// Average temperature.
    AverageTemperatureC,
    /// Where it began.
    StartPoint,
    /// Where it ended.
    EndPoint,
    /// The track, simplified, as a Google polyline of precision 5.
    SummaryPolyline,
    /// Who may see it.
    Visibility,
    /// A way to work and not a workout.
    Commute,
    /// Done indoors, on a machine or in a pool.
    Indoor,
    /// Typed in by a person, not recorded.
    Manual,
    /// Shoes or bike, by the athlete's name for them.
    Gear,
    /// What recorded it.
    Device,
    /// Garmin's aerobic training effect, 0 to 5.
    AerobicTrainingEffect,
    /// Garmin's anaerobic training effect, 0 to 5.
    AnaerobicTrainingEffect,
    /// Garmin's training load.
    TrainingLoad,
    /// Estimated maximal oxygen uptake, ml per kg and minute.
    Vo2Max,
    /// Average stride.
    AverageStrideLengthM,
    /// Average vertical oscillation.
    AverageVerticalOscillationCm,
    /// Average ground contact.
    AverageGroundContactTimeMs,
    /// Breaths a minute.
    AverageRespirationRate,
    /// Length of the pool.
    PoolLengthM,
    /// Swim strokes, counted.
    Strokes,
    /// Strava's relative effort.
    RelativeEffort,
    /// How hard it felt, 1 to 10.
    PerceivedExertion,
    /// How many laps the record tells of.
    Laps,
    /// How many samples its time series hold.
    Streams,
    /// The recording's own file, by its SHA-256.
    OriginalFile,
}

/// What kind of value a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A text, a sport, a place or another value that is no number.
    None,
    /// Seconds.
    Seconds,
    /// Metres.
    Metres,
    /// Centimetres.
    Centimetres,
    /// Milliseconds.
    Milliseconds,
    /// Metres per second.
    MetresPerSecond,
    /// Beats per minute.
    BeatsPerMinute,
    /// Watts.
    Watts,
    /// Something a minute.
    PerMinute,
    /// Kilocalories.
    Kilocalories,
    /// Degrees Celsius.
    Celsius,
    /// A number without a unit.
    Plain,
}

/// Fields that belong together. Those of a coherent group come from one record, or the activity would mix one
/// source's distance with another's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Public words and switches: each field for itself.
    Meta,
    /// Start, elapsed, moving, distance and speeds: one recording's account of itself.
    Core,
    /// Offset and zone of the local clock.
    Place,
    /// Climb, descent, lowest and highest point.
    Elevation,
    /// Average and highest heart rate.
    HeartRate,
    /// Average, highest and normalized power.
    Power,
    /// Average and highest cadence.
    Cadence,
    /// Start, end and track.
    Route,
    /// Garmin's training figures.
    Training,
    /// Running dynamics.
    Dynamics,
    /// Pool length and strokes.
    Pool,
    /// Laps.
    Laps,
    /// Time series.
    Streams,
    /// The original file.
    OriginalFile,
    /// Bound to no other field.
    Alone,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 15] = [
        Self::Meta,
        Self::Core,
        Self::Place,
        Self::Elevation,
        Self::HeartRate,
        Self::Power,
        Self::Cadence,
        Self::Route,
        Self::Training,
        Self::Dynamics,
        Self::Pool,
        Self::Laps,
        Self::Streams,
        Self::OriginalFile,
        Self::Alone,
    ];

    /// Its name in the policy file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Core => "core",
            Self::Place => "place",
            Self::Elevation => "elevation",
            Self::HeartRate => "heart_rate",
            Self::Power => "power",
            Self::Cadence => "cadence",
            Self::Route => "route",
            Self::Training => "training",
            Self::Dynamics => "dynamics",
            Self::Pool => "pool",
            Self::Laps => "laps",
            Self::Streams => "streams",
            Self::OriginalFile => "original_file",
            Self::Alone => "alone",
        }
    }

    /// The group of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    /// Whether its fields must come whole from one record.
    pub const fn is_coherent(self) -> bool {
        matches!(
            self,
            Self::Core | Self::Place | Self::Elevation | Self::HeartRate | Self::Power | Self::Cadence | Self::Route
        )
    }
}

/// What is fixed about a field.
#[derive(Debug, Clone, Copy)]
pub struct FieldInfo {
    /// The field.
    pub field: Field,
    /// Its one name, from database to GraphQL.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// The group it belongs to.
    pub group: Group,
}

const fn info(field: Field, name: &'static str, unit: Unit, group: Group) -> FieldInfo {
    FieldInfo { field, name, unit, group }
}

/// One row a field, in the order of the enum.
const FIELDS: [FieldInfo; 48] = [
    info(Field::Name, "NAME", Unit::None, Group::Meta),
    info(Field::Description, "DESCRIPTION", Unit::None, Group::Meta),
    info(Field::SportType, "SPORT_TYPE", Unit::None, Group::Meta),
    info(Field::StartTimeUtc, "START_TIME_UTC", Unit::None, Group::Core),
    info(Field::UtcOffsetS, "UTC_OFFSET_S", Unit::Seconds, Group::Place),
    info(Field::Timezone, "TIMEZONE", Unit::None, Group::Place),
    info(Field::ElapsedTimeS, "ELAPSED_TIME_S", Unit::Seconds, Group::Core),
    info(Field::MovingTimeS, "MOVING_TIME_S", Unit::Seconds, Group::Core),
    info(Field::DistanceM, "DISTANCE_M", Unit::Metres, Group::Core),
    info(Field::ElevationGainM, "ELEVATION_GAIN_M", Unit::Metres, Group::Elevation),
    info(Field::ElevationLossM, "ELEVATION_LOSS_M", Unit::Metres, Group::Elevation),
    info(Field::ElevationMinM, "ELEVATION_MIN_M", Unit::Metres, Group::Elevation),
    info(Field::ElevationMaxM, "ELEVATION_MAX_M", Unit::Metres, Group::Elevation),
    info(Field::AverageSpeedMps, "AVERAGE_SPEED_MPS", Unit::MetresPerSecond, Group::Core),
    info(Field::MaxSpeedMps, "MAX_SPEED_MPS", Unit::MetresPerSecond, Group::Core),
    info(Field::AverageHeartRateBpm, "AVERAGE_HEART_RATE_BPM", Unit::BeatsPerMinute, Group::HeartRate),
    info(Field::MaxHeartRateBpm, "MAX_HEART_RATE_BPM", Unit::BeatsPerMinute, Group::HeartRate),
    info(Field::AveragePowerW, "AVERAGE_POWER_W", Unit::Watts, Group::Power),
    info(Field::MaxPowerW, "MAX_POWER_W", Unit::Watts, Group::Power),
    info(Field::NormalizedPowerW, "NORMALIZED_POWER_W", Unit::Watts, Group::Power),
    info(Field::AverageCadenceRpm, "AVERAGE_CADENCE_RPM", Unit::PerMinute, Group::Cadence),
    info(Field::MaxCadenceRpm, "MAX_CADENCE_RPM", Unit::PerMinute, Group::Cadence),
    info(Field::EnergyKcal, "ENERGY_KCAL", Unit::Kilocalories, Group::Alone),
    info(Field::AverageTemperatureC, "AVERAGE_TEMPERATURE_C", Unit::Celsius, Group::Alone),
    info(Field::StartPoint, "START_POINT", Unit::None, Group::Route),
    info(Field::EndPoint, "END_POINT", Unit::None, Group::Route),
    info(Field::SummaryPolyline, "SUMMARY_POLYLINE", Unit::None, Group::Route),
    info(Field::Visibility, "VISIBILITY", Unit::None, Group::Meta),
    info(Field::Commute, "COMMUTE", Unit::None, Group::Meta),
    info(Field::Indoor, "INDOOR", Unit::None, Group::Meta),
    info(Field::Manual, "MANUAL", Unit::None, Group::Meta),
    info(Field::Gear, "GEAR", Unit::None, Group::Meta),
    info(Field::Device, "DEVICE", Unit::None, Group::Meta),
    info(Field::AerobicTrainingEffect, "AEROBIC_TRAINING_EFFECT", Unit::Plain, Group::Training),
    info(Field::AnaerobicTrainingEffect, "ANAEROBIC_TRAINING_EFFECT", Unit::Plain, Group::Training),
    info(Field::TrainingLoad, "TRAINING_LOAD", Unit::Plain, Group::Training),
    info(Field::Vo2Max, "VO2_MAX", Unit::Plain, Group::Training),
    info(Field::AverageStrideLengthM, "AVERAGE_STRIDE_LENGTH_M", Unit::Metres, Group::Dynamics),
    info(Field::AverageVerticalOscillationCm, "AVERAGE_VERTICAL_OSCILLATION_CM", Unit::Centimetres, Group::Dynamics),
    info(Field::AverageGroundContactTimeMs, "AVERAGE_GROUND_CONTACT_TIME_MS", Unit::Milliseconds, Group::Dynamics),
    info(Field::AverageRespirationRate, "AVERAGE_RESPIRATION_RATE", Unit::PerMinute, Group::Alone),
    info(Field::PoolLengthM, "POOL_LENGTH_M", Unit::Metres, Group::Pool),
    info(Field::Strokes, "STROKES", Unit::Plain, Group::Pool),
    info(Field::RelativeEffort, "RELATIVE_EFFORT", Unit::Plain, Group::Alone),
    info(Field::PerceivedExertion, "PERCEIVED_EXERTION", Unit::Plain, Group::Alone),
    info(Field::Laps, "LAPS", Unit::Plain, Group::Laps),
    info(Field::Streams, "STREAMS", Unit::Plain, Group::Streams),
    info(Field::OriginalFile, "ORIGINAL_FILE", Unit::None, Group::OriginalFile),
];

impl Field {
    /// Every field, in the order of the public API.
    pub fn all() -> impl Iterator<Item = Self> {
        FIELDS.iter().map(|info| info.field)
    }

    /// What is fixed about it.
    pub fn info(self) -> FieldInfo {
        // The table stands in the order of the enum (tested below), so every field finds its row.
        FIELDS.get(self as usize).copied().unwrap_or(FieldInfo {
            field: self,
            name: "UNKNOWN",
            unit: Unit::None,
            group: Group::Alone,
        })
    }

    /// Its one name, from database to GraphQL.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The field of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        FIELDS.iter().find(|info| info.name == name).map(|info| info.field)
    }

    /// The group it belongs to.
    pub fn group(self) -> Group {
        self.info().group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enum() {
        for (index, info) in FIELDS.iter().enumerate() {
            assert_eq!(info.field as usize, index, "{} stands at the wrong place", info.name);
            assert_eq!(Field::from_name(info.name), Some(info.field), "{} is twice in the table", info.name);
        }
    }
}
