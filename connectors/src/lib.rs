//! What each source says, and how to read it.
//!
//! A connector is one folder: everything about one source or format lives in it, and nothing about it lives anywhere
//! else. Reading has two halves that never mix. **Opening** (`archive`) walks a zip, a folder or a file and gives
//! verbatim [`RawActivity`]s; **mapping** ([`Mapper`]) is a pure function from those bytes to readings, so that a
//! mapping error is repaired by mapping again, without asking anyone.
//!
//! This crate must never know the database, the engine, or GraphQL.

pub mod archive;
pub mod file;
pub mod garmin;
pub mod registry;
pub mod strava;

#[cfg(feature = "simulator")]
pub mod simulator;

mod mapping;
mod raw;

pub use mapping::{Defect, Mapped, Mapper, Unreadable};
pub use raw::RawActivity;
