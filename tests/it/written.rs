//! What is written as JSON in place is what the library would have answered.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};

use crate::http::year;

/// Everything of an activity that is at hand, and all that is said of it by its records.
const ACTIVITY: &str = "id status revision createdAt updatedAt name description sportType startTimeUtc utcOffsetS timezone \
    elapsedTimeS movingTimeS distanceM elevationGainM elevationLossM elevationMinM elevationMaxM averageSpeedMps maxSpeedMps \
    averageHeartRateBpm maxHeartRateBpm averagePowerW maxPowerW normalizedPowerW averageCadenceRpm maxCadenceRpm energyKcal \
    averageTemperatureC summaryPolyline visibility commute indoor manual gear device aerobicTrainingEffect \
    anaerobicTrainingEffect trainingLoad vo2Max averageStrideLengthM averageVerticalOscillationCm averageGroundContactTimeMs \
    averageRespirationRate poolLengthM strokes relativeEffort perceivedExertion";
const PROVENANCE: &str = "field value rule agreement path source { SOURCE } alternatives { ALTERNATIVE }";
const RECORD: &str = "id externalId channel revision source { SOURCE }";
const ALTERNATIVE: &str = "value source { SOURCE } sourceRecord { RECORD }";

/// The question; `around` makes of a selection one that asks for the same.
fn question(around: impl Fn(&str, &str) -> String) -> String {
    let source = around("Source", "slug");
    let record = around("SourceRecord", &RECORD.replace("SOURCE", &source));
    let alternative = ALTERNATIVE.replace("SOURCE", &source).replace("RECORD", &record);
    let alternative = around("FieldAlternative", &alternative);
    let provenance = PROVENANCE.replace("SOURCE", &source).replace("ALTERNATIVE", &alternative);
    let provenance = around("FieldProvenance", &provenance);
    let activity =
        around("Activity", &format!("{ACTIVITY} provenance {{ {provenance} }} sourceRecords {{ {record} }}"));
    format!(
        "query($after: String) {{ activities(first: 25, after: $after) {{ pageInfo {{ endCursor }} nodes {{ {activity} }} }} }}"
    )
}

#[tokio::test]
async fn what_is_at_hand_is_answered_as_the_library_would() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, _) = year(&house, 365).await?;
        let door = Door::of(&house).await?;
        let mut limits = (*door.app.limits).clone();
        limits.complexity = 1_000_000;
        let door = Door::with(&door.app, limits).await?;
        let token = door.token("activities:read", &[ada]).await?;
        let plain = question(|_, fields| fields.to_owned());
        // Conditions on types are the library's.
        let through_the_library = question(|ty, fields| format!("... on {ty} {{ {fields} }}"));
        let (mut after, mut seen, mut alternatives) = (Value::Null, 0, 0);
        loop {
            let variables = json!({ "after": after });
            let written = door.ask(&token, &plain, variables.clone()).await?;
            let library = door.ask(&token, &through_the_library, variables).await?;
            ensure!(written == library, "{written:#}\n{library:#}");
            let nodes = written["activities"]["nodes"].as_array().map_or(&[][..], Vec::as_slice);
            seen += nodes.len();
            alternatives += written.to_string().matches("\"sourceRecord\"").count();
            after = written["activities"]["pageInfo"]["endCursor"].clone();
            if nodes.is_empty() {
                break;
            }
        }
        ensure!(seen > 200 && alternatives > 1000, "{seen} activities, {alternatives} alternatives prove nothing");
        Ok(())
    })
    .await
}
