//! Values and pointers.

use std::borrow::Cow;

use chrono::DateTime;
use domain::{ArtifactKind, Field, Milli, Point, Pointer, Sport, Value, Visibility};
use serde::{Deserialize, Serialize};

/// A value with its kind for a key.
#[derive(Serialize, Deserialize)]
pub(super) enum Said<'a> {
    #[serde(rename = "t", borrow)]
    Text(Cow<'a, str>),
    #[serde(rename = "n")]
    Number(i64),
    #[serde(rename = "i")]
    Instant(i64),
    #[serde(rename = "s", borrow)]
    Sport(Cow<'a, str>),
    #[serde(rename = "f")]
    Flag(bool),
    #[serde(rename = "v", borrow)]
    Visibility(Cow<'a, str>),
    #[serde(rename = "p")]
    Point(i32, i32),
}

impl<'a> Said<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(Cow::Borrowed(text)),
            Value::Number(number) => Self::Number(number.thousandths()),
            Value::Instant(instant) => Self::Instant(instant.timestamp_micros()),
            Value::Sport(sport) => Self::Sport(Cow::Borrowed(sport.name())),
            Value::Flag(flag) => Self::Flag(*flag),
            Value::Visibility(visibility) => Self::Visibility(Cow::Borrowed(visibility.name())),
            Value::Point(point) => {
                let (latitude, longitude) = point.e7();
                Self::Point(latitude, longitude)
            }
        }
    }

    pub(super) fn value(self) -> Result<Value, String> {
        Ok(match self {
            Self::Text(text) => Value::Text(text.into_owned()),
            Self::Number(thousandths) => Value::Number(Milli::new(thousandths)),
            Self::Instant(micros) => Value::Instant(instant(micros)?),
            Self::Sport(name) => Value::Sport(Sport::from_name(&name).ok_or_else(|| unknown("sport", &name))?),
            Self::Flag(flag) => Value::Flag(flag),
            Self::Visibility(name) => {
                Value::Visibility(Visibility::from_name(&name).ok_or_else(|| unknown("visibility", &name))?)
            }
            Self::Point(latitude, longitude) => Value::Point(Point::from_e7(latitude, longitude)),
        })
    }
}

pub(super) fn instant(micros: i64) -> Result<DateTime<chrono::Utc>, String> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| format!("{micros} is no instant"))
}

pub(super) fn unknown(what: &str, name: &str) -> String {
    format!("there is no {what} called {name}")
}

pub(super) fn field(name: &str) -> Result<Field, String> {
    Field::from_name(name).ok_or_else(|| unknown("field", name))
}

pub(super) fn kind(name: &str) -> Result<ArtifactKind, String> {
    ArtifactKind::from_name(name).ok_or_else(|| unknown("artifact kind", name))
}

pub(super) fn pointer(kind_name: &str, path: Cow<'_, str>) -> Result<Pointer, String> {
    Ok(Pointer::new(kind(kind_name)?, path.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_comes_back() {
        let values = [
            Value::Text("\"quoted\" – ü".to_owned()),
            Value::Number(Milli::new(-1)),
            Value::Instant(DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap()),
            Value::Sport(Sport::EMountainBikeRide),
            Value::Flag(true),
            Value::Visibility(Visibility::OnlyMe),
            Value::Point(Point::from_e7(-1, 1_799_999_999)),
        ];
        for value in values {
            let text = serde_json::to_string(&Said::of(&value)).unwrap();
            let back: Said<'_> = serde_json::from_str(&text).unwrap();
            assert_eq!(back.value(), Ok(value), "{text}");
        }
    }
}
