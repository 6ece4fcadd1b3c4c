//! The judgement: which records are one physical activity, and which value lives on, field by field.
//!
//! **Matching.** Records of one athlete are compared in pairs that lie near each other in time or share an identity
//! key (`blocking`). Each pair's observations speak for or against with a weight in bits (`evidence`, every weight and
//! its origin in `weights`); bits and a prior give a probability. Vetoes beat every score. Within a component of
//! plausible pairs, clusters are grown from the best pair down, one recording a source in each, every pair in a
//! cluster plausible by itself (`cluster`); what is too likely to ignore and not sure enough to merge becomes a
//! candidate.
//!
//! **Survivorship.** For each cluster the [`Policy`] chooses, field by field and coherent group by coherent group, the
//! record whose value stands; the others stay as alternatives (`survivorship`). Nothing is averaged.
//!
//! [`reconcile`] is a function: what it says depends on the records, the rulings, the policy and the instant given to
//! it, and never on the order in which anything came. [`plan`] compares what it says with what stands, and leaves no
//! choice to whoever applies it; [`check`] tests a plan before it is applied.
//!
//! This crate must never know a clock, randomness, I/O, a database or how anything is fetched.

mod blocking;
mod cluster;
mod evidence;
pub mod explain;
mod features;
mod invariants;
mod outcome;
mod plan;
mod policy;
mod quality;
mod survivorship;
mod weights;

pub use blocking::REACH_S;
pub use invariants::{Violation, check};
pub use outcome::{DecidedBy, Evidence, EvidenceKind, Input, Judgement, Outcome, Verdict};
pub use plan::{Plan, plan};
pub use policy::{Policy, PolicyError, Preference, Tolerance};

use domain::SourceRecord;

/// What is to be made of these records: every activity, why its records are one, and which pairs wait for a person.
pub fn reconcile(input: &Input<'_>, policy: &Policy) -> Outcome {
    cluster::reconcile(input, policy)
}

/// How this pair is judged, with all that speaks for and against it, whether or not it was ever near a match.
pub fn judge(a: &SourceRecord, b: &SourceRecord, policy: &Policy) -> Judgement {
    evidence::judge(a, b, policy)
}

/// The records that can influence what becomes of `touched`, among `records`: the component of plausible pairs around
/// them. Indices into `records`, ascending. Reconciling these alone gives the same as reconciling all.
pub fn neighbourhood(records: &[SourceRecord], touched: &[usize], policy: &Policy) -> Vec<usize> {
    cluster::neighbourhood(records, touched, policy)
}
