//! Garmin's account export: lists of activities in JSON, and the files that were ever uploaded, without a word which
//! belongs to which.

mod join;
mod map;
mod row;
mod walk;

pub use map::map_archive;
pub use row::{id, is_list, number};
pub use walk::{is_export, walk};
