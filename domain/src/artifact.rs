//! Bytes exactly as a source gave them.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// The SHA-256 of an artifact's uncompressed bytes: its name for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactId([u8; 32]);

impl ArtifactId {
    /// The name of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// From the digest itself.
    pub const fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest itself.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From 64 lower-case hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut digest = [0; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(pair).ok()?;
            if digits.bytes().any(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                return None;
            }
            *byte = u8::from_str_radix(digits, 16).ok()?;
        }
        Some(Self(digest))
    }
}

impl fmt::Display for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What an artifact is. A record holds at most one of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArtifactKind {
    /// One activity as the source lists it.
    ActivitySummary,
    /// One activity as the source details it.
    ActivityDetail,
    /// Its laps.
    Laps,
    /// Its splits.
    Splits,
    /// Its time series.
    Streams,
    /// Its zones.
    Zones,
    /// A notification.
    WebhookEvent,
    /// One row of an account export, with the header it needs to be read.
    ArchiveRow,
    /// A FIT file.
    Fit,
    /// A TCX file.
    Tcx,
    /// A GPX file.
    Gpx,
    /// Anything else.
    Other,
}

impl ArtifactKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::ActivitySummary,
        Self::ActivityDetail,
        Self::Laps,
        Self::Splits,
        Self::Streams,
        Self::Zones,
        Self::WebhookEvent,
        Self::ArchiveRow,
        Self::Fit,
        Self::Tcx,
        Self::Gpx,
        Self::Other,
    ];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActivitySummary => "ACTIVITY_SUMMARY",
            Self::ActivityDetail => "ACTIVITY_DETAIL",
            Self::Laps => "LAPS",
            Self::Splits => "SPLITS",
            Self::Streams => "STREAMS",
            Self::Zones => "ZONES",
            Self::WebhookEvent => "WEBHOOK_EVENT",
            Self::ArchiveRow => "ARCHIVE_ROW",
            Self::Fit => "FIT",
            Self::Tcx => "TCX",
            Self::Gpx => "GPX",
            Self::Other => "OTHER",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is an activity file, the original of a recording or an export of it.
    pub const fn is_file(self) -> bool {
        matches!(self, Self::Fit | Self::Tcx | Self::Gpx)
    }
}

/// What kind of document the bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType(pub Cow<'static, str>);

impl MediaType {
    /// JSON.
    pub const JSON: Self = Self(Cow::Borrowed("application/json"));
    /// CSV with a header line.
    pub const CSV: Self = Self(Cow::Borrowed("text/csv"));
    /// Garmin's FIT, as registered by use.
    pub const FIT: Self = Self(Cow::Borrowed("application/vnd.ant.fit"));
    /// Training Center XML.
    pub const TCX: Self = Self(Cow::Borrowed("application/vnd.garmin.tcx+xml"));
    /// GPX.
    pub const GPX: Self = Self(Cow::Borrowed("application/gpx+xml"));
    /// Bytes of which nothing is known.
    pub const UNKNOWN: Self = Self(Cow::Borrowed("application/octet-stream"));
}

/// Bytes as received, uncompressed, with what is known of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    /// What they are.
    pub kind: ArtifactKind,
    /// Their document type.
    pub media_type: MediaType,
    /// The name they had, where they had one. A label only: never a path.
    pub filename: Option<String>,
    /// The bytes, whole.
    pub bytes: Bytes,
}

impl Artifact {
    /// Their name by content.
    pub fn id(&self) -> ArtifactId {
        ArtifactId::of(&self.bytes)
    }
}

impl fmt::Debug for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes hold coordinates and names: they stay out of logs.
        write!(f, "Artifact({}, {} bytes)", self.kind.name(), self.bytes.len())
    }
}
