//! The words of Data Hub.
//!
//! A **source** tells us about activities over a **channel**. What it said arrives as **artifacts**: immutable
//! bytes, named by their SHA-256. Reading an artifact gives **readings**, each a value with a **pointer** to where
//! it stood. The readings of one channel about one activity are a **source record**. The engine judges which
//! records are one physical activity and which value lives on; the result is the **canonical activity**, whose
//! every field is **resolved**: a value, its provenance and the alternatives that lost. A person's decision is a
//! **ruling** and binds the engine.
//!
//! This crate must never know how anything is fetched, stored, asked for or judged: no serde, no async, no
//! database, no clock that ticks by itself. Instants are UTC and whole microseconds, numbers are whole thousandths
//! of their field's unit, so that a value means the same in Rust, in SQLite, in PostgreSQL and in JSON.

mod activity;
mod artifact;
mod clock;
mod field;
mod id;
mod quantity;
mod reading;
mod record;
mod ruling;
mod source;
mod sport;
mod time;
mod value;

pub use activity::{Activity, Agreement, Alternative, Founding, Origin, Provenance, Resolved, Rule, Status};
pub use artifact::{Artifact, ArtifactId, ArtifactKind, MediaType};
pub use clock::Clock;
pub use field::{Field, FieldInfo, Group, Unit};
pub use id::{
    AccountId, ActivityId, ApiTokenId, ArtifactRowId, AthleteId, CandidateId, DecisionId, ImportRunId, ParseIdError,
    ReconciliationRunId, RecordId, RevisionId, RulingId,
};
pub use quantity::Milli;
pub use reading::{Pointer, Reading, Readings};
pub use record::{
    Fingerprint, FitIdentity, IdentityKeys, Lineage, Multisport, SourceRecord, StartPrecision, Withdrawal,
    WithdrawalReason,
};
pub use ruling::{Decision, PinTo, Ruling};
pub use source::{Channel, ExternalId, InvalidSlug, SourceSlug};
pub use sport::{Family, Sport};
pub use time::{Span, to_micros};
pub use value::{Point, Value, Visibility};
