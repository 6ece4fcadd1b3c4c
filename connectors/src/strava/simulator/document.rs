//! Accounts of the small world as Strava's documents.

use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveTime, Utc};
use domain::Sport;
use serde_json::{Map, Value, json};

use super::state::Activity;
use crate::simulator::{Account, PHONE, Part, Recording, Sample, WATCH, offset_s};

/// The athlete's gear, by Strava's id.
const GEAR: [(&str, &str); 3] = [("b1001", "Grey Heron"), ("g2003", "Tern 3"), ("g2004", "Tern 4")];

/// An id of the world as a number.
pub fn number(external_id: &str) -> u64 {
    external_id.parse().unwrap_or_default()
}

/// An activity with all of its parts.
pub fn activity(id: u64, owner: u64, account: &Account) -> Activity {
    let part = account.recording.as_ref().and_then(|recording| nearest(recording, account.start));
    let streams = part.map(|part| streams(part, account)).unwrap_or_default();
    let laps = if part.is_some() { vec![lap(id, account)] } else { Vec::new() };
    let zones = account.heart_rate.filter(|_| part.is_some()).map(|_| zones(account)).into_iter().collect();
    let mut detail = summary(id, owner, account);
    detail.extend(detailed(account, &laps));
    Activity { owner, start: account.start, detail, streams, laps, zones, there_from: None, whole_from: None }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn nearest(recording: &Recording, start: DateTime<Utc>) -> Option<&Part> {
    recording.sessions.iter().min_by_key(|part| (part.start - start).abs())
}

fn time(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn summary(id: u64, owner: u64, account: &Account) -> Map<String, Value> {
    let manual = account.recording.is_none();
    let offset = offset_s(account.start);
    let part = account.recording.as_ref().and_then(|recording| nearest(recording, account.start));
    let places: Vec<(f64, f64)> =
        part.iter().flat_map(|part| &part.samples).filter_map(|sample| Some(sample.place?.degrees())).collect();
    let place = |place: Option<&(f64, f64)>| place.map_or_else(|| json!([]), |(a, b)| json!([a, b]));
    let line =
        crate::file::summary_polyline(part.iter().flat_map(|part| &part.samples).filter_map(|sample| sample.place));
    let speed = if account.moving_s > 0.0 { account.distance_m / account.moving_s } else { 0.0 };
    let sport = word(account.sport);
    let mut summary = object(json!({
        "id": id,
        "resource_state": 3,
        "athlete": { "id": owner, "resource_state": 1 },
        "name": account.name,
        "distance": account.distance_m,
        "moving_time": account.moving_s.round() as i64,
        "elapsed_time": account.elapsed_s.round() as i64,
        "total_elevation_gain": account.gain_m.map_or_else(|| json!(0), |metres| json!(metres)),
        "type": if sport == "TrailRun" { "Run" } else { sport },
        "sport_type": sport,
        "workout_type": null,
        "start_date": time(account.start),
        "start_date_local": time(account.start + Duration::seconds(offset)),
        "timezone": "(GMT+01:00) Europe/Amsterdam",
        "utc_offset": offset as f64,
        "location_city": null,
        "kudos_count": 0,
        "map": { "id": format!("a{id}"), "summary_polyline": line.unwrap_or_default(), "resource_state": 2 },
        "trainer": account.sport == Sport::TreadmillRun,
        "commute": account.commute,
        "manual": manual,
        "private": false,
        "visibility": "everyone",
        "flagged": false,
        "gear_id": gear_id(account.gear),
        "start_latlng": place(places.first()),
        "end_latlng": place(places.last()),
        "average_speed": if manual { json!(0) } else { json!(speed) },
        "max_speed": if manual { json!(0) } else { json!(speed * 1.3) },
        "has_heartrate": account.heart_rate.is_some(),
        "heartrate_opt_out": false,
        "external_id": external_id(id, account),
        "upload_id": (!manual).then(|| id * 10 + 7),
        "from_accepted_tag": false,
    }));
    let mut put = |key: &str, value: Option<Value>| _ = value.map(|value| summary.insert(key.to_owned(), value));
    put("upload_id_str", (!manual).then(|| json!((id * 10 + 7).to_string())));
    put("average_heartrate", account.heart_rate.map(|bpm| json!(bpm)));
    put("max_heartrate", account.heart_rate.map(|bpm| json!(bpm + 17.0)));
    put("average_cadence", account.cadence.map(|rpm| json!(rpm)));
    put("average_watts", account.power.map(|watts| json!(watts)));
    put("device_watts", account.power.map(|_| json!(true)));
    put("kilojoules", account.power.map(|watts| json!(watts * account.moving_s / 1000.0)));
    put("elev_low", account.gain_m.map(|_| json!(12.0)));
    put("elev_high", account.gain_m.map(|_| json!(28.0)));
    put("device_name", device(account).map(|name| json!(name)));
    summary
}

fn detailed(account: &Account, laps: &[Value]) -> Map<String, Value> {
    let gear = gear_id(account.gear).and_then(gear);
    object(json!({
        "description": account.description,
        "calories": account.kcal,
        "gear": gear,
        "laps": laps,
        "perceived_exertion": null,
        "prefer_perceived_exertion": null,
        "segment_efforts": [],
        "splits_metric": [],
        "photos": { "primary": null, "count": 0 },
        "embed_token": "0000000000000000000000000000000000000000",
    }))
}

fn device(account: &Account) -> Option<&'static str> {
    let device = account.recording.as_ref()?.device;
    Some(match device {
        PHONE => "Strava App",
        crate::simulator::BIKE_COMPUTER => "Garmin Edge 530",
        _ => "Garmin Forerunner 245 Music",
    })
}

/// What the upload was called: Garmin's by a number that is not the activity's, the phone's by a UUID; what Strava has
/// no original of came from elsewhere.
fn external_id(id: u64, account: &Account) -> Option<String> {
    let device = account.recording.as_ref()?.device;
    Some(if device == PHONE {
        format!("00000000-0000-4000-8000-{id:012x}-activity.fit")
    } else if account.original {
        format!("garmin_ping_{}", id / 2)
    } else {
        format!("{id}.gpx")
    })
}

fn gear_id(name: Option<&str>) -> Option<&'static str> {
    GEAR.iter().find(|(_, known)| Some(*known) == name).map(|(id, _)| *id)
}

