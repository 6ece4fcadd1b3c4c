//! Laps and time series as services give them in JSON: Strava's laps and streams (`strava.md` §3.4, §3.6) and Garmin's
//! splits (`garmin.md` §5.4).

use chrono::{DateTime, NaiveDateTime, Utc};
use domain::Point;
use serde_json::{Map, Value};

use super::{Column, Lap, MOST_LAPS, StreamType, Streams};
use crate::Unreadable;
use crate::file::{MOST_SAMPLES, label};

/// What makes a lap of a list's element.
type Reader = fn(&Map<String, Value>) -> Lap;

fn read(bytes: &[u8]) -> Result<Value, Unreadable> {
    serde_json::from_slice(bytes).map_err(|_| Unreadable::because("the document is no JSON"))
}

/// The laps of a list of Strava's, of an activity in Strava's detail, or of Garmin's splits.
///
/// # Errors
/// [`Unreadable`] where it is none of them, or longer than a recording can be.
pub fn laps(bytes: &[u8]) -> Result<Vec<Lap>, Unreadable> {
    let document = read(bytes)?;
    let of_garmin = document.get("lapDTOs").and_then(Value::as_array);
    let of_strava = document.as_array().or_else(|| document.get("laps").and_then(Value::as_array));
    let (list, lap): (_, Reader) = match (of_garmin, of_strava, &document) {
        (Some(list), ..) => (list, garmin),
        (None, Some(list), _) => (list, strava),
        // An activity without laps.
        (None, None, Value::Object(_)) => return Ok(Vec::new()),
        _ => return Err(Unreadable::because("the document holds no list of laps")),
    };
    if list.len() > MOST_LAPS {
        return Err(Unreadable::because(format!("the document holds more than {MOST_LAPS} laps: no recording does")));
    }
    Ok(list.iter().filter_map(Value::as_object).map(lap).collect())
}

fn number(of: &Map<String, Value>, key: &str) -> Option<f64> {
    of.get(key)?.as_f64()
}

/// A number of which 0 says "not measured".
fn measured(of: &Map<String, Value>, key: &str) -> Option<f64> {
    number(of, key).filter(|number| *number > 0.0)
}

fn strava(lap: &Map<String, Value>) -> Lap {
    let start = lap.get("start_date").and_then(Value::as_str);
    Lap {
        name: lap.get("name").and_then(Value::as_str).and_then(label),
        start: start
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .map(|start| domain::to_micros(start.with_timezone(&Utc))),
        elapsed_s: number(lap, "elapsed_time"),
        moving_s: number(lap, "moving_time"),
        distance_m: number(lap, "distance"),
        average_speed_mps: number(lap, "average_speed"),
        average_heart_rate_bpm: measured(lap, "average_heartrate"),
        max_heart_rate_bpm: measured(lap, "max_heartrate"),
        average_power_w: number(lap, "average_watts"),
        average_cadence_rpm: number(lap, "average_cadence"),
        elevation_gain_m: number(lap, "total_elevation_gain"),
    }
}

fn garmin(lap: &Map<String, Value>) -> Lap {
    let start = lap.get("startTimeGMT").and_then(Value::as_str);
    Lap {
        name: None,
        start: start
            .and_then(|text| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok())
            .map(|start| domain::to_micros(start.and_utc())),
        elapsed_s: number(lap, "elapsedDuration").or_else(|| number(lap, "duration")),
        moving_s: measured(lap, "movingDuration").or_else(|| number(lap, "duration")),
        distance_m: number(lap, "distance"),
        average_speed_mps: number(lap, "averageSpeed"),
        average_heart_rate_bpm: measured(lap, "averageHR"),
        max_heart_rate_bpm: measured(lap, "maxHR"),
        average_power_w: number(lap, "averagePower"),
        // Both feet; the field counts one.
        average_cadence_rpm: number(lap, "averageBikeCadence")
            .or_else(|| number(lap, "averageRunCadence").map(|steps| steps / 2.0)),
        elevation_gain_m: number(lap, "elevationGain"),
    }
}

