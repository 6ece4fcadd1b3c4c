//! One pair of records: what speaks for and against their being one activity.
//!
//! [`score`] is the hot path: numbers only. [`judge`](judge::judge) tells the same story with its evidence.

mod identity;
mod judge;
mod observation;
mod score;

pub(crate) use identity::{Identity, echoes, file_identity, identity};
pub(crate) use judge::{judge, judge_scored};
pub(crate) use score::{Score, Story, score};
