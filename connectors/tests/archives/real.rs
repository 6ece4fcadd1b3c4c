//! Real account exports.
//!
//! The corpus is other people's exports and stays outside of the repository; where it is absent those tests are
//! skipped, and say so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use connectors::archive::Kind;
use domain::{ArtifactKind, Channel, Field, Sport, Value};

use crate::walk::{activities, map, number, open, refusals, skips};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus");

fn corpus(part: &str) -> Option<PathBuf> {
    let path = Path::new(CORPUS).join(part);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: no corpus at {}", path.display());
    None
}

/// The rows of a list, read by nobody but the csv library.
fn cells(list: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(list).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn float(cell: &str) -> Option<f64> {
    cell.parse().ok().map(|number: f64| (number * 1000.0).round() / 1000.0)
}

#[test]
fn a_real_strava_export() {
    let Some(root) = corpus("strava/export/geo-activity-playground") else { return };
    let (kind, items) = open(&root);
    assert_eq!(kind, Kind::StravaExport);
    assert_eq!(refusals(&items), []);
    assert_eq!(skips(&items).keys().collect::<Vec<_>>(), [&"other lists of the account, never read"]);
    let raws = activities(&items);
    assert_eq!(raws.len(), 1);
    let raw = raws[0];
    let row = &cells(&root.join("activities.csv"))[1];
    assert_eq!((raw.channel, raw.external_id.as_str()), (Channel::Archive, row[0].as_str()));
    let kinds: Vec<ArtifactKind> = raw.artifacts.iter().map(|artifact| artifact.kind).collect();
    assert_eq!(kinds, [ArtifactKind::ArchiveRow, ArtifactKind::Fit]);
    assert_eq!(raw.artifacts[1].filename.as_ref(), Some(&row[12]));
    // The row's artifact is a document of its own, of the export's own bytes.
    let csv = std::fs::read(root.join("activities.csv")).unwrap();
    assert_eq!(raw.artifacts[0].bytes.trim_ascii_end(), csv.trim_ascii_end());

    let mapped = map(raw);
    for (field, cell) in [
        (Field::ElapsedTimeS, 15),
        (Field::MovingTimeS, 16),
        (Field::DistanceM, 17),
        (Field::AverageSpeedMps, 19),
        (Field::ElevationGainM, 20),
        (Field::AverageCadenceRpm, 29),
        (Field::EnergyKcal, 34),
    ] {
        assert_eq!(number(&mapped, field), float(&row[cell]), "{}", field.name());
    }
    let at = |field| mapped.readings.get(field).map(|reading| reading.at.path.as_ref()).unwrap_or_default();
    assert_eq!((at(Field::DistanceM), at(Field::ElapsedTimeS)), ("Distance#2", "Elapsed Time#2"));
    assert_eq!(mapped.readings.value(Field::SportType), Some(&Value::Sport(Sport::Run)));
    assert_eq!(mapped.readings.value(Field::Manual), Some(&Value::Flag(false)));
    // The row's start is the file's, to the second.
    let read = connectors::file::read(&raw.artifacts[1].bytes).unwrap();
    let connectors::file::FileContent::Activity(sessions) = read else { panic!("no activity") };
    assert_eq!(mapped.fingerprint.start, sessions[0].mapped.fingerprint.start);
    // The file fills what the row lacks, and never part of what belongs together.
    assert_eq!(mapped.keys, sessions[0].mapped.keys);
    assert_eq!(mapped.keys.file, Some(raw.artifacts[1].id()));
    assert!(mapped.keys.fit.is_some() && mapped.fingerprint.device_serial.is_some());
    assert!(mapped.readings.get(Field::SummaryPolyline).is_some());
    for (_, reading) in mapped.readings.iter().filter(|(field, _)| field.group() == domain::Group::Elevation) {
        assert_eq!(reading.at.artifact, ArtifactKind::ArchiveRow);
    }
    assert_eq!(mapped.defects, []);
}

#[test]
fn lists_of_real_strava_exports() {
    let Some(samples) = corpus("strava/export/csv-samples") else { return };
    for sample in std::fs::read_dir(samples).unwrap() {
        let sample = sample.unwrap().path();
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(&sample, folder.path().join("activities.csv")).unwrap();
        let (kind, items) = open(folder.path());
        assert_eq!(kind, Kind::StravaExport);
        let rows = &cells(&sample)[1..];
        let raws = activities(&items);
        assert_eq!(raws.len(), rows.len());
        // The files that the rows name were not collected.
        let named = rows.iter().filter(|row| !row[12].is_empty()).count();
        assert_eq!(refusals(&items).len(), named);
        for (raw, row) in raws.iter().zip(rows) {
            let mapped = map(raw);
            // Strava wrote some losses below zero: they are said to be odd and left out.
            let negative = usize::from(float(&row[21]).is_some_and(|metres| metres < 0.0));
            assert_eq!(mapped.defects.len(), negative, "{:?}", mapped.defects);
            assert_eq!(raw.external_id.as_str(), row[0]);
            let distance = float(&row[17]).filter(|metres| *metres != 0.0);
            assert_eq!(number(&mapped, Field::DistanceM), distance);
            assert_eq!(number(&mapped, Field::ElapsedTimeS), float(&row[15]));
            assert_eq!(number(&mapped, Field::AverageHeartRateBpm), float(&row[31]));
            assert_eq!(mapped.fingerprint.manual, row[12].is_empty());
            assert_ne!(mapped.fingerprint.sport, Sport::Other, "{}", row[3]);
            assert_eq!(mapped.keys.file, None);
        }
        println!("{}: {} rows", sample.display(), rows.len());
    }
}

#[test]
fn a_list_of_a_garmin_export() {
    let Some(samples) = corpus("garmin/gdpr_samples") else { return };
    for sample in std::fs::read_dir(samples).unwrap() {
        let sample = sample.unwrap().path();
        let folder = tempfile::tempdir().unwrap();
        let lists = folder.path().join("DI_CONNECT/DI-Connect-Fitness");
        std::fs::create_dir_all(&lists).unwrap();
        std::fs::copy(&sample, lists.join("someone_0_summarizedActivities.json")).unwrap();
        let (kind, items) = open(folder.path());
        assert_eq!(kind, Kind::GarminExport);
        assert_eq!((refusals(&items), skips(&items)), (Vec::new(), BTreeMap::new()));
        let list: serde_json::Value = serde_json::from_slice(&std::fs::read(&sample).unwrap()).unwrap();
        let rows = list[0]["summarizedActivitiesExport"].as_array().unwrap();
        let raws = activities(&items);
        assert_eq!(raws.len(), rows.len());
        for (raw, row) in raws.iter().zip(rows) {
            let element: serde_json::Value = serde_json::from_slice(&raw.artifacts[0].bytes).unwrap();
            assert_eq!(&element, row);
            let mapped = map(raw);
            assert_eq!(mapped.defects, []);
            let scaled = |key: &str, factor: f64| row[key].as_f64().and_then(|n| float(&(n * factor).to_string()));
            assert_eq!(number(&mapped, Field::DistanceM), scaled("distance", 0.01));
            assert_eq!(number(&mapped, Field::ElapsedTimeS), scaled("elapsedDuration", 0.001));
            assert_eq!(number(&mapped, Field::ElevationGainM), scaled("elevationGain", 0.01));
            assert_eq!(number(&mapped, Field::AverageCadenceRpm), scaled("avgRunCadence", 1.0));
            assert_eq!(mapped.fingerprint.device_serial.map(u64::from), row["deviceId"].as_u64());
            assert_eq!(number(&mapped, Field::UtcOffsetS), Some(3600.0));
            // What the list says of speed is what distance and time say.
            let speed = number(&mapped, Field::AverageSpeedMps).unwrap();
            let timer = row["duration"].as_f64().unwrap() / 1000.0;
            let expected = number(&mapped, Field::DistanceM).unwrap() / timer;
            assert!((speed - expected).abs() < expected * 0.02, "{speed} for {expected}");
            // Kilocalories as they were before the sample was made: whole ones.
            let kcal = number(&mapped, Field::EnergyKcal).unwrap();
            assert!((kcal - kcal.round()).abs() < 0.01 && kcal > 40.0, "{kcal}");
        }
        println!("{}: {} rows", sample.display(), rows.len());
    }
}
