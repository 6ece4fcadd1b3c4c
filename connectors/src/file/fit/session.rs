//! One FIT session as readings.

use domain::{ArtifactId, ArtifactKind, Field, Point, Value};
use rustyfit::profile::mesgdef;
use rustyfit::profile::typedef;

use super::decode::Part;
use super::sport::{is_indoor, sport_of_fit};
use super::{date_ms, device};
use crate::Unreadable;
use crate::file::sheet::{LONGEST_S, Sheet, label};
use crate::file::track::{self, Extent, Paths, Sample, instant};
use crate::file::{Recording, Session};
use crate::series::Lap;

const RECORD: Paths = Paths {
    sample: "record[*]",
    place: "record[*].position_lat",
    altitude: "record[*].altitude",
    heart_rate: "record[*].heart_rate",
    cadence: "record[*].cadence",
    power: "record[*].power",
    temperature: "record[*].temperature",
};

/// A session and what was recorded of it.
pub struct Told<'a> {
    pub session: Session,
    samples: Vec<&'a Sample>,
    laps: Vec<&'a Lap>,
}

impl Told<'_> {
    /// By itself, without its file.
    pub fn owned(self) -> Recording {
        let samples = self.samples.into_iter().cloned().collect();
        Recording { session: self.session, samples, laps: self.laps.into_iter().cloned().collect() }
    }
}

/// The sessions of one file of a chain, and why others of its sessions cannot be told; `first` is how many the files
/// before it had. A file whose recording was cut off has no session: its records then tell.
pub fn of_part(part: &Part, file: ArtifactId, first: usize) -> (Vec<Told<'_>>, Vec<Unreadable>) {
    let extent = Extent::of(&part.samples);
    let (mut sessions, mut lost) = (Vec::new(), Vec::new());
    if part.sessions.is_empty() {
        match from_records(part, file, first, extent) {
            Ok(session) => sessions.push(session),
            Err(reason) => lost.push(reason),
        }
    }
    for (place, message) in part.sessions.iter().enumerate() {
        match from_message(part, message, first + place, file, first + sessions.len(), extent) {
            Ok(session) => sessions.push(session),
            Err(reason) => lost.push(reason),
        }
    }
    (sessions, lost)
}

fn from_records(part: &Part, file: ArtifactId, index: usize, extent: Option<Extent>) -> Result<Told<'_>, Unreadable> {
    let extent = extent.filter(|extent| extent.samples > 1).ok_or_else(|| {
        Unreadable::because("the FIT file holds no session, and no two of its records say when they were made")
    })?;
    let mut sheet = Sheet::new(ArtifactKind::Fit);
    sheet.defect("session", "the file has no session: its records were added up");
    let start = instant(extent.first_ms).map(Value::Instant);
    sheet.set(Field::StartTimeUtc, start, "record[*].timestamp");
    sheet.number(Field::ElapsedTimeS, Some(extent.seconds()), "record[*].timestamp");
    let samples: Vec<&Sample> = part.samples.iter().filter(|sample| extent.holds(sample)).collect();
    if !part.laps.is_empty() {
        sheet.number(Field::Laps, Some(part.laps.len() as f64), "lap[*]");
    }
    let sport = part.sport.map(|(sport, sub_sport)| Value::Sport(sport_of_fit(sport, sub_sport)));
    sheet.set(Field::SportType, sport, "sport[0].sport");
    let session = finish(part, sheet, &samples, extent.strays, file, index, part.sport.and_then(sport_words))?;
    Ok(Told { session, samples, laps: part.laps.iter().collect() })
}

