//! The world in Garmin's words.

use std::cmp::Ordering;
use std::io::{Cursor, Write as _};

use chrono::{DateTime, Duration, Utc};
use domain::{Family, Sport};
use serde_json::{Map, Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::simulator::{Account, Recording, WATCH, fit_file, offset_s, type_key};

/// In the manner of which years the list answers (`garmin.md` §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Of 2026: what is not there is left out, seconds and metres.
    New,
    /// Of 2018 to 2021: what is not there is null, elapsed time in milliseconds, lowest and highest point in
    /// centimetres.
    Old,
}

/// The newest first; of two that began at once the later number.
pub fn newest_first(a: &Account, b: &Account) -> Ordering {
    (b.start, &b.external_id).cmp(&(a.start, &a.external_id))
}

/// Wall clock at the start, as if it were UTC.
pub fn local(account: &Account) -> DateTime<Utc> {
    account.start + Duration::seconds(offset_s(account.start))
}

fn id(text: &str) -> u64 {
    text.parse().unwrap_or_default()
}

fn device(account: &Account) -> u32 {
    account.recording.as_ref().map_or(WATCH.serial, |recording| recording.device.serial)
}

/// A 32-bit float, widened: so Garmin writes them.
fn float(number: f64) -> Value {
    json!(f64::from(number as f32))
}

fn both_feet(account: &Account) -> bool {
    matches!(account.sport.family(), Family::Run | Family::Foot)
}

fn lowest_and_highest(account: &Account) -> Option<(f64, f64)> {
    account.gain_m.map(|_| (12.0, 28.0))
}

/// Members that are told; what is none is null in older answers and absent in newer ones.
struct Members(Map<String, Value>, Age);

impl Members {
    fn put(&mut self, key: &str, value: Option<Value>) {
        match (value, self.1) {
            (Some(value), _) => drop(self.0.insert(key.to_owned(), value)),
            (None, Age::Old) => drop(self.0.insert(key.to_owned(), Value::Null)),
            (None, Age::New) => {}
        }
    }
}

/// An element of the list.
pub fn summary(account: &Account, age: Age) -> Value {
    let mut members = Members(Map::new(), age);
    let (milli, centi) = if age == Age::Old { (1000.0, 100.0) } else { (1.0, 1.0) };
    let time = |at: DateTime<Utc>| json!(at.format("%Y-%m-%d %H:%M:%S").to_string());
    let distance = Some(account.distance_m).filter(|metres| *metres > 0.0);
    let speed = distance.map(|metres| metres / account.moving_s);
    let feet = account.cadence.filter(|_| both_feet(account)).map(|rpm| float(rpm * 2.0));
    let turns = account.cadence.filter(|_| !both_feet(account)).map(float);
    let run = account.sport == Sport::Run;
    for (key, value) in [
        ("activityId", Some(json!(id(&account.external_id)))),
        ("activityName", Some(json!(account.name))),
        ("description", account.description.as_ref().map(|text| json!(text))),
        ("startTimeLocal", Some(time(local(account)))),
        ("startTimeGMT", Some(time(account.start))),
        ("endTimeGMT", Some(time(account.end())).filter(|_| age == Age::New)),
        ("beginTimestamp", Some(json!(account.start.timestamp_millis())).filter(|_| !account.is_parent)),
        ("activityType", Some(json!({ "typeId": 1, "typeKey": type_key(account.sport), "parentTypeId": 17 }))),
        ("eventType", Some(json!({ "typeId": 9, "typeKey": "uncategorized" }))),
        ("privacy", Some(json!({ "typeId": 2, "typeKey": "private" }))),
        ("distance", distance.map(float)),
        ("duration", Some(float(account.moving_s))),
        ("elapsedDuration", Some(float(account.elapsed_s * milli))),
        ("movingDuration", distance.map(|_| float(account.moving_s))),
        ("averageSpeed", speed.map(float)),
        ("maxSpeed", speed.map(|speed| float(speed * 1.3))),
        ("elevationGain", account.gain_m.map(float)),
        ("elevationLoss", account.gain_m.map(float)),
        ("minElevation", lowest_and_highest(account).map(|(low, _)| float(low * centi))),
        ("maxElevation", lowest_and_highest(account).map(|(_, high)| float(high * centi))),
        ("averageHR", account.heart_rate.map(|bpm| float(bpm.round()))),
        ("maxHR", account.heart_rate.map(|bpm| float((bpm + 17.0).round()))),
        ("averageRunningCadenceInStepsPerMinute", feet),
        ("averageBikingCadenceInRevPerMinute", turns),
        ("avgPower", account.power.map(float)),
        ("calories", Some(float(account.kcal))),
        ("aerobicTrainingEffect", run.then(|| float(3.1))),
        ("vO2MaxValue", run.then(|| float(51.0))),
        ("poolLength", (account.sport == Sport::PoolSwim).then(|| float(25.0))),
        ("deviceId", Some(json!(device(account)))),
        ("manufacturer", Some(json!("GARMIN"))),
        ("ownerId", Some(json!(id(super::OWNER)))),
        ("lapCount", Some(json!(1))),
        ("parent", Some(json!(account.is_parent))),
        ("parentId", account.parent.as_ref().map(|parent| json!(id(parent)))),
        ("manualActivity", Some(json!(false))),
    ] {
        members.put(key, value);
    }
    Value::Object(members.0)
}

