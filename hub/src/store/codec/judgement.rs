//! Judgements on pairs.

use std::borrow::Cow;

use domain::RecordId;
use reconcile::{DecidedBy, Evidence, EvidenceKind, Judgement, Verdict};
use serde::{Deserialize, Serialize};

use super::VERSION;
use super::value::{Said, unknown};

#[derive(Serialize, Deserialize)]
struct Document<'a> {
    v: u8,
    #[serde(borrow)]
    verdict: Cow<'a, str>,
    ppm: u32,
    #[serde(borrow)]
    by: Cow<'a, str>,
    #[serde(borrow)]
    evidence: Vec<Observed<'a>>,
}

/// Kind, what the one says, what the other, thousandths of a bit.
type Observed<'a> = (Cow<'a, str>, Option<Said<'a>>, Option<Said<'a>>, i32);

/// A judgement's document; the pair stands in columns.
pub(crate) fn judgement_document(judgement: &Judgement) -> String {
    let document = Document {
        v: VERSION,
        verdict: Cow::Borrowed(judgement.verdict.name()),
        ppm: judgement.probability_ppm,
        by: Cow::Borrowed(judgement.decided_by.name()),
        evidence: judgement
            .evidence
            .iter()
            .map(|one| {
                let (a, b) = (one.a.as_ref().map(Said::of), one.b.as_ref().map(Said::of));
                (Cow::Borrowed(one.kind.name()), a, b, one.weight_millibits)
            })
            .collect(),
    };
    // Strings, integers and flags: there is nothing in it that JSON cannot hold.
    serde_json::to_string(&document).unwrap_or_default()
}

/// The judgement on a pair that a document tells of.
pub(crate) fn read_judgement(a: RecordId, b: RecordId, text: &str) -> Result<Judgement, String> {
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let evidence = document
        .evidence
        .into_iter()
        .map(|(kind, x, y, weight_millibits)| {
            Ok(Evidence {
                kind: EvidenceKind::from_name(&kind).ok_or_else(|| unknown("evidence", &kind))?,
                a: x.map(Said::value).transpose()?,
                b: y.map(Said::value).transpose()?,
                weight_millibits,
            })
        })
        .collect::<Result<_, String>>()?;
    Ok(Judgement {
        a,
        b,
        verdict: Verdict::from_name(&document.verdict).ok_or_else(|| unknown("verdict", &document.verdict))?,
        probability_ppm: document.ppm,
        decided_by: DecidedBy::from_name(&document.by).ok_or_else(|| unknown("decision", &document.by))?,
        evidence,
    })
}
