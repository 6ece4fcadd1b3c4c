//! What Strava really answered, through the client and the mapping.
//!
//! The recordings are another person's and stay outside of the repository; where they are absent these tests are
//! skipped, and say so.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use connectors::strava::Strava;
use connectors::{Connector, Part, Range, RawActivity, Session, SourceError};
use domain::{Artifact, ArtifactKind, Channel, ExternalId, Field, MediaType, SourceSlug, StartPrecision, Value};
use serde_json::Value as Json;

use crate::script::{Said, Script};
use crate::strava_errors::{settings, tokens};
use crate::strava_house::{instant, map};

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus/strava");

fn corpus(name: &str) -> Option<String> {
    let path = Path::new(RECORDED).join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        println!("SKIPPED: no recording at {}", path.display());
        return None;
    };
    let mut text = String::new();
    if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    Some(text)
}

/// The answers of a recording.
fn answers(text: &str) -> Vec<Said> {
    text.split("\n  response:\n").skip(1).map(answer).collect()
}

fn answer(text: &str) -> Said {
    let status = text.split("code: ").nth(1).unwrap().lines().next().unwrap().trim().parse().unwrap();
    let (head, body) = text.split_once("\n    body:\n").unwrap();
    let mut said = Said { status, ..Said::default() };
    let mut name = String::new();
    for line in head.lines().skip_while(|line| line.trim() != "headers:").skip(1) {
        match line.trim().strip_prefix("- ") {
            Some(value) if name.starts_with("X-R") || name == "Content-Type" => {
                said.headers.push((name.clone(), value.trim_matches(['\'', '"']).to_owned()));
            }
            Some(_) => {}
            None => name = line.trim().trim_end_matches(':').to_owned(),
        }
    }
    said.body = scalar(body.split_once("string: ").unwrap().1).into_bytes();
    said
}

/// A quoted text of YAML: lines are folded, and in double quotes there are escapes.
fn scalar(text: &str) -> String {
    let quote = text.chars().next().unwrap();
    let mut out = String::new();
    let mut rest = text[1..].chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' if quote == '\'' && rest.peek() == Some(&'\'') => {
                rest.next();
                out.push('\'');
            }
            c if c == quote => return out,
            '\\' if quote == '"' => match rest.next().unwrap() {
                '\n' => while rest.next_if(|c| *c == ' ').is_some() {},
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                width @ ('x' | 'u' | 'U') => {
                    let digits = match width {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let code: String = rest.by_ref().take(digits).collect();
                    out.push(char::from_u32(u32::from_str_radix(&code, 16).unwrap()).unwrap());
                }
                other => out.push(other),
            },
            '\n' => {
                while out.ends_with(' ') {
                    out.pop();
                }
                let mut lines = 0;
                while let Some(c) = rest.next_if(|c| matches!(c, ' ' | '\n')) {
                    lines += usize::from(c == '\n');
                }
                out.push_str(&if lines == 0 { " ".to_owned() } else { "\n".repeat(lines) });
            }
            other => out.push(other),
        }
    }
    panic!("the text does not end");
}

fn float(row: &Json, key: &str) -> Option<f64> {
    row[key].as_f64().filter(|number| *number != 0.0)
}

