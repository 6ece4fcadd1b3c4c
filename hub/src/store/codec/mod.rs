//! The only JSON of the domain's words: versioned documents in text columns.
//!
//! The words carry no serde, so each has a twin here. Readers accept every version ever written; writers write the
//! newest. A document that cannot be read is our own fault and says which row.

mod activity;
mod change;
mod judgement;
mod record;
mod ruling;
mod value;

pub(crate) use activity::{activity_document, read_activity};
pub(crate) use change::{changes_document, read_changes};
pub(crate) use judgement::{judgement_document, read_judgement};
pub(crate) use record::{read_record, record_document};
pub(crate) use ruling::{decision_document, deed_document, read_decision, read_deed};

use std::fmt::Display;

use crate::HubError;

/// What this version writes.
const VERSION: u8 = 1;

/// A document that cannot be read: the row is named, its content is not.
pub(crate) fn unreadable(what: &'static str, id: impl Display, cause: impl Display) -> HubError {
    HubError::Internal { deed: what, cause: format!("{id}: {cause}").into() }
}
