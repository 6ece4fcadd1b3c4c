//! Strava: the account export.

pub(crate) mod archive;
mod sport;

pub use archive::map_archive;
pub use sport::sport_of_word;
