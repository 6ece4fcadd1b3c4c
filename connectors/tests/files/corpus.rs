//! Every file of the corpus against values that other decoders gave.
//!
//! The corpus is other people's recordings and stays outside of the repository; where it is absent the comparison is
//! skipped, and says so.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use connectors::file::{self, FileContent, Session};
use domain::{Field, Milli};
use serde_json::Value as Json;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus/files");

/// Files of which we say something else than the expected values, each with a reason: (part of the name, figure, why).
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "choochoo__activity-activity-filecrc",
        "sessions",
        "bytes were dropped from it: one of its three sessions is garbage without a date",
    ),
    ("fit__TestEncode", "sessions", "its one session has no date"),
    ("fit__valid_only_contain_fileid", "sessions", "no session and a single record: no time passed"),
    ("python-fitparse__DeveloperData", "sessions", "no session, and none of its three records has a date"),
    ("python-fitparse__antfs-dump.63", "sessions", "the watch's clock counted from its start: nobody knows when"),
    (
        "python-fitparse__compressed-speed-distance",
        "sessions",
        "the watch's clock counted from its start: nobody knows when",
    ),
    ("GoldenCheetah__2013-04-11-17-32-50", "samples", "14 records are dated years away and are left out"),
    ("choochoo__activity-settings", "samples", "two records are dated 2075 and are left out"),
    ("strava-android-app-201.10", "samples", "a record is dated 2085 and is left out"),
    ("fit-parser-swift__TestDive3", "sport", "the other decoder knows no number 63; the profile calls it ccr_diving"),
    ("rowingdata__workout", "elapsed", "it writes milliseconds as seconds, a thousand times what its records span"),
    (
        "Runalyze__standard.gpx",
        "start",
        "expected is the first point with a place; the first point of all has a time and none",
    ),
    (
        "Runalyze__standard.gpx",
        "elapsed",
        "expected is the first point with a place; the first point of all has a time and none",
    ),
    ("gpxpy__Mojstrovka", "sessions", "its times are of 1901"),
    ("gpxpy__gpx-with-node-with-comments", "sessions", "a single point: no time passed"),
    ("gpxpy__gpx1.", "sessions", "a single dated point: no time passed"),
    ("GoldenCheetah__2009_01_09", "start", FIRST_POINT),
    ("GoldenCheetah__2009_08_30", "start", FIRST_POINT),
    ("GoldenCheetah__2009_09_19", "start", FIRST_POINT),
    ("GoldenCheetah__GarminHRMswim.tcx", "start", FIRST_POINT),
    ("Runalyze__Indoor-Training", "start", FIRST_POINT),
    ("Runalyze__Polar-one-lap-indoor", "start", FIRST_POINT),
    ("Runalyze__missing-distances", "start", FIRST_POINT),
];

const FIRST_POINT: &str =
    "expected is the first point; the lap began a second beside it, which is what a FIT file of the same swim says too";

/// Agreements and differences, by figure.
#[derive(Default)]
struct Tally {
    figures: BTreeMap<&'static str, (u32, u32)>,
    unexplained: Vec<String>,
    explained: Vec<String>,
    used: Vec<bool>,
}

impl Tally {
    fn check(&mut self, file: &str, figure: &'static str, agrees: bool, found: impl FnOnce() -> String) {
        let (agree, differ) = self.figures.entry(figure).or_default();
        if agrees {
            *agree += 1;
            return;
        }
        *differ += 1;
        match KNOWN.iter().position(|(name, known, _)| file.contains(name) && *known == figure) {
            Some(index) => {
                self.used[index] = true;
                self.explained.push(format!("{file}: {figure}: {}; {}", found(), KNOWN[index].2));
            }
            None => self.unexplained.push(format!("{file}: {figure}: {}", found())),
        }
    }

    fn start(&mut self, file: &str, session: &Session, expected: &Json) {
        let found: DateTime<Utc> = session.mapped.fingerprint.start;
        let expected = expected.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        let agrees = expected.map(|time| time.timestamp()) == Some(found.timestamp());
        self.check(file, "start", agrees, || format!("{found} for {expected:?}"));
    }

    fn number(&mut self, file: &str, figure: &'static str, session: &Session, field: Field, expected: &Json, by: f64) {
        let Some(expected) = expected.as_f64() else { return };
        let found = session.mapped.readings.number(field).map(Milli::as_f64);
        // Readings keep thousandths.
        let agrees = found.is_some_and(|found| (found - expected).abs() <= by + 0.000_5);
        self.check(file, figure, agrees, || format!("{found:?} for {expected}"));
    }

    fn sport(&mut self, file: &str, session: &Session, expected: Option<&str>) {
        let found = session.mapped.source_sport.as_deref();
        self.check(file, "sport", found == expected, || format!("{found:?} for {expected:?}"));
    }
}

