//! One answer's account of an activity.

use domain::{ExternalId, Field, Multisport, Point, Readings, Sport, Value, Visibility, to_micros};
use serde_json::{Map, Value as Json};

use super::words::Words;
use crate::Defect;
use crate::archive::{fill, prose};
use crate::file::{Sheet, label};
use crate::garmin::archive::{id, number};
use crate::garmin::connect::list::instant;
use crate::garmin::sport::{is_indoor, sport_of_type_key};

/// Lists of 2018 to 2021 tell elapsed time in milliseconds: it is then this many times the timer at least
/// (`garmin.md` §5.1).
const MILLISECONDS: f64 = 100.0;

/// The longest recording that is believed, in seconds.
const LONGEST_S: f64 = 31.0 * 86_400.0;

/// The highest place in metres: what is higher is told in centimetres.
const HIGHEST_M: f64 = 9_000.0;

/// The longest pool in metres: what is longer is told in centimetres.
const LONGEST_POOL_M: f64 = 200.0;

/// What one answer says.
pub struct Account {
    /// Every field that was found.
    pub readings: Readings,
    /// What could not be read.
    pub defects: Vec<Defect>,
    /// Garmin's own word for the sport.
    pub source_sport: Option<String>,
    /// Its place in a multisport activity.
    pub multisport: Option<Multisport>,
    /// The recording device's unit id.
    pub serial: Option<u32>,
}

impl Account {
    /// Reads an answer.
    pub fn read(document: &Map<String, Json>, words: &Words) -> Self {
        let mut reader = Reader { document, words, sheet: Sheet::new(words.kind) };
        reader.start();
        reader.times();
        let source_sport = reader.sport();
        reader.distance_and_speed();
        reader.elevation();
        for (path, field, factor) in words.numbers {
            let found = reader.number(path).map(|number| number * factor);
            reader.sheet.number(*field, found, *path);
        }
        reader.pool();
        reader.words();
        reader.places();
        let multisport = reader.multisport();
        let serial = reader.at(words.device).and_then(id).and_then(|device| device.parse().ok());
        let (readings, defects) = reader.sheet.into_parts();
        Self { readings, defects, source_sport, multisport, serial }
    }

    /// Adds what this one lacks and another has; fields that belong together come from one of the two.
    pub fn add(&mut self, other: Self) {
        fill(&mut self.readings, &other.readings, true);
        self.defects.extend(other.defects);
        self.source_sport = self.source_sport.take().or(other.source_sport);
        self.multisport = self.multisport.take().or(other.multisport);
        self.serial = self.serial.or(other.serial);
    }
}

struct Reader<'a> {
    document: &'a Map<String, Json>,
    words: &'a Words,
    sheet: Sheet,
}

