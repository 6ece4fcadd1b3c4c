//! People's decisions.

use std::borrow::Cow;

use domain::{ActivityId, AthleteId, Decision, PinTo, RecordId, Ruling, RulingId, SourceSlug};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::VERSION;
use super::value::{Said, field, instant};

#[derive(Serialize, Deserialize)]
enum Document<'a> {
    #[serde(rename = "same")]
    Same(Uuid, Uuid),
    #[serde(rename = "different")]
    Different(Uuid, Uuid),
    #[serde(rename = "pin", borrow)]
    Pin(Pin<'a>),
}

#[derive(Serialize, Deserialize)]
struct Pin<'a> {
    activity: Uuid,
    #[serde(borrow)]
    field: Cow<'a, str>,
    #[serde(borrow)]
    to: To<'a>,
}

#[derive(Serialize, Deserialize)]
enum To<'a> {
    #[serde(rename = "source", borrow)]
    Source(Cow<'a, str>),
    #[serde(rename = "value", borrow)]
    Value(Said<'a>),
}

/// A decision's document.
pub(crate) fn decision_document(decision: &Decision) -> String {
    let document = match decision {
        Decision::Same(a, b) => Document::Same(a.uuid(), b.uuid()),
        Decision::Different(a, b) => Document::Different(a.uuid(), b.uuid()),
        Decision::Pin { activity, field, to } => {
            let to = match to {
                PinTo::Source(source) => To::Source(Cow::Borrowed(source.as_str())),
                PinTo::Value(value) => To::Value(Said::of(value)),
            };
            Document::Pin(Pin { activity: activity.uuid(), field: Cow::Borrowed(field.name()), to })
        }
    };
    // Strings, integers and flags: there is nothing in it that JSON cannot hold.
    serde_json::to_string(&document).unwrap_or_default()
}

/// The decision that a document tells of.
pub(crate) fn read_decision(text: &str) -> Result<Decision, String> {
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(match document {
        Document::Same(a, b) => Decision::Same(RecordId::from_uuid(a), RecordId::from_uuid(b)),
        Document::Different(a, b) => Decision::Different(RecordId::from_uuid(a), RecordId::from_uuid(b)),
        Document::Pin(pin) => Decision::Pin {
            activity: ActivityId::from_uuid(pin.activity),
            field: field(&pin.field)?,
            to: match pin.to {
                To::Source(source) => PinTo::Source(SourceSlug::parse(&source).map_err(|error| error.to_string())?),
                To::Value(said) => PinTo::Value(said.value()?),
            },
        },
    })
}

/// What a deed added and what it removed.
#[derive(Serialize, Deserialize)]
struct Deed {
    v: u8,
    added: Vec<Kept>,
    removed: Vec<Kept>,
}

/// Id, the decision's document, actor, reason, instant.
type Kept = (Uuid, String, String, String, i64);

/// The document of the rulings that a deed added and removed.
pub(crate) fn deed_document(added: &[Ruling], removed: &[Ruling]) -> String {
    let kept = |rulings: &[Ruling]| -> Vec<Kept> {
        rulings
            .iter()
            .map(|ruling| {
                let at = ruling.at.timestamp_micros();
                (ruling.id.uuid(), decision_document(&ruling.decision), ruling.actor.clone(), ruling.reason.clone(), at)
            })
            .collect()
    };
    // Strings, integers and flags: there is nothing in it that JSON cannot hold.
    serde_json::to_string(&Deed { v: VERSION, added: kept(added), removed: kept(removed) }).unwrap_or_default()
}

/// The rulings that a deed added and removed, by its document.
pub(crate) fn read_deed(athlete: AthleteId, text: &str) -> Result<(Vec<Ruling>, Vec<Ruling>), String> {
    let deed: Deed = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let rulings = |kept: Vec<Kept>| -> Result<Vec<Ruling>, String> {
        kept.into_iter()
            .map(|(id, document, actor, reason, at)| {
                let decision = read_decision(&document)?;
                Ok(Ruling { id: RulingId::from_uuid(id), athlete, decision, actor, reason, at: instant(at)? })
            })
            .collect()
    };
    Ok((rulings(deed.added)?, rulings(deed.removed)?))
}
