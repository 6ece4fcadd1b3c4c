//! Whether what a record says now is a part of what was recorded.

use domain::{Fingerprint, SourceRecord};

/// What is noted of a value that stands although its record tells a part of the recording: the athlete cut it, and
/// that counts.
pub(crate) const CROPPED: &str = "cropped";

/// A part is shorter than this share of the whole: less is a pause at the end.
const SHORTER: f64 = 0.95;

/// This share of a part lies in the whole, as for a crop by which records are matched (`reconciliation.md`).
const WITHIN: f64 = 0.95;

/// Whether the record was longer before, or another one tells the whole of which it is a part.
pub(super) fn is_cropped(record: &SourceRecord, others: &[&SourceRecord]) -> bool {
    let Some((now, before)) = record.fingerprints.split_last() else { return false };
    let told_by_others = others.iter().filter(|other| other.id != record.id).filter_map(|other| other.fingerprint());
    before.iter().chain(told_by_others).any(|whole| is_part(now, whole))
}

fn is_part(part: &Fingerprint, whole: &Fingerprint) -> bool {
    let (a, b) = (part.span(), whole.span());
    let (length, whole_length) = ((a.end - a.start).num_seconds() as f64, (b.end - b.start).num_seconds() as f64);
    let common = (a.end.min(b.end) - a.start.max(b.start)).num_seconds() as f64;
    length > 0.0 && length < whole_length * SHORTER && common >= length * WITHIN
}
