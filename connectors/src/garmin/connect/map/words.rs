//! Where each answer says what. The list and the detail tell the same in other words (`garmin.md` §5).

use domain::{ArtifactKind, Field};

/// The words of one kind of answer. All are JSON pointers.
pub struct Words {
    /// The artifact they stand in.
    pub kind: ArtifactKind,
    /// The sport's key.
    pub sport: &'static str,
    /// Who may see it.
    pub privacy: &'static str,
    /// The recording device's unit id.
    pub device: &'static str,
    /// Whether it is the whole of a multisport activity.
    pub is_parent: &'static str,
    /// Whether it was typed in by hand.
    pub manual: &'static str,
    /// Before every other measure.
    pub within: &'static str,
    /// Numbers, each with the factor that leads to the field's unit; of two for one field the first is taken.
    pub numbers: &'static [(&'static str, Field, f64)],
}

/// An element of the list.
pub const SUMMARY: Words = Words {
    kind: ArtifactKind::ActivitySummary,
    sport: "/activityType/typeKey",
    privacy: "/privacy/typeKey",
    device: "/deviceId",
    is_parent: "/parent",
    manual: "/manualActivity",
    within: "",
    numbers: &[
        ("/elevationGain", Field::ElevationGainM, 1.0),
        ("/elevationLoss", Field::ElevationLossM, 1.0),
        ("/averageHR", Field::AverageHeartRateBpm, 1.0),
        ("/maxHR", Field::MaxHeartRateBpm, 1.0),
        ("/avgPower", Field::AveragePowerW, 1.0),
        ("/maxPower", Field::MaxPowerW, 1.0),
        ("/normPower", Field::NormalizedPowerW, 1.0),
        // Both feet; the field counts one.
        ("/averageRunningCadenceInStepsPerMinute", Field::AverageCadenceRpm, 0.5),
        ("/maxRunningCadenceInStepsPerMinute", Field::MaxCadenceRpm, 0.5),
        ("/averageBikingCadenceInRevPerMinute", Field::AverageCadenceRpm, 1.0),
        ("/maxBikingCadenceInRevPerMinute", Field::MaxCadenceRpm, 1.0),
        ("/calories", Field::EnergyKcal, 1.0),
        ("/aerobicTrainingEffect", Field::AerobicTrainingEffect, 1.0),
        ("/anaerobicTrainingEffect", Field::AnaerobicTrainingEffect, 1.0),
        ("/activityTrainingLoad", Field::TrainingLoad, 1.0),
        ("/vO2MaxValue", Field::Vo2Max, 1.0),
        ("/avgStrideLength", Field::AverageStrideLengthM, 0.01),
        ("/avgVerticalOscillation", Field::AverageVerticalOscillationCm, 1.0),
        ("/avgGroundContactTime", Field::AverageGroundContactTimeMs, 1.0),
        ("/avgRespirationRate", Field::AverageRespirationRate, 1.0),
        ("/strokes", Field::Strokes, 1.0),
        ("/lapCount", Field::Laps, 1.0),
    ],
};

/// A detail.
pub const DETAIL: Words = Words {
    kind: ArtifactKind::ActivityDetail,
    sport: "/activityTypeDTO/typeKey",
    privacy: "/accessControlRuleDTO/typeKey",
    device: "/metadataDTO/deviceMetaDataDTO/deviceId",
    is_parent: "/isMultiSportParent",
    manual: "/metadataDTO/manualActivity",
    within: "/summaryDTO",
    numbers: &[
        ("/summaryDTO/elevationGain", Field::ElevationGainM, 1.0),
        ("/summaryDTO/elevationLoss", Field::ElevationLossM, 1.0),
        ("/summaryDTO/averageHR", Field::AverageHeartRateBpm, 1.0),
        ("/summaryDTO/maxHR", Field::MaxHeartRateBpm, 1.0),
        ("/summaryDTO/averagePower", Field::AveragePowerW, 1.0),
        ("/summaryDTO/maxPower", Field::MaxPowerW, 1.0),
        ("/summaryDTO/normalizedPower", Field::NormalizedPowerW, 1.0),
        ("/summaryDTO/averageRunCadence", Field::AverageCadenceRpm, 0.5),
        ("/summaryDTO/maxRunCadence", Field::MaxCadenceRpm, 0.5),
        ("/summaryDTO/averageBikeCadence", Field::AverageCadenceRpm, 1.0),
        ("/summaryDTO/maxBikeCadence", Field::MaxCadenceRpm, 1.0),
        ("/summaryDTO/calories", Field::EnergyKcal, 1.0),
        ("/summaryDTO/trainingEffect", Field::AerobicTrainingEffect, 1.0),
        ("/summaryDTO/anaerobicTrainingEffect", Field::AnaerobicTrainingEffect, 1.0),
        ("/summaryDTO/activityTrainingLoad", Field::TrainingLoad, 1.0),
        ("/summaryDTO/vO2MaxValue", Field::Vo2Max, 1.0),
        ("/summaryDTO/strideLength", Field::AverageStrideLengthM, 0.01),
        ("/summaryDTO/verticalOscillation", Field::AverageVerticalOscillationCm, 1.0),
        ("/summaryDTO/groundContactTime", Field::AverageGroundContactTimeMs, 1.0),
        ("/summaryDTO/avgRespirationRate", Field::AverageRespirationRate, 1.0),
        ("/summaryDTO/averageTemperature", Field::AverageTemperatureC, 1.0),
        ("/summaryDTO/totalNumberOfStrokes", Field::Strokes, 1.0),
        // 0 to 100 for 0 to 10.
        ("/summaryDTO/directWorkoutRpe", Field::PerceivedExertion, 0.1),
        ("/metadataDTO/lapCount", Field::Laps, 1.0),
    ],
};
