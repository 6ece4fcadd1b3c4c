//! What a recording's samples add up to, whatever the format.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::{Family, Field, Point, Sport, Value};

use super::polyline;
use super::sheet::Sheet;

/// How many samples a file may hold (`safety.md` F4).
pub const MOST_SAMPLES: usize = 500_000;

/// How many recordings a TCX or GPX file may hold. An old watch's whole history is a thousand, and each of them is read
/// from the whole file again.
pub const MOST_RECORDINGS: usize = 1_000;

/// More turns a minute than a runner's one foot takes: what says so counts both.
const BOTH_FEET: f64 = 120.0;

/// The longest silence inside a recording, in milliseconds. What lies farther from the bulk of the samples was stamped
/// by a clock that was not set.
const SILENCE_MS: i64 = 24 * 3_600_000;

/// One line of a recording. Small, since there may be half a million.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// When, in milliseconds since 1970.
    pub time_ms: Option<i64>,
    /// Where.
    pub place: Option<Point>,
    /// How far since the start, in metres, as the device counts.
    pub distance_m: Option<f64>,
    /// How high, in metres.
    pub altitude_m: Option<f32>,
    /// Beats per minute.
    pub heart_rate: Option<u8>,
    /// Turns or steps of one foot a minute.
    pub cadence: Option<u8>,
    /// Watts.
    pub power: Option<u16>,
    /// Degrees Celsius.
    pub temperature_c: Option<i8>,
    /// Metres per second, as the device says.
    pub speed_mps: Option<f32>,
}

/// The time that the bulk of the samples covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The earliest, in milliseconds since 1970.
    pub first_ms: i64,
    /// The latest.
    pub last_ms: i64,
    /// How many dated samples lie in it.
    pub samples: usize,
    /// How many lie elsewhere, decades off.
    pub strays: usize,
}

impl Extent {
    /// Of these samples: the run of times around the middle one that no silence of a day breaks.
    pub fn of<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Option<Self> {
        let mut times: Vec<i64> = samples.into_iter().filter_map(|sample| sample.time_ms).collect();
        times.sort_unstable();
        let middle = *times.get(times.len() / 2)?;
        times.chunk_by(|a, b| b - a <= SILENCE_MS).find(|run| run.last().is_some_and(|last| *last >= middle)).and_then(
            |run| {
                Some(Self {
                    first_ms: *run.first()?,
                    last_ms: *run.last()?,
                    samples: run.len(),
                    strays: times.len() - run.len(),
                })
            },
        )
    }

    /// How long it is, in seconds.
    pub fn seconds(&self) -> f64 {
        (self.last_ms - self.first_ms) as f64 / 1000.0
    }

    /// Whether a sample is part of it: dated in it, or not dated at all, as swim watches leave some.
    pub fn holds(&self, sample: &Sample) -> bool {
        sample.time_ms.is_none_or(|time| (self.first_ms..=self.last_ms).contains(&time))
    }
}

/// An instant of milliseconds since 1970, between 1980, when satellites began to tell the time, and 2100.
pub fn instant(ms: i64) -> Option<DateTime<Utc>> {
    (315_532_800_000..4_102_444_800_000).contains(&ms).then(|| DateTime::from_timestamp_millis(ms)).flatten()
}

/// Where a format keeps what samples say.
pub struct Paths {
    /// The sample itself.
    pub sample: &'static str,
    /// Its place.
    pub place: &'static str,
    /// Its height.
    pub altitude: &'static str,
    /// Its heart rate.
    pub heart_rate: &'static str,
    /// Its cadence.
    pub cadence: &'static str,
    /// Its power.
    pub power: &'static str,
    /// Its temperature.
    pub temperature: &'static str,
}

