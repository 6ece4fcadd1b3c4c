//! From verbatim bytes to readings.

use domain::{Fingerprint, IdentityKeys, Multisport, Pointer, Readings};

use crate::RawActivity;

/// What could be read of an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// Every field that was found, with the place where it stood.
    pub readings: Readings,
    /// What proves which recording it is.
    pub keys: IdentityKeys,
    /// What it says of the things by which recordings are compared.
    pub fingerprint: Fingerprint,
    /// The source's own word for the sport.
    pub source_sport: Option<String>,
    /// Its page at the source.
    pub url: Option<String>,
    /// Its place in a multisport activity.
    pub multisport: Option<Multisport>,
    /// What could not be read, each with its place: one odd field does not cost an activity.
    pub defects: Vec<Defect>,
}

/// One thing that could not be read, or was read and cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Where it stood.
    pub at: Pointer,
    /// What is wrong with it, in a sentence.
    pub problem: String,
}

/// Why no record can be made of an activity's bytes: they are kept and can be read again by a better mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    /// What is wrong, in a sentence that names the document and not its content.
    pub reason: String,
}

impl Unreadable {
    /// With that reason.
    pub fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// Pure: reads what it can, reports what it cannot, never panics, whatever the bytes.
pub type Mapper = fn(&RawActivity) -> Result<Mapped, Unreadable>;
