//! The lists of activities, cut into rows with their verbatim bytes.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Whether an entry is a list of activities, by its name.
pub fn is_list(entry: &str) -> bool {
    // Exports name them NAME_N_summarizedActivities.json; people and tools put words of theirs in between.
    let file = entry.rsplit('/').next().unwrap_or(entry).to_ascii_lowercase();
    file.contains("summarizedactivities") && file.ends_with(".json")
}

/// A number, also one that is written as a text. Units are the caller's.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// An id: whole digits, also where a float or a text carries them. Nothing for 0.
pub fn id(value: &Value) -> Option<String> {
    let digits = match value {
        Value::Number(number) => match number.as_u64() {
            Some(id) => id.to_string(),
            // 2^53: beyond, a float is not that id any more.
            None => number.as_f64().filter(|id| id.fract() == 0.0 && (0.0..9e15).contains(id))?.to_string(),
        },
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let whole = (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    (whole && digits != "0").then_some(digits)
}

/// What joins a row to its file.
#[derive(Debug, Clone)]
pub struct Row {
    /// The activity's id.
    pub id: String,
    /// The element, verbatim.
    pub bytes: Bytes,
    /// When it began, in whole seconds since 1970.
    pub start_s: i64,
    /// From start to end, in seconds.
    pub elapsed_s: Option<f64>,
    /// The recording device's unit id.
    pub device: Option<u64>,
    /// Whether it is the whole of a multisport activity.
    pub is_parent: bool,
    /// The whole that it is a leg of.
    pub parent: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    activity_id: Value,
    #[serde(default)]
    begin_timestamp: Value,
    #[serde(default)]
    start_time_gmt: Value,
    #[serde(default)]
    duration: Value,
    #[serde(default)]
    elapsed_duration: Value,
    #[serde(default)]
    device_id: Value,
    #[serde(default)]
    activity_type: Value,
    #[serde(default)]
    parent: Value,
    #[serde(default)]
    parent_id: Value,
}

/// When a row's activity began, in milliseconds since 1970, and the member that says so. Parents of multisport
/// activities lack the first.
pub fn begin_ms(begin_timestamp: &Value, start_time_gmt: &Value) -> Option<(f64, &'static str)> {
    let of = |value: &Value| number(value).filter(|ms| *ms > 0.0);
    match of(begin_timestamp) {
        Some(ms) => Some((ms, "/beginTimestamp")),
        None => of(start_time_gmt).map(|ms| (ms, "/startTimeGmt")),
    }
}

/// Whether a row is the whole of a multisport activity.
pub fn is_parent(parent: &Value, activity_type: &Value) -> bool {
    *parent == Value::Bool(true)
        || activity_type
            .as_str()
            .is_some_and(|key| super::super::sport_of_type_key(key) == Some(domain::Sport::Multisport))
}

impl Row {
    /// # Errors
    /// Why no record can be made of the element.
    fn of(bytes: Bytes) -> Result<Self, (Bytes, &'static str)> {
        let Ok(wire) = serde_json::from_slice::<Wire>(&bytes) else {
            return Err((bytes, "the element is no activity"));
        };
        let Some(id) = id(&wire.activity_id) else {
            return Err((bytes, "the element has no activity id: no record can be made of it"));
        };
        let Some((start_ms, _)) = begin_ms(&wire.begin_timestamp, &wire.start_time_gmt) else {
            return Err((bytes, "the element does not say when the activity began"));
        };
        let elapsed_ms = number(&wire.elapsed_duration).or_else(|| number(&wire.duration));
        let is_parent = is_parent(&wire.parent, &wire.activity_type);
        Ok(Self {
            id,
            bytes,
            start_s: (start_ms / 1000.0).floor() as i64,
            elapsed_s: elapsed_ms.map(|ms| ms / 1000.0),
            device: self::id(&wire.device_id).and_then(|device| device.parse().ok()),
            is_parent,
            parent: if is_parent { None } else { self::id(&wire.parent_id) },
        })
    }
}

#[derive(Deserialize)]
struct Wrapper<'a> {
    #[serde(borrow, rename = "summarizedActivitiesExport")]
    list: Vec<&'a RawValue>,
}

/// A row, or the bytes of which none can be made and why.
pub type Parsed = Result<Row, (Bytes, &'static str)>;

/// The rows of a list, whichever way it is wrapped.
///
/// # Errors
/// Where it is no JSON at all.
pub fn rows(list: &Bytes) -> Result<Vec<Parsed>, String> {
    let broken = |error: serde_json::Error| format!("it is no JSON (line {}, column {})", error.line(), error.column());
    let text = list.strip_prefix(b"\xef\xbb\xbf").unwrap_or(list);
    let elements: Vec<&RawValue> = match text.trim_ascii_start().first() {
        Some(b'[') => serde_json::from_slice(text).map_err(broken)?,
        _ => vec![serde_json::from_slice(text).map_err(broken)?],
    };
    let mut rows = Vec::new();
    for element in elements {
        let inner =
            serde_json::from_str::<Wrapper<'_>>(element.get()).map_or_else(|_| vec![element], |inner| inner.list);
        rows.extend(inner.into_iter().map(|row| Row::of(list.slice_ref(row.get().as_bytes()))));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_three_wrappings() {
        let row = r#"{"activityId":7,"beginTimestamp":1600000000999}"#;
        for list in [
            format!(r#"[{{"summarizedActivitiesExport":[ {row} ]}}]"#),
            format!(r#"{{"summarizedActivitiesExport":[{row}]}}"#),
            format!("\u{feff} [{row}]"),
        ] {
            let rows = rows(&Bytes::from(list)).unwrap();
            assert_eq!(rows.len(), 1);
            let found = rows[0].as_ref().unwrap();
            assert_eq!((found.id.as_str(), found.start_s, &found.bytes[..]), ("7", 1_600_000_000, row.as_bytes()));
        }
        assert!(rows(&Bytes::from_static(b"[{")).is_err());
    }

    #[test]
    fn ids_are_whole() {
        assert_eq!(id(&serde_json::json!(700_000_000_003.0)), Some("700000000003".to_owned()));
        assert_eq!(id(&serde_json::json!(u64::MAX)), Some(u64::MAX.to_string()));
        assert_eq!(id(&serde_json::json!("12")), Some("12".to_owned()));
        for none in [serde_json::json!(0), serde_json::json!(1.5), serde_json::json!(-3), serde_json::json!("x")] {
            assert_eq!(id(&none), None);
        }
    }
}