/// Fills what the file does not say of the whole from its samples. Climb and speed are left out: they are a matter of
/// smoothing, and each service has its own.
pub fn fill(sheet: &mut Sheet, samples: &[&Sample], paths: &Paths) {
    let path = |path: &'static str| Cow::Borrowed(path);
    let altitude = Figures::of(samples.iter().filter_map(|sample| sample.altitude_m.map(f64::from)));
    sheet.number(Field::ElevationMinM, altitude.map(|f| f.lowest), path(paths.altitude));
    sheet.number(Field::ElevationMaxM, altitude.map(|f| f.highest), path(paths.altitude));

    for (average, highest, figures, at) in [
        (
            Field::AverageHeartRateBpm,
            Field::MaxHeartRateBpm,
            // 0 is a strap that lost contact.
            Figures::of(samples.iter().filter_map(|s| s.heart_rate.filter(|bpm| *bpm > 0).map(f64::from))),
            paths.heart_rate,
        ),
        (
            Field::AveragePowerW,
            Field::MaxPowerW,
            Figures::of(samples.iter().filter_map(|s| s.power.map(f64::from))),
            paths.power,
        ),
        (
            Field::AverageCadenceRpm,
            Field::MaxCadenceRpm,
            // 0 is a pause: services average over movement.
            one_foot(
                sheet,
                Figures::of(samples.iter().filter_map(|s| s.cadence.filter(|rpm| *rpm > 0).map(f64::from))),
            ),
            paths.cadence,
        ),
    ] {
        // The two go together: an average of one origin beside a peak of another would be no account of anything.
        if !sheet.has(average) && !sheet.has(highest) {
            sheet.number(average, figures.map(|f| f.average), path(at));
            sheet.number(highest, figures.map(|f| f.highest), path(at));
        }
    }
    let temperature = Figures::of(samples.iter().filter_map(|sample| sample.temperature_c.map(f64::from)));
    sheet.number(Field::AverageTemperatureC, temperature.map(|f| f.average), path(paths.temperature));

    let mut places = samples.iter().filter_map(|sample| sample.place);
    let (start, end) = (places.clone().next(), places.next_back());
    sheet.set(Field::StartPoint, start.map(Value::Point), path(paths.place));
    sheet.set(Field::EndPoint, end.map(Value::Point), path(paths.place));
    let line = polyline::summary(samples.iter().filter_map(|sample| sample.place));
    sheet.set(Field::SummaryPolyline, line.map(Value::Text), path(paths.place));
    sheet.number(Field::Streams, Some(samples.len() as f64), path(paths.sample));
}

/// A run's cadence as turns of one foot, whichever way its writer counts.
fn one_foot(sheet: &Sheet, figures: Option<Figures>) -> Option<Figures> {
    let figures = figures?;
    if both_feet(sheet.sport(), figures.average) { Some(figures.halved()) } else { Some(figures) }
}

/// Whether a cadence with that average counts both feet of a runner.
pub fn both_feet(sport: Option<Sport>, average: f64) -> bool {
    average > BOTH_FEET && sport.is_some_and(|sport| sport.family() == Family::Run)
}

/// What a series adds up to.
#[derive(Debug, Clone, Copy)]
struct Figures {
    average: f64,
    lowest: f64,
    highest: f64,
}

impl Figures {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (mut sum, mut count, mut lowest, mut highest) = (0.0, 0u32, f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite()) {
            (sum, count, lowest, highest) = (sum + value, count + 1, lowest.min(value), highest.max(value));
        }
        (count > 0).then(|| Self { average: sum / f64::from(count), lowest, highest })
    }

    fn halved(self) -> Self {
        Self { average: self.average / 2.0, lowest: self.lowest / 2.0, highest: self.highest / 2.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(times_s: &[i64]) -> Vec<Sample> {
        times_s.iter().map(|s| Sample { time_ms: Some(s * 1000), ..Sample::default() }).collect()
    }

    #[test]
    fn an_extent_is_not_stretched_by_a_clock_that_was_not_set() {
        let extent = Extent::of(&at(&[1_000_000_000, 1_000_000_001, 12, 1_000_000_009, 2_000_000_000])).unwrap();
        assert_eq!((extent.first_ms, extent.last_ms), (1_000_000_000_000, 1_000_000_009_000));
        assert_eq!((extent.samples, extent.strays), (3, 2));
    }

    #[test]
    fn a_step_back_and_a_long_pause_are_no_strays() {
        let extent = Extent::of(&at(&[100, 99, 101, 80_000])).unwrap();
        assert_eq!((extent.first_ms, extent.last_ms, extent.strays), (99_000, 80_000_000, 0));
        assert_eq!(Extent::of(&[Sample::default()]), None);
    }

    #[test]
    fn times_outside_of_the_satellites_age_are_none() {
        assert_eq!(instant(-2_147_483_648_000), None);
        assert_eq!(instant(i64::MAX), None);
        assert!(instant(1_700_000_000_123).is_some());
    }
}
