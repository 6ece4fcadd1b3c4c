//! From pairs to activities.
use crate::{Input, Outcome, Policy};
use domain::SourceRecord;
pub fn reconcile(_input: &Input<'_>, _policy: &Policy) -> Outcome {
    Outcome::default()
}
pub fn neighbourhood(records: &[SourceRecord], _touched: &[usize], _policy: &Policy) -> Vec<usize> {
    (0..records.len()).collect()
}