impl Reader<'_> {
    /// What stands at a JSON pointer; nothing for null, which older answers write for what newer ones leave out.
    fn at(&self, path: &str) -> Option<&Json> {
        let (first, rest) =
            path.strip_prefix('/')?.split_once('/').map_or((path.get(1..)?, None), |(a, b)| (a, Some(b)));
        let found = self.document.get(first)?;
        let found = rest.map_or(Some(found), |rest| found.pointer(&format!("/{rest}")))?;
        (!found.is_null()).then_some(found)
    }

    /// The pointer of a measure, which details keep one level deeper.
    fn measure(&self, key: &str) -> String {
        format!("{}/{key}", self.words.within)
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.at(path).and_then(Json::as_str)
    }

    fn number(&mut self, path: &str) -> Option<f64> {
        let value = self.at(path)?;
        let found = number(value).filter(|number| number.is_finite());
        if found.is_none() {
            self.sheet.defect(path.to_owned(), "it is no number");
        }
        found.map(narrow)
    }

    /// A measure of which 0 means that there is none.
    fn positive(&mut self, key: &str) -> Option<f64> {
        self.number(&self.measure(key)).filter(|number| *number > 0.0)
    }

    fn start(&mut self) {
        let gmt = self.measure("startTimeGMT");
        let begun = self.text(&gmt).and_then(instant);
        if begun.is_none() && self.at(&gmt).is_some() {
            self.sheet.defect(gmt.clone(), "it is no date");
        }
        // Absent where it is the whole of a multisport activity.
        let stamp = self.number("/beginTimestamp").filter(|ms| *ms > 0.0);
        let stamped = stamp.and_then(|ms| chrono::DateTime::from_timestamp_millis(ms as i64));
        let (start, path) = match (begun, stamped) {
            (Some(begun), _) => (begun, gmt),
            (None, Some(stamped)) => (stamped, "/beginTimestamp".to_owned()),
            (None, None) => return,
        };
        if !(1980..2100).contains(&chrono::Datelike::year(&start)) {
            return self.sheet.defect(path, "it is no date that can be believed");
        }
        self.sheet.set(Field::StartTimeUtc, Some(Value::Instant(to_micros(start))), path);
        let local = self.measure("startTimeLocal");
        let offset = self.text(&local).and_then(instant).map(|local| (local - start).num_seconds() as f64);
        self.sheet.number(Field::UtcOffsetS, offset, local);
    }

    fn times(&mut self) {
        let timer = self.positive("duration");
        let divisor = if self.is_old() { 1000.0 } else { 1.0 };
        let elapsed = self.positive("elapsedDuration").map(|elapsed| elapsed / divisor);
        self.sheet.number(Field::ElapsedTimeS, elapsed, self.measure("elapsedDuration"));
        self.sheet.number(Field::ElapsedTimeS, timer, self.measure("duration"));
        // Indoors nothing moves: the timer then tells.
        let moving = self.positive("movingDuration");
        self.sheet.number(Field::MovingTimeS, moving, self.measure("movingDuration"));
        self.sheet.number(Field::MovingTimeS, timer, self.measure("duration"));
    }

    /// Whether it is a list's element of the years that told elapsed time in milliseconds, and the lowest and the
    /// highest point in centimetres. Details never did.
    fn is_old(&mut self) -> bool {
        if !self.words.within.is_empty() {
            return false;
        }
        let Some(elapsed) = self.positive("elapsedDuration") else { return false };
        // Newer elements say when it ended, and so which unit is meant.
        let ended = self.text("/endTimeGMT").and_then(instant).zip(self.text("/startTimeGMT").and_then(instant));
        if let Some((end, start)) = ended {
            let span = (end - start).num_milliseconds() as f64 / 1000.0;
            if span > 0.0 {
                return (elapsed / 1000.0 - span).abs() < (elapsed - span).abs();
            }
        }
        // Elapsed time is never much shorter than the timer: a long pause alone makes no milliseconds.
        let fits = |timer: f64| elapsed > MILLISECONDS * timer && elapsed / 1000.0 > timer * 0.99;
        self.positive("duration").map_or(elapsed > LONGEST_S, fits)
    }

    fn elevation(&mut self) {
        let old = self.is_old();
        for (key, field) in [("minElevation", Field::ElevationMinM), ("maxElevation", Field::ElevationMaxM)] {
            let path = self.measure(key);
            let written = self.number(&path);
            let metres = written.map(|metres| if old || metres > HIGHEST_M { metres / 100.0 } else { metres });
            self.sheet.number(field, metres, path);
        }
    }

    /// Garmin writes 0 where there is no distance: it is then left out, and the speeds with it.
    fn distance_and_speed(&mut self) {
        for (key, field) in
            [("distance", Field::DistanceM), ("averageSpeed", Field::AverageSpeedMps), ("maxSpeed", Field::MaxSpeedMps)]
        {
            let found = self.positive(key);
            self.sheet.number(field, found, self.measure(key));
        }
    }

    fn pool(&mut self) {
        let written = self.positive("poolLength");
        let metres = written.map(|length| if length > LONGEST_POOL_M { length / 100.0 } else { length });
        self.sheet.number(Field::PoolLengthM, metres, self.measure("poolLength"));
    }

    fn sport(&mut self) -> Option<String> {
        let path = self.words.sport;
        let key = self.text(path).and_then(label)?;
        match sport_of_type_key(&key) {
            Some(sport) => self.sheet.set(Field::SportType, Some(Value::Sport(sport)), path),
            // The file may know it better.
            None => self.sheet.defect(path, "it is no sport that is known"),
        }
        if is_indoor(&key) {
            self.sheet.set(Field::Indoor, Some(Value::Flag(true)), path);
        }
        Some(key)
    }

    fn words(&mut self) {
        let name = self.text("/activityName").and_then(label);
        self.sheet.set(Field::Name, name.map(Value::Text), "/activityName");
        let description = self.text("/description").and_then(prose);
        self.sheet.set(Field::Description, description.map(Value::Text), "/description");
        let manual = self.at(self.words.manual).and_then(Json::as_bool);
        self.sheet.set(Field::Manual, manual.map(Value::Flag), self.words.manual);
        let visibility = match self.text(self.words.privacy).unwrap_or_default() {
            "private" => Some(Visibility::OnlyMe),
            "subscribers" | "groups" | "followers" | "connections" => Some(Visibility::Followers),
            "public" => Some(Visibility::Everyone),
            _ => None,
        };
        self.sheet.set(Field::Visibility, visibility.map(Value::Visibility), self.words.privacy);
    }

    fn places(&mut self) {
        for (field, latitude, longitude) in
            [(Field::StartPoint, "startLatitude", "startLongitude"), (Field::EndPoint, "endLatitude", "endLongitude")]
        {
            let (latitude, longitude) = (self.measure(latitude), self.measure(longitude));
            let place = self.at(&latitude).and_then(number).zip(self.at(&longitude).and_then(number));
            let place = place.and_then(|(latitude, longitude)| Point::from_degrees(latitude, longitude));
            self.sheet.set(field, place.map(Value::Point), latitude);
        }
    }

    fn multisport(&self) -> Option<Multisport> {
        let whole = self.at(self.words.is_parent).and_then(Json::as_bool) == Some(true)
            || self.text(self.words.sport).and_then(sport_of_type_key) == Some(Sport::Multisport);
        if whole {
            return Some(Multisport::Parent);
        }
        self.at("/parentId").and_then(id).map(|parent| Multisport::Leg { parent: ExternalId::new(parent) })
    }
}

/// Garmin widens its 32-bit floats: 4261.19 is written as 4261.18994140625. A number that is such a float is the
/// shortest decimal that is the same float.
fn narrow(number: f64) -> f64 {
    let float = number as f32;
    if f64::from(float) == number { float.to_string().parse().unwrap_or(number) } else { number }
}

#[cfg(test)]
mod tests {
    use super::narrow;

    #[test]
    fn widened_floats_are_what_they_were() {
        for (written, meant) in [
            (4_261.189_941_406_25, 4_261.19),
            (2.700_000_047_683_716, 2.7),
            (338.299_987_792_968_75, 338.3),
            (8_225.530_273_437_5, 8_225.53),
            // Never was a float of 32 bits.
            (38_351.408_994_674_68, 38_351.408_994_674_68),
            (25.0, 25.0),
            (1e300, 1e300),
        ] {
            assert_eq!(narrow(written), meant);
        }
    }
}
