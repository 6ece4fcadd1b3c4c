//! What a source says of an activity, and the recording it says it of.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use domain::{Point, Sport};

use super::rng::Rng;

/// Metres in a degree of latitude.
const DEGREE_M: f64 = 111_195.0;

/// The athlete's home: a bank in the North Sea, where nobody lives.
const HOME: (f64, f64) = (54.75, 2.25);

/// Seconds between two samples of a recording.
const STEP_S: f64 = 30.0;

/// What a source says of an activity. Both sources' lists are written from these.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id at the source.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Its description, where it has one.
    pub description: Option<String>,
    /// Which sport.
    pub sport: Sport,
    /// When it began.
    pub start: DateTime<Utc>,
    /// From start to end, in seconds.
    pub elapsed_s: f64,
    /// Timer or moving time, in seconds.
    pub moving_s: f64,
    /// How far, in metres; 0 where it has no distance.
    pub distance_m: f64,
    /// Metres climbed.
    pub gain_m: Option<f64>,
    /// Average heart rate.
    pub heart_rate: Option<f64>,
    /// Average cadence: turns, or steps of one foot, a minute.
    pub cadence: Option<f64>,
    /// Average power.
    pub power: Option<f64>,
    /// Energy.
    pub kcal: f64,
    /// Shoes or bike.
    pub gear: Option<&'static str>,
    /// A way to work.
    pub commute: bool,
    /// The recording that the source holds.
    pub recording: Option<Arc<Recording>>,
    /// Whether that is the original upload: what Strava wrote itself is not.
    pub original: bool,
    /// Whether it is the whole of a multisport activity.
    pub is_parent: bool,
    /// The whole that it is a leg of.
    pub parent: Option<String>,
}

impl Account {
    /// When it ended.
    pub fn end(&self) -> DateTime<Utc> {
        self.start + Duration::milliseconds((self.elapsed_s * 1000.0) as i64)
    }
}

/// What recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// FIT manufacturer number.
    pub manufacturer: u16,
    /// FIT product number.
    pub product: u16,
    /// Serial number.
    pub serial: u32,
}

/// The athlete's watch.
pub const WATCH: Device = Device { manufacturer: 1, product: 3291, serial: 3_900_000_001 };

/// The athlete's bike computer.
pub const BIKE_COMPUTER: Device = Device { manufacturer: 1, product: 2713, serial: 3_900_000_002 };

/// The athlete's phone, with Strava's app.
pub const PHONE: Device = Device { manufacturer: 265, product: 102, serial: 0 };

/// A device's file: one session, or a triathlon's five.
#[derive(Debug, Clone)]
pub struct Recording {
    /// What recorded.
    pub device: Device,
    /// Its parts in their order.
    pub sessions: Vec<Part>,
}

/// One session of a recording.
#[derive(Debug, Clone)]
pub struct Part {
    /// Which sport.
    pub sport: Sport,
    /// When it began.
    pub start: DateTime<Utc>,
    /// From start to end, in seconds.
    pub elapsed_s: f64,
    /// Without pauses, in seconds.
    pub timer_s: f64,
    /// In metres.
    pub distance_m: f64,
    /// Metres climbed.
    pub gain_m: Option<f64>,
    /// Average heart rate.
    pub heart_rate: Option<f64>,
    /// Average cadence.
    pub cadence: Option<f64>,
    /// Average power.
    pub power: Option<f64>,
    /// Energy.
    pub kcal: f64,
    /// Its samples.
    pub samples: Vec<Sample>,
}

/// One line of a recording.
#[derive(Debug, Clone)]
pub struct Sample {
    /// When.
    pub time: DateTime<Utc>,
    /// Where; nowhere indoors.
    pub place: Option<Point>,
    /// Metres above the sea.
    pub altitude_m: f64,
    /// Metres since the start.
    pub distance_m: f64,
    /// Beats per minute.
    pub heart_rate: Option<f64>,
}

impl Part {
    /// The recording of that account's activity: loops around home, or none indoors.
    pub fn of(account: &Account, rng: &mut Rng) -> Self {
        let outdoors = account.distance_m > 0.0
            && !account.sport.is_indoor()
            && !matches!(account.sport, Sport::Strength | Sport::Transition);
        let loop_m = if account.sport.family() == domain::Family::Ride { 12_000.0 } else { 2_500.0 };
        let (east, north) = (rng.between(-0.02, 0.02), rng.between(-0.02, 0.02));
        let steps = (account.elapsed_s / STEP_S).floor().max(1.0);
        let samples = (0..=steps as u32).map(|step| {
            let share = f64::from(step) / steps;
            let distance_m = account.distance_m * share;
            let angle = distance_m / loop_m * std::f64::consts::TAU;
            let radius = loop_m / std::f64::consts::TAU / DEGREE_M;
            let latitude = HOME.0 + north + radius * angle.sin();
            let longitude = HOME.1 + east + radius * angle.cos() / HOME.0.to_radians().cos();
            let place = if outdoors { Point::from_degrees(latitude, longitude) } else { None };
            Sample {
                // The last one a second before the end: the next leg begins there.
                time: account.start + Duration::seconds(((account.elapsed_s - 1.0) * share) as i64),
                place,
                altitude_m: 20.0 + 8.0 * (angle * 2.0).sin(),
                distance_m,
                heart_rate: account.heart_rate.map(|bpm| bpm - 10.0 + 20.0 * share + rng.between(-3.0, 3.0)),
            }
        });
        Self {
            sport: account.sport,
            start: account.start,
            elapsed_s: account.elapsed_s,
            timer_s: account.moving_s,
            distance_m: account.distance_m,
            gain_m: account.gain_m,
            heart_rate: account.heart_rate,
            cadence: account.cadence,
            power: account.power,
            kcal: account.kcal,
            samples: samples.collect(),
        }
    }
}

/// Local wall clock minus UTC at home, in seconds.
pub fn offset_s(start: DateTime<Utc>) -> i64 {
    use chrono::Datelike;
    if (4..=9).contains(&start.month()) { 7200 } else { 3600 }
}
