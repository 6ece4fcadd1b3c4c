//! Strava: the account export, and the API.

pub(crate) mod archive;
mod live;
#[cfg(feature = "simulator")]
pub mod simulator;
mod sport;

pub use archive::map_archive;
pub use live::{NAME, Strava, Subscription, map_api};
pub use sport::sport_of_word;