fn from_message<'a>(
    part: &'a Part,
    message: &mesgdef::Session,
    number: usize,
    file: ArtifactId,
    index: usize,
    extent: Option<Extent>,
) -> Result<Told<'a>, Unreadable> {
    let at = |field: &str| format!("session[{number}].{field}");
    let mut sheet = Sheet::new(ArtifactKind::Fit);
    let alone = part.sessions.len() == 1;

    let (start_ms, start_at) = match (date_ms(message.start_time.0), extent) {
        (Some(start), _) => (start, at("start_time")),
        (None, Some(extent)) if alone => {
            sheet.defect(at("start_time"), "it is no date: the first record's time was taken");
            (extent.first_ms, "record[*].timestamp".to_owned())
        }
        _ => return Err(Unreadable::because("the clock of the FIT file's device was not set: it is not known when")),
    };
    sheet.set(Field::StartTimeUtc, instant(start_ms).map(Value::Instant), start_at);
    let length = Length::of(message, start_ms, extent.filter(|_| alone));
    if let Some(problem) = length.problem {
        sheet.defect(at("total_elapsed_time"), problem);
    }
    let elapsed_at = if length.field.contains('.') { length.field.to_owned() } else { at(length.field) };
    sheet.number(Field::ElapsedTimeS, length.elapsed_s, elapsed_at);
    let moving_at = if message.total_moving_time_scaled().is_some() { "total_moving_time" } else { "total_timer_time" };
    sheet.number(Field::MovingTimeS, length.moving_s, at(moving_at));

    let (samples, laps): (Vec<&Sample>, Vec<&Lap>) = if alone {
        let holds = |sample: &&Sample| extent.is_none_or(|extent| extent.holds(sample));
        (part.samples.iter().filter(holds).collect(), part.laps.iter().collect())
    } else {
        let end_ms = start_ms.saturating_add((length.elapsed_s.unwrap_or_default() * 1000.0) as i64);
        let last = part.sessions.last().is_some_and(|last| std::ptr::eq(last, message));
        let inside = |time: i64| (start_ms..end_ms).contains(&time) || (last && time == end_ms);
        let began = |lap: &&Lap| lap.start.is_some_and(|start| inside(start.timestamp_millis()));
        (
            part.samples.iter().filter(|sample| sample.time_ms.is_some_and(inside)).collect(),
            part.laps.iter().filter(began).collect(),
        )
    };
    figures(&mut sheet, message, &at);
    if alone && !part.laps.is_empty() {
        sheet.number(Field::Laps, Some(part.laps.len() as f64), "lap[*]");
    } else if message.num_laps != u16::MAX {
        sheet.number(Field::Laps, Some(f64::from(message.num_laps)), at("num_laps"));
    }

    let given = (message.sport.0 != u8::MAX).then_some((message.sport.0, message.sub_sport.0));
    let sport = given.or(part.sport);
    let sport_at = |field: &str| if given.is_some() { at(field) } else { format!("sport[0].{field}") };
    let value = sport.map(|(sport, sub_sport)| Value::Sport(sport_of_fit(sport, sub_sport)));
    sheet.set(Field::SportType, value, sport_at("sport"));
    if sport.is_some_and(|(_, sub_sport)| is_indoor(sub_sport)) {
        sheet.set(Field::Indoor, Some(Value::Flag(true)), sport_at("sub_sport"));
    }
    let strays = extent.filter(|_| alone).map_or(0, |extent| extent.strays);
    let session = finish(part, sheet, &samples, strays, file, index, sport.and_then(sport_words))?;
    Ok(Told { session, samples, laps })
}

fn finish(
    part: &Part,
    mut sheet: Sheet,
    samples: &[&Sample],
    strays: usize,
    file: ArtifactId,
    index: usize,
    source_sport: Option<String>,
) -> Result<Session, Unreadable> {
    for problem in &part.problems {
        sheet.defect("", problem.clone());
    }
    if strays > 0 {
        sheet.defect(
            "record[*].timestamp",
            format!("{strays} of its records, dated days or years away from the others, were left out"),
        );
    }
    let distance = samples
        .iter()
        .filter_map(|sample| sample.distance_m)
        .fold(None, |far: Option<f64>, metres| Some(far.map_or(metres, |far| far.max(metres))));
    sheet.number(Field::DistanceM, distance, "record[*].distance");
    if !samples.is_empty() {
        track::fill(&mut sheet, samples, &RECORD);
    }
    // Garbage where a device did not know its zone: no zone is farther than 14 hours, or off the quarter hour.
    let offset = part.utc_offset_s.filter(|offset| offset.abs() <= 14 * 3600 && offset % 900 == 0);
    sheet.number(Field::UtcOffsetS, offset.map(|offset| offset as f64), "activity[0].local_timestamp");
    if let Some((name, at)) = device::name(part) {
        sheet.set(Field::Device, Some(Value::Text(name)), at);
    }
    let index = u16::try_from(index).unwrap_or(u16::MAX);
    let identity = part.file_id.as_ref().zip(sheet.start_s());
    let identity = identity.and_then(|(file_id, start_s)| device::identity(file_id, start_s));
    let mapped = sheet.finish(file, index, identity, device::device_serial(part), source_sport)?;
    Ok(Session { index, mapped })
}

