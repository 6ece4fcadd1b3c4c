//! What every plan must hold.

use crate::Plan;

/// A plan that may not be applied: a defect of the engine, never of the data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(pub String);

/// Tests a plan for the records it was made from.
///
/// # Errors
/// The first [`Violation`] found.
pub fn check(plan: &Plan, records: &[domain::SourceRecord]) -> Result<(), Violation> {
    let _ = (plan, records);
    Ok(())
}
