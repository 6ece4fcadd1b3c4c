//! JSON that is written already. The library has no such value; its bytes, which nothing in the schema uses, carry it
//! from the object that wrote it to the answer that sends it.

use std::io::Write as _;

use async_graphql::Value;
use async_graphql::parser::types::{Selection, SelectionSet};
use serde::Serialize;

use super::at_hand::{Plain, is_simple};
use super::scalar::FieldValue;

/// JSON that is being written: one value.
#[derive(Debug, Default)]
pub struct Written(Vec<u8>);

impl Written {
    /// Writes a value.
    pub fn put<T: Serialize + ?Sized>(&mut self, value: &T) {
        let before = self.0.len();
        // Words, numbers and flags, into memory: nothing of it can fail. If it did, the field would be null.
        if serde_json::to_writer(&mut self.0, value).is_err() {
            self.0.truncate(before);
            self.null();
        }
    }

    /// Writes null.
    pub fn null(&mut self) {
        self.0.extend_from_slice(b"null");
    }

    /// Writes a field's value in its own JSON type.
    pub fn value(&mut self, value: &domain::Value) {
        match value {
            domain::Value::Text(text) => self.put(text),
            domain::Value::Sport(sport) => self.put(sport.name()),
            domain::Value::Visibility(visibility) => self.put(visibility.name()),
            other => self.put(&FieldValue::of(other).0),
        }
    }

    /// Writes what is asked of an object. Nothing where not all of it is at hand.
    pub fn object<T: Plain>(&mut self, object: &T, asked: &SelectionSet) -> Option<()> {
        if is_simple(asked) { self.simple(object, asked) } else { None }
    }

    /// Writes what is asked of each object of a list. Nothing where not all of it is at hand.
    pub fn list<T: Plain>(
        &mut self,
        objects: impl Iterator<Item = Option<impl std::borrow::Borrow<T>>>,
        asked: &SelectionSet,
    ) -> Option<()> {
        if !is_simple(asked) {
            return None;
        }
        self.0.push(b'[');
        for (place, object) in objects.enumerate() {
            if place > 0 {
                self.0.push(b',');
            }
            self.simple(object?.borrow(), asked)?;
        }
        self.0.push(b']');
        Some(())
    }

    fn simple<T: Plain>(&mut self, object: &T, asked: &SelectionSet) -> Option<()> {
        self.0.push(b'{');
        for (place, selection) in asked.items.iter().enumerate() {
            let Selection::Field(field) = &selection.node else { return None };
            if place > 0 {
                self.0.push(b',');
            }
            // A name of the language has no letter that JSON would write otherwise.
            let _ = write!(self.0, "\"{}\":", field.node.response_key().node);
            object.plain(&field.node, self)?;
        }
        self.0.push(b'}');
        Some(())
    }
}

impl From<Written> for Value {
    fn from(written: Written) -> Self {
        Self::Binary(written.0.into())
    }
}

/// Writes a value of the library as JSON, and what was written already as it is.
///
/// # Errors
/// As [`serde_json::to_writer`].
pub fn write(value: &Value, to: &mut Vec<u8>) -> serde_json::Result<()> {
    match value {
        Value::Binary(written) => to.extend_from_slice(written),
        Value::List(items) => {
            to.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    to.push(b',');
                }
                write(item, to)?;
            }
            to.push(b']');
        }
        Value::Object(fields) => {
            to.push(b'{');
            for (place, (key, value)) in fields.iter().enumerate() {
                if place > 0 {
                    to.push(b',');
                }
                serde_json::to_writer(&mut *to, key.as_str())?;
                to.push(b':');
                write(value, to)?;
            }
            to.push(b'}');
        }
        leaf => serde_json::to_writer(to, leaf)?,
    }
    Ok(())
}