/// Shoes or a bike.
pub fn gear(id: &str) -> Option<Value> {
    let (id, name) = GEAR.iter().find(|(known, _)| *known == id)?;
    let gear = json!({
        "id": id, "primary": false, "name": name, "nickname": "", "resource_state": 2, "retired": false,
        "distance": 0, "converted_distance": 0.0,
    });
    Some(gear)
}

fn lap(id: u64, account: &Account) -> Value {
    let speed = if account.moving_s > 0.0 { account.distance_m / account.moving_s } else { 0.0 };
    let samples = account.recording.as_ref().and_then(|recording| nearest(recording, account.start));
    json!({
        "id": id * 100 + 1,
        "resource_state": 2,
        "name": "Lap 1",
        "activity": { "id": id, "resource_state": 1 },
        "elapsed_time": account.elapsed_s.round() as i64,
        "moving_time": account.moving_s.round() as i64,
        "start_date": time(account.start),
        "start_date_local": time(account.start + Duration::seconds(offset_s(account.start))),
        "distance": account.distance_m,
        "average_speed": speed,
        "max_speed": speed * 1.3,
        "lap_index": 1,
        "split": 1,
        "start_index": 0,
        "end_index": samples.map_or(0, |part| part.samples.len().saturating_sub(1)),
        "total_elevation_gain": account.gain_m.unwrap_or_default(),
        "average_heartrate": account.heart_rate,
        "device_watts": account.power.is_some(),
    })
}

fn zones(account: &Account) -> Value {
    json!({
        "score": 30.0, "type": "heartrate", "resource_state": 3, "sensor_based": true, "custom_zones": false,
        "distribution_buckets": [
            { "min": 0, "max": 140, "time": account.moving_s.round() },
            { "min": 140, "max": -1, "time": 0 },
        ],
    })
}

