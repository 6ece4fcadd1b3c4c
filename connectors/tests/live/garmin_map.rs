//! Garmin's answers, made up, of every age and kind.

use bytes::Bytes;
use connectors::{Mapped, RawActivity, garmin::map_api};
use domain::{
    Artifact, ArtifactKind, Channel, ExternalId, Field, MediaType, Multisport, SourceSlug, Sport, StartPrecision, Value,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

pub fn artifact(kind: ArtifactKind, bytes: impl Into<Bytes>) -> Artifact {
    Artifact { kind, media_type: MediaType::JSON, filename: None, bytes: bytes.into() }
}

pub fn raw(artifacts: Vec<Artifact>) -> RawActivity {
    RawActivity {
        source: SourceSlug::GARMIN,
        channel: Channel::Api,
        external_id: ExternalId::new("7"),
        session_index: 0,
        artifacts,
    }
}

fn map(kind: ArtifactKind, document: &Json) -> Mapped {
    map_api(&raw(vec![artifact(kind, document.to_string())])).unwrap()
}

pub fn number(mapped: &Mapped, field: Field) -> Option<f64> {
    mapped.readings.number(field).map(domain::Milli::as_f64)
}

fn summary() -> Json {
    json!({
        "activityId": 7, "activityName": "Dogger Running", "startTimeLocal": "2026-05-03 08:10:21",
        "startTimeGMT": "2026-05-03 06:10:21", "endTimeGMT": "2026-05-03 06:47:26", "beginTimestamp": 1_777_788_621_000_i64,
        "activityType": { "typeId": 1, "typeKey": "running" }, "distance": 4261.18994140625,
        "duration": 2223.326904296875, "elapsedDuration": 2225.44091796875, "movingDuration": 2216.0,
        "minElevation": 2.5999999046325684, "maxElevation": 31.399999618530273, "elevationGain": 15.0,
        "averageHR": 142.0, "maxHR": 162.0, "averageRunningCadenceInStepsPerMinute": 166.0, "calories": 390.0,
        "aerobicTrainingEffect": 2.700000047683716, "anaerobicTrainingEffect": 0.0, "activityTrainingLoad": 50.886444091796875,
        "vO2MaxValue": 45.0, "avgStrideLength": 82.47999877929688, "avgVerticalOscillation": 7.95,
        "avgGroundContactTime": 338.29998779296875, "avgRespirationRate": 31.5, "deviceId": 3_900_000_001_u32,
        "privacy": { "typeKey": "private" }, "manualActivity": false, "lapCount": 5, "parent": false,
        "startLatitude": 54.75, "startLongitude": 2.25,
    })
}

fn detail() -> Json {
    json!({
        "activityId": 7, "activityName": "An older name", "description": "Wind.\nRain.", "isMultiSportParent": false,
        "activityTypeDTO": { "typeKey": "running" }, "accessControlRuleDTO": { "typeKey": "public" },
        "metadataDTO": { "childIds": [], "deviceMetaDataDTO": { "deviceId": "3900000001" }, "manualActivity": false, "lapCount": 5 },
        "summaryDTO": {
            "startTimeLocal": "2026-05-03T08:10:21.0", "startTimeGMT": "2026-05-03T06:10:21.0", "distance": 4261.19,
            "duration": 2223.327, "movingDuration": 2216.0, "elapsedDuration": 2225.441, "averageTemperature": 18.99,
            "directWorkoutRpe": 30, "averageHR": 141.0, "minHR": 90.0, "averageRunCadence": 166.0, "averagePower": 210.0,
        },
    })
}

#[test]
fn an_element_of_the_list() {
    let mapped = map(ArtifactKind::ActivitySummary, &summary());
    assert_eq!(mapped.defects, []);
    for (field, expected) in [
        (Field::ElapsedTimeS, 2225.441),
        (Field::MovingTimeS, 2216.0),
        (Field::DistanceM, 4261.19),
        (Field::ElevationMinM, 2.6),
        (Field::ElevationMaxM, 31.4),
        (Field::AverageCadenceRpm, 83.0),
        (Field::AerobicTrainingEffect, 2.7),
        (Field::AnaerobicTrainingEffect, 0.0),
        (Field::TrainingLoad, 50.886),
        (Field::Vo2Max, 45.0),
        (Field::AverageStrideLengthM, 0.825),
        (Field::AverageVerticalOscillationCm, 7.95),
        (Field::AverageGroundContactTimeMs, 338.3),
        (Field::AverageRespirationRate, 31.5),
        (Field::UtcOffsetS, 7200.0),
        (Field::Laps, 5.0),
    ] {
        assert_eq!(number(&mapped, field), Some(expected), "{}", field.name());
    }
    assert_eq!(mapped.fingerprint.start.to_rfc3339(), "2026-05-03T06:10:21+00:00");
    assert_eq!(mapped.fingerprint.start_precision, StartPrecision::Second);
    assert_eq!(mapped.fingerprint.device_serial, Some(3_900_000_001));
    assert_eq!((mapped.source_sport.as_deref(), mapped.multisport), (Some("running"), None));
    let at = |field| mapped.readings.get(field).map(|reading| reading.at.path.to_string());
    assert_eq!(at(Field::SportType).as_deref(), Some("/activityType/typeKey"));
    assert_eq!(at(Field::StartTimeUtc).as_deref(), Some("/startTimeGMT"));
}

#[test]
fn units_are_told_by_the_age_of_an_element() {
    let mut old = summary();
    old["elapsedDuration"] = json!(2_225_441.0);
    (old["minElevation"], old["maxElevation"]) = (json!(260.0), json!(3140.0));
    // Older answers wrote null for what newer ones leave out, and did not say when it ended.
    (old["endTimeGMT"], old["vO2MaxValue"], old["description"]) = (Json::Null, Json::Null, Json::Null);
    let mapped = map(ArtifactKind::ActivitySummary, &old);
    assert_eq!(mapped.defects, []);
    assert_eq!(number(&mapped, Field::ElapsedTimeS), Some(2225.441));
    assert_eq!((number(&mapped, Field::ElevationMinM), number(&mapped, Field::ElevationMaxM)), (Some(2.6), Some(31.4)));
    assert_eq!(number(&mapped, Field::Vo2Max), None);

    // A new one with a pause of hours: its end says that these are seconds.
    let mut paused = summary();
    (paused["duration"], paused["elapsedDuration"]) = (json!(60.0), json!(14_400.0));
    paused["endTimeGMT"] = json!("2026-05-03 10:10:21");
    let mapped = map(ArtifactKind::ActivitySummary, &paused);
    assert_eq!(number(&mapped, Field::ElapsedTimeS), Some(14_400.0));
    assert_eq!(number(&mapped, Field::ElevationMaxM), Some(31.4));

    // And of one that does not say when it ended, the timer does: nothing lasts shorter than it was timed.
    paused["endTimeGMT"] = Json::Null;
    let mapped = map(ArtifactKind::ActivitySummary, &paused);
    assert_eq!(number(&mapped, Field::ElapsedTimeS), Some(14_400.0));

    let mut pool = summary();
    for (written, metres) in [(25.0, 25.0), (33.33, 33.33), (2500.0, 25.0)] {
        pool["poolLength"] = json!(written);
        assert_eq!(number(&map(ArtifactKind::ActivitySummary, &pool), Field::PoolLengthM), Some(metres));
    }
}

#[test]
fn a_cut_start_is_known_to_the_minute() {
    let mut edited = summary();
    (edited["startTimeGMT"], edited["startTimeLocal"]) = (json!("2026-05-03 06:10:00"), json!("2026-05-03 08:10:00"));
    let mapped = map(ArtifactKind::ActivitySummary, &edited);
    assert_eq!(mapped.fingerprint.start_precision, StartPrecision::Minute);
}

#[test]
fn the_list_says_what_is_true_now_and_the_detail_fills() {
    let both = raw(vec![
        artifact(ArtifactKind::ActivityDetail, detail().to_string()),
        artifact(ArtifactKind::ActivitySummary, summary().to_string()),
        artifact(ArtifactKind::Splits, r#"{"lapDTOs":[{},{}]}"#),
    ]);
    let mapped = map_api(&both).unwrap();
    assert_eq!(mapped.readings.value(Field::Name), Some(&Value::Text("Dogger Running".to_owned())));
    assert_eq!(mapped.readings.value(Field::Description), Some(&Value::Text("Wind.\nRain.".to_owned())));
    assert_eq!(number(&mapped, Field::PerceivedExertion), Some(3.0));
    assert_eq!(number(&mapped, Field::AverageTemperatureC), Some(18.99));
    assert_eq!(number(&mapped, Field::AveragePowerW), Some(210.0));
    let power = &mapped.readings.get(Field::AveragePowerW).unwrap().at;
    assert_eq!((power.artifact, power.path.as_ref()), (ArtifactKind::ActivityDetail, "/summaryDTO/averagePower"));
    assert_eq!(number(&mapped, Field::AverageHeartRateBpm), Some(142.0));
    assert_eq!(number(&mapped, Field::Laps), Some(5.0));

    // A leg stands in no list.
    let mut leg = detail();
    leg["parentId"] = json!(11);
    let mapped = map(ArtifactKind::ActivityDetail, &leg);
    assert_eq!(mapped.multisport, Some(Multisport::Leg { parent: ExternalId::new("11") }));
    assert_eq!(number(&mapped, Field::ElapsedTimeS), Some(2225.441));
    assert_eq!(mapped.fingerprint.device_serial, Some(3_900_000_001));
}

#[test]
fn the_whole_of_a_multisport_activity() {
    let mut whole = summary();
    (whole["activityType"], whole["parent"]) = (json!({ "typeKey": "multi_sport" }), json!(true));
    (whole["beginTimestamp"], whole["parentId"]) = (Json::Null, Json::Null);
    let mapped = map(ArtifactKind::ActivitySummary, &whole);
    assert_eq!(mapped.multisport, Some(Multisport::Parent));
    assert_eq!(mapped.fingerprint.sport, Sport::Multisport);
}

#[test]
fn odd_members_cost_no_activity() {
    let mut odd = summary();
    (odd["averageHR"], odd["distance"]) = (json!("very"), json!([1]));
    (odd["activityType"], odd["startLatitude"]) = (json!({ "typeKey": "moon_walk" }), json!("north"));
    odd["maxHR"] = json!(-4);
    let mapped = map(ArtifactKind::ActivitySummary, &odd);
    let places: Vec<&str> = mapped.defects.iter().map(|defect| defect.at.path.as_ref()).collect();
    assert_eq!(places, ["/activityType/typeKey", "/distance", "/averageHR", "/maxHR"]);
    assert_eq!(mapped.readings.value(Field::SportType), Some(&Value::Sport(Sport::Other)));
    assert_eq!(mapped.source_sport.as_deref(), Some("moon_walk"));
    assert_eq!(mapped.fingerprint.distance_m, None);
}

#[test]
fn a_broken_detail_costs_only_itself() {
    let both = raw(vec![
        artifact(ArtifactKind::ActivitySummary, summary().to_string()),
        artifact(ArtifactKind::ActivityDetail, "{\"summaryDTO\":{"),
    ]);
    let mapped = map_api(&both).unwrap();
    assert_eq!(mapped.defects.len(), 1);
    assert!(map_api(&raw(vec![artifact(ArtifactKind::ActivityDetail, "[]")])).is_err());
    assert!(map_api(&raw(Vec::new())).is_err());
}

fn member() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<f64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(|flag| json!(flag)),
        ".{0,20}".prop_map(|text| json!(text)),
        Just(json!([1, null])),
        Just(json!({ "typeKey": 3, "deviceId": [] })),
    ]
}

fn mutated(mut document: Json, at: usize, member: Json) -> Json {
    let object = document.as_object_mut().unwrap();
    let key = object.keys().nth(at % object.len()).unwrap().clone();
    match object.get_mut(&key) {
        Some(Json::Object(inner)) if !inner.is_empty() => {
            let key = inner.keys().nth(at / 7 % inner.len()).unwrap().clone();
            inner.insert(key, member);
        }
        _ => drop(object.insert(key, member)),
    }
    document
}

proptest! {
    #[test]
    fn nothing_that_is_cut_or_changed_panics(
        at in 0_usize..4000, member in member(), cut in 0_usize..1500, other in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        for (kind, document) in [(ArtifactKind::ActivitySummary, summary()), (ArtifactKind::ActivityDetail, detail())] {
            let bytes = document.to_string().into_bytes();
            let cut = bytes[..cut.min(bytes.len())].to_vec();
            // Errors are an answer; a panic is none.
            let _ = map_api(&raw(vec![artifact(kind, cut)]));
            let changed = mutated(document, at, member.clone()).to_string();
            let _ = map_api(&raw(vec![artifact(kind, changed), artifact(ArtifactKind::Splits, other.clone()), artifact(ArtifactKind::Fit, other.clone())]));
        }
    }
}