fn corpus() -> Option<(PathBuf, serde_json::Map<String, Json>)> {
    let root = Path::new(CORPUS).to_owned();
    let text = std::fs::read(root.join("EXPECTED.json")).ok()?;
    let mut expected: Json = serde_json::from_slice(&text).unwrap();
    match expected["files"].take() {
        Json::Object(files) => Some((root, files)),
        _ => panic!("EXPECTED.json has no files"),
    }
}

/// The bytes inside of the gzip or zip that a file of the corpus came in.
fn content(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if bytes.starts_with(b"PK") {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut inside = Vec::new();
        archive.by_index(0).unwrap().read_to_end(&mut inside).unwrap();
        return inside;
    }
    file::decompress(&bytes, 64 << 20).unwrap().into_owned()
}

#[test]
fn every_file_of_the_corpus_reads_as_other_decoders_read_it() {
    let Some((root, files)) = corpus() else {
        println!("SKIPPED: no corpus at {CORPUS}; the comparison of files with other decoders did not run");
        return;
    };
    let mut tally = Tally { used: vec![false; KNOWN.len()], ..Tally::default() };
    let mut sessions_read = 0;
    for (name, expected) in &files {
        let bytes = content(&root.join(name));
        let read = catch_unwind(AssertUnwindSafe(|| file::read(&bytes)));
        tally.check(name, "no panic", read.is_ok(), || "panicked".to_owned());
        let Ok(read) = read else { continue };
        let (sessions, outcome) = match read {
            Ok(FileContent::Activity(sessions)) => {
                let outcome = format!("{} sessions", sessions.len());
                (sessions, outcome)
            }
            Ok(FileContent::NotActivity { what }) => (Vec::new(), format!("no activity but {what}")),
            Err(unreadable) => (Vec::new(), format!("unreadable: {unreadable}")),
        };
        sessions_read += sessions.len();
        let count = sessions_expected(name, expected);
        tally.check(name, "sessions", sessions.len() as u64 == count, || format!("{outcome} for {count}"));
        if sessions.len() as u64 == count {
            match name.split('/').next() {
                Some("fit") => fit(&mut tally, name, expected, &sessions),
                Some("tcx") => tcx(&mut tally, name, expected, &sessions),
                _ => gpx(&mut tally, name, expected, &sessions),
            }
        }
        records_read_again(&mut tally, name, bytes, &sessions);
    }
    println!("{} files, {sessions_read} sessions", files.len());
    for (figure, (agree, differ)) in &tally.figures {
        println!("{figure:24} {agree:4} agree {differ:3} differ");
    }
    println!("differences with a reason:\n{}", tally.explained.join("\n"));
    assert!(tally.unexplained.is_empty(), "differences without a reason:\n{}", tally.unexplained.join("\n"));
    let stale: Vec<_> = KNOWN.iter().zip(&tally.used).filter(|(_, used)| !**used).map(|(known, _)| known).collect();
    assert!(stale.is_empty(), "these no longer differ: {stale:?}");
}

fn sessions_expected(name: &str, expected: &Json) -> u64 {
    match name.split('/').next() {
        Some("fit") if expected["kind"] != "activity" && expected["kind"] != "type None" => 0,
        // Its records tell.
        Some("fit") if expected["n_sessions"] == 0 && expected["n_records"] != 0 => 1,
        Some("fit") => expected["n_sessions"].as_u64().unwrap_or_default(),
        Some("tcx") => expected["n_activities"].as_u64().unwrap_or_default(),
        _ => u64::from(expected["start_time_utc"].is_string()),
    }
}

/// What a person's upload becomes, read again, is what the file said.
fn records_read_again(tally: &mut Tally, name: &str, bytes: Vec<u8>, sessions: &[Session]) {
    let raws = file::raw_activities(Some(name), Bytes::from(bytes)).unwrap_or_default();
    let same = raws.len() == sessions.len()
        && raws.iter().zip(sessions).all(|(raw, session)| file::map(raw).as_ref() == Ok(&session.mapped));
    tally.check(name, "mapped again", same, || format!("{} records", raws.len()));
}

