//! One element of a list of activities and its file, read. The export's units are nobody else's: milliseconds,
//! centimetres, tenths of metres a second, kilojoules.

use chrono::{DateTime, Utc};
use domain::{
    ArtifactKind, ExternalId, Field, Fingerprint, IdentityKeys, Multisport, Point, Pointer, Sport, StartPrecision,
    Value, Visibility, to_micros,
};
use serde_json::{Map, Value as Json};

use super::row::{begin_ms, id, is_parent, number};
use crate::archive::{fill, prose};
use crate::file::{self, FileContent, Session, Sheet, label};
use crate::garmin::sport::{is_indoor, sport_of_type_key};
use crate::{Defect, Mapped, RawActivity, Unreadable};

/// How far distance, time and speed may be from each other: the list's speed is over the timer, rounded.
const SAME_SPEED: f64 = 0.05;

/// Kilojoules in a kilocalorie.
const KJ_PER_KCAL: f64 = 4.184;

/// Kilocalories a minute that a person can spend.
const HUMAN_KCAL_PER_MINUTE: std::ops::RangeInclusive<f64> = 1.0..=30.0;

/// Members that are a number; the factor leads to the field's unit.
const NUMBERS: [(&str, Field, f64); 28] = [
    ("elevationGain", Field::ElevationGainM, 0.01),
    ("elevationLoss", Field::ElevationLossM, 0.01),
    ("minElevation", Field::ElevationMinM, 0.01),
    ("maxElevation", Field::ElevationMaxM, 0.01),
    ("avgHr", Field::AverageHeartRateBpm, 1.0),
    ("maxHr", Field::MaxHeartRateBpm, 1.0),
    ("avgPower", Field::AveragePowerW, 1.0),
    ("maxPower", Field::MaxPowerW, 1.0),
    ("normPower", Field::NormalizedPowerW, 1.0),
    // Both feet; the field counts one.
    ("avgDoubleCadence", Field::AverageCadenceRpm, 0.5),
    ("maxDoubleCadence", Field::MaxCadenceRpm, 0.5),
    ("avgRunCadence", Field::AverageCadenceRpm, 1.0),
    ("maxRunCadence", Field::MaxCadenceRpm, 1.0),
    ("avgBikeCadence", Field::AverageCadenceRpm, 1.0),
    ("maxBikeCadence", Field::MaxCadenceRpm, 1.0),
    ("aerobicTrainingEffect", Field::AerobicTrainingEffect, 1.0),
    ("anaerobicTrainingEffect", Field::AnaerobicTrainingEffect, 1.0),
    ("activityTrainingLoad", Field::TrainingLoad, 1.0),
    ("vO2MaxValue", Field::Vo2Max, 1.0),
    ("avgStrideLength", Field::AverageStrideLengthM, 0.01),
    ("avgVerticalOscillation", Field::AverageVerticalOscillationCm, 1.0),
    ("avgGroundContactTime", Field::AverageGroundContactTimeMs, 1.0),
    ("avgRespirationRate", Field::AverageRespirationRate, 1.0),
    ("poolLength", Field::PoolLengthM, 0.01),
    ("strokes", Field::Strokes, 1.0),
    ("workoutRpe", Field::PerceivedExertion, 0.1),
    ("lapCount", Field::Laps, 1.0),
    ("avgTemperature", Field::AverageTemperatureC, 1.0),
];

/// Reads a record of Garmin's account export: one element of `summarizedActivitiesExport`, and its FIT file.
///
/// # Errors
/// [`Unreadable`] where the element is none, or does not say when the activity began and how long it took.
pub fn map_archive(raw: &RawActivity) -> Result<Mapped, Unreadable> {
    let document = raw
        .artifact(ArtifactKind::ArchiveRow)
        .ok_or_else(|| Unreadable::because("the record has no element of a list of activities"))?;
    let Ok(Json::Object(element)) = serde_json::from_slice::<Json>(&document.bytes) else {
        return Err(Unreadable::because("the record's element of the list of activities is no JSON object"));
    };
    let mut reader = ElementReader { element: &element, sheet: Sheet::new(ArtifactKind::ArchiveRow) };
    let source_sport = reader.read();
    let multisport = reader.multisport();
    let serial = id(reader.get("deviceId")).and_then(|device| device.parse().ok());
    let (readings, defects) = reader.sheet.into_parts();
    let unknown = || Unreadable::because("the element does not say when the activity began and how long it took");
    let fingerprint = Fingerprint::of(&readings, StartPrecision::Second, serial).ok_or_else(unknown)?;
    let url = Some(format!("https://connect.garmin.com/modern/activity/{}", raw.external_id));
    let mut mapped =
        Mapped { readings, keys: IdentityKeys::default(), fingerprint, source_sport, url, multisport, defects };
    let precision = add_file(raw, &mut mapped);
    if mapped.source_sport.is_some() {
        let at = Pointer::new(ArtifactKind::ArchiveRow, "/activityType");
        mapped.readings.set_if_absent(Field::SportType, Value::Sport(Sport::Other), at);
    }
    mapped.fingerprint =
        Fingerprint::of(&mapped.readings, precision, mapped.fingerprint.device_serial).ok_or_else(unknown)?;
    Ok(mapped)
}

