//! The rows: one dense entity a table, plain columns, and nothing else.
//!
//! An entity knows no word of the domain: what its texts, bytes and documents mean is written and read in one place,
//! `hub::store`. Instants are UTC and whole microseconds.

pub mod account;
pub mod activity;
pub mod api_token;
pub mod artifact;
pub mod athlete;
pub mod credential;
pub mod import_refusal;
pub mod import_run;
pub mod job;
pub mod match_evidence;
pub mod record_artifact;
pub mod review;
pub mod ruling;
pub mod source_record;
pub mod sync_run;
pub mod webhook_delivery;
