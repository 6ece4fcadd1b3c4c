//! Garmin's FIT.

mod decode;
mod device;
mod session;
mod sport;

use domain::{ArtifactId, ArtifactKind, Pointer};
use rustyfit::profile::typedef::File;

use self::decode::Part;
use super::track::instant;
use super::{FileContent, Recording};
use crate::{Defect, Unreadable};

pub use sport::sport_of_fit;

/// Seconds from 1970 to FIT's epoch, 1989-12-31.
const EPOCH: i64 = 631_065_600;

/// A FIT date below counts seconds since the device was switched on.
const FIRST_DATE: u32 = 0x1000_0000;

/// A FIT date in milliseconds since 1970. `None` where it is absent, or the device's clock was not set.
fn date_ms(fit: u32) -> Option<i64> {
    let ms = (i64::from(fit) + EPOCH) * 1000;
    (fit >= FIRST_DATE && instant(ms).is_some()).then_some(ms)
}

/// Reads a FIT file with all its sessions.
///
/// # Errors
/// [`Unreadable`] where nothing in it can be used.
pub fn read(bytes: &[u8], file: ArtifactId) -> Result<FileContent, Unreadable> {
    let parts = decode::decode(bytes)?;
    if let Some(what) = parts.iter().find_map(other_than_activity)
        && !parts.iter().any(tells_of_activity)
    {
        return Ok(FileContent::NotActivity { what });
    }
    let mut sessions = Vec::new();
    let mut lost = Vec::new();
    for part in &parts {
        if tells_of_activity(part) {
            let (more, unreadable) = session::of_part(part, file, sessions.len());
            sessions.extend(more.into_iter().map(|told| told.session));
            lost.extend(unreadable.into_iter().map(|unreadable| unreadable.reason));
        } else if other_than_activity(part).is_none() {
            lost.extend(part.problems.iter().cloned());
        }
    }
    let Some(first) = sessions.first_mut() else {
        let reason =
            lost.into_iter().next().unwrap_or_else(|| "the FIT file holds no session and no record".to_owned());
        return Err(Unreadable::because(reason));
    };
    // What cannot be told of its neighbours stands with the first: nobody looks at sessions that are not there.
    let at = Pointer::new(ArtifactKind::Fit, "session[*]");
    first.mapped.defects.extend(lost.into_iter().map(|problem| Defect { at: at.clone(), problem }));
    Ok(FileContent::Activity(sessions))
}

/// Reads one session of a FIT file with its samples and laps; `None` where it has no such session.
///
/// # Errors
/// As [`read`].
pub fn recording(bytes: &[u8], file: ArtifactId, index: u16) -> Result<Option<Recording>, Unreadable> {
    let parts = decode::decode(bytes)?;
    let mut first = 0;
    for part in parts.iter().filter(|part| tells_of_activity(part)) {
        let (sessions, _) = session::of_part(part, file, first);
        first += sessions.len();
        if let Some(told) = sessions.into_iter().find(|told| told.session.index == index) {
            return Ok(Some(told.owned()));
        }
    }
    Ok(None)
}

/// Whether a file of the chain is, or should have been, a recording. A heart rate strap's file, chained behind the
/// watch's, is none.
fn tells_of_activity(part: &Part) -> bool {
    other_than_activity(part).is_none() && (!part.sessions.is_empty() || !part.samples.is_empty())
}

/// What a file of the chain calls itself, where that is no recording.
fn other_than_activity(part: &Part) -> Option<String> {
    match part.file_id.as_ref()?.r#type {
        // No type, a recording, or one without its records.
        File(u8::MAX) | File::ACTIVITY | File::ACTIVITY_SUMMARY => None,
        File::MONITORING_A | File::MONITORING_B | File::MONITORING_DAILY => Some("monitoring data".to_owned()),
        File::COURSE => Some("a course".to_owned()),
        File::WORKOUT => Some("a workout".to_owned()),
        other if other.to_string().contains('(') => Some("a FIT file of a maker's own kind".to_owned()),
        other => Some(format!("a FIT file of {}", other.to_string().replace('_', " "))),
    }
}
