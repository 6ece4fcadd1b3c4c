//! Real answers of Garmin.
//!
//! The corpus is other people's and stays outside of the repository; where it is absent those tests are skipped, and
//! say so.

use std::path::{Path, PathBuf};

use connectors::garmin::map_api;
use domain::{Artifact, ArtifactKind, Field, MediaType, Multisport, Sport};
use serde_json::Value as Json;

use crate::garmin_map::{artifact, number, raw};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus/garmin");

fn corpus() -> Option<PathBuf> {
    let path = Path::new(CORPUS);
    if path.exists() {
        return Some(path.to_owned());
    }
    println!("SKIPPED: no corpus at {}", path.display());
    None
}

fn documents(root: &Path) -> Vec<(String, Json)> {
    let mut found = Vec::new();
    for folder in ["connectapi", "pe-st", "yamakii"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
            if let Ok(document) = serde_json::from_slice(&std::fs::read(&path).unwrap()) {
                found.push((name, document));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn is_summary(element: &Json) -> bool {
    element["activityId"].is_u64() && element["startTimeGMT"].is_string()
}

fn is_detail(document: &Json) -> bool {
    document["activityId"].is_u64() && document["summaryDTO"].is_object()
}

/// Nothing is read of an activity that does not add up.
fn adds_up(name: &str, document: &Json, kind: ArtifactKind, within: &str) {
    let mapped = map_api(&raw(vec![artifact(kind, document.to_string())])).unwrap_or_else(|e| panic!("{name}: {e}"));
    let said = |key: &str| document.pointer(&format!("{within}/{key}")).and_then(Json::as_f64).filter(|n| *n > 0.0);
    let near = |field: Field, key: &str, factor: f64| {
        let (read, said) = (number(&mapped, field), said(key).map(|number| number * factor));
        assert_eq!(read.is_some(), said.is_some(), "{name}: {}", field.name());
        if let (Some(read), Some(said)) = (read, said) {
            assert!((read - said).abs() < 0.006, "{name}: {} {read} for {said}", field.name());
        }
    };
    near(Field::DistanceM, "distance", 1.0);
    near(Field::AverageHeartRateBpm, "averageHR", 1.0);
    near(Field::EnergyKcal, "calories", 1.0);
    let elapsed = number(&mapped, Field::ElapsedTimeS).unwrap();
    let timer = said("duration").unwrap();
    // Elapsed time is the timer and pauses of people, not of a thousand timers.
    assert!(elapsed + 1.0 >= timer && elapsed < timer * 20.0, "{name}: {elapsed} for {timer}");
    for field in [Field::ElevationMinM, Field::ElevationMaxM] {
        assert!(number(&mapped, field).is_none_or(|metres| (-430.0..6_000.0).contains(&metres)), "{name}");
    }
    if let (Some(low), Some(high), Some(gain)) =
        (number(&mapped, Field::ElevationMinM), number(&mapped, Field::ElevationMaxM), said("elevationGain"))
    {
        // What was climbed and descended spans what lies between; a loop climbs it at least once.
        assert!(low <= high && high - low < gain * 3.0 + 100.0, "{name}: {low} {high} {gain}");
    }
    if let (Some(speed), Some(metres)) = (number(&mapped, Field::AverageSpeedMps), number(&mapped, Field::DistanceM)) {
        let computed = metres / timer;
        assert!((speed - computed).abs() < computed * 0.05, "{name}: {speed} for {computed}");
    }
    // Garmin's own words for "no sport".
    let none = matches!(mapped.source_sport.as_deref(), Some("other" | "uncategorized"));
    assert_eq!(mapped.fingerprint.sport == Sport::Other, none, "{name}: {:?}", mapped.source_sport);
    let odd: Vec<&str> = mapped.defects.iter().map(|defect| defect.problem.as_str()).collect();
    assert!(odd.iter().all(|problem| none && *problem == "it is no sport that is known"), "{name}: {odd:?}");
}

#[test]
fn real_answers_add_up() {
    let Some(root) = corpus() else { return };
    let (mut elements, mut details) = (0, 0);
    for (name, document) in documents(&root) {
        let list: Vec<&Json> = document.as_array().map_or_else(|| vec![&document], |list| list.iter().collect());
        for element in list {
            if is_detail(element) {
                adds_up(&name, element, ArtifactKind::ActivityDetail, "/summaryDTO");
                details += 1;
            } else if is_summary(element) {
                adds_up(&name, element, ArtifactKind::ActivitySummary, "");
                elements += 1;
            }
        }
    }
    println!("{elements} elements of lists and {details} details");
    assert!(elements >= 10 && details >= 6, "{elements} {details}");
}

#[test]
fn a_real_list_and_its_detail_tell_the_same() {
    let Some(root) = corpus() else { return };
    let read = |file: &str| -> Json { serde_json::from_slice(&std::fs::read(root.join(file)).unwrap()).unwrap() };
    let pairs = [
        ("connectapi/activities_search_limit2_start0.json", "connectapi/activity_21482825013.json"),
        ("pe-st/activity_2541953812_overview.json", "pe-st/activity_2541953812.json"),
        ("pe-st/activity_multisport_overview.json", "pe-st/activity_multisport_detail.json"),
    ];
    for (list, detail) in pairs {
        let (list, detail) = (read(list), read(detail));
        let element = list.as_array().map_or(&list, |list| &list[0]);
        assert_eq!(element["activityId"], detail["activityId"]);
        let of = |kind, document: &Json| map_api(&raw(vec![artifact(kind, document.to_string())])).unwrap();
        let (short, long) = (of(ArtifactKind::ActivitySummary, element), of(ArtifactKind::ActivityDetail, &detail));
        let mut same = 0;
        for (field, reading) in short.readings.iter() {
            let Some(other) = long.readings.get(field) else { continue };
            match (&reading.value, &other.value) {
                (domain::Value::Number(a), domain::Value::Number(b)) => {
                    // The list of that year cut kilocalories to whole ones.
                    let most = if field == Field::EnergyKcal { 0.5 } else { 0.011 };
                    assert!(a.abs_diff(*b).as_f64() < most, "{}: {a} and {b}", field.name());
                }
                (a, b) => assert_eq!(a, b, "{}", field.name()),
            }
            same += 1;
        }
        println!("{}: {same} fields of {} and {}", element["activityId"], short.readings.len(), long.readings.len());
        assert!(same > 10);
    }
}

#[test]
fn a_real_multisport_activity() {
    let Some(root) = corpus() else { return };
    let read = |file: &str| std::fs::read(root.join("pe-st").join(file)).unwrap();
    let detail = artifact(ArtifactKind::ActivityDetail, read("activity_multisport_detail.json"));
    let whole = map_api(&raw(vec![detail.clone()])).unwrap();
    assert_eq!(whole.multisport, Some(Multisport::Parent));
    let child =
        map_api(&raw(vec![artifact(ArtifactKind::ActivityDetail, read("activity_multisport_child.json"))])).unwrap();
    let Some(Multisport::Leg { parent }) = child.multisport else { panic!("no leg") };
    let document: Json = serde_json::from_slice(&detail.bytes).unwrap();
    assert_eq!(parent.as_str(), document["activityId"].to_string());
}

#[test]
fn a_real_original_is_read_with_its_answers() {
    let Some(root) = corpus() else { return };
    let bytes = std::fs::read(root.join("files/12129115726_ACTIVITY.fit")).unwrap();
    let connectors::file::FileContent::Activity(sessions) = connectors::file::read(&bytes).unwrap() else { panic!() };
    let start = sessions[0].mapped.fingerprint.start;
    let answer = serde_json::json!({
        "activityId": 7, "startTimeGMT": start.format("%Y-%m-%d %H:%M:%S").to_string(), "duration": 100.0,
        "activityType": { "typeKey": "running" },
    });
    let fit = Artifact { kind: ArtifactKind::Fit, media_type: MediaType::FIT, filename: None, bytes: bytes.into() };
    let mapped = map_api(&raw(vec![artifact(ArtifactKind::ActivitySummary, answer.to_string()), fit.clone()])).unwrap();
    assert_eq!(mapped.keys.file, Some(fit.id()));
    assert!(mapped.keys.fit.is_some() && mapped.readings.get(Field::Device).is_some());
    assert_eq!(mapped.fingerprint.sport, Sport::Run);
}
