//! What each source says, and how to read it.
//!
//! A connector is one folder: everything about one source or format lives in it, and nothing about it lives anywhere
//! else. Reading has two halves that never mix. **Opening** (`archive`) walks a zip, a folder or a file, **asking**
//! ([`Connector`]) calls a live source, and both give verbatim [`RawActivity`]s; **mapping** ([`Mapper`]) is a pure function from those bytes to readings, so that a
//! mapping error is repaired by mapping again, without asking anyone.
//!
//! This crate must never know the database, the engine, or GraphQL.

pub mod archive;
pub mod file;
pub mod garmin;
pub mod http;
pub mod registry;
pub mod series;
pub mod strava;

#[cfg(feature = "simulator")]
pub mod simulator;

mod connector;
mod descriptor;
mod error;
mod mapping;
mod raw;
mod webhook;

pub use connector::{Connector, Cursor, Grant, Limit, Listing, Owner, Range, Reply, Session, Tokens};
pub use descriptor::{Descriptor, Part};
pub use error::{SourceError, WebhookError};
pub use mapping::{Defect, Mapped, Mapper, Unreadable};
pub use raw::RawActivity;
pub use webhook::{Notification, Webhook, WebhookRequest};
