//! The words of activities and of their fields.

use domain::{Agreement, Field, Rule, Status};

use crate::graphql::word::Vocabulary;

impl Vocabulary for Status {
    const NAME: &'static str = "ReconciliationStatus";
    const ABOUT: &'static str = "What the hub made of the records behind an activity.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Pending => {
                "Only a secondary source has it and the reconciliation window is still open. Listed like any other \
                 activity."
            }
            Self::SingleSource => "One source has it; for a secondary source, the window has closed.",
            Self::Matched => "Records of two or more sources were matched and agree within the policy's tolerances.",
            Self::Conflicted => {
                "Records were matched, and at least one field differs by more than its tolerance. Precedence has \
                 still chosen a value."
            }
            Self::NeedsReview => {
                "Some record might be the same activity, but not surely enough to merge: a match candidate waits for \
                 a decision."
            }
            Self::Withdrawn => {
                "No source shows it any more (deleted there, or hidden from us); kept for audit, left out of lists \
                 unless asked for."
            }
            Self::Merged => "Merged into another activity; its id still answers, and leads there.",
        }
    }
}

impl Vocabulary for Field {
    const NAME: &'static str = "ActivityField";
    const ABOUT: &'static str = "A field of the canonical activity.";

    fn words() -> impl Iterator<Item = Self> {
        Self::all()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Name => "What the athlete calls it.",
            Self::Description => "What the athlete says about it.",
            Self::SportType => "Which sport it is.",
            Self::StartTimeUtc => "When it began.",
            Self::UtcOffsetS => "Local wall clock minus UTC at the start, in seconds.",
            Self::Timezone => "The IANA name of the local time zone.",
            Self::ElapsedTimeS => "From start to end, pauses included, in seconds.",
            Self::MovingTimeS => "Time in motion, by the source's own judgement, in seconds.",
            Self::DistanceM => "How far, in metres.",
            Self::ElevationGainM => "Metres climbed.",
            Self::ElevationLossM => "Metres descended.",
            Self::ElevationMinM => "The lowest point, in metres above the sea.",
            Self::ElevationMaxM => "The highest point, in metres above the sea.",
            Self::AverageSpeedMps => "Average speed, in metres per second.",
            Self::MaxSpeedMps => "Highest speed, in metres per second.",
            Self::AverageHeartRateBpm => "Average heart rate, in beats per minute.",
            Self::MaxHeartRateBpm => "Highest heart rate, in beats per minute.",
            Self::AveragePowerW => "Average power, in watts.",
            Self::MaxPowerW => "Highest power, in watts.",
            Self::NormalizedPowerW => "Power weighted by its variation, in watts.",
            Self::AverageCadenceRpm => "Average cadence: turns of the crank, or steps of one foot, a minute.",
            Self::MaxCadenceRpm => "Highest cadence: turns of the crank, or steps of one foot, a minute.",
            Self::EnergyKcal => "Energy spent, in kilocalories.",
            Self::AverageTemperatureC => "Average temperature, in degrees Celsius.",
            Self::StartPoint => "Where it began.",
            Self::EndPoint => "Where it ended.",
            Self::SummaryPolyline => "The track, simplified, as a Google polyline of precision 5.",
            Self::Visibility => "Who may see it at its source.",
            Self::Commute => "A way to work and not a workout.",
            Self::Indoor => "Done indoors, on a machine or in a pool.",
            Self::Manual => "Typed in by a person, not recorded.",
            Self::Gear => "Shoes or bike, by the athlete's name for them.",
            Self::Device => "What recorded it.",
            Self::AerobicTrainingEffect => "Garmin's aerobic training effect, 0 to 5.",
            Self::AnaerobicTrainingEffect => "Garmin's anaerobic training effect, 0 to 5.",
            Self::TrainingLoad => "Garmin's training load.",
            Self::Vo2Max => "Estimated maximal oxygen uptake, ml per kg and minute.",
            Self::AverageStrideLengthM => "Average length of a stride, in metres.",
            Self::AverageVerticalOscillationCm => {
                "How far the body moves up and down with each step, on average, in centimetres."
            }
            Self::AverageGroundContactTimeMs => "How long a foot stays on the ground, on average, in milliseconds.",
            Self::AverageRespirationRate => "Breaths a minute.",
            Self::PoolLengthM => "Length of the pool, in metres.",
            Self::Strokes => "Swim strokes, counted.",
            Self::RelativeEffort => "Strava's relative effort.",
            Self::PerceivedExertion => "How hard it felt, 1 to 10.",
            Self::Laps => "How many laps the record tells of.",
            Self::Streams => "How many samples its time series hold.",
            Self::OriginalFile => "The recording's own file, by its SHA-256.",
        }
    }
}

impl Vocabulary for Rule {
    const NAME: &'static str = "ProvenanceRule";
    const ABOUT: &'static str = "How a field's value was chosen.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Precedence => "The policy's order of sources chose among two or more.",
            Self::OnlySource => "No other record has the field.",
            Self::CoherentGroup => {
                "It goes with its group: the fields that must come from one record to stay consistent."
            }
            Self::PinnedSource => "A person pinned the source.",
            Self::PinnedValue => "A person pinned the value.",
            Self::Derived => "Computed from other canonical fields.",
        }
    }
}

impl Vocabulary for Agreement {
    const NAME: &'static str = "Agreement";
    const ABOUT: &'static str = "How the records' values of one field stand to each other.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Uncontested => "Only one record has the field.",
            Self::Agrees => "All records that have it say the same.",
            Self::WithinTolerance => "They differ, by no more than the policy's tolerance.",
            Self::Conflicts => "They differ by more than the policy's tolerance.",
        }
    }
}
