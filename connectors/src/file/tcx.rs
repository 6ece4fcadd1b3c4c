//! Training Center XML. Its laps' sums are the truth for time and distance: the points of many writers have gaps.

use domain::{ArtifactId, ArtifactKind, Field, Point, Pointer, Value};

use super::sheet::{Sheet, label};
use super::sport::sport_of_word;
use super::track::{self, Extent, MOST_RECORDINGS, MOST_SAMPLES, Paths, Sample, instant};
use super::xml::{self, End, Visitor, time_ms};
use super::{FileContent, Recording, Session};
use crate::series::{self, MOST_LAPS};
use crate::{Defect, Unreadable};

/// How far, in milliseconds, a lap's start and its first point may be apart: a device begins to record when it has a
/// fix, and writes the start that a button gave. What is farther apart was written when the file was exported.
const APART_MS: i64 = 60_000;

const TRACKPOINT: Paths = Paths {
    sample: "Activities/Activity[*]/Lap[*]/Track/Trackpoint",
    place: "Activities/Activity[*]/Lap[*]/Track/Trackpoint/Position",
    altitude: "Activities/Activity[*]/Lap[*]/Track/Trackpoint/AltitudeMeters",
    heart_rate: "Activities/Activity[*]/Lap[*]/Track/Trackpoint/HeartRateBpm/Value",
    cadence: "Activities/Activity[*]/Lap[*]/Track/Trackpoint/Cadence",
    power: "Activities/Activity[*]/Lap[*]/Track/Trackpoint/Extensions/TPX/Watts",
    temperature: "Activities/Activity[*]/Lap[*]/Track/Trackpoint/Extensions/Temperature",
};

/// Reads a TCX file with all its activities.
///
/// # Errors
/// [`Unreadable`] where it is refused, or damaged before anything that can be used.
pub fn read(bytes: &[u8], file: ArtifactId) -> Result<FileContent, Unreadable> {
    let mut document = Document::default();
    let end = xml::walk(&xml::text(bytes), &mut document)?;
    let mut sessions: Vec<Session> = Vec::new();
    let mut lost = Vec::new();
    for (place, activity) in document.activities.iter().enumerate() {
        let index = u16::try_from(sessions.len()).unwrap_or(u16::MAX);
        match activity.read(place, file, index, end) {
            Ok(mapped) => sessions.push(Session { index, mapped }),
            Err(Unreadable { reason }) => lost.push((place, reason)),
        }
    }
    if let Some(first) = sessions.first_mut() {
        first.mapped.defects.extend(lost.into_iter().map(|(place, problem)| Defect {
            at: Pointer::new(ArtifactKind::Tcx, format!("Activities/Activity[{place}]")),
            problem,
        }));
        return Ok(FileContent::Activity(sessions));
    }
    match (lost.into_iter().next(), end) {
        (Some((_, reason)), _) => Err(Unreadable { reason }),
        (None, End::Damaged) => Err(Unreadable::because("the TCX file is damaged before any activity")),
        (None, End::Whole) => {
            Ok(FileContent::NotActivity { what: document.other.unwrap_or("a TCX file without an activity").to_owned() })
        }
    }
}

/// Reads one activity of a TCX file with its samples and laps; `None` where it has no such activity.
///
/// # Errors
/// As [`read`].
pub fn recording(bytes: &[u8], file: ArtifactId, wanted: u16) -> Result<Option<Recording>, Unreadable> {
    let mut document = Document::default();
    let end = xml::walk(&xml::text(bytes), &mut document)?;
    let mut index = 0;
    for (place, activity) in document.activities.into_iter().enumerate() {
        let Ok(mapped) = activity.read(place, file, index, end) else { continue };
        if index == wanted {
            return Ok(Some(activity.recording(Session { index, mapped })));
        }
        index = index.saturating_add(1);
    }
    Ok(None)
}

#[derive(Default)]
struct Lap {
    start_ms: Option<i64>,
    time_s: Option<f64>,
    distance_m: Option<f64>,
    calories: Option<f64>,
    max_speed: Option<f64>,
    average_heart_rate: Option<f64>,
    max_heart_rate: Option<f64>,
    average_speed: Option<f64>,
    cadence: Option<f64>,
    power: Option<f64>,
}

