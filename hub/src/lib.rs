//! The deeds: bring records in, reconcile them, read what stands.
//!
//! [`Hub`] is the readable list of everything one can do. There is one way in (`ingest`), one way to decide
//! (`reconciler`), and one way to read ([`View`]), which cannot be had without saying for which athletes, so that no
//! query can be expressed that does not carry the scope.
//!
//! `store` translates between rows and the domain's words, and holds no logic. `artifact` keeps bytes by their
//! content. This crate must never know HTTP, GraphQL, the command line or tokens' cryptography.

mod account;
mod artifact;
mod bring;
mod clock;
mod credentials;
mod decision;
mod erase;
mod error;
mod export;
mod history;
mod hub;
mod import;
mod ingest;
mod once;
mod planner;
mod preview;
mod pull;
mod purge;
mod reason;
mod reconciler;
mod remap;
mod run;
mod seal;
mod sources;
mod store;
mod token;
mod view;
mod watch;
mod webhook;
mod withdraw;
mod work;

pub use account::{AccountRow, AccountState, Backfill, Disconnected, Progress};
pub use artifact::ArtifactStore;
pub use bring::Brought;
pub use clock::{SteppedClock, SystemClock};
pub use decision::{Decided, DecisionKind, DecisionRow, Verdict, Word};
pub use erase::Erased;
pub use error::HubError;
pub use export::{ExportProgress, ExportReport};
pub use history::{Cause, FieldChange, RevisionRow, Snapshot, SnapshotField};
pub use hub::{Hub, Settings};
pub use import::{ImportProgress, ImportReport, ImportState, Refusal};
pub use ingest::Ingested;
pub use once::{Once, Ticket};
pub use planner::{SourceLimit, SourceOutlook};
pub use preview::{PolicyPreview, PreviewExample};
pub use reason::reason;
pub use reconciler::{Mode, Reconciled, Reexamined, RunRequest};
pub use run::{RunRow, RunState};
pub use sources::{LiveSettings, LiveSource};
pub use token::{NewToken, TokenRow};
pub use view::{
    ActivityFilter, ActivityOrder, ActivityOrderField, ActivityRow, ArtifactRow, AthleteRow, Athletes, CandidateRow,
    CandidateState, Chronicle, CoverageRow, Cursor, Direction, FloatRange, ImportRunRow, Page, PageRequest,
    RecordFilter, RecordHead, RecordRow, Stored, Summary, TimeRange, Told, TotalsDimension, TotalsRow, View,
};
pub use webhook::Received;
pub use work::{DeadJob, JobCount};

pub use connectors::{Tokens, WebhookRequest, series};
