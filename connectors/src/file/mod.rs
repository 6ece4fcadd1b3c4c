//! Activity files: FIT, TCX and GPX. A source without a network.

use crate::{Mapped, RawActivity, Unreadable};

/// Reads a record made of one session of one activity file.
pub fn map(raw: &RawActivity) -> Result<Mapped, Unreadable> {
    let _ = raw;
    Err(Unreadable::because("not built yet"))
}
