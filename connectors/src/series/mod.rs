//! Laps and time series, read from a record's artifacts when somebody asks for them.
//!
//! Nothing of them is stored a second time: a recording's own file, or the document in which a source gave them, is
//! read again. Pure functions of the bytes, bounded by the same limits as the mappings, which read the same things.

mod document;
mod recording;
mod streams;
mod thin;

use chrono::{DateTime, Utc};
use domain::{ArtifactId, ArtifactKind};

use crate::{Unreadable, file};

pub use streams::{Column, StreamType, Streams};

/// How many laps of a document or file are read. The longest real recording has some hundreds.
pub const MOST_LAPS: usize = 10_000;

/// One lap, in the order of its recording. What the source does not tell is `None`; units are in the names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lap {
    /// What the source calls it.
    pub name: Option<String>,
    /// When it began.
    pub start: Option<DateTime<Utc>>,
    /// From start to end, pauses included.
    pub elapsed_s: Option<f64>,
    /// Time in motion, or by the timer.
    pub moving_s: Option<f64>,
    /// How far.
    pub distance_m: Option<f64>,
    /// Average speed.
    pub average_speed_mps: Option<f64>,
    /// Average heart rate.
    pub average_heart_rate_bpm: Option<f64>,
    /// Highest heart rate.
    pub max_heart_rate_bpm: Option<f64>,
    /// Average power.
    pub average_power_w: Option<f64>,
    /// Turns of the crank, or steps of one foot, a minute.
    pub average_cadence_rpm: Option<f64>,
    /// Metres climbed.
    pub elevation_gain_m: Option<f64>,
}

/// Whether artifacts of that kind can tell laps.
pub const fn tells_laps(kind: ArtifactKind) -> bool {
    matches!(
        kind,
        ArtifactKind::Fit
            | ArtifactKind::Tcx
            | ArtifactKind::Laps
            | ArtifactKind::Splits
            | ArtifactKind::ActivityDetail
    )
}

/// Whether artifacts of that kind can tell time series.
pub const fn tells_streams(kind: ArtifactKind) -> bool {
    kind.is_file() || matches!(kind, ArtifactKind::Streams)
}

/// The laps of an artifact of that kind; of a file, those of its session `session_index`, as its record counts it.
///
/// # Errors
/// [`Unreadable`] where the artifact is not what its kind says, or kinds of that kind tell no laps.
pub fn laps(kind: ArtifactKind, session_index: u16, bytes: &[u8]) -> Result<Vec<Lap>, Unreadable> {
    match kind {
        ArtifactKind::Laps | ArtifactKind::Splits | ArtifactKind::ActivityDetail => document::laps(bytes),
        kind if kind.is_file() => Ok(of_file(session_index, bytes)?.laps),
        _ => Err(Unreadable::because("artifacts of that kind tell no laps")),
    }
}

/// The time series of an artifact of that kind; of a file, those of its session `session_index`, as its record counts
/// it.
///
/// # Errors
/// [`Unreadable`] where the artifact is not what its kind says, or artifacts of that kind tell no series.
pub fn streams(kind: ArtifactKind, session_index: u16, bytes: &[u8]) -> Result<Streams, Unreadable> {
    match kind {
        ArtifactKind::Streams => document::streams(bytes),
        kind if kind.is_file() => Ok(recording::streams(&of_file(session_index, bytes)?)),
        _ => Err(Unreadable::because("artifacts of that kind tell no time series")),
    }
}

fn of_file(session_index: u16, bytes: &[u8]) -> Result<file::Recording, Unreadable> {
    file::recording(bytes, ArtifactId::of(bytes), session_index)
}
