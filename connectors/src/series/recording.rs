//! The samples of an activity file as time series.

use domain::{Field, Value};

use super::{Column, StreamType, Streams};
use crate::file::{Recording, Sample, both_feet};

/// The series that the samples tell.
pub fn streams(recording: &Recording) -> Streams {
    let samples = &recording.samples;
    let numbers = |of: &dyn Fn(&Sample) -> Option<f64>| Column::Numbers(samples.iter().map(of).collect());
    let start_ms = recording.session.mapped.fingerprint.start.timestamp_millis();
    let sport = match recording.session.mapped.readings.value(Field::SportType) {
        Some(Value::Sport(sport)) => Some(*sport),
        _ => None,
    };
    let turning = || samples.iter().filter_map(|sample| sample.cadence.filter(|rpm| *rpm > 0).map(f64::from));
    let halved = both_feet(sport, turning().sum::<f64>() / turning().count() as f64);
    let cadence = move |rpm: u8| if halved { f64::from(rpm) / 2.0 } else { f64::from(rpm) };
    Streams::of([
        (StreamType::Time, numbers(&|sample| Some((sample.time_ms? - start_ms) as f64 / 1000.0))),
        (StreamType::Distance, numbers(&|sample| sample.distance_m)),
        (StreamType::Latlng, Column::Places(samples.iter().map(|sample| sample.place).collect())),
        (StreamType::Altitude, numbers(&|sample| sample.altitude_m.map(f64::from))),
        (StreamType::Speed, numbers(&|sample| sample.speed_mps.map(f64::from))),
        // 0 is a strap that lost contact.
        (StreamType::HeartRate, numbers(&|sample| sample.heart_rate.filter(|bpm| *bpm > 0).map(f64::from))),
        (StreamType::Cadence, numbers(&|sample| sample.cadence.map(cadence))),
        (StreamType::Power, numbers(&|sample| sample.power.map(f64::from))),
        (StreamType::Temperature, numbers(&|sample| sample.temperature_c.map(f64::from))),
    ])
}
