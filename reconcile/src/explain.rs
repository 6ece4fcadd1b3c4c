//! "Why are these two one?", in sentences that a person understands.

use domain::{Field, Provenance};

use crate::{Evidence, Judgement};

/// One observation in a sentence.
pub fn evidence(evidence: &Evidence) -> String {
    format!("{} {}", evidence.kind.name(), evidence.weight_millibits)
}

/// What settled a judgement, in a sentence.
pub fn summary(judgement: &Judgement) -> String {
    judgement.verdict.name().to_owned()
}

/// Why a canonical value stands, in a sentence. `source` is the winner's name for people, `others` the names of those
/// that say something else or the same.
pub fn provenance(field: Field, provenance: &Provenance, source: Option<&str>, others: &[&str]) -> String {
    let _ = (field, source, others);
    provenance.rule.name().to_owned()
}
