//! Strava's account export: `activities.csv`, one row an activity, and the activity files that it names.

mod date;
mod header;
mod map;
mod number;
mod rows;
mod walk;

pub use map::map_archive;
pub use walk::{find, walk};
