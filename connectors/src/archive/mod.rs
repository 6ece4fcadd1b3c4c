//! Walking an account export or a file: a zip, a folder, or one FIT, TCX or GPX file, plain or compressed.

mod container;
mod files;
mod fill;
mod gate;
mod name;
mod prose;
mod replay;
mod tree;

use std::path::{Path, PathBuf};

use domain::{Artifact, SourceSlug};

use crate::{RawActivity, garmin, strava};

pub(crate) use container::{Container, shown};
pub(crate) use files::{file_artifact, items_of_file};
pub(crate) use fill::fill;
pub(crate) use gate::{Gate, Trouble};
pub(crate) use name::{is_activity, is_system, last};
pub(crate) use prose::prose;
pub(crate) use tree::{Found, Tree, Want};

/// What a walk may cost before an entry is refused (`safety.md` F2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that may come out of one entry.
    pub entry_bytes: u64,
    /// Bytes that may come out of the whole archive.
    pub total_bytes: u64,
    /// Entries an archive may have, nested ones included.
    pub entries: u64,
    /// How many times larger an entry may be than what it was compressed to.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entry_bytes: 64 << 20, total_bytes: 8 << 30, entries: 200_000, ratio: 200 }
    }
}

/// What was found to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A Strava account export.
    StravaExport,
    /// A Garmin account export.
    GarminExport,
    /// Activity files.
    Files,
}

impl Kind {
    /// The source whose records come out of it.
    pub const fn source(&self) -> SourceSlug {
        match self {
            Self::StravaExport => SourceSlug::STRAVA,
            Self::GarminExport => SourceSlug::GARMIN,
            Self::Files => SourceSlug::FILE,
        }
    }
}

/// Why nothing at all can be imported.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path cannot be read.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// Which path.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Nothing in it is known.
    #[error(
        "{path} holds no Strava export, no Garmin export and no FIT, TCX or GPX file: give the zip or the folder that the service sent you, or single activity files"
    )]
    NothingKnown {
        /// Which path.
        path: PathBuf,
    },
    /// The archive as a whole is refused.
    #[error("{path} is refused: {reason}")]
    Refused {
        /// Which path.
        path: PathBuf,
        /// Why, in a sentence.
        reason: String,
    },
}

/// One step of a walk.
#[derive(Debug)]
pub enum Item {
    /// An activity, verbatim.
    Activity {
        /// The entry it came from, for the report.
        entry: String,
        /// The activity.
        raw: RawActivity,
    },
    /// An entry that is no activity and never will be: monitoring data, settings, photos, other CSV files. Counted.
    Skipped {
        /// Which entry.
        entry: String,
        /// Why, in a few words that repeat: the report counts by them.
        reason: String,
    },
    /// An entry that should have been an activity. The rest goes on.
    Refused {
        /// Which entry.
        entry: String,
        /// What is wrong, in a sentence.
        reason: String,
        /// Its bytes, kept so that a better parser can try again; `None` where they were refused unread (a path trick,
        /// a bomb, a duplicate name).
        artifact: Option<Artifact>,
    },
}

/// A walk over what a person gave.
pub struct Import {
    kind: Kind,
    entries_total: Option<u64>,
    items: Box<dyn Iterator<Item = Item> + Send>,
}

impl Import {
    /// A walk that gives these items.
    pub(crate) fn new(kind: Kind, entries_total: Option<u64>, items: Box<dyn Iterator<Item = Item> + Send>) -> Self {
        Self { kind, entries_total, items }
    }

    /// What was found.
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// How many items will come, where that is known beforehand; for progress only.
    pub const fn entries_total(&self) -> Option<u64> {
        self.entries_total
    }
}

impl Iterator for Import {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        self.items.next()
    }
}

/// Opens what a person gave: an export of Strava or of Garmin (zip or folder), or an activity file (plain, `.gz`, or
/// a zip of such files). Recognised by content; `as_source` narrows it where a person said so.
///
/// # Errors
/// [`OpenError`] where nothing can be read or nothing is known. A single bad entry is an [`Item::Refused`] instead.
pub fn open(path: &Path, as_source: Option<&SourceSlug>, limits: &Limits) -> Result<Import, OpenError> {
    let refused = |reason: &str| OpenError::Refused { path: path.to_owned(), reason: reason.to_owned() };
    let (mut container, mut gate) = Container::open(path, limits)?;
    let is = |slug| as_source.is_none_or(|asked| *asked == slug);
    if !is(SourceSlug::STRAVA) && !is(SourceSlug::GARMIN) && !is(SourceSlug::FILE) {
        return Err(refused(
            "no archive of that source can be read: leave the source out, or say strava, garmin or file",
        ));
    }
    let strava = if is(SourceSlug::STRAVA) { strava::archive::find(&mut container, &mut gate) } else { None };
    let garmin = is(SourceSlug::GARMIN) && garmin::archive::is_export(&container);
    match (strava, garmin) {
        (Some(_), true) => Err(refused("it holds a Strava export and a Garmin export: import them one by one")),
        (Some(list), false) => Ok(strava::archive::walk(container, gate, list)),
        (None, true) => Ok(garmin::archive::walk(container, gate)),
        (None, false) if as_source == Some(&SourceSlug::STRAVA) => Err(refused(
            "it is no Strava export: no activities.csv with a known header is in it or in the folder below; leave the \
             source out to import single activity files",
        )),
        (None, false) if as_source == Some(&SourceSlug::GARMIN) => Err(refused(
            "it is no Garmin export: no DI_CONNECT folder and no list of activities is in it; leave the source out to \
             import single activity files",
        )),
        (None, false) => {
            let (entries, items) =
                files::walk(container, gate).ok_or_else(|| OpenError::NothingKnown { path: path.to_owned() })?;
            Ok(Import::new(Kind::Files, Some(entries), items))
        }
    }
}
