//! Activity files: FIT, TCX and GPX. A source without a network.
//!
//! [`detect`] says what bytes are, [`read`] what they tell, [`raw_activities`] makes records of a file that a person
//! gave, and [`map`] reads such a record again.

mod detect;
mod fit;
mod gpx;
mod polyline;
mod sheet;
mod sport;
mod tcx;
mod track;
mod xml;

use bytes::Bytes;
use domain::{Artifact, ArtifactId, ArtifactKind, Channel, ExternalId, MediaType, SourceSlug};

use crate::series::Lap;
use crate::{Mapped, RawActivity, Unreadable};

pub use detect::{decompress, detect};
pub use fit::sport_of_fit;
#[cfg(feature = "simulator")]
pub(crate) use polyline::summary as summary_polyline;
pub(crate) use sheet::{Sheet, label};
pub(crate) use track::{MOST_SAMPLES, Sample, both_feet};

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

/// A session with all that was recorded of it.
pub(crate) struct Recording {
    pub(crate) session: Session,
    /// In the order of the file, without those that a wrong clock dated.
    pub(crate) samples: Vec<Sample>,
    pub(crate) laps: Vec<Lap>,
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

/// Reads a file, uncompressed, with all its sessions in one pass.
///
/// # Errors
/// [`Unreadable`] where it is no FIT, TCX or GPX, or nothing in it can be used.
pub fn read(bytes: &[u8]) -> Result<FileContent, Unreadable> {
    let file = ArtifactId::of(bytes);
    match detect(bytes) {
        Some(Format::Fit) => fit::read(bytes, file),
        Some(Format::Tcx) => tcx::read(bytes, file),
        Some(Format::Gpx) => gpx::read(bytes, file),
        None => Err(Unreadable::because("the file is no FIT, TCX or GPX")),
    }
}

/// Reads one session of a file, uncompressed, with its samples and laps.
///
/// # Errors
/// [`Unreadable`] as [`read`], and where the file has no such session.
pub(crate) fn recording(bytes: &[u8], file: ArtifactId, index: u16) -> Result<Recording, Unreadable> {
    let found = match detect(bytes) {
        Some(Format::Fit) => fit::recording(bytes, file, index)?,
        Some(Format::Tcx) => tcx::recording(bytes, file, index)?,
        Some(Format::Gpx) => gpx::recording(bytes, file, index)?,
        None => None,
    };
    found.ok_or_else(|| Unreadable::because(format!("the file has no session {index}")))
}

/// The records of a file that a person gave, uncompressed: one a session, all with the same artifact. The external id
/// is the file's SHA-256, followed by `#` and the session's number where the file has several.
///
/// # Errors
/// [`NoActivity`] where there is none.
pub fn raw_activities(filename: Option<&str>, bytes: Bytes) -> Result<Vec<RawActivity>, NoActivity> {
    let sessions = match read(&bytes)? {
        FileContent::Activity(sessions) => sessions,
        FileContent::NotActivity { what } => return Err(NoActivity::Other { what }),
    };
    let format = detect(&bytes).ok_or_else(|| Unreadable::because("the file is no FIT, TCX or GPX"))?;
    let artifact = Artifact {
        kind: format.kind(),
        media_type: format.media_type(),
        filename: filename.and_then(sheet::label),
        bytes,
    };
    let file = artifact.id();
    let several = sessions.len() > 1;
    Ok(sessions
        .iter()
        .map(|session| RawActivity {
            source: SourceSlug::FILE,
            channel: Channel::Upload,
            external_id: ExternalId::new(if several { format!("{file}#{}", session.index) } else { file.to_string() }),
            session_index: session.index,
            artifacts: vec![artifact.clone()],
        })
        .collect())
}

/// Reads a record made of one session of one activity file.
///
/// # Errors
/// [`Unreadable`] where it has no activity file, the file cannot be read, or it has no such session.
pub fn map(raw: &RawActivity) -> Result<Mapped, Unreadable> {
    let artifact = raw
        .artifacts
        .iter()
        .find(|artifact| artifact.kind.is_file())
        .ok_or_else(|| Unreadable::because("the record has no activity file"))?;
    match read(&artifact.bytes)? {
        FileContent::Activity(sessions) => sessions
            .into_iter()
            .find(|session| session.index == raw.session_index)
            .map(|session| session.mapped)
            .ok_or_else(|| Unreadable::because(format!("the file has no session {}", raw.session_index))),
        FileContent::NotActivity { what } => Err(Unreadable::because(format!("the file holds no activity but {what}"))),
    }
}
