//! The rows: one dense entity a table, and nothing else.
//!
//! Plain columns: UUIDs, texts, integers. Instants are whole microseconds since 1970 in UTC, quantities whole
//! thousandths of their unit, documents versioned JSON text. This crate must never know what any of it means: `hub::store`
//! translates.

pub mod account;
pub mod activity;
pub mod activity_revision;
pub mod api_token;
pub mod artifact;
pub mod athlete;
pub mod credential;
pub mod decision;
pub mod idempotency_key;
pub mod import_refusal;
pub mod import_run;
pub mod invitation;
pub mod job;
pub mod match_evidence;
pub mod reconciliation_run;
pub mod review;
pub mod ruling;
pub mod settled_candidate;
pub mod source_limit;
pub mod source_record;
pub mod source_state;
pub mod sync_run;
pub mod webhook_delivery;