#[derive(Default)]
struct Activity {
    sport: Option<String>,
    id_ms: Option<i64>,
    laps: Vec<Lap>,
    samples: Vec<Sample>,
    device: Option<String>,
    unit_id: Option<u32>,
    zoneless: usize,
}

impl Activity {
    fn read(&self, place: usize, file: ArtifactId, index: u16, end: End) -> Result<crate::Mapped, Unreadable> {
        let at = |path: &str| format!("Activities/Activity[{place}]/{path}");
        let mut sheet = Sheet::new(ArtifactKind::Tcx);
        if end == End::Damaged {
            sheet.defect("", "the file is damaged or cut short: it was read as far as it goes");
        }
        if self.zoneless > 0 {
            sheet.defect("", format!("{} times have no zone and were read as UTC", self.zoneless));
        }
        let extent = Extent::of(&self.samples);
        if let Some(strays) = extent.map(|extent| extent.strays).filter(|strays| *strays > 0) {
            let problem = format!("{strays} points, dated days or years away from the others, were left out");
            sheet.defect(at("Lap[*]/Track/Trackpoint/Time"), problem);
        }
        let start_ms = self.start(&mut sheet, extent, &at)?;
        self.length(&mut sheet, start_ms, extent, &at);

        let sum = |of: fn(&Lap) -> Option<f64>| self.laps.iter().filter_map(of).reduce(|a, b| a + b);
        let most = |of: fn(&Lap) -> Option<f64>| self.laps.iter().filter_map(of).reduce(f64::max);
        sheet.number(Field::DistanceM, sum(|lap| lap.distance_m), at("Lap[*]/DistanceMeters"));
        let counted = self.samples.iter().filter_map(|sample| sample.distance_m).reduce(f64::max);
        sheet.number(Field::DistanceM, counted, at("Lap[*]/Track/Trackpoint/DistanceMeters"));
        sheet.number(Field::EnergyKcal, sum(|lap| lap.calories), at("Lap[*]/Calories"));
        sheet.number(Field::MaxSpeedMps, most(|lap| lap.max_speed.filter(|s| *s > 0.0)), at("Lap[*]/MaximumSpeed"));
        let beats = sum(|lap| Some(lap.average_heart_rate.filter(|bpm| *bpm > 0.0)? * lap.time_s?));
        let seconds = sum(|lap| lap.average_heart_rate.filter(|bpm| *bpm > 0.0).and(lap.time_s));
        let average = beats.zip(seconds).filter(|(_, seconds)| *seconds > 0.0).map(|(beats, seconds)| beats / seconds);
        sheet.number(Field::AverageHeartRateBpm, average, at("Lap[*]/AverageHeartRateBpm/Value"));
        sheet.number(Field::MaxHeartRateBpm, most(|lap| lap.max_heart_rate), at("Lap[*]/MaximumHeartRateBpm/Value"));

        let sport = self.sport.as_deref().map(sport_of_word).map(Value::Sport);
        sheet.set(Field::SportType, sport, at("@Sport"));
        sheet.set(Field::Device, self.device.clone().map(Value::Text), at("Creator/Name"));
        sheet.number(Field::Laps, Some(self.laps.len() as f64), at("Lap[*]"));
        if !self.samples.is_empty() {
            let belongs = |sample: &&Sample| extent.is_none_or(|extent| extent.holds(sample));
            let samples: Vec<&Sample> = self.samples.iter().filter(belongs).collect();
            track::fill(&mut sheet, &samples, &TRACKPOINT);
        }
        sheet.finish(file, index, None, self.unit_id, self.sport.clone())
    }

