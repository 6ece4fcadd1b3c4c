//! The world as Strava's account export tells it, in the layout of May 2026.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use chrono::{DateTime, Utc};
use domain::Sport;
use flate2::{Compression, write::GzEncoder};

use super::account::Account;
use super::{World, fit, gpx};

const HEADER: &str = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,\
Distance,Max Heart Rate,Relative Effort,Commute,Activity Private Note,Activity Gear,Filename,Athlete Weight,\
Bike Weight,Elapsed Time,Moving Time,Distance,Max Speed,Average Speed,Elevation Gain,Elevation Loss,Elevation Low,\
Elevation High,Max Grade,Average Grade,Average Positive Grade,Average Negative Grade,Max Cadence,Average Cadence,\
Max Heart Rate,Average Heart Rate,Max Watts,Average Watts,Calories,Max Temperature,Average Temperature,\
Relative Effort,Total Work,Number of Runs,Uphill Time,Downhill Time,Other Time,Perceived Exertion,Type,Start Time,\
Weighted Average Power,Power Count,Prefer Perceived Exertion,Perceived Relative Effort,Commute,\
Total Weight Lifted,From Upload,Grade Adjusted Distance,Weather Observation Time,Weather Condition,\
Weather Temperature,Apparent Temperature,Dewpoint,Humidity,Weather Pressure,Wind Speed,Wind Gust,Wind Bearing,\
Precipitation Intensity,Sunrise Time,Sunset Time,Moon Phase,Bike,Gear,Precipitation Probability,\
Precipitation Type,Cloud Cover,Weather Visibility,UV Index,Weather Ozone,Jump Count,Total Grit,Average Flow,\
Flagged,Average Elapsed Speed,Dirt Distance,Newly Explored Distance,Newly Explored Dirt Distance,Activity Count,\
Total Steps,Carbon Saved,Pool Length,Training Load,Intensity,Average Grade Adjusted Pace,Timer Time,Total Cycles,\
Recovery,With Pet,Competition,Long Run,For a Cause,With Kid,Downhill Distance,Total Sets,Total Reps,Media";

/// Writes the export, newest activity first.
pub fn write(world: &World, dir: &Path, until: DateTime<Utc>) -> io::Result<()> {
    fs::create_dir_all(dir.join("activities"))?;
    let mut list = csv::Writer::from_path(dir.join("activities.csv"))?;
    let columns: Vec<&str> = HEADER.split(',').collect();
    list.write_record(&columns)?;
    let accounts = world.activities.iter().rev().flat_map(|physical| &physical.strava);
    for account in accounts.filter(|account| account.end() <= until) {
        let filename = write_file(dir, account)?;
        list.write_record(row(account, &filename, columns.len()))?;
    }
    list.flush()?;
    for (name, header) in [("shoes.csv", "Shoe Name,Shoe Brand"), ("routes.csv", "Route Name,Route Description")] {
        fs::write(dir.join(name), format!("{header}\n"))?;
    }
    Ok(())
}

/// The file that Strava holds: the upload, compressed, or what it wrote itself, plain.
fn write_file(dir: &Path, account: &Account) -> io::Result<String> {
    let Some(recording) = &account.recording else { return Ok(String::new()) };
    if account.original {
        // Named by the upload and not by the activity.
        let filename = format!("activities/{}7.fit.gz", account.external_id);
        let mut packed = GzEncoder::new(fs::File::create(dir.join(&filename))?, Compression::default());
        packed.write_all(&fit::file(recording))?;
        packed.finish()?;
        return Ok(filename);
    }
    let filename = format!("activities/{}.gpx", account.external_id);
    let Some(part) = recording.sessions.first() else { return Ok(String::new()) };
    fs::write(dir.join(&filename), gpx::file(part, &account.name, &word(account.sport).to_lowercase()))?;
    Ok(filename)
}

fn row(account: &Account, filename: &str, columns: usize) -> Vec<String> {
    let swim = matches!(account.sport, Sport::PoolSwim | Sport::OpenWaterSwim);
    let distance = account.distance_m;
    let shown = if swim { thousands(distance) } else { format!("{:.2}", distance / 1000.0) };
    let float = |number: f64| format!("{number:?}");
    let speed = if account.moving_s > 0.0 { distance / account.moving_s } else { 0.0 };
    let optional = |number: Option<f64>| number.map(float).unwrap_or_default();
    let highest = optional(account.heart_rate.map(|bpm| bpm + 17.0));
    let cells: [(usize, String); 27] = [
        (0, account.external_id.clone()),
        (1, account.start.format("%b %-d, %Y, %-I:%M:%S %p").to_string()),
        (2, account.name.clone()),
        (3, word(account.sport).to_owned()),
        (4, account.description.clone().unwrap_or_default()),
        (5, format!("{:.0}", account.elapsed_s)),
        (6, if distance > 0.0 { shown } else { "0".to_owned() }),
        (7, highest.clone()),
        (9, account.commute.to_string()),
        (11, account.gear.unwrap_or_default().to_owned()),
        (12, filename.to_owned()),
        (15, float(account.elapsed_s.round())),
        (16, float(account.moving_s.round())),
        (17, float(distance)),
        (18, if distance > 0.0 { float(speed * 1.3) } else { String::new() }),
        (19, float(speed)),
        (20, optional(account.gain_m)),
        (21, optional(account.gain_m)),
        (22, optional(account.gain_m.map(|_| 12.0))),
        (23, optional(account.gain_m.map(|_| 28.0))),
        (29, optional(account.cadence)),
        (30, highest),
        (31, optional(account.heart_rate)),
        (33, optional(account.power)),
        (34, float(account.kcal)),
        (50, float(f64::from(account.commute))),
        (52, float(f64::from(!filename.is_empty()))),
    ];
    let mut row = vec![String::new(); columns];
    for (place, text) in cells {
        if let Some(cell) = row.get_mut(place) {
            *cell = text;
        }
    }
    row
}

/// Metres as a page shows them: `1,500`.
fn thousands(metres: f64) -> String {
    let whole = metres.round() as u64;
    if whole < 1000 { whole.to_string() } else { format!("{},{:03}", whole / 1000, whole % 1000) }
}

/// Strava's display name of a sport.
const fn word(sport: Sport) -> &'static str {
    match sport {
        Sport::Run | Sport::TreadmillRun => "Run",
        Sport::TrailRun => "Trail Run",
        Sport::Ride => "Ride",
        Sport::PoolSwim | Sport::OpenWaterSwim => "Swim",
        Sport::Walk => "Walk",
        Sport::Strength => "Weight Training",
        _ => "Workout",
    }
}
