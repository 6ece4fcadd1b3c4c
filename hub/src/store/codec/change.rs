//! What changed of an activity, field by field.

use std::borrow::Cow;

use domain::SourceSlug;
use serde::{Deserialize, Serialize};

use super::VERSION;
use super::value::{Said, field};
use crate::history::FieldChange;

#[derive(Serialize, Deserialize)]
struct Document<'a> {
    v: u8,
    #[serde(borrow)]
    changes: Vec<Changed<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Changed<'a> {
    #[serde(rename = "f", borrow)]
    field: Cow<'a, str>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none", borrow)]
    before: Option<Said<'a>>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none", borrow)]
    after: Option<Said<'a>>,
    #[serde(rename = "sb", default, skip_serializing_if = "Option::is_none", borrow)]
    source_before: Option<Cow<'a, str>>,
    #[serde(rename = "sa", default, skip_serializing_if = "Option::is_none", borrow)]
    source_after: Option<Cow<'a, str>>,
}

/// The document of a revision's changes.
pub(crate) fn changes_document(changes: &[FieldChange]) -> String {
    let source = |slug: &'_ Option<SourceSlug>| slug.as_ref().map(|slug| Cow::Owned(slug.as_str().to_owned()));
    let changes = changes
        .iter()
        .map(|change| Changed {
            field: Cow::Borrowed(change.field.name()),
            before: change.before.as_ref().map(Said::of),
            after: change.after.as_ref().map(Said::of),
            source_before: source(&change.source_before),
            source_after: source(&change.source_after),
        })
        .collect();
    // Strings, integers and flags: there is nothing in it that JSON cannot hold.
    serde_json::to_string(&Document { v: VERSION, changes }).unwrap_or_default()
}

/// The changes that a document tells of.
pub(crate) fn read_changes(text: &str) -> Result<Vec<FieldChange>, String> {
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let source = |name: Option<Cow<'_, str>>| {
        name.map(|name| SourceSlug::parse(&name)).transpose().map_err(|error| error.to_string())
    };
    document
        .changes
        .into_iter()
        .map(|change| {
            Ok(FieldChange {
                field: field(&change.field)?,
                before: change.before.map(Said::value).transpose()?,
                after: change.after.map(Said::value).transpose()?,
                source_before: source(change.source_before)?,
                source_after: source(change.source_after)?,
            })
        })
        .collect()
}
