//! GPX 1.0 and 1.1. Distance is not written in it and is measured over the places; timers and laps are unknown to it.

use domain::{ArtifactId, ArtifactKind, Field, Point, Value};

use super::sheet::{Sheet, label};
use super::sport::sport_of_word;
use super::track::{self, Extent, MOST_RECORDINGS, MOST_SAMPLES, Paths, Sample, instant};
use super::xml::{self, End, Visitor, time_ms};
use super::{FileContent, Recording, Session};
use crate::Unreadable;

/// Tracks with a longer silence between them, in milliseconds, are two recordings in one file.
const APART_MS: i64 = 6 * 3_600_000;

const TRKPT: Paths = Paths {
    sample: "trk[*]/trkseg[*]/trkpt",
    place: "trk[*]/trkseg[*]/trkpt",
    altitude: "trk[*]/trkseg[*]/trkpt/ele",
    heart_rate: "trk[*]/trkseg[*]/trkpt/extensions/hr",
    cadence: "trk[*]/trkseg[*]/trkpt/extensions/cad",
    power: "trk[*]/trkseg[*]/trkpt/extensions/power",
    temperature: "trk[*]/trkseg[*]/trkpt/extensions/atemp",
};

/// Reads a GPX file with all its recordings.
///
/// # Errors
/// [`Unreadable`] where it is refused, or damaged before anything that can be used.
pub fn read(bytes: &[u8], file: ArtifactId) -> Result<FileContent, Unreadable> {
    let mut document = Document::default();
    let end = xml::walk(&xml::text(bytes), &mut document)?;
    let Document { tracks, routes, waypoints, creator, .. } = document;
    let points: usize = tracks.iter().map(|track| track.samples.len()).sum();
    let dated = tracks.iter().any(|track| track.extent().is_some());
    let mut sessions = Vec::new();
    let recordings = recordings(tracks);
    if recordings.len() > MOST_RECORDINGS {
        return Err(Unreadable::because(format!("the GPX file holds more than {MOST_RECORDINGS} recordings")));
    }
    for recording in recordings {
        let Some(extent) = recording.extent().filter(|extent| extent.samples > 1) else { continue };
        let index = u16::try_from(sessions.len()).unwrap_or(u16::MAX);
        let mapped = recording.read(extent, file, index, creator.as_deref(), end)?;
        sessions.push(Session { index, mapped });
    }
    if !sessions.is_empty() {
        return Ok(FileContent::Activity(sessions));
    }
    if end == End::Damaged {
        return Err(Unreadable::because("the GPX file is damaged before any track with times"));
    }
    let what = match (points, routes, waypoints) {
        (1.., _, _) if dated => "a track with a single time",
        (1.., _, _) => "a route without times",
        (0, 1.., _) => "a route",
        (0, 0, 1..) => "waypoints",
        (0, 0, 0) => "a GPX file without a track",
    };
    Ok(FileContent::NotActivity { what: what.to_owned() })
}

/// Reads one recording of a GPX file with its samples; `None` where it has no such recording.
///
/// # Errors
/// As [`read`].
pub fn recording(bytes: &[u8], file: ArtifactId, index: u16) -> Result<Option<Recording>, Unreadable> {
    let mut document = Document::default();
    let end = xml::walk(&xml::text(bytes), &mut document)?;
    let dated = |track: Track| track.extent().filter(|extent| extent.samples > 1).map(|extent| (track, extent));
    let Some((track, extent)) = recordings(document.tracks).into_iter().filter_map(dated).nth(index.into()) else {
        return Ok(None);
    };
    let mapped = track.read(extent, file, index, document.creator.as_deref(), end)?;
    let samples = track.samples.into_iter().filter(|sample| extent.holds(sample)).collect();
    Ok(Some(Recording { session: Session { index, mapped }, samples, laps: Vec::new() }))
}

/// One `trk`, or several that follow each other.
#[derive(Default)]
struct Track {
    name: Option<String>,
    kind: Option<String>,
    samples: Vec<Sample>,
    distance_m: f64,
    zoneless: usize,
}

impl Track {
    fn extent(&self) -> Option<Extent> {
        Extent::of(&self.samples)
    }

    fn read(
        &self,
        extent: Extent,
        file: ArtifactId,
        index: u16,
        creator: Option<&str>,
        end: End,
    ) -> Result<crate::Mapped, Unreadable> {
        let mut sheet = Sheet::new(ArtifactKind::Gpx);
        if end == End::Damaged {
            sheet.defect("", "the file is damaged or cut short: it was read as far as it goes");
        }
        if self.zoneless > 0 {
            let problem = format!("{} times have no zone and were read as UTC", self.zoneless);
            sheet.defect("trk[*]/trkseg[*]/trkpt/time", problem);
        }
        if extent.strays > 0 {
            let problem = format!("{} points, dated days or years away from the others, were left out", extent.strays);
            sheet.defect("trk[*]/trkseg[*]/trkpt/time", problem);
        }
        let time = "trk[*]/trkseg[*]/trkpt/time";
        sheet.set(Field::StartTimeUtc, instant(extent.first_ms).map(Value::Instant), time);
        sheet.number(Field::ElapsedTimeS, Some(extent.seconds()), time);
        sheet.number(Field::DistanceM, Some(self.distance_m), TRKPT.place);
        let sport = self.kind.as_deref().map(sport_of_word).map(Value::Sport);
        sheet.set(Field::SportType, sport, "trk[0]/type");
        sheet.set(Field::Name, self.name.clone().map(Value::Text), "trk[0]/name");
        sheet.set(Field::Device, creator.and_then(device).map(Value::Text), "@creator");
        let samples: Vec<&Sample> = self.samples.iter().filter(|sample| extent.holds(sample)).collect();
        track::fill(&mut sheet, &samples, &TRKPT);
        sheet.finish(file, index, None, None, self.kind.clone())
    }
}

