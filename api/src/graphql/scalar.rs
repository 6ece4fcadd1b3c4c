//! Scalars.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use domain::{Milli, Point, to_micros};

/// An instant in UTC, RFC 3339, e.g. 2026-11-22T06:01:02Z.
#[derive(Debug, Clone, Copy)]
pub struct Instant(pub DateTime<Utc>);

/// As the API writes an instant.
pub(super) fn rfc3339(instant: DateTime<Utc>) -> String {
    // Fractions only where there are some.
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// An instant in UTC, RFC 3339, e.g. 2026-11-22T06:01:02Z.
#[Scalar(name = "DateTime", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for Instant {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        match DateTime::parse_from_rfc3339(text) {
            Ok(instant) => Ok(Self(to_micros(instant.with_timezone(&Utc)))),
            Err(_) => Err(InputValueError::custom("an instant is written as 2026-11-22T06:01:02Z (RFC 3339)")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(rfc3339(self.0))
    }
}

/// A wall-clock date and time without an offset, e.g. 2026-11-22T07:01:02.
#[derive(Debug, Clone, Copy)]
pub struct LocalDateTime(pub NaiveDateTime);

/// A wall-clock date and time without an offset, e.g. 2026-11-22T07:01:02.
#[Scalar]
impl ScalarType for LocalDateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        match text.parse() {
            Ok(local) => Ok(Self(local)),
            Err(_) => Err(InputValueError::custom("a local time is written as 2026-11-22T07:01:02")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
    }
}

/// A calendar date, e.g. 2026-11-22.
#[derive(Debug, Clone, Copy)]
pub struct Date(pub NaiveDate);

/// A calendar date, e.g. 2026-11-22.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            Ok(date) if text.len() == 10 => Ok(Self(date)),
            _ => Err(InputValueError::custom("a date is written as 2026-11-22")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

/// A canonical field's value in its own JSON type: a number in the field's unit, a string, a boolean, an enum's name,
/// or an object for a compound field.
#[derive(Debug, Clone)]
pub struct FieldValue(pub Value);

impl FieldValue {
    /// The value as JSON has it.
    pub fn of(value: &domain::Value) -> Self {
        Self(match value {
            domain::Value::Text(text) => Value::from(text.as_str()),
            domain::Value::Number(number) => number_value(*number),
            domain::Value::Instant(instant) => Value::from(rfc3339(*instant)),
            domain::Value::Sport(sport) => Value::from(sport.name()),
            domain::Value::Flag(flag) => Value::from(*flag),
            domain::Value::Visibility(visibility) => Value::from(visibility.name()),
            domain::Value::Point(point) => point_value(*point),
        })
    }
}

fn number_value(number: Milli) -> Value {
    match number.thousandths() {
        whole if whole % 1000 == 0 => Value::from(whole / 1000),
        _ => Value::from(number.as_f64()),
    }
}

fn point_value(point: Point) -> Value {
    let (latitude, longitude) = point.degrees();
    async_graphql::value!({ "latitude": latitude, "longitude": longitude })
}

/// A canonical field's value in its own JSON type: a number in the field's unit, a string, a boolean, an enum's name,
/// or an object for a compound field.
#[Scalar]
impl ScalarType for FieldValue {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

/// A JSON document as the source sent it.
#[derive(Debug, Clone)]
pub struct Json(pub Value);

/// A JSON document as the source sent it.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

/// A 64-bit count.
#[derive(Debug, Clone, Copy)]
pub struct Long(pub i64);

impl Long {
    /// A count that cannot be negative.
    pub fn count(number: u64) -> Self {
        Self(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// A 64-bit count.
#[Scalar]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => {
                number.as_i64().map(Self).ok_or_else(|| InputValueError::custom("a whole number of 64 bits"))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}

/// A source's short name, e.g. strava, garmin, file. A name, not an enum: a new source changes no client.
#[derive(Debug, Clone)]
pub struct SourceSlug(pub domain::SourceSlug);

/// A source's short name, e.g. strava, garmin, file. A name, not an enum: a new source changes no client.
#[Scalar]
impl ScalarType for SourceSlug {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        domain::SourceSlug::parse(text).map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_utc_with_a_z_and_fractions_only_where_there_are_some() {
        let whole = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        assert_eq!(Instant(whole).to_value(), Value::from("2027-01-15T08:00:00Z"));
        let parsed = Instant::parse(Value::from("2027-01-15T09:00:00.5+01:00")).unwrap_or_else(|_| panic!("refused"));
        assert_eq!(parsed.to_value(), Value::from("2027-01-15T08:00:00.500Z"));
        for wrong in ["2027-01-15", "2027-01-15T08:00:00", "yesterday", ""] {
            assert!(Instant::parse(Value::from(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_in_their_unit_and_whole_where_they_are_whole() {
        let json = |value: &domain::Value| serde_json::to_string(&FieldValue::of(value).to_value()).unwrap();
        assert_eq!(json(&domain::Value::Number(Milli::new(10_020_500))), "10020.5");
        assert_eq!(json(&domain::Value::Number(Milli::new(-3_000))), "-3");
        assert_eq!(json(&domain::Value::Flag(true)), "true");
        let point = domain::Value::Point(Point::from_e7(-15_000_000, 25_000_000));
        assert_eq!(json(&point), r#"{"latitude":-1.5,"longitude":2.5}"#);
    }
}
