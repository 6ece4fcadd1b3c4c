//! Where records come from and how they reach us.

use std::borrow::Cow;
use std::fmt;

/// A text that is no slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSlug;

impl fmt::Display for InvalidSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a source's name is 1 to 32 lower-case letters, digits or underscores, e.g. strava")
    }
}

impl std::error::Error for InvalidSlug {}

/// A namespace of external ids: `strava`, `garmin`, `file`. A name and not an enum, so that a new source changes
/// neither schema nor database.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceSlug(Cow<'static, str>);

impl SourceSlug {
    /// Strava: its API and its export carry the same ids.
    pub const STRAVA: Self = Self(Cow::Borrowed("strava"));
    /// Garmin Connect: unofficial API, official push and account export carry the same ids.
    pub const GARMIN: Self = Self(Cow::Borrowed("garmin"));
    /// Single files. No recorder's own namespace: two of its records may well be one activity.
    pub const FILE: Self = Self(Cow::Borrowed("file"));

    /// A slug from outside.
    ///
    /// # Errors
    /// [`InvalidSlug`] unless the text is 1 to 32 of `a-z`, `0-9`, `_`.
    pub fn parse(text: &str) -> Result<Self, InvalidSlug> {
        for known in [Self::STRAVA, Self::GARMIN, Self::FILE] {
            if known.as_str() == text {
                return Ok(known);
            }
        }
        let valid = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if valid { Ok(Self(Cow::Owned(text.to_owned()))) } else { Err(InvalidSlug) }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an external id of this source names one recording: two of them are then two recordings. Files have
    /// no recorder's namespace: one ride's FIT, TCX and GPX are three external ids and one recording.
    pub fn is_recorder(&self) -> bool {
        *self != Self::FILE
    }
}

impl fmt::Display for SourceSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SourceSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The way a record reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// We asked the source's API.
    Api,
    /// The source sent it.
    Push,
    /// An account export.
    Archive,
    /// A person gave a file.
    Upload,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 4] = [Self::Api, Self::Push, Self::Archive, Self::Upload];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "API",
            Self::Push => "PUSH",
            Self::Archive => "ARCHIVE",
            Self::Upload => "UPLOAD",
        }
    }

    /// The channel of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// An id in the source's own namespace. A text, since it may pass 2^53.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalId(String);

impl ExternalId {
    /// The id as the source writes it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
