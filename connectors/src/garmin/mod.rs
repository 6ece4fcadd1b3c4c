//! Garmin: the account export, and Garmin Connect as its phone app speaks to it.

pub(crate) mod archive;
pub mod connect;
mod sport;

pub use archive::map_archive;
pub use connect::map_api;
pub use sport::sport_of_type_key;