/// How long a session took.
struct Length {
    elapsed_s: Option<f64>,
    moving_s: Option<f64>,
    field: &'static str,
    problem: Option<&'static str>,
}

impl Length {
    fn of(message: &mesgdef::Session, start_ms: i64, extent: Option<Extent>) -> Self {
        let moving_s = message.total_moving_time_scaled().or_else(|| message.total_timer_time_scaled());
        let elapsed_s = message.total_elapsed_time_scaled();
        if let (Some(elapsed), Some(recorded)) = (elapsed_s, extent.map(|extent| extent.seconds()))
            && recorded > 0.0
            && (elapsed / 1000.0 - recorded).abs() <= (recorded * 0.05).max(60.0)
            && elapsed > recorded * 100.0
        {
            return Self {
                elapsed_s: Some(elapsed / 1000.0),
                moving_s: moving_s.map(|moving| moving / 1000.0),
                field: "total_elapsed_time",
                problem: Some("it is a thousand times as long as the records: it was read as milliseconds"),
            };
        }
        let stamped = date_ms(message.timestamp.0).map(|end_ms| (end_ms - start_ms) as f64 / 1000.0);
        let candidates = [
            (elapsed_s, "total_elapsed_time"),
            (message.total_timer_time_scaled(), "total_timer_time"),
            (stamped, "timestamp"),
            (extent.map(|extent| extent.seconds()), "record[*].timestamp"),
        ];
        let believed = |seconds: f64| (0.0..=LONGEST_S).contains(&seconds);
        let found = candidates.into_iter().find_map(|(seconds, field)| {
            let seconds = seconds.filter(|seconds| believed(*seconds))?;
            Some((seconds, field))
        });
        let problem = match (elapsed_s, &found) {
            (Some(_), Some((_, "total_elapsed_time"))) => None,
            (Some(_), _) => Some("it is beyond belief: another field was taken"),
            (None, _) => Some("it is absent: another field was taken"),
        };
        Self {
            elapsed_s: found.map(|(seconds, _)| seconds),
            moving_s,
            field: found.map_or("total_elapsed_time", |(_, field)| field),
            problem,
        }
    }
}

