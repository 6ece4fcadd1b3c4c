//! Walks, and what came of them.

use std::collections::BTreeMap;
use std::path::Path;

use connectors::archive::{self, Item, Kind, Limits};
use connectors::{Mapped, RawActivity, registry};
use domain::{Field, Milli};

pub fn open(path: &Path) -> (Kind, Vec<Item>) {
    let import = archive::open(path, None, &Limits::default()).unwrap();
    (import.kind().clone(), import.collect())
}

pub fn activities(items: &[Item]) -> Vec<&RawActivity> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Activity { raw, .. } => Some(raw),
            _ => None,
        })
        .collect()
}

pub fn refusals(items: &[Item]) -> Vec<(&str, &str, bool)> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Refused { entry, reason, artifact } => Some((entry.as_str(), reason.as_str(), artifact.is_some())),
            _ => None,
        })
        .collect()
}

pub fn skips(items: &[Item]) -> BTreeMap<&str, usize> {
    let mut counted = BTreeMap::new();
    for item in items {
        if let Item::Skipped { reason, .. } = item {
            *counted.entry(reason.as_str()).or_default() += 1;
        }
    }
    counted
}

pub fn map(raw: &RawActivity) -> Mapped {
    (registry::mapper(&raw.source, raw.channel).unwrap())(raw).unwrap()
}

pub fn number(mapped: &Mapped, field: Field) -> Option<f64> {
    mapped.readings.number(field).map(Milli::as_f64)
}
