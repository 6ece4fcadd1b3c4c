//! One field's value in a record, and where it stood.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::{ArtifactKind, Field, Value};

/// Where a value stood: in which of the record's artifacts, and at which path in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// Which of the record's artifacts.
    pub artifact: ArtifactKind,
    /// A JSON pointer (`/distance`), a CSV column by name and occurrence (`Distance#2`), a FIT message and field
    /// (`session[0].total_distance`), or an XML path (`Activities/Activity[0]/Lap[*]/DistanceMeters`).
    pub path: Cow<'static, str>,
}

impl Pointer {
    /// A pointer into that artifact.
    pub fn new(artifact: ArtifactKind, path: impl Into<Cow<'static, str>>) -> Self {
        Self { artifact, path: path.into() }
    }
}

/// One field's value and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The value, in the field's unit.
    pub value: Value,
    /// Where it stood.
    pub at: Pointer,
}

/// All that a record says, by field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readings(BTreeMap<Field, Reading>);

impl Readings {
    /// None yet.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a field; a later reading of the same field replaces the earlier.
    pub fn set(&mut self, field: Field, value: Value, at: Pointer) {
        self.0.insert(field, Reading { value, at });
    }

    /// Sets a field that has no reading yet: for the second artifact of a record, which fills what the first lacks.
    pub fn set_if_absent(&mut self, field: Field, value: Value, at: Pointer) {
        self.0.entry(field).or_insert(Reading { value, at });
    }

    /// Forgets a field.
    pub fn remove(&mut self, field: Field) {
        self.0.remove(&field);
    }

    /// The reading of a field.
    pub fn get(&self, field: Field) -> Option<&Reading> {
        self.0.get(&field)
    }

    /// The value of a field.
    pub fn value(&self, field: Field) -> Option<&Value> {
        self.0.get(&field).map(|reading| &reading.value)
    }

    /// The number of a field.
    pub fn number(&self, field: Field) -> Option<crate::Milli> {
        self.value(field).and_then(Value::number)
    }

    /// Every reading, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &Reading)> {
        self.0.iter().map(|(field, reading)| (*field, reading))
    }

    /// How many fields have a reading.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no field has a reading.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