/// Strava's streams, by type in an object or one after the other in an array.
///
/// # Errors
/// [`Unreadable`] where it is neither, or longer than a recording can be.
pub fn streams(bytes: &[u8]) -> Result<Streams, Unreadable> {
    let named: Vec<(String, Value)> = match read(bytes)? {
        Value::Object(members) => members.into_iter().collect(),
        Value::Array(list) => {
            list.into_iter().filter_map(|one| Some((one.get("type")?.as_str()?.to_owned(), one))).collect()
        }
        _ => return Err(Unreadable::because("the document holds no time series")),
    };
    let mut columns = Vec::new();
    for (name, stream) in &named {
        let Some(kind) = of_strava(name) else { continue };
        let Some(data) = stream.get("data").and_then(Value::as_array) else { continue };
        if data.len() > MOST_SAMPLES {
            return Err(Unreadable::because(format!(
                "the document holds more than {MOST_SAMPLES} samples: no recording does"
            )));
        }
        let column = match kind {
            StreamType::Latlng => Column::Places(data.iter().map(place).collect()),
            StreamType::Moving => Column::Numbers(data.iter().map(|one| one.as_bool().map(f64::from)).collect()),
            _ => Column::Numbers(data.iter().map(Value::as_f64).collect()),
        };
        columns.push((kind, column));
    }
    Ok(Streams::of(columns))
}

fn of_strava(name: &str) -> Option<StreamType> {
    Some(match name {
        "time" => StreamType::Time,
        "distance" => StreamType::Distance,
        "latlng" => StreamType::Latlng,
        "altitude" => StreamType::Altitude,
        "velocity_smooth" => StreamType::Speed,
        "heartrate" => StreamType::HeartRate,
        "cadence" => StreamType::Cadence,
        "watts" => StreamType::Power,
        "temp" => StreamType::Temperature,
        "grade_smooth" => StreamType::Grade,
        "moving" => StreamType::Moving,
        _ => return None,
    })
}

fn place(pair: &Value) -> Option<Point> {
    match pair.as_array()?.as_slice() {
        [latitude, longitude] => Point::from_degrees(latitude.as_f64()?, longitude.as_f64()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_strava_s_streams_are_one_set() {
        let by_type = br#"{"time":{"data":[0,1,3],"original_size":3},"latlng":{"data":[[10.5,-20.25],null,[0,0]]},
            "watts":{"data":[200,null]},"moving":{"data":[true,false,true]},"mood":{"data":[1]},"heartrate":{}}"#;
        let in_turn =
            br#"[{"type":"moving","data":[true,false,true]},{"type":"latlng","data":[[10.5,-20.25],null,[0,0]]},
            {"type":"watts","data":[200,null]},{"type":"time","data":[0,1,3]},7,{"data":[]}]"#;
        let (a, b) = (streams(by_type).unwrap(), streams(in_turn).unwrap());
        assert_eq!(a, b);
        assert_eq!(a.samples(), 3);
        let kinds: Vec<StreamType> = a.iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [StreamType::Time, StreamType::Latlng, StreamType::Power, StreamType::Moving]);
        let column = |wanted| a.iter().find(|(kind, _)| *kind == wanted).map(|(_, column)| column.clone());
        assert_eq!(column(StreamType::Power), Some(Column::Numbers(vec![Some(200.0), None, None])));
        assert_eq!(column(StreamType::Moving), Some(Column::Numbers(vec![Some(1.0), Some(0.0), Some(1.0)])));
        let place = Point::from_degrees(10.5, -20.25);
        assert_eq!(column(StreamType::Latlng), Some(Column::Places(vec![place, None, None])));
    }

    #[test]
    fn laps_of_both_services() {
        let lap = r#"{"name":"Lap 1","start_date":"2026-03-01T07:00:00Z","elapsed_time":310,"moving_time":300,
            "distance":1000.5,"average_speed":3.3,"average_cadence":85.5,"total_elevation_gain":12}"#;
        let list = laps(format!("[{lap}]").as_bytes()).unwrap();
        assert_eq!(laps(format!(r#"{{"id":1,"laps":[{lap}]}}"#).as_bytes()).unwrap(), list);
        let splits = br#"{"lapDTOs":[{"startTimeGMT":"2026-03-01T07:00:00.0","distance":1000.5,"duration":305,
            "movingDuration":300,"elapsedDuration":310,"elevationGain":12,"averageSpeed":3.3,"averageRunCadence":171,
            "averageHR":0}]}"#;
        let of_garmin = laps(splits).unwrap();
        assert_eq!(of_garmin, vec![Lap { name: None, ..list[0].clone() }]);
        assert_eq!(laps(br#"{"id":1}"#), Ok(Vec::new()));
    }

    #[test]
    fn hostile_documents_are_refused() {
        let many = format!("[{}{{}}]", "{},".repeat(MOST_LAPS));
        let long = format!(r#"{{"time":{{"data":[{}1]}}}}"#, "1,".repeat(MOST_SAMPLES));
        let deep = "[".repeat(100_000);
        for text in [many.as_str(), "7", "", &deep, "\u{0}"] {
            assert!(laps(text.as_bytes()).is_err(), "{} bytes", text.len());
        }
        for text in [long.as_str(), "7", "", &deep, "null"] {
            assert!(streams(text.as_bytes()).is_err(), "{} bytes", text.len());
        }
    }
}