    fn recording(self, session: Session) -> Recording {
        let extent = Extent::of(&self.samples);
        let began = |lap: Option<&Lap>| lap.and_then(|lap| lap.start_ms);
        let laps = self.laps.iter().enumerate().take(MOST_LAPS).map(|(place, lap)| {
            // The lap's own time is the timer's: a pause shows in when the next one began.
            let until_next = began(self.laps.get(place + 1)).zip(lap.start_ms).map(|(b, a)| (b - a) as f64 / 1000.0);
            let known = |seconds: &f64| lap.time_s.is_some_and(|time| (time..time + 86_400.0).contains(seconds));
            series::Lap {
                name: None,
                start: lap.start_ms.and_then(instant),
                elapsed_s: until_next.filter(known).or(lap.time_s),
                moving_s: lap.time_s,
                distance_m: lap.distance_m,
                average_speed_mps: lap.average_speed,
                average_heart_rate_bpm: lap.average_heart_rate.filter(|bpm| *bpm > 0.0),
                max_heart_rate_bpm: lap.max_heart_rate.filter(|bpm| *bpm > 0.0),
                average_power_w: lap.power,
                average_cadence_rpm: lap.cadence,
                elevation_gain_m: None,
            }
        });
        let laps = laps.collect();
        let belongs = |sample: &Sample| extent.is_none_or(|extent| extent.holds(sample));
        Recording { session, laps, samples: self.samples.into_iter().filter(belongs).collect() }
    }

    /// The first lap's start, unless the points know better.
    fn start(
        &self,
        sheet: &mut Sheet,
        extent: Option<Extent>,
        at: &impl Fn(&str) -> String,
    ) -> Result<i64, Unreadable> {
        let lap_ms = self.laps.first().and_then(|lap| lap.start_ms);
        let (start_ms, path) = match (lap_ms, extent.map(|extent| extent.first_ms)) {
            (Some(lap), Some(first)) if (lap - first).abs() <= APART_MS => (lap, "Lap[0]/@StartTime"),
            (Some(_), Some(first)) => {
                sheet.defect(at("Lap[0]/@StartTime"), "it is far from the first point, whose time was taken");
                (first, "Lap[0]/Track/Trackpoint/Time")
            }
            (Some(lap), None) => (lap, "Lap[0]/@StartTime"),
            (None, Some(first)) => (first, "Lap[*]/Track/Trackpoint/Time"),
            (None, None) => match self.id_ms {
                Some(id) => (id, "Id"),
                None => return Err(Unreadable::because("the TCX activity does not say when it began")),
            },
        };
        sheet.set(Field::StartTimeUtc, instant(start_ms).map(Value::Instant), at(path));
        Ok(start_ms)
    }

    /// The laps' times are timer times; elapsed is until the last lap or point ends.
    fn length(&self, sheet: &mut Sheet, start_ms: i64, extent: Option<Extent>, at: &impl Fn(&str) -> String) {
        let timer = self.laps.iter().filter_map(|lap| lap.time_s).reduce(|a, b| a + b);
        sheet.number(Field::MovingTimeS, timer, at("Lap[*]/TotalTimeSeconds"));
        let since = |ms: i64| (ms - start_ms) as f64 / 1000.0;
        let last_lap = self.laps.last().and_then(|lap| Some(since(lap.start_ms?) + lap.time_s?));
        let last_point = extent.map(|extent| since(extent.last_ms));
        let candidates = [
            (timer, "Lap[*]/TotalTimeSeconds"),
            (last_lap, "Lap[*]/@StartTime"),
            (last_point, "Lap[*]/Track/Trackpoint/Time"),
        ];
        let longest = candidates
            .into_iter()
            .filter_map(|(seconds, path)| {
                Some((seconds.filter(|s| (0.0..=super::sheet::LONGEST_S).contains(s))?, path))
            })
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        if let Some((seconds, path)) = longest {
            sheet.number(Field::ElapsedTimeS, Some(seconds), at(path));
        }
    }
}

