//! The world as Garmin's account export tells it.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use domain::Sport;
use serde_json::{Map, Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::account::{Account, Recording, WATCH, offset_s};
use super::{World, fit};

/// How many activities a list holds; Garmin's hold about a thousand.
const A_LIST: usize = 200;

/// Writes the export, oldest activity first.
pub fn write(world: &World, dir: &Path, until: DateTime<Utc>) -> io::Result<()> {
    let lists = dir.join("DI_CONNECT/DI-Connect-Fitness");
    let uploads = dir.join("DI_CONNECT/DI-Connect-Uploaded-Files");
    let user = dir.join("DI_CONNECT/DI-Connect-User");
    for folder in [&lists, &uploads, &user] {
        fs::create_dir_all(folder)?;
    }
    fs::write(user.join("user_profile.json"), "{\"firstName\":\"Nobody\"}")?;
    let accounts: Vec<&Account> = world
        .activities
        .iter()
        .flat_map(|physical| &physical.garmin)
        .filter(|account| account.end() <= until)
        .collect();
    for (number, some) in accounts.chunks(A_LIST).enumerate() {
        let rows: Vec<Value> = some.iter().map(|account| row(account)).collect();
        let list = json!([{ "summarizedActivitiesExport": rows }]);
        let name = format!("athlete@example.invalid_{}_summarizedActivities.json", number * (A_LIST + 1));
        fs::write(lists.join(name), serde_json::to_vec_pretty(&list)?)?;
    }
    let mut zip = ZipWriter::new(fs::File::create(uploads.join("UploadedFiles_0-_Part1.zip"))?);
    let mut written: Vec<&Arc<Recording>> = Vec::new();
    for recording in accounts.iter().filter_map(|account| account.recording.as_ref()) {
        // A triathlon's legs share theirs.
        if written.iter().any(|known| Arc::ptr_eq(known, recording)) {
            continue;
        }
        written.push(recording);
        add(&mut zip, written.len(), &fit::file(recording))?;
    }
    for day in 0..5 {
        let day = until - Duration::days(day);
        add(
            &mut zip,
            900_000 + usize::try_from(day.timestamp() / 86_400).unwrap_or_default(),
            &fit::monitoring(day, WATCH.serial),
        )?;
    }
    zip.finish()?;
    Ok(())
}

fn add(zip: &mut ZipWriter<fs::File>, number: usize, bytes: &[u8]) -> io::Result<()> {
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    zip.start_file(format!("athlete@example.invalid_{number}.fit"), options)?;
    zip.write_all(bytes)
}

/// An element in the export's units: milliseconds, centimetres, tenths of metres a second, kilojoules.
fn row(account: &Account) -> Value {
    let start_ms = account.start.timestamp_millis();
    let device = account.recording.as_ref().map_or(WATCH.serial, |recording| recording.device.serial);
    let mut row = Map::new();
    let mut put = |key: &str, value: Value| {
        row.insert(key.to_owned(), value);
    };
    put("activityId", json!(account.external_id.parse::<u64>().unwrap_or_default()));
    put("name", json!(account.name));
    put("activityType", json!(type_key(account.sport)));
    put("sportType", json!(type_key(account.sport).to_uppercase()));
    if !account.is_parent {
        put("beginTimestamp", json!(start_ms));
    }
    put("startTimeGmt", json!(start_ms as f64));
    put("startTimeLocal", json!((start_ms + offset_s(account.start) * 1000) as f64));
    put("duration", json!(account.moving_s * 1000.0));
    put("elapsedDuration", json!(account.elapsed_s * 1000.0));
    put("distance", json!(account.distance_m * 100.0));
    if account.distance_m > 0.0 {
        put("avgSpeed", json!(account.distance_m / account.moving_s / 10.0));
        put("maxSpeed", json!(account.distance_m / account.moving_s / 10.0 * 1.3));
    }
    put("calories", json!(account.kcal * 4.184));
    put("deviceId", json!(device));
    put("manufacturer", json!("GARMIN"));
    put("rule", json!("private"));
    put("lapCount", json!(1));
    put("parent", json!(account.is_parent));
    if let Some(parent) = &account.parent {
        put("parentId", json!(parent.parse::<u64>().unwrap_or_default()));
    }
    if let Some(bpm) = account.heart_rate {
        put("avgHr", json!(bpm.round()));
        put("maxHr", json!((bpm + 17.0).round()));
    }
    if let Some(metres) = account.gain_m {
        put("elevationGain", json!(metres * 100.0));
        put("elevationLoss", json!(metres * 100.0));
    }
    if let Some(rpm) = account.cadence {
        let both_feet = matches!(account.sport.family(), domain::Family::Run | domain::Family::Foot);
        put(
            if both_feet { "avgDoubleCadence" } else { "avgBikeCadence" },
            json!(if both_feet { rpm * 2.0 } else { rpm }),
        );
    }
    if let Some(watts) = account.power {
        put("avgPower", json!(watts));
    }
    if account.sport == Sport::Run {
        put("aerobicTrainingEffect", json!(3.1));
        put("vO2MaxValue", json!(51.0));
    }
    if account.sport == Sport::PoolSwim {
        put("poolLength", json!(2500.0));
    }
    Value::Object(row)
}

/// Garmin's key of a sport.
pub const fn type_key(sport: Sport) -> &'static str {
    match sport {
        Sport::Run => "running",
        Sport::TreadmillRun => "treadmill_running",
        Sport::TrailRun => "trail_running",
        Sport::Ride => "cycling",
        Sport::PoolSwim => "lap_swimming",
        Sport::OpenWaterSwim => "open_water_swimming",
        Sport::Walk => "walking",
        Sport::Strength => "strength_training",
        Sport::Multisport => "multi_sport",
        Sport::Transition => "transition_v2",
        _ => "other",
    }
}
