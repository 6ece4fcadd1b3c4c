//! Strava: the account export.

use crate::{Mapped, RawActivity, Unreadable};

/// Reads a record of Strava's account export: one row of `activities.csv`, and its activity file.
pub fn map_archive(raw: &RawActivity) -> Result<Mapped, Unreadable> {
    let _ = raw;
    Err(Unreadable::because("not built yet"))
}
