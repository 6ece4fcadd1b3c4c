//! A canonical activity's members and fields, beside its columns.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::{Activity, Agreement, Alternative, Field, Origin, Provenance, RecordId, Resolved, Rule, RulingId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::VERSION;
use super::value::{Said, field, pointer, unknown};

#[derive(Serialize, Deserialize)]
struct Document<'a> {
    v: u8,
    members: Vec<Uuid>,
    #[serde(borrow)]
    fields: Vec<FieldDocument<'a>>,
}

#[derive(Serialize, Deserialize)]
struct FieldDocument<'a> {
    #[serde(rename = "f", borrow)]
    field: Cow<'a, str>,
    #[serde(rename = "x", borrow)]
    value: Said<'a>,
    #[serde(rename = "o", borrow)]
    origin: From<'a>,
    #[serde(rename = "r", borrow)]
    rule: Cow<'a, str>,
    #[serde(rename = "a", borrow)]
    agreement: Cow<'a, str>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none", borrow)]
    note: Option<Cow<'a, str>>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pin: Option<Uuid>,
    /// The member's place and what it says.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty", borrow)]
    alternatives: Vec<(usize, Said<'a>)>,
}

/// Where a value came from; members by their place.
#[derive(Serialize, Deserialize)]
enum From<'a> {
    #[serde(rename = "m")]
    Member(usize, #[serde(borrow)] Cow<'a, str>, #[serde(borrow)] Cow<'a, str>),
    #[serde(rename = "ruling")]
    Ruling(Uuid),
    #[serde(rename = "derived")]
    Derived,
}

/// An activity's document.
pub(crate) fn activity_document(activity: &Activity) -> String {
    let place = |record: &RecordId| activity.members.iter().position(|member| member == record).unwrap_or(usize::MAX);
    let fields = activity
        .fields
        .iter()
        .map(|(field, resolved)| {
            let provenance = &resolved.provenance;
            FieldDocument {
                field: Cow::Borrowed(field.name()),
                value: Said::of(&resolved.value),
                origin: match &provenance.origin {
                    Origin::Record { record, at } => {
                        From::Member(place(record), Cow::Borrowed(at.artifact.name()), Cow::Borrowed(at.path.as_ref()))
                    }
                    Origin::Ruling(ruling) => From::Ruling(ruling.uuid()),
                    Origin::Derivation => From::Derived,
                },
                rule: Cow::Borrowed(provenance.rule.name()),
                agreement: Cow::Borrowed(provenance.agreement.name()),
                note: provenance.note.as_deref().map(Cow::Borrowed),
                pin: provenance.pin.map(RulingId::uuid),
                alternatives: resolved
                    .alternatives
                    .iter()
                    .map(|alternative| (place(&alternative.record), Said::of(&alternative.value)))
                    .collect(),
            }
        })
        .collect();
    let document =
        Document { v: VERSION, members: activity.members.iter().map(|member| member.uuid()).collect(), fields };
    // Strings, integers and flags: there is nothing in it that JSON cannot hold.
    serde_json::to_string(&document).unwrap_or_default()
}

/// The members and fields that a document tells of.
pub(crate) fn read_activity(text: &str) -> Result<(Vec<RecordId>, BTreeMap<Field, Resolved>), String> {
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let members: Vec<RecordId> = document.members.into_iter().map(RecordId::from_uuid).collect();
    let member = |place: usize| members.get(place).copied().ok_or_else(|| "a member is missing".to_owned());
    let mut fields = BTreeMap::new();
    for one in document.fields {
        let origin = match one.origin {
            From::Member(place, kind, path) => Origin::Record { record: member(place)?, at: pointer(&kind, path)? },
            From::Ruling(id) => Origin::Ruling(RulingId::from_uuid(id)),
            From::Derived => Origin::Derivation,
        };
        let provenance = Provenance {
            origin,
            rule: Rule::from_name(&one.rule).ok_or_else(|| unknown("rule", &one.rule))?,
            note: one.note.map(|note| Cow::Owned(note.into_owned())),
            agreement: Agreement::from_name(&one.agreement).ok_or_else(|| unknown("agreement", &one.agreement))?,
            pin: one.pin.map(RulingId::from_uuid),
        };
        let alternatives = one
            .alternatives
            .into_iter()
            .map(|(place, said)| Ok(Alternative { record: member(place)?, value: said.value()? }))
            .collect::<Result<_, String>>()?;
        fields.insert(field(&one.field)?, Resolved { value: one.value.value()?, provenance, alternatives });
    }
    Ok((members, fields))
}