/// What the session says of itself.
fn figures(sheet: &mut Sheet, message: &mesgdef::Session, at: &impl Fn(&str) -> String) {
    let byte = |value: u8| (value != u8::MAX).then(|| f64::from(value));
    let word = |value: u16| (value != u16::MAX).then(|| f64::from(value));
    let scaled = |value: Option<f64>, factor: f64| value.map(|value| value * factor);
    let rows = [
        (Field::DistanceM, message.total_distance_scaled(), "total_distance"),
        (Field::AverageSpeedMps, message.enhanced_avg_speed_scaled(), "enhanced_avg_speed"),
        (Field::AverageSpeedMps, message.avg_speed_scaled(), "avg_speed"),
        (Field::MaxSpeedMps, message.enhanced_max_speed_scaled(), "enhanced_max_speed"),
        (Field::MaxSpeedMps, message.max_speed_scaled(), "max_speed"),
        (Field::ElevationGainM, word(message.total_ascent), "total_ascent"),
        (Field::ElevationLossM, word(message.total_descent), "total_descent"),
        (Field::ElevationMinM, message.enhanced_min_altitude_scaled(), "enhanced_min_altitude"),
        (Field::ElevationMinM, message.min_altitude_scaled(), "min_altitude"),
        (Field::ElevationMaxM, message.enhanced_max_altitude_scaled(), "enhanced_max_altitude"),
        (Field::ElevationMaxM, message.max_altitude_scaled(), "max_altitude"),
        (Field::AverageHeartRateBpm, byte(message.avg_heart_rate), "avg_heart_rate"),
        (Field::MaxHeartRateBpm, byte(message.max_heart_rate), "max_heart_rate"),
        (Field::AveragePowerW, word(message.avg_power), "avg_power"),
        (Field::MaxPowerW, word(message.max_power), "max_power"),
        (Field::NormalizedPowerW, word(message.normalized_power), "normalized_power"),
        (
            Field::AverageCadenceRpm,
            byte(message.avg_cadence).map(|rpm| rpm + message.avg_fractional_cadence_scaled().unwrap_or_default()),
            "avg_cadence",
        ),
        (
            Field::MaxCadenceRpm,
            byte(message.max_cadence).map(|rpm| rpm + message.max_fractional_cadence_scaled().unwrap_or_default()),
            "max_cadence",
        ),
        (Field::EnergyKcal, word(message.total_calories), "total_calories"),
        (
            Field::AverageTemperatureC,
            (message.avg_temperature != i8::MAX).then(|| f64::from(message.avg_temperature)),
            "avg_temperature",
        ),
        (Field::AerobicTrainingEffect, message.total_training_effect_scaled(), "total_training_effect"),
        (
            Field::AnaerobicTrainingEffect,
            message.total_anaerobic_training_effect_scaled(),
            "total_anaerobic_training_effect",
        ),
        (Field::TrainingLoad, message.training_load_peak_scaled(), "training_load_peak"),
        // Millimetres.
        (Field::AverageStrideLengthM, scaled(message.avg_step_length_scaled(), 0.001), "avg_step_length"),
        (
            Field::AverageVerticalOscillationCm,
            scaled(message.avg_vertical_oscillation_scaled(), 0.1),
            "avg_vertical_oscillation",
        ),
        (Field::AverageGroundContactTimeMs, message.avg_stance_time_scaled(), "avg_stance_time"),
        (
            Field::AverageRespirationRate,
            message.enhanced_avg_respiration_rate_scaled(),
            "enhanced_avg_respiration_rate",
        ),
        (Field::AverageRespirationRate, byte(message.avg_respiration_rate), "avg_respiration_rate"),
        (Field::PoolLengthM, message.pool_length_scaled(), "pool_length"),
        (
            Field::Strokes,
            // The field counts cycles of whatever the sport turns.
            (message.sport == typedef::Sport::SWIMMING && message.total_cycles != u32::MAX)
                .then(|| f64::from(message.total_cycles)),
            "total_cycles",
        ),
        // 0 to 100.
        (Field::PerceivedExertion, scaled(byte(message.workout_rpe), 0.1), "workout_rpe"),
    ];
    for (field, value, name) in rows {
        sheet.number(field, value, at(name));
    }
    let point = |latitude: Option<f64>, longitude: Option<f64>| {
        latitude.zip(longitude).and_then(|(latitude, longitude)| Point::from_degrees(latitude, longitude))
    };
    let start = point(message.start_position_lat_degrees(), message.start_position_long_degrees());
    let end = point(message.end_position_lat_degrees(), message.end_position_long_degrees());
    sheet.set(Field::StartPoint, start.map(Value::Point), at("start_position_lat"));
    sheet.set(Field::EndPoint, end.map(Value::Point), at("end_position_lat"));
}

/// FIT's own names: `running/trail`, `cycling`.
fn sport_words((sport, sub_sport): (u8, u8)) -> Option<String> {
    let known = |name: String| (!name.contains('(')).then_some(name);
    let sport = match sport {
        u8::MAX => return None,
        number => known(typedef::Sport(number).to_string()).unwrap_or_else(|| number.to_string()),
    };
    match sub_sport {
        0 | u8::MAX => label(&sport),
        number => {
            let sub_sport = known(typedef::SubSport(number).to_string()).unwrap_or_else(|| number.to_string());
            label(&format!("{sport}/{sub_sport}"))
        }
    }
}