/// The zones of the athlete's heart.
pub fn athlete_zones() -> Value {
    json!({ "heart_rate": { "custom_zones": false, "zones": [{ "min": 0, "max": 140 }, { "min": 140, "max": -1 }] } })
}

fn streams(part: &Part, account: &Account) -> Map<String, Value> {
    let count = part.samples.len();
    let mut streams = Map::new();
    let mut put = |key: &str, data: Vec<Value>| {
        if data.len() == count && count > 0 {
            let series = json!({
                "data": data, "series_type": "distance", "original_size": count, "resolution": "high",
            });
            streams.insert(key.to_owned(), series);
        }
    };
    let samples = || part.samples.iter();
    put("time", samples().map(|sample| json!((sample.time - part.start).num_seconds())).collect());
    put("distance", samples().map(|sample| json!((sample.distance_m * 10.0).round() / 10.0)).collect());
    let place = |sample: &Sample| {
        let (latitude, longitude) = sample.place?.degrees();
        Some(json!([latitude, longitude]))
    };
    put("latlng", samples().filter_map(place).collect());
    if samples().any(|sample| sample.place.is_some()) {
        put("altitude", samples().map(|sample| json!((sample.altitude_m * 10.0).round() / 10.0)).collect());
    }
    // Only what the account shows: a hidden heart rate has no series either.
    if account.heart_rate.is_some() {
        put("heartrate", samples().filter_map(|sample| Some(json!(sample.heart_rate?.round() as i64))).collect());
    }
    for (key, value) in [("cadence", account.cadence), ("watts", account.power)] {
        if let Some(value) = value {
            put(key, vec![json!(value.round() as i64); count]);
        }
    }
    put("moving", vec![json!(true); count]);
    streams
}

/// Tells of the day only: local midnight and a second.
pub fn hide_start(detail: &mut Map<String, Value>) {
    let read = |key: &str| detail.get(key)?.as_str()?.parse::<DateTime<Utc>>().ok();
    let (Some(start), Some(local)) = (read("start_date"), read("start_date_local")) else { return };
    let Some(second) = NaiveTime::from_hms_opt(0, 0, 1) else { return };
    let hidden = local.date_naive().and_time(second).and_utc();
    detail.insert("start_date_local".to_owned(), json!(time(hidden)));
    detail.insert("start_date".to_owned(), json!(time(hidden - (local - start))));
}

/// A short run, the so manieth before the newest, with two samples.
pub fn run(id: u64, newest: DateTime<Utc>, before: u64) -> Account {
    let back = i64::try_from(before).unwrap_or_default();
    let start = newest - Duration::hours(back.saturating_mul(10));
    let sample = |seconds, distance_m| Sample {
        time: start + Duration::seconds(seconds),
        place: None,
        altitude_m: 0.0,
        distance_m,
        heart_rate: Some(140.0),
    };
    let part = Part {
        sport: Sport::Run,
        start,
        elapsed_s: 1_800.0,
        timer_s: 1_750.0,
        distance_m: 5_000.0,
        gain_m: None,
        heart_rate: Some(140.0),
        cadence: Some(82.0),
        power: None,
        kcal: 330.0,
        samples: vec![sample(0, 0.0), sample(1_799, 5_000.0)],
    };
    Account {
        external_id: id.to_string(),
        name: format!("Run {id}"),
        description: None,
        sport: Sport::Run,
        start,
        elapsed_s: 1_800.0,
        moving_s: 1_750.0,
        distance_m: 5_000.0,
        gain_m: None,
        heart_rate: Some(140.0),
        cadence: Some(82.0),
        power: None,
        kcal: 330.0,
        gear: None,
        commute: false,
        recording: Some(Arc::new(Recording { device: WATCH, sessions: vec![part] })),
        original: true,
        is_parent: false,
        parent: None,
    }
}

/// Strava's word for a sport.
const fn word(sport: Sport) -> &'static str {
    match sport {
        Sport::Run | Sport::TreadmillRun => "Run",
        Sport::TrailRun => "TrailRun",
        Sport::Ride => "Ride",
        Sport::PoolSwim | Sport::OpenWaterSwim => "Swim",
        Sport::Walk => "Walk",
        Sport::Strength => "WeightTraining",
        _ => "Workout",
    }
}
