//! Pins: a person's word on where a field's value comes from.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Value as Json};
use domain::{ActivityId, Decision, Field, Milli, PinTo, Point, Sport, Unit, Value, Visibility};

use super::activity::Activity;
use super::context::asker;
use super::error::{Failure, Outcome};
use super::field::FieldProvenance;
use super::node::parsed;
use super::scalar::{FieldValue, SourceSlug};
use super::word::Word;
use crate::auth::Scope;

/// A field to hold, by source or by value.
#[derive(Debug, InputObject)]
pub struct PinFieldInput {
    /// The id of the activity.
    activity_id: ID,
    /// Which field.
    field: Word<Field>,
    /// Take the value from this source. Either this or `value`.
    source: Option<SourceSlug>,
    /// Take this value, in the field's own JSON type.
    value: Option<FieldValue>,
    /// Why, in words, for whoever reads the history later.
    reason: String,
}

/// The activity as it stands now.
#[derive(SimpleObject)]
pub struct PinFieldPayload {
    /// The activity as it stands now.
    activity: Activity,
    /// The field as it stands now.
    provenance: FieldProvenance,
}

/// Deeds about fields.
#[derive(Default)]
pub struct PinMutation;

#[Object]
impl PinMutation {
    /// Holds a field to a source or to a value, whatever the policy says. Replaces an earlier pin of the same field.
    /// Needs the scope reconciliation:write.
    async fn pin_field(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which field, to what, and why.")] input: PinFieldInput,
    ) -> Outcome<PinFieldPayload> {
        let asker = asker(ctx);
        let view = asker.view(Scope::ReconciliationWrite)?;
        let missing = || Failure::missing("activity", &input.activity_id);
        let id: ActivityId = parsed(&input.activity_id).ok_or_else(missing)?;
        let athlete = view.activity(id).await?.ok_or_else(missing)?.activity.athlete;
        let field = input.field.0;
        let to = match (input.source, input.value) {
            (Some(source), None) => PinTo::Source(source.0),
            (None, Some(value)) => PinTo::Value(
                read(field, &value.0)
                    .ok_or_else(|| Failure::Invalid(format!("`value` is nothing that {} can hold.", field.name())))?,
            ),
            _ => return Err(Failure::Invalid("A pin needs either `source` or `value`.".to_owned())),
        };
        let decision = Decision::Pin { activity: id, field, to };
        asker.app.hub.rule(athlete, decision, &asker.principal.client_id, &input.reason).await?;
        if let Ok(reader) = asker.reader() {
            reader.forget();
        }
        let row = std::sync::Arc::new(view.activity(id).await?.ok_or_else(missing)?);
        Ok(PinFieldPayload { provenance: FieldProvenance::of(row.clone(), field), activity: Activity { id, row } })
    }
}

/// The value of a field from its JSON: what [`FieldValue::of`] writes.
fn read(field: Field, json: &Json) -> Option<Value> {
    let number = |json: &Json| match json {
        Json::Number(number) => number.as_f64(),
        _ => None,
    };
    if field.info().unit != Unit::None {
        return number(json).and_then(Milli::from_f64).map(Value::Number);
    }
    match (field, json) {
        (Field::SportType, Json::String(name)) => Sport::from_name(name).map(Value::Sport),
        (Field::SportType, Json::Enum(name)) => Sport::from_name(name).map(Value::Sport),
        (Field::Visibility, Json::String(name)) => Visibility::from_name(name).map(Value::Visibility),
        (Field::Visibility, Json::Enum(name)) => Visibility::from_name(name).map(Value::Visibility),
        (Field::StartTimeUtc, Json::String(text)) => {
            let instant = chrono::DateTime::parse_from_rfc3339(text).ok()?;
            Some(Value::Instant(domain::to_micros(instant.to_utc())))
        }
        (Field::StartPoint | Field::EndPoint, Json::Object(place)) if place.len() == 2 => {
            Point::from_degrees(number(place.get("latitude")?)?, number(place.get("longitude")?)?).map(Value::Point)
        }
        (Field::Commute | Field::Indoor | Field::Manual, Json::Boolean(flag)) => Some(Value::Flag(*flag)),
        (Field::Name | Field::Description | Field::Timezone | Field::Gear | Field::Device, Json::String(text)) => {
            let fits = (1..=10_000).contains(&text.chars().count()) && !text.contains('\0');
            fits.then(|| Value::Text(text.clone()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read_back_and_nothing_else_can() {
        for (field, value) in [
            (Field::Name, Value::Text("Evening ride".to_owned())),
            (Field::DistanceM, Value::Number(Milli::new(10_020_500))),
            (Field::ElapsedTimeS, Value::Number(Milli::from_units(3600))),
            (Field::SportType, Value::Sport(Sport::GravelRide)),
            (Field::Visibility, Value::Visibility(Visibility::OnlyMe)),
            (Field::Commute, Value::Flag(true)),
            (Field::StartPoint, Value::Point(Point::from_e7(10_000_000, -20_000_000))),
            (Field::StartTimeUtc, Value::Instant(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap())),
        ] {
            let json = FieldValue::of(&value).0;
            assert_eq!(read(field, &json), Some(value), "{}", field.name());
            for other in [Json::Null, Json::List(vec![json])] {
                assert_eq!(read(field, &other), None, "{}", field.name());
            }
        }
        assert_eq!(read(Field::DistanceM, &Json::from("far")), None);
        assert_eq!(read(Field::Name, &Json::from(1)), None);
        assert_eq!(read(Field::Name, &Json::from("")), None);
        assert_eq!(read(Field::SportType, &Json::from("CHESS")), None);
        assert_eq!(read(Field::OriginalFile, &Json::from("x")), None);
    }
}
