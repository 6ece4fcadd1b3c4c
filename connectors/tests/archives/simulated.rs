//! The simulator's world, written as exports and read back.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use connectors::archive::{Item, Kind};
use connectors::simulator::{Account, Case, World};
use connectors::{Mapped, RawActivity};
use domain::{ArtifactKind, Field, Multisport, StartPrecision, Value};

use crate::walk::{activities, map, number, open, refusals, skips};
use crate::zipped::{Entry, deflated, zip};

fn world() -> World {
    World::year(7, "2025-11-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap())
}

type Records<'a> = BTreeMap<&'a str, (&'a RawActivity, Mapped)>;

fn records(items: &[Item]) -> Records<'_> {
    let raws = activities(items);
    let records: Records<'_> = raws.iter().map(|raw| (raw.external_id.as_str(), (*raw, map(raw)))).collect();
    assert_eq!(records.len(), raws.len(), "an id came twice");
    records
}

/// What an account says and what was read of it agree.
fn same(account: &Account, mapped: &Mapped) {
    let close = |field, expected: f64, by: f64| {
        let found = number(mapped, field).unwrap_or(f64::NAN);
        assert!((found - expected).abs() <= by, "{} of {}: {found} for {expected}", field.name(), account.name);
    };
    assert_eq!(mapped.fingerprint.start, account.start);
    close(Field::ElapsedTimeS, account.elapsed_s, 0.5);
    close(Field::MovingTimeS, account.moving_s, 0.5);
    close(Field::EnergyKcal, account.kcal, 0.01);
    match account.distance_m {
        0.0 => assert_eq!(mapped.fingerprint.distance_m, None),
        metres => close(Field::DistanceM, metres, 0.01),
    }
    for (field, value) in [
        (Field::AverageHeartRateBpm, account.heart_rate),
        (Field::ElevationGainM, account.gain_m),
        (Field::AveragePowerW, account.power),
        (Field::AverageCadenceRpm, account.cadence),
    ] {
        match value {
            Some(value) => close(field, value, 0.01),
            None => assert_eq!(number(mapped, field), None, "{} of {}", field.name(), account.name),
        }
    }
    assert_eq!(mapped.readings.value(Field::Name), Some(&Value::Text(account.name.clone())));
    assert_eq!(mapped.defects, []);
}

#[test]
fn a_year_has_one_of_everything() {
    let world = world();
    assert!(world.activities.len() >= 240, "{}", world.activities.len());
    let mut cases: BTreeMap<Case, usize> = BTreeMap::new();
    for physical in &world.activities {
        *cases.entry(physical.case).or_default() += 1;
        for account in physical.strava.iter().chain(&physical.garmin) {
            assert!(account.end() <= world.end);
        }
    }
    println!("{} activities: {cases:?}", world.activities.len());
    assert_eq!(cases.len(), 15);
    assert!(cases[&Case::Matched] > 220);
}

#[test]
fn stravas_export_is_read_back() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    world.write_strava_export(folder.path(), world.end).unwrap();
    let (kind, items) = open(folder.path());
    assert_eq!(kind, Kind::StravaExport);
    assert_eq!(refusals(&items), []);
    let expected = BTreeMap::from([("other lists of the account, never read", 2)]);
    assert_eq!(skips(&items), expected);
    let mut records = records(&items);
    for physical in &world.activities {
        for account in &physical.strava {
            let (raw, mapped) = records.remove(account.external_id.as_str()).unwrap();
            same(account, &mapped);
            assert_eq!(mapped.fingerprint.manual, physical.case == Case::Manual);
            let file = raw.artifacts.iter().find(|artifact| artifact.kind.is_file());
            assert_eq!(file.is_some(), account.recording.is_some());
            assert_eq!(mapped.keys.file.is_some(), account.recording.is_some() && account.original);
            assert_eq!(mapped.readings.value(Field::Commute), Some(&Value::Flag(account.commute)));
            let gear = account.gear.map(|gear| Value::Text(gear.to_owned()));
            assert_eq!(mapped.readings.value(Field::Gear), gear.as_ref());
        }
    }
    assert_eq!(records.len(), 0);
}