#[tokio::test]
async fn a_whole_recorded_history() {
    let Some(text) = corpus("recorded-api-vcr/client_all_athlete_activities.yml.gz") else { return };
    let said = answers(&text);
    let pages = said.len();
    assert_eq!(said.last().unwrap().body, b"[]");
    let script = Script::start(said).await;
    let strava = Strava::open(&settings(&script)).unwrap();
    let tokens = tokens();
    let session = Session { tokens: &tokens, now: instant("2025-10-20T21:25:45Z") };
    let (mut raws, mut cursor): (BTreeMap<String, RawActivity>, _) = (BTreeMap::new(), None);
    let mut asked = 0;
    loop {
        let reply = strava.list(&session, Range::default(), cursor.as_ref()).await;
        assert_eq!(reply.limits.len(), 4);
        let page = reply.outcome.unwrap();
        assert!(page.unreadable.is_empty());
        asked += 1;
        raws.extend(page.activities.into_iter().map(|raw| (raw.external_id.to_string(), raw)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(asked, pages);
    // Every step but the first asked for what began before the oldest of the page before it.
    assert!(script.asked().iter().skip(1).all(|asked| asked.uri.contains("before=")));
    assert_eq!(raws.len(), 1_132);

    let mut lineages: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut readings, mut defects, mut longer, mut precisions) = (0, Vec::new(), 0, BTreeSet::new());
    let mut sports: BTreeMap<String, usize> = BTreeMap::new();
    for raw in raws.values() {
        let row: Json = serde_json::from_slice(&raw.artifacts[0].bytes).unwrap();
        let mapped = map(raw);
        let number = |field| mapped.readings.number(field).map(domain::Milli::as_f64);
        for (field, key) in [
            (Field::DistanceM, "distance"),
            (Field::ElapsedTimeS, "elapsed_time"),
            (Field::MovingTimeS, "moving_time"),
            (Field::AverageHeartRateBpm, "average_heartrate"),
            (Field::AverageCadenceRpm, "average_cadence"),
            (Field::RelativeEffort, "suffer_score"),
            (Field::UtcOffsetS, "utc_offset"),
        ] {
            let (found, expected) = (number(field).filter(|n| *n != 0.0), float(&row, key));
            let same = found.zip(expected).is_some_and(|(a, b)| (a - b).abs() < 0.0006);
            assert!(same || (found.is_none() && expected.is_none()), "{} of {}", field.name(), raw.external_id);
        }
        let start = row["start_date"].as_str().unwrap();
        assert_eq!(mapped.fingerprint.start, instant(start));
        assert_eq!(mapped.readings.get(Field::StartTimeUtc).unwrap().at.path, "/start_date");
        assert_eq!(mapped.fingerprint.manual, row["manual"] == true);
        assert_eq!(mapped.source_sport.as_deref(), row["sport_type"].as_str());
        let place = row["start_latlng"].as_array().is_some_and(|place| !place.is_empty());
        assert_eq!(mapped.readings.get(Field::StartPoint).is_some(), place);
        let zone = row["timezone"].as_str().unwrap().split_once(' ').unwrap().1;
        assert_eq!(mapped.readings.value(Field::Timezone), Some(&Value::Text(zone.to_owned())));
        for (_, reading) in mapped.readings.iter() {
            assert!(row.pointer(&reading.at.path).is_some(), "{}", reading.at.path);
        }
        precisions.insert(mapped.fingerprint.start_precision);
        readings += mapped.readings.len();
        longer += usize::from(number(Field::MovingTimeS) > number(Field::ElapsedTimeS));
        let lineage = mapped.keys.lineage.as_ref().map(|lineage| lineage.external_id.is_some());
        *lineages.entry(lineage.map_or("none", |id| if id { "which" } else { "from Garmin" })).or_default() += 1;
        *sports.entry(mapped.source_sport.clone().unwrap_or_default()).or_default() += 1;
        defects.extend(mapped.defects);
    }
    println!(
        "{} activities, {readings} readings, {} defects, {longer} move longer than they last",
        raws.len(),
        defects.len()
    );
    println!("{lineages:?} {sports:?}");
    // One defect, and a true one: a lowest point far below any place on land.
    let defects: Vec<&str> = defects.iter().map(|defect| &*defect.at.path).collect();
    assert_eq!(defects, ["/elev_low"]);
    assert_eq!(precisions, BTreeSet::from([StartPrecision::Second]));
    // 225 pushes and a file of Garmin's name the activity, 636 pings do not.
    assert_eq!((lineages["which"], lineages["from Garmin"]), (226, 636));
}

#[tokio::test]
async fn recorded_parts_of_an_activity() {
    let mut raw = RawActivity {
        source: SourceSlug::STRAVA,
        channel: Channel::Api,
        external_id: ExternalId::new("0"),
        session_index: 0,
        artifacts: Vec::new(),
    };
    for (name, part) in [
        ("client_activity.yml", Part::Detail),
        ("client_activity_laps.yml", Part::Laps),
        ("client_activity_zones.yml", Part::Zones),
        ("client_activity_streams.yml", Part::Streams),
    ] {
        let Some(text) = corpus(&format!("recorded-api-vcr/{name}")) else { return };
        let said = answers(&text).remove(0);
        let known: Json = serde_json::from_slice(&said.body).unwrap();
        if part == Part::Detail {
            raw.external_id = ExternalId::new(known["id"].to_string());
        }
        let script = Script::start([said.clone()]).await;
        let strava = Strava::open(&settings(&script)).unwrap();
        let tokens = tokens();
        let session = Session { tokens: &tokens, now: instant("2025-10-20T21:25:45Z") };
        let artifact = strava.fetch(&session, &raw.external_id, part).await.outcome.unwrap().unwrap();
        assert_eq!(artifact.bytes, said.body, "verbatim");
        raw.artifacts.push(artifact);
    }
    let mapped = map(&raw);
    assert_eq!(mapped.defects, []);
    let document = |kind| -> Json { serde_json::from_slice(&raw.artifact(kind).unwrap().bytes).unwrap() };
    let (detail, laps, streams) =
        (document(ArtifactKind::ActivityDetail), document(ArtifactKind::Laps), document(ArtifactKind::Streams));
    let number = |field| mapped.readings.number(field).map(domain::Milli::as_f64);
    assert_eq!(number(Field::Laps), Some(laps.as_array().unwrap().len() as f64));
    assert_eq!(number(Field::Streams), streams["distance"]["original_size"].as_f64());
    assert_eq!(number(Field::EnergyKcal), detail["calories"].as_f64());
    assert_eq!(mapped.readings.value(Field::Gear).is_some(), detail["gear"]["name"].is_string());
    println!("{} readings of a detail with its parts", mapped.readings.len());
    for (_, reading) in mapped.readings.iter() {
        assert!(document(reading.at.artifact).pointer(&reading.at.path).is_some(), "{:?}", reading.at);
    }
}

#[tokio::test]
async fn recorded_refusals() {
    for (name, expected) in [
        ("client_authorization_error.yml", SourceError::TokenRefused),
        ("client_not_found_error.yml", SourceError::Gone),
        (
            "client_activity_with_ratelimit_exceeded.yml",
            // The day's calls are used up too.
            SourceError::RateLimited { until: Some(instant("2018-11-26T00:00:00Z")) },
        ),
    ] {
        let Some(text) = corpus(&format!("recorded-api-vcr/{name}")) else { return };
        let script = Script::start(answers(&text)).await;
        let strava = Strava::open(&settings(&script)).unwrap();
        let tokens = tokens();
        let session = Session { tokens: &tokens, now: instant("2018-11-25T13:45:45Z") };
        let reply = strava.fetch(&session, &ExternalId::new("1946417534"), Part::Detail).await;
        assert_eq!(reply.outcome.unwrap_err(), expected, "{name}");
    }
}

#[test]
fn details_of_other_years_and_sports() {
    for name in [
        "recorded-api-json/detailed_activities_run.json",
        "recorded-api-json/detailed_activities_ride.json",
        "recorded-api-json/detailed_activities_swim.json",
        "stravalib/activity.3.json",
        "stravalib/activity-manual.3.json",
    ] {
        let Some(text) = corpus(name) else { return };
        let raw = RawActivity {
            source: SourceSlug::STRAVA,
            channel: Channel::Api,
            external_id: ExternalId::new("1"),
            session_index: 0,
            artifacts: vec![Artifact {
                kind: ArtifactKind::ActivityDetail,
                media_type: MediaType::JSON,
                filename: None,
                bytes: text.clone().into_bytes().into(),
            }],
        };
        let mapped = map(&raw);
        assert_eq!(mapped.defects, [], "{name}");
        let row: Json = serde_json::from_str(&text).unwrap();
        assert!(mapped.readings.iter().all(|(_, reading)| row.pointer(&reading.at.path).is_some()));
        println!("{name}: {} readings", mapped.readings.len());
    }
}