#[derive(Default)]
struct Document {
    activities: Vec<Activity>,
    /// What it holds besides activities.
    other: Option<&'static str>,
    points: usize,
    sample: Sample,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl Visitor for Document {
    fn open(&mut self, path: &[String], attribute: &dyn Fn(&str) -> Option<String>) -> Result<(), Unreadable> {
        let name = path.last().map(String::as_str).unwrap_or_default();
        match name {
            "Activity" => {
                if self.activities.len() >= MOST_RECORDINGS {
                    let reason = format!("the TCX file holds more than {MOST_RECORDINGS} activities: give it in parts");
                    return Err(Unreadable::because(reason));
                }
                let sport = attribute("Sport").and_then(|sport| label(&sport));
                self.activities.push(Activity { sport, ..Activity::default() });
            }
            "Course" => self.other = Some("a course"),
            "Workout" if self.other.is_none() => self.other = Some("a workout"),
            "Lap" if path.iter().any(|element| element == "Activity") => {
                let Some(activity) = self.activities.last_mut() else { return Ok(()) };
                let start = attribute("StartTime").and_then(|text| time_ms(&text));
                activity.zoneless += usize::from(start.is_some_and(|(_, zoned)| !zoned));
                activity.laps.push(Lap { start_ms: start.map(|(ms, _)| ms), ..Lap::default() });
            }
            "Trackpoint" => {
                self.points += 1;
                if self.points > MOST_SAMPLES {
                    return Err(Unreadable::because(format!("the TCX file holds more than {MOST_SAMPLES} points")));
                }
                (self.sample, self.latitude, self.longitude) = (Sample::default(), None, None);
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, path: &[String], text: &str) {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some(depth) = names.iter().position(|name| *name == "Activity") else { return };
        let Some(activity) = self.activities.last_mut() else { return };
        let inner = names.get(depth + 1..).unwrap_or_default();
        match inner {
            ["Id"] => activity.id_ms = time_ms(text).map(|(ms, _)| ms),
            ["Creator", "Name"] => activity.device = label(text),
            ["Creator", "UnitId"] => activity.unit_id = text.parse().ok().filter(|id| !matches!(*id, 0 | u32::MAX)),
            ["Lap", "Track", "Trackpoint"] => {
                let place = self.latitude.zip(self.longitude);
                self.sample.place = place.and_then(|(latitude, longitude)| Point::from_degrees(latitude, longitude));
                activity.samples.push(std::mem::take(&mut self.sample));
            }
            ["Lap", "Track", "Trackpoint", "Time"] => {
                if let Some((ms, zoned)) = time_ms(text) {
                    self.sample.time_ms = Some(ms);
                    activity.zoneless += usize::from(!zoned);
                }
            }
            ["Lap", "Track", "Trackpoint", field @ ..] => self.point(field, text),
            ["Lap", field @ ..] => {
                if let Some(lap) = activity.laps.last_mut() {
                    lap_field(lap, field, text);
                }
            }
            _ => {}
        }
    }
}

impl Document {
    fn point(&mut self, field: &[&str], text: &str) {
        match field {
            ["Position", "LatitudeDegrees"] => self.latitude = text.parse().ok(),
            ["Position", "LongitudeDegrees"] => self.longitude = text.parse().ok(),
            ["AltitudeMeters"] => self.sample.altitude_m = text.parse().ok().filter(|metres: &f32| metres.is_finite()),
            ["DistanceMeters"] => self.sample.distance_m = number(text),
            ["HeartRateBpm", "Value"] => self.sample.heart_rate = xml::whole(text),
            ["Cadence"] | ["Extensions", .., "RunCadence"] => self.sample.cadence = xml::whole(text),
            ["Extensions", .., "Watts"] => self.sample.power = xml::whole(text),
            ["Extensions", .., "Speed"] => self.sample.speed_mps = number(text).map(|speed| speed as f32),
            ["Extensions", .., "Temperature"] => self.sample.temperature_c = xml::whole(text),
            _ => {}
        }
    }
}

fn lap_field(lap: &mut Lap, field: &[&str], text: &str) {
    match field {
        ["TotalTimeSeconds"] => lap.time_s = number(text),
        ["DistanceMeters"] => lap.distance_m = number(text),
        ["Calories"] => lap.calories = number(text),
        ["MaximumSpeed"] => lap.max_speed = number(text),
        ["AverageHeartRateBpm", "Value"] => lap.average_heart_rate = number(text),
        ["MaximumHeartRateBpm", "Value"] => lap.max_heart_rate = number(text),
        ["Cadence"] | ["Extensions", .., "AvgRunCadence"] => lap.cadence = number(text),
        ["Extensions", .., "AvgSpeed"] => lap.average_speed = number(text),
        ["Extensions", .., "AvgWatts"] => lap.power = number(text),
        _ => {}
    }
}

/// A number that is no less than 0.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}