#[test]
fn garmins_export_is_read_back() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    world.write_garmin_export(folder.path(), world.end).unwrap();
    let (kind, items) = open(folder.path());
    assert_eq!(kind, Kind::GarminExport);
    assert_eq!(refusals(&items), []);
    let expected = BTreeMap::from([("monitoring data", 5), ("other data of the account, never read", 1)]);
    assert_eq!(skips(&items), expected);
    let mut records = records(&items);
    for physical in &world.activities {
        for account in &physical.garmin {
            let (raw, mapped) = records.remove(account.external_id.as_str()).unwrap();
            same(account, &mapped);
            // Every file found its row, though nothing says which.
            assert_eq!(raw.artifact(ArtifactKind::Fit).is_some(), account.recording.is_some(), "{}", account.name);
            if let Some(recording) = &account.recording {
                assert_eq!(mapped.fingerprint.device_serial, Some(recording.device.serial));
                assert_eq!(mapped.keys.fit.map(|fit| fit.serial), Some(recording.device.serial));
            }
            let expected = match (account.is_parent, &account.parent) {
                (true, _) => Some(Multisport::Parent),
                (false, Some(whole)) => Some(Multisport::Leg { parent: domain::ExternalId::new(whole.clone()) }),
                (false, None) => None,
            };
            assert_eq!(mapped.multisport, expected);
            let edited = physical.case == Case::EditedAtGarmin;
            let precision = if edited { StartPrecision::Minute } else { StartPrecision::Second };
            assert_eq!(mapped.fingerprint.start_precision, precision);
        }
    }
    assert_eq!(records.len(), 0);
}

#[test]
fn both_exports_prove_what_they_share() {
    let world = world();
    let (strava, garmin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    world.write_strava_export(strava.path(), world.end).unwrap();
    world.write_garmin_export(garmin.path(), world.end).unwrap();
    let (strava, garmin) = (open(strava.path()).1, open(garmin.path()).1);
    let (strava, garmin) = (records(&strava), records(&garmin));
    let mut shared = 0;
    for physical in &world.activities {
        for (ours, theirs) in physical.strava.iter().zip(&physical.garmin) {
            let (ours_read, theirs_read) =
                (&strava[ours.external_id.as_str()].1, &garmin[theirs.external_id.as_str()].1);
            let both = ours.original && ours.recording.is_some() && theirs.recording.is_some();
            let same = ours_read.keys.file.is_some()
                && (ours_read.keys.file, ours_read.keys.session_index)
                    == (theirs_read.keys.file, theirs_read.keys.session_index);
            assert_eq!(same, both, "{:?} {}", physical.case, ours.name);
            shared += usize::from(same);
        }
    }
    println!("{shared} pairs share a file and its session");
    assert!(shared > 50);
}

#[test]
fn an_earlier_export_is_the_beginning_of_a_later_one() {
    let world = world();
    let until = world.end - Duration::days(100);
    let (early, late) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ids =
        |dir: &Path, until| {
            world.write_garmin_export(&dir.join("g"), until).unwrap();
            world.write_strava_export(&dir.join("s"), until).unwrap();
            let mut raws: Vec<(String, Vec<domain::ArtifactId>)> = Vec::new();
            for part in ["g", "s"] {
                let items = open(&dir.join(part)).1;
                raws.extend(activities(&items).iter().map(|raw| {
                    (raw.external_id.to_string(), raw.artifacts.iter().map(domain::Artifact::id).collect())
                }));
            }
            raws.into_iter().collect::<BTreeMap<_, _>>()
        };
    let (early, late) = (ids(early.path(), until), ids(late.path(), world.end));
    assert!(early.len() > 300 && late.len() > early.len() + 100);
    for (id, artifacts) in early {
        assert_eq!(late[&id].last(), artifacts.last(), "{id}");
    }
}

#[test]
fn a_zip_of_an_export_is_the_export() {
    let world = world();
    let dir = tempfile::tempdir().unwrap();
    let raws = |path: &Path| -> BTreeMap<String, (u16, Vec<domain::ArtifactId>)> {
        let items = open(path).1;
        assert_eq!(refusals(&items), []);
        let raws = activities(&items);
        raws.iter()
            .map(|raw| {
                let artifacts = raw.artifacts.iter().map(domain::Artifact::id).collect();
                (raw.external_id.to_string(), (raw.session_index, artifacts))
            })
            .collect()
    };
    let (strava, garmin) = (dir.path().join("strava"), dir.path().join("garmin"));
    world.write_strava_export(&strava, world.end).unwrap();
    world.write_garmin_export(&garmin, world.end).unwrap();
    for export in [strava, garmin] {
        let plain = raws(&export);
        // Services pack what is packed already once more.
        let path = export.with_extension("zip");
        std::fs::write(&path, zip(&files_below(&export, ""))).unwrap();
        assert_eq!(raws(&path), plain);
        assert!(plain.len() > 300);
    }
}

fn files_below(folder: &Path, prefix: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for found in std::fs::read_dir(folder).unwrap() {
        let path = found.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            entries.extend(files_below(&path, &format!("{name}/")));
        } else {
            entries.push(deflated(&name, std::fs::read(&path).unwrap()));
        }
    }
    entries
}