/// A detail, with the legs where it is the whole of a multisport activity.
pub fn detail(account: &Account, legs: Vec<&Account>) -> Value {
    let time = |at: DateTime<Utc>| json!(at.format("%Y-%m-%dT%H:%M:%S.0").to_string());
    let mut members = Members(Map::new(), Age::New);
    for (key, value) in [
        ("startTimeLocal", Some(time(local(account)))),
        ("startTimeGMT", Some(time(account.start))),
        ("distance", Some(json!(account.distance_m)).filter(|_| account.distance_m > 0.0)),
        ("duration", Some(json!(account.moving_s))),
        ("movingDuration", Some(json!(account.moving_s)).filter(|_| account.distance_m > 0.0)),
        ("elapsedDuration", Some(json!(account.elapsed_s))),
        ("elevationGain", account.gain_m.map(|metres| json!(metres))),
        ("averageHR", account.heart_rate.map(|bpm| json!(bpm.round()))),
        ("maxHR", account.heart_rate.map(|bpm| json!((bpm + 17.0).round()))),
        ("averageRunCadence", account.cadence.filter(|_| both_feet(account)).map(|rpm| json!(rpm * 2.0))),
        ("averageBikeCadence", account.cadence.filter(|_| !both_feet(account)).map(|rpm| json!(rpm))),
        ("averagePower", account.power.map(|watts| json!(watts))),
        ("calories", Some(json!(account.kcal))),
        ("averageTemperature", Some(json!(17.5))),
        ("trainingEffect", (account.sport == Sport::Run).then(|| json!(3.1))),
        ("directWorkoutRpe", (account.sport == Sport::Run).then(|| json!(40))),
    ] {
        members.put(key, value);
    }
    let children: Vec<u64> = legs.iter().map(|leg| id(&leg.external_id)).collect();
    let kinds: Vec<&str> = legs.iter().map(|leg| type_key(leg.sport)).collect();
    let mut detail = json!({
        "activityId": id(&account.external_id), "activityName": account.name, "description": account.description,
        "isMultiSportParent": account.is_parent,
        "activityTypeDTO": { "typeId": 1, "typeKey": type_key(account.sport), "parentTypeId": 17 },
        "accessControlRuleDTO": { "typeId": 2, "typeKey": "private" },
        "timeZoneUnitDTO": { "unitId": 124, "unitKey": "Europe/Paris", "factor": 0.0, "timeZone": "Europe/Paris" },
        "metadataDTO": {
            "isOriginal": true, "childIds": children, "childActivityTypes": kinds, "manufacturer": "GARMIN", "lapCount": 1,
            "deviceMetaDataDTO": { "deviceId": device(account).to_string(), "deviceTypePk": 1, "deviceVersionPk": 1 },
            "manualActivity": false, "lastUpdateDate": time(account.end()), "uploadedDate": time(account.end()),
        },
        "summaryDTO": Value::Object(members.0),
    });
    if let (Some(parent), Value::Object(members)) = (&account.parent, &mut detail) {
        members.insert("parentId".to_owned(), json!(id(parent)));
    }
    detail
}

/// Its laps.
pub fn splits(account: &Account) -> Value {
    json!({
        "activityId": id(&account.external_id),
        "lapDTOs": [{
            "startTimeGMT": account.start.format("%Y-%m-%dT%H:%M:%S.0").to_string(), "distance": account.distance_m,
            "duration": account.moving_s, "elapsedDuration": account.elapsed_s, "lapIndex": 1,
            "lengthDTOs": [], "intensityType": "ACTIVE",
        }],
        "eventDTOs": [],
    })
}

/// Its time in zones.
pub fn zones(account: &Account) -> Value {
    (1..=5_u32)
        .map(|zone| {
            json!({ "zoneNumber": zone, "secsInZone": account.moving_s / 5.0, "zoneLowBoundary": 80 + 20 * zone })
        })
        .collect()
}

/// Its original, packed as Garmin packs it.
pub fn zipped(id: &str, recording: &Recording) -> Option<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    zip.start_file(format!("{id}_ACTIVITY.fit"), options).ok()?;
    zip.write_all(&fit_file(recording)).ok()?;
    Some(zip.finish().ok()?.into_inner())
}
