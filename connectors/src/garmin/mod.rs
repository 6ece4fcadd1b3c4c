//! Garmin: the account export.

use crate::{Mapped, RawActivity, Unreadable};

/// Reads a record of Garmin's account export: one element of `summarizedActivitiesExport`, and its FIT file.
pub fn map_archive(raw: &RawActivity) -> Result<Mapped, Unreadable> {
    let _ = raw;
    Err(Unreadable::because("not built yet"))
}
