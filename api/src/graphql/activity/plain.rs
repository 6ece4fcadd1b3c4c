//! The fields of an activity that are at hand.

use std::collections::HashMap;
use std::sync::LazyLock;

use async_graphql::parser::types::Field as Selected;
use domain::{Field, Status, Value};

use super::Activity;
use super::values::Values as _;
use crate::graphql::at_hand::Plain;
use crate::graphql::scalar::rfc3339;
use crate::graphql::written::Written;

/// The canonical fields by their names in the schema: what is called `DISTANCE_M` is answered as `distanceM`.
static FIELDS: LazyLock<HashMap<String, Field>> =
    LazyLock::new(|| Field::all().filter(|field| is_scalar(*field)).map(|field| (spelled(field), field)).collect());

/// Whether the schema has it as a scalar that says the value as it is. The others are counts and files, which the
/// schema tells otherwise, and whole numbers.
fn is_scalar(field: Field) -> bool {
    !matches!(
        field,
        Field::Laps
            | Field::Streams
            | Field::OriginalFile
            | Field::StartPoint
            | Field::EndPoint
            | Field::UtcOffsetS
            | Field::Strokes
    )
}

fn spelled(field: Field) -> String {
    let mut name = String::new();
    for (place, word) in field.name().split('_').enumerate() {
        match word.split_at_checked(1) {
            Some((first, rest)) if place > 0 => {
                name.push_str(first);
                name.push_str(&rest.to_ascii_lowercase());
            }
            _ => name.push_str(&word.to_ascii_lowercase()),
        }
    }
    name
}

impl Plain for Activity {
    fn plain(&self, field: &Selected, to: &mut Written) -> Option<()> {
        let name = field.name.node.as_str();
        if let Some(field) = FIELDS.get(name) {
            match self.row.value(*field) {
                Some(Value::Number(number)) => to.put(&number.as_f64()),
                Some(value) => to.value(value),
                // What every activity has and this one lacks is told by the resolver: as an error, or otherwise.
                None if matches!(field, Field::ElapsedTimeS | Field::StartTimeUtc | Field::SportType) => return None,
                None => to.null(),
            }
            return Some(());
        }
        match name {
            "id" => to.put(&self.id.to_string()),
            "status" => to.put(if self.is_former() { Status::Merged } else { self.row.activity.status }.name()),
            "revision" => to.put(&self.row.revision),
            "updatedAt" => to.put(&rfc3339(self.row.updated_at)),
            "createdAt" => to.put(&rfc3339(self.row.created_at)),
            _ => return None,
        }
        Some(())
    }
}