struct ElementReader<'a> {
    element: &'a Map<String, Json>,
    sheet: Sheet,
}

impl ElementReader<'_> {
    fn get(&self, key: &str) -> &Json {
        self.element.get(key).unwrap_or(&Json::Null)
    }

    fn number(&mut self, key: &str) -> Option<f64> {
        let value = self.get(key);
        let found = number(value);
        if found.is_none() && !value.is_null() {
            self.sheet.defect(format!("/{key}"), "it is no number");
        }
        found
    }

    fn read(&mut self) -> Option<String> {
        self.time();
        let source_sport = self.sport();
        self.distance_and_speed();
        self.energy();
        for (key, field, factor) in NUMBERS {
            let found = self.number(key).map(|number| number * factor);
            self.sheet.number(field, found, format!("/{key}"));
        }
        let name = self.get("name").as_str().and_then(label);
        self.sheet.set(Field::Name, name.map(Value::Text), "/name");
        let description = self.get("description").as_str().and_then(prose);
        self.sheet.set(Field::Description, description.map(Value::Text), "/description");
        if let Some(manual) = self.get("manualActivity").as_bool() {
            self.sheet.set(Field::Manual, Some(Value::Flag(manual)), "/manualActivity");
        }
        for (field, latitude, longitude) in
            [(Field::StartPoint, "startLatitude", "startLongitude"), (Field::EndPoint, "endLatitude", "endLongitude")]
        {
            let place = self.number(latitude).zip(self.number(longitude));
            let place = place.and_then(|(latitude, longitude)| Point::from_degrees(latitude, longitude));
            self.sheet.set(field, place.map(Value::Point), format!("/{latitude}"));
        }
        let visibility = match self.get("rule").as_str().unwrap_or_default() {
            "private" => Some(Visibility::OnlyMe),
            "subscribers" | "groups" | "followers" | "connections" => Some(Visibility::Followers),
            "public" => Some(Visibility::Everyone),
            _ => None,
        };
        self.sheet.set(Field::Visibility, visibility.map(Value::Visibility), "/rule");
        source_sport
    }

    fn time(&mut self) {
        let begin = begin_ms(self.get("beginTimestamp"), self.get("startTimeGmt"));
        if let Some((ms, at)) = begin {
            let instant = DateTime::<Utc>::from_timestamp_millis(ms as i64).map(to_micros);
            let believed = instant.filter(|start| (1980..2100).contains(&chrono::Datelike::year(start)));
            match believed {
                Some(start) => self.sheet.set(Field::StartTimeUtc, Some(Value::Instant(start)), at),
                None => self.sheet.defect(at, "it is no date that can be believed"),
            }
        }
        let gmt = self.number("startTimeGmt").or(begin.map(|(ms, _)| ms));
        let offset = self.number("startTimeLocal").zip(gmt).map(|(local, gmt)| (local - gmt) / 1000.0);
        self.sheet.number(Field::UtcOffsetS, offset, "/startTimeLocal");
        for (key, field) in [
            ("elapsedDuration", Field::ElapsedTimeS),
            ("duration", Field::ElapsedTimeS),
            ("movingDuration", Field::MovingTimeS),
            ("duration", Field::MovingTimeS),
        ] {
            // Indoors nothing moves: the timer then tells.
            let seconds = self.number(key).filter(|ms| *ms != 0.0).map(|ms| ms / 1000.0);
            self.sheet.number(field, seconds, format!("/{key}"));
        }
    }

    fn sport(&mut self) -> Option<String> {
        let key = self.get("activityType").as_str().and_then(label)?;
        match sport_of_type_key(&key) {
            Some(sport) => self.sheet.set(Field::SportType, Some(Value::Sport(sport)), "/activityType"),
            // The file may know it better.
            None => self.sheet.defect("/activityType", "it is no sport that is known"),
        }
        if is_indoor(&key) {
            self.sheet.set(Field::Indoor, Some(Value::Flag(true)), "/activityType");
        }
        Some(key)
    }

    fn multisport(&self) -> Option<Multisport> {
        if is_parent(self.get("parent"), self.get("activityType")) {
            return Some(Multisport::Parent);
        }
        id(self.get("parentId")).map(|parent| Multisport::Leg { parent: ExternalId::new(parent) })
    }

    /// Garmin writes 0 where there is no distance: it is then left out, and the speeds with it.
    fn distance_and_speed(&mut self) {
        let metres = self.number("distance").filter(|cm| *cm != 0.0).map(|cm| cm * 0.01);
        self.sheet.number(Field::DistanceM, metres, "/distance");
        let Some(average) = self.number("avgSpeed").filter(|speed| *speed != 0.0) else { return };
        let seconds: Vec<f64> = ["duration", "movingDuration", "elapsedDuration"]
            .into_iter()
            .filter_map(|key| self.number(key).filter(|ms| *ms > 0.0).map(|ms| ms / 1000.0))
            .collect();
        let agrees = |factor: f64| {
            let near = |speed: f64| (average * factor - speed).abs() <= speed * SAME_SPEED;
            metres.is_none_or(|metres| seconds.is_empty() || seconds.iter().any(|seconds| near(metres / seconds)))
        };
        // Centimetres a millisecond, or metres a second in newer rows.
        match [10.0, 1.0].into_iter().find(|factor| agrees(*factor)) {
            Some(factor) => {
                self.sheet.number(Field::AverageSpeedMps, Some(average * factor), "/avgSpeed");
                let highest = self.number("maxSpeed").filter(|speed| *speed != 0.0).map(|speed| speed * factor);
                self.sheet.number(Field::MaxSpeedMps, highest, "/maxSpeed");
            }
            None => self.sheet.defect("/avgSpeed", "it does not agree with distance and time: its unit is unknown"),
        }
    }

    /// Kilojoules, as far as known; where those would be too few for a person, they are kilocalories.
    fn energy(&mut self) {
        let Some(written) = self.number("calories") else { return };
        let minutes = self.number("duration").filter(|ms| *ms > 0.0).map(|ms| ms / 60_000.0);
        let human = |kcal: f64| minutes.is_none_or(|minutes| HUMAN_KCAL_PER_MINUTE.contains(&(kcal / minutes)));
        let converted = written / KJ_PER_KCAL;
        let kcal = if !human(converted) && human(written) { written } else { converted };
        self.sheet.number(Field::EnergyKcal, Some(kcal), "/calories");
    }
}

