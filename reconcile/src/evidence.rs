//! One pair.
use crate::{DecidedBy, Judgement, Policy, Verdict};
use domain::SourceRecord;
pub fn judge(a: &SourceRecord, b: &SourceRecord, _policy: &Policy) -> Judgement {
    Judgement {
        a: a.id.min(b.id),
        b: a.id.max(b.id),
        verdict: Verdict::Separate,
        probability_ppm: 0,
        decided_by: DecidedBy::Similarity,
        evidence: Vec::new(),
    }
}
