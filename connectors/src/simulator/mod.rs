//! A small world for the demo and for tests: one imaginary athlete's year, as Strava and as Garmin tell it. The same
//! seed gives the same world to the last byte, and the world says what is true of it.

mod account;
mod fit;
mod garmin;
mod gpx;
mod rng;
mod strava;
mod year;

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};

pub(crate) use account::offset_s;
pub use account::{Account, BIKE_COMPUTER, Device, PHONE, Part, Recording, Sample, WATCH};
pub(crate) use fit::file as fit_file;
pub(crate) use garmin::type_key;
pub(crate) use rng::Rng;

/// What is special about a physical activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Case {
    /// Recorded by a Garmin, passed on to Strava: both tell the same.
    Matched,
    /// On a treadmill, and both tell the same.
    Treadmill,
    /// On a treadmill, calibrated afterwards: 9.2 km on the watch, 10.0 km on Strava.
    TreadmillCalibrated,
    /// A walk to Garmin and a run to Strava.
    SportDiffers,
    /// The same start and length, but 5 km to Garmin and 7.5 km to Strava.
    DistanceInDoubt,
    /// The same in everything, but 20 minutes apart.
    StartInDoubt,
    /// Never passed on to Strava.
    GarminOnly,
    /// Not yet passed on to Strava: it ended hours before the year did.
    GarminOnlyRecent,
    /// Recorded by the phone.
    StravaOnly,
    /// Typed in at Strava.
    Manual,
    /// Recorded by watch and bike computer; Strava has the latter's.
    DualDevice,
    /// The heart rate is hidden at Strava.
    HiddenHeartRate,
    /// Its start was cut to the minute by an edit at Garmin.
    EditedAtGarmin,
    /// A triathlon as a whole, which only Garmin knows.
    TriathlonWhole,
    /// One leg of it, or a transition, which only Garmin knows.
    TriathlonLeg,
}

/// One physical activity, and every account of it.
#[derive(Debug, Clone)]
pub struct Physical {
    /// What is special about it.
    pub case: Case,
    /// What Strava's list says of it; at most one.
    pub strava: Vec<Account>,
    /// What Garmin's list says of it; two where two devices recorded.
    pub garmin: Vec<Account>,
}

/// One imaginary athlete's year.
#[derive(Debug, Clone)]
pub struct World {
    /// Everything that happened, oldest first.
    pub activities: Vec<Physical>,
    /// When the year is over.
    pub end: DateTime<Utc>,
}

impl World {
    /// The year that begins at `start`: more than 240 activities.
    pub fn year(seed: u64, start: DateTime<Utc>) -> Self {
        year::year(seed, start)
    }

    /// Writes Strava's account export as of `until` into a folder, which is made.
    ///
    /// # Errors
    /// What the system says where it cannot be written.
    pub fn write_strava_export(&self, dir: &Path, until: DateTime<Utc>) -> io::Result<()> {
        strava::write(self, dir, until)
    }

    /// Writes Garmin's account export as of `until` into a folder, which is made.
    ///
    /// # Errors
    /// What the system says where it cannot be written.
    pub fn write_garmin_export(&self, dir: &Path, until: DateTime<Utc>) -> io::Result<()> {
        garmin::write(self, dir, until)
    }
}