/// Tracks that follow each other within hours are one recording: devices begin a new track at a pause.
fn recordings(tracks: Vec<Track>) -> Vec<Track> {
    let mut recordings: Vec<(Track, Option<Extent>)> = Vec::new();
    for track in tracks {
        let extent = track.extent();
        let follows = |(_, before): &&mut (Track, Option<Extent>)| match (*before, extent) {
            (Some(before), Some(extent)) => {
                extent.first_ms - before.last_ms <= APART_MS && before.first_ms - extent.last_ms <= APART_MS
            }
            _ => true,
        };
        match recordings.last_mut().filter(follows) {
            Some((recording, before)) => {
                recording.name = recording.name.take().or(track.name);
                recording.kind = recording.kind.take().or(track.kind);
                recording.samples.extend(track.samples);
                recording.distance_m += track.distance_m;
                recording.zoneless += track.zoneless;
                *before = extent.or(*before);
            }
            None => recordings.push((track, extent)),
        }
    }
    recordings.into_iter().map(|(recording, _)| recording).collect()
}

/// What the writer says recorded it. Strava's and Garmin's sites name themselves, with the device behind at best.
fn device(creator: &str) -> Option<String> {
    let device = creator.strip_prefix("StravaGPX").unwrap_or(creator);
    let site = ["Garmin Connect", "http", "www.", "strava.com"].iter().any(|word| device.contains(word));
    if site { None } else { label(device) }
}

#[derive(Default)]
struct Document {
    tracks: Vec<Track>,
    routes: usize,
    waypoints: usize,
    creator: Option<String>,
    points: usize,
    /// The place before, in the same segment.
    before: Option<Point>,
    sample: Option<Sample>,
}

impl Visitor for Document {
    fn open(&mut self, path: &[String], attribute: &dyn Fn(&str) -> Option<String>) -> Result<(), Unreadable> {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match names.as_slice() {
            [_] => self.creator = attribute("creator").and_then(|creator| label(&creator)),
            [_, "trk"] => self.tracks.push(Track::default()),
            [_, "rte"] => self.routes += 1,
            [_, "wpt"] => self.waypoints += 1,
            [_, "trk", "trkseg"] => self.before = None,
            [_, "trk", "trkseg", "trkpt"] => {
                self.points += 1;
                if self.points > MOST_SAMPLES {
                    return Err(Unreadable::because(format!("the GPX file holds more than {MOST_SAMPLES} points")));
                }
                let degrees = |name| attribute(name).and_then(|text| text.parse::<f64>().ok());
                let place = degrees("lat")
                    .zip(degrees("lon"))
                    .and_then(|(latitude, longitude)| Point::from_degrees(latitude, longitude));
                self.sample = Some(Sample { place, ..Sample::default() });
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, path: &[String], text: &str) {
        let Some(track) = self.tracks.last_mut() else { return };
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match (names.as_slice(), &mut self.sample) {
            ([_, "trk", "name"], _) => track.name = label(text),
            ([_, "trk", "type"], _) => track.kind = label(text),
            ([_, "trk", "trkseg", "trkpt"], sample) => {
                let Some(sample) = sample.take() else { return };
                if let Some(place) = sample.place {
                    track.distance_m += self.before.map_or(0.0, |before| before.metres_to(place));
                    self.before = Some(place);
                }
                track.samples.push(sample);
            }
            ([_, "trk", "trkseg", "trkpt", "time"], Some(sample)) => {
                if let Some((time_ms, zoned)) = time_ms(text) {
                    sample.time_ms = Some(time_ms);
                    track.zoneless += usize::from(!zoned);
                }
            }
            ([_, "trk", "trkseg", "trkpt", "ele"], Some(sample)) => {
                sample.altitude_m = text.parse().ok().filter(|metres: &f32| metres.is_finite());
            }
            ([_, "trk", "trkseg", "trkpt", "extensions", .., name], Some(sample)) => match *name {
                "hr" | "heartrate" => sample.heart_rate = xml::whole(text),
                "cad" | "cadence" => sample.cadence = xml::whole(text),
                "power" | "watts" | "PowerInWatts" => sample.power = xml::whole(text),
                "speed" => sample.speed_mps = text.parse().ok().filter(|speed: &f32| (0.0..400.0).contains(speed)),
                "atemp" | "temp" | "temperature" => sample.temperature_c = xml::whole(text),
                _ => {}
            },
            _ => {}
        }
    }
}
