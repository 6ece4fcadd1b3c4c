//! The values of an activity by kind.

use async_graphql::SimpleObject;
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use domain::{Field, Milli, Point, Value};
use hub::ActivityRow;

use crate::graphql::word::Word;

/// A place on Earth, in degrees.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct GeoPoint {
    /// Degrees north of the equator; south is negative.
    latitude: f64,
    /// Degrees east of Greenwich; west is negative.
    longitude: f64,
}

impl GeoPoint {
    fn of(point: Point) -> Self {
        let (latitude, longitude) = point.degrees();
        Self { latitude, longitude }
    }
}

/// The values of a row by kind. A field that is not there, or holds another kind, is null.
pub(super) trait Values {
    fn value(&self, field: Field) -> Option<&Value>;

    fn text(&self, field: Field) -> Option<&str> {
        match self.value(field) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn number(&self, field: Field) -> Option<f64> {
        self.value(field).and_then(Value::number).map(Milli::as_f64)
    }

    fn int(&self, field: Field) -> Option<i32> {
        let number = self.value(field).and_then(Value::number)?;
        i32::try_from(number.thousandths() / 1000).ok()
    }

    /// What the clock on the wall showed at the start, where the offset is known.
    fn local_start(&self) -> Option<NaiveDateTime> {
        let offset = Duration::seconds(self.int(Field::UtcOffsetS)?.into());
        self.instant(Field::StartTimeUtc)?.naive_utc().checked_add_signed(offset)
    }

    fn flag(&self, field: Field) -> Option<bool> {
        match self.value(field) {
            Some(Value::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    fn point(&self, field: Field) -> Option<GeoPoint> {
        match self.value(field) {
            Some(Value::Point(point)) => Some(GeoPoint::of(*point)),
            _ => None,
        }
    }

    fn visibility(&self, field: Field) -> Option<Word<domain::Visibility>> {
        match self.value(field) {
            Some(Value::Visibility(visibility)) => Some(Word(*visibility)),
            _ => None,
        }
    }

    fn instant(&self, field: Field) -> Option<DateTime<Utc>> {
        match self.value(field) {
            Some(Value::Instant(instant)) => Some(*instant),
            _ => None,
        }
    }
}

impl Values for ActivityRow {
    fn value(&self, field: Field) -> Option<&Value> {
        self.activity.value(field)
    }
}