/// Adds what the element lacks and its file has; and says how exactly the start is known.
fn add_file(raw: &RawActivity, mapped: &mut Mapped) -> StartPrecision {
    let Some(artifact) = raw.artifacts.iter().find(|artifact| artifact.kind.is_file()) else {
        return StartPrecision::Second;
    };
    let mut defect = |problem: String| mapped.defects.push(Defect { at: Pointer::new(artifact.kind, ""), problem });
    let session: Option<Session> = match file::read(&artifact.bytes) {
        Ok(FileContent::Activity(sessions)) => sessions.into_iter().find(|session| session.index == raw.session_index),
        Ok(FileContent::NotActivity { what }) => {
            defect(format!("the file holds no activity but {what}"));
            return StartPrecision::Second;
        }
        Err(unreadable) => {
            defect(unreadable.reason);
            return StartPrecision::Second;
        }
    };
    let Some(Session { mapped: read, .. }) = session else {
        defect(format!("the file has no session {}", raw.session_index));
        return StartPrecision::Second;
    };
    fill(&mut mapped.readings, &read.readings, true);
    let start = mapped.fingerprint.start;
    mapped.keys = read.keys;
    mapped.fingerprint.device_serial = mapped.fingerprint.device_serial.or(read.fingerprint.device_serial);
    mapped.defects.extend(read.defects);
    let apart = (read.fingerprint.start - start).num_seconds().abs();
    // An edit on Garmin's site cuts the start to the minute.
    if start.timestamp() % 60 == 0 && apart > 1 { StartPrecision::Minute } else { StartPrecision::Second }
}
