//! Activity files: FIT, TCX and GPX. A source without a network.
//!
//! [`detect`] says what bytes are, [`read`] what they tell, [`raw_activities`] makes records of a file that a person
//! gave, and [`map`] reads such a record again.

use std::borrow::Cow;

use bytes::Bytes;
use domain::{ArtifactKind, MediaType, Sport};

use crate::{Mapped, RawActivity, Unreadable};

/// A format of activity files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Garmin's FIT.
    Fit,
    /// Training Center XML.
    Tcx,
    /// GPX.
    Gpx,
}

impl Format {
    /// What an artifact of this format is.
    pub const fn kind(self) -> ArtifactKind {
        match self {
            Self::Fit => ArtifactKind::Fit,
            Self::Tcx => ArtifactKind::Tcx,
            Self::Gpx => ArtifactKind::Gpx,
        }
    }

    /// Its document type.
    pub const fn media_type(self) -> MediaType {
        match self {
            Self::Fit => MediaType::FIT,
            Self::Tcx => MediaType::TCX,
            Self::Gpx => MediaType::GPX,
        }
    }

    /// The format of an artifact of that kind, where it is an activity file.
    pub const fn of_kind(kind: ArtifactKind) -> Option<Self> {
        match kind {
            ArtifactKind::Fit => Some(Self::Fit),
            ArtifactKind::Tcx => Some(Self::Tcx),
            ArtifactKind::Gpx => Some(Self::Gpx),
            _ => None,
        }
    }
}

/// What a file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    /// Its sessions, at least one, in the order of the file.
    Activity(Vec<Session>),
    /// It is sound and no recording of an activity.
    NotActivity {
        /// What it is instead, in a few words that repeat: `monitoring data`, `a route without times`.
        what: String,
    },
}

/// One session of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which session of the file; 0 where it has one.
    pub index: u16,
    /// What it says. `mapped.keys` names the file, the session and the FIT identity.
    pub mapped: Mapped,
}

/// Why a file gives no records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoActivity {
    /// It is sound and no recording: to be counted, not to be kept.
    #[error("no activity but {what}")]
    Other {
        /// What it is instead, in a few words that repeat.
        what: String,
    },
    /// It should have been one: keep the bytes for a better reader.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// What these bytes are, by their content and never by a name.
pub fn detect(bytes: &[u8]) -> Option<Format> {
    let _ = bytes;
    None
}

/// The bytes inside a gzip; the same bytes where they are none. At most `limit` bytes come out.
///
/// # Errors
/// [`Unreadable`] where the gzip is damaged or more would come out than is allowed.
pub fn decompress(bytes: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, Unreadable> {
    let _ = limit;
    Ok(Cow::Borrowed(bytes))
}

/// Reads a file, uncompressed, with all its sessions in one pass.
///
/// # Errors
/// [`Unreadable`] where it is no FIT, TCX or GPX, or nothing in it can be used.
pub fn read(bytes: &[u8]) -> Result<FileContent, Unreadable> {
    let _ = bytes;
    Err(Unreadable::because("not built yet"))
}

/// The records of a file that a person gave, uncompressed: one a session, all with the same artifact. The external id
/// is the file's SHA-256, followed by `#` and the session's number where the file has several.
///
/// # Errors
/// [`NoActivity`] where there is none.
pub fn raw_activities(filename: Option<&str>, bytes: Bytes) -> Result<Vec<RawActivity>, NoActivity> {
    let _ = filename;
    match read(&bytes)? {
        FileContent::Activity(_) => Ok(Vec::new()),
        FileContent::NotActivity { what } => Err(NoActivity::Other { what }),
    }
}

/// Reads a record made of one session of one activity file.
///
/// # Errors
/// [`Unreadable`] where it has no activity file, the file cannot be read, or it has no such session.
pub fn map(raw: &RawActivity) -> Result<Mapped, Unreadable> {
    let _ = raw;
    Err(Unreadable::because("not built yet"))
}

/// The sport of a FIT `sport` and `sub_sport` (profile 21.218; `garmin.md` §10).
pub fn sport_of_fit(sport: u8, sub_sport: u8) -> Sport {
    let _ = (sport, sub_sport);
    Sport::Other
}