fn fit(tally: &mut Tally, name: &str, expected: &Json, sessions: &[Session]) {
    if expected["n_sessions"] == 0 {
        if let (Some(session), true) = (sessions.first(), expected["first_record"].is_string()) {
            tally.start(name, session, &expected["first_record"]);
            tally.number(name, "distance", session, Field::DistanceM, &expected["max_distance"], 0.01);
        }
        return;
    }
    let decoded = expected["sessions"].as_array().filter(|sessions| !sessions.is_empty());
    for (index, session) in sessions.iter().enumerate() {
        match decoded {
            Some(decoded) => fit_session(tally, name, &decoded[index], session),
            // No decoder read it, but a scanner saw the raw numbers.
            None => {
                let raw = &expected["sessions_raw"][index];
                let scaled = |key: &str, factor: f64| Json::from(raw[key].as_f64().map(|value| value * factor));
                tally.start(name, session, &raw["start_utc"]);
                tally.number(name, "elapsed", session, Field::ElapsedTimeS, &scaled("elapsed_ms", 0.001), 0.002);
                tally.number(name, "distance", session, Field::DistanceM, &scaled("dist_cm", 0.01), 0.01);
            }
        }
    }
    let [session] = sessions else { return };
    if expected["n_records"] != 0 {
        tally.number(name, "samples", session, Field::Streams, &expected["n_records"], 0.0);
    }
    let offset = &expected["local_offset_s"];
    if offset.as_i64().is_some_and(|offset| offset.abs() <= 50_400 && offset % 900 == 0) {
        tally.number(name, "offset", session, Field::UtcOffsetS, offset, 0.0);
    }
    if let Some(serial) = expected["file_id"]["serial"].as_u64().filter(|serial| *serial != 0) {
        let found = session.mapped.fingerprint.device_serial;
        tally.check(name, "serial", found.map(u64::from) == Some(serial), || format!("{found:?} for {serial}"));
    }
}

fn fit_session(tally: &mut Tally, name: &str, expected: &Json, session: &Session) {
    if expected["start_time"].is_string() {
        tally.start(name, session, &expected["start_time"]);
    }
    tally.number(name, "elapsed", session, Field::ElapsedTimeS, &expected["total_elapsed_time"], 0.002);
    tally.number(name, "distance", session, Field::DistanceM, &expected["total_distance"], 0.01);
    for (figure, field, key) in [
        ("average heart rate", Field::AverageHeartRateBpm, "avg_heart_rate"),
        ("max heart rate", Field::MaxHeartRateBpm, "max_heart_rate"),
        ("average power", Field::AveragePowerW, "avg_power"),
        ("max power", Field::MaxPowerW, "max_power"),
        ("normalized power", Field::NormalizedPowerW, "normalized_power"),
        ("ascent", Field::ElevationGainM, "total_ascent"),
        ("descent", Field::ElevationLossM, "total_descent"),
        ("energy", Field::EnergyKcal, "total_calories"),
    ] {
        // 0 is written for "not measured" and is kept as nothing; but a flat course climbs 0 m.
        if expected[key] != 0 || matches!(field, Field::ElevationGainM | Field::ElevationLossM) {
            tally.number(name, figure, session, field, &expected[key], 0.0);
        }
    }
    if let Some(sport) = expected["sport"].as_str() {
        let words = match expected["sub_sport"].as_str() {
            None | Some("generic") => sport.to_owned(),
            Some(sub_sport) => format!("{sport}/{sub_sport}"),
        };
        tally.sport(name, session, Some(&words));
    }
}

fn tcx(tally: &mut Tally, name: &str, expected: &Json, sessions: &[Session]) {
    let [session] = sessions else { return };
    tally.start(name, session, &expected["start_time_utc"]);
    tally.number(name, "timer", session, Field::MovingTimeS, &expected["total_time_s"], 0.002);
    // Pauses come on top of the timer; other decoders give one or the other.
    let number = |field| session.mapped.readings.number(field);
    tally.check(name, "elapsed", number(Field::ElapsedTimeS) >= number(Field::MovingTimeS), || {
        format!("{:?}, less than the timer's", number(Field::ElapsedTimeS))
    });
    tally.number(name, "distance", session, Field::DistanceM, &expected["distance_m"], 0.01);
    if expected["calories"] != 0.0 {
        tally.number(name, "energy", session, Field::EnergyKcal, &expected["calories"], 0.0);
    }
    tally.number(name, "samples", session, Field::Streams, &expected["n_points"], 0.0);
    tally.sport(name, session, expected["sport_text"].as_str());
}

fn gpx(tally: &mut Tally, name: &str, expected: &Json, sessions: &[Session]) {
    let [session] = sessions else { return };
    tally.start(name, session, &expected["start_time_utc"]);
    tally.number(name, "elapsed", session, Field::ElapsedTimeS, &expected["elapsed_s"], 0.002);
    let by = expected["distance_haversine_m"].as_f64().unwrap_or_default() * 0.005;
    tally.number(name, "distance", session, Field::DistanceM, &expected["distance_haversine_m"], by);
    tally.number(name, "samples", session, Field::Streams, &expected["n_points"], 0.0);
    tally.sport(name, session, expected["sport_text"][0].as_str());
}
