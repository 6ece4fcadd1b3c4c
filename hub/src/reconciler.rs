//! From records to what stands: load, judge, check, apply.

use reconcile::Plan;

/// Which records, and whether to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Those that wait for it and what they can influence; write.
    Pending,
    /// All of the athlete's; write.
    Full,
    /// All of the athlete's; write nothing, give the plan.
    Preview,
}

/// What reconciling did, or would do.
#[derive(Debug, Clone, Default)]
pub struct Reconciled {
    /// Records looked at.
    pub records: u64,
    /// Activities created, changed or retired.
    pub activities_changed: u64,
    /// The plan itself, for a preview.
    pub plan: Option<Plan>,
}
