//! An activity of the API, read.

use domain::{ArtifactKind, Field, Fingerprint, IdentityKeys, Point, Sport, StartPrecision, Value as Read, Visibility};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::lineage::lineage;
use super::list::{instant, is_hidden, wall_clock};
use crate::archive::prose;
use crate::file::{Sheet, label};
use crate::strava::sport_of_word;
use crate::{Defect, Mapped, RawActivity, Unreadable};

/// Keys that are a number in their field's unit as they stand. Cadence counts one foot, as ours does.
const NUMBERS: [(&str, &str, Field); 10] = [
    ("elapsed_time", "/elapsed_time", Field::ElapsedTimeS),
    ("moving_time", "/moving_time", Field::MovingTimeS),
    ("utc_offset", "/utc_offset", Field::UtcOffsetS),
    ("average_heartrate", "/average_heartrate", Field::AverageHeartRateBpm),
    ("max_heartrate", "/max_heartrate", Field::MaxHeartRateBpm),
    ("average_cadence", "/average_cadence", Field::AverageCadenceRpm),
    ("average_temp", "/average_temp", Field::AverageTemperatureC),
    // Kilojoules are work and not what a body spends.
    ("calories", "/calories", Field::EnergyKcal),
    ("suffer_score", "/suffer_score", Field::RelativeEffort),
    ("perceived_exertion", "/perceived_exertion", Field::PerceivedExertion),
];

/// Keys that are 0 where nothing was measured: manual entries, gyms, lost signals.
const ZERO_IS_NOTHING: [(&str, &str, Field); 3] = [
    ("distance", "/distance", Field::DistanceM),
    ("average_speed", "/average_speed", Field::AverageSpeedMps),
    ("max_speed", "/max_speed", Field::MaxSpeedMps),
];

/// Keys of a power meter's numbers.
const POWER: [(&str, &str, Field); 3] = [
    ("average_watts", "/average_watts", Field::AveragePowerW),
    ("max_watts", "/max_watts", Field::MaxPowerW),
    ("weighted_average_watts", "/weighted_average_watts", Field::NormalizedPowerW),
];

/// Reads a record of Strava's API: the activity as listed, in detail, its laps and its series. Where both the list and
/// the detail have a key, the detail's word stands, also where it is nothing.
///
/// # Errors
/// [`Unreadable`] where neither can be read, or nothing says when the activity began and how long it took.
pub fn map_api(raw: &RawActivity) -> Result<Mapped, Unreadable> {
    let mut reader = Reader { documents: Vec::new(), sheet: Sheet::new(ArtifactKind::ActivityDetail) };
    let mut found = false;
    for kind in [ArtifactKind::ActivityDetail, ArtifactKind::ActivitySummary] {
        let Some(artifact) = raw.artifact(kind) else { continue };
        found = true;
        match serde_json::from_slice::<Map<String, Value>>(&artifact.bytes) {
            Ok(document) => reader.documents.push((kind, document)),
            Err(_) => {
                reader.sheet.turn_to(kind);
                reader.sheet.defect("", "it is no JSON object");
            }
        }
    }
    if !found {
        return Err(Unreadable::because("the record has neither a list's nor a detail's account of the activity"));
    }
    if reader.documents.is_empty() {
        return Err(Unreadable::because("the activity's document is no JSON object"));
    }
    let precision = reader.times();
    let source_sport = reader.sport();
    reader.numbers();
    reader.words();
    reader.route();
    reader.laps(raw);
    reader.streams(raw);
    let start = reader.sheet.start_s().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    let lineage = reader.text("external_id").and_then(|name| lineage(&name, start));
    let (readings, defects) = reader.sheet.into_parts();
    Ok(Mapped {
        fingerprint: Fingerprint::of(&readings, precision, None).ok_or_else(|| unreadable(&defects))?,
        readings,
        keys: IdentityKeys { session_index: raw.session_index, lineage, ..IdentityKeys::default() },
        source_sport,
        url: Some(format!("https://www.strava.com/activities/{}", raw.external_id)),
        multisport: None,
        defects,
    })
}

fn unreadable(defects: &[Defect]) -> Unreadable {
    let cause = defects.iter().find(|defect| matches!(&*defect.at.path, "/start_date" | "/elapsed_time"));
    let cause = cause.map(|defect| format!(" ({}: {})", defect.at.path, defect.problem)).unwrap_or_default();
    Unreadable::because(format!("the document does not say when the activity began and how long it took{cause}"))
}

struct Reader {
    /// The detail, then the list's; those that there are.
    documents: Vec<(ArtifactKind, Map<String, Value>)>,
    sheet: Sheet,
}

impl Reader {
    /// What stands at a key, unless that is nothing; the sheet then speaks of that document.
    fn value(&mut self, key: &str) -> Option<Value> {
        let (kind, value) = self.documents.iter().find_map(|(kind, document)| Some((*kind, document.get(key)?)))?;
        self.sheet.turn_to(kind);
        (!value.is_null()).then(|| value.clone())
    }

    /// A number, whole or not. Some clients of Strava's have made texts of them.
    fn number(&mut self, key: &str) -> Option<f64> {
        let value = self.value(key)?;
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        if number.is_none() {
            self.sheet.defect(format!("/{key}"), "it is no number");
        }
        number
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.value(key)? {
            Value::String(text) => Some(text),
            _ => {
                self.sheet.defect(format!("/{key}"), "it is no text");
                None
            }
        }
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(flag) => Some(flag),
            _ => {
                self.sheet.defect(format!("/{key}"), "it is neither true nor false");
                None
            }
        }
    }

    /// When it began, and how exactly that is told: a hidden start is the day's midnight and a second, on the local
    /// clock or on that of UTC.
    fn times(&mut self) -> StartPrecision {
        let local = self.text("start_date_local");
        let local_read = local.as_deref().and_then(wall_clock);
        if local.is_some() && local_read.is_none() {
            self.sheet.defect("/start_date_local", "it is no local time");
        }
        let offset = self.number("utc_offset");
        if let Some(text) = self.text("start_date") {
            match instant(&text) {
                Some(start) => {
                    let hidden = local_read.filter(is_hidden).zip(offset);
                    let shifted = hidden.map(|(local, offset)| local.and_utc() - seconds(offset));
                    match shifted.filter(|shifted| *shifted != start) {
                        Some(start) => {
                            self.value("start_date_local");
                            self.sheet.set(Field::StartTimeUtc, Some(Read::Instant(start)), "/start_date_local");
                        }
                        None => self.sheet.set(Field::StartTimeUtc, Some(Read::Instant(start)), "/start_date"),
                    }
                }
                None => self.sheet.defect("/start_date", "it is no instant"),
            }
        }
        if let Some(zone) = self.text("timezone") {
            // `(GMT-08:00) America/Los_Angeles`: the part in front ignores summer time.
            let name = zone.split_once(") ").map_or(zone.as_str(), |(_, name)| name);
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte));
            self.sheet.set(Field::Timezone, label(name).filter(|_| plain).map(Read::Text), "/timezone");
        }
        if local_read.is_some_and(|local| is_hidden(&local)) {
            StartPrecision::LocalDate
        } else {
            StartPrecision::Second
        }
    }

    /// The precise word, or where it is missing the old one.
    fn sport(&mut self) -> Option<String> {
        for (key, path) in [("sport_type", "/sport_type"), ("type", "/type")] {
            let Some(word) = self.text(key).and_then(|word| label(&word)) else { continue };
            let sport = sport_of_word(&word);
            if sport.is_none() {
                self.sheet.defect(path, "it is no sport that is known");
            }
            self.sheet.set(Field::SportType, Some(Read::Sport(sport.unwrap_or(Sport::Other))), path);
            return Some(word);
        }
        None
    }

    fn numbers(&mut self) {
        for (key, path, field) in NUMBERS {
            let number = self.number(key);
            self.sheet.number(field, number, path);
        }
        for (key, path, field) in ZERO_IS_NOTHING {
            let number = self.number(key).filter(|number| *number != 0.0);
            self.sheet.number(field, number, path);
        }
        // Without a power meter Strava guesses; a guess is no measurement.
        if self.flag("device_watts") != Some(false) {
            for (key, path, field) in POWER {
                let number = self.number(key);
                self.sheet.number(field, number, path);
            }
        }
        self.heights();
    }

    /// No climb, and no height at all: nothing measured it.
    fn heights(&mut self) {
        let [low, high, gain] = ["elev_low", "elev_high", "total_elevation_gain"].map(|key| self.number(key));
        if [low, high, gain].iter().flatten().all(|metres| *metres == 0.0) {
            return;
        }
        for (key, path, field) in [
            ("elev_low", "/elev_low", Field::ElevationMinM),
            ("elev_high", "/elev_high", Field::ElevationMaxM),
            ("total_elevation_gain", "/total_elevation_gain", Field::ElevationGainM),
        ] {
            let number = self.number(key);
            self.sheet.number(field, number, path);
        }
    }

    fn words(&mut self) {
        for (key, path, field) in [("name", "/name", Field::Name), ("device_name", "/device_name", Field::Device)] {
            let text = self.text(key).and_then(|text| label(&text));
            self.sheet.set(field, text.map(Read::Text), path);
        }
        let description = self.text("description").and_then(|text| prose(&text));
        self.sheet.set(Field::Description, description.map(Read::Text), "/description");
        // The list only has the gear's number, which no athlete knows.
        let gear = self.value("gear").and_then(|gear| label(gear.get("name")?.as_str()?));
        self.sheet.set(Field::Gear, gear.map(Read::Text), "/gear/name");
        for (key, path, field) in [("commute", "/commute", Field::Commute), ("manual", "/manual", Field::Manual)] {
            let flag = self.flag(key);
            self.sheet.set(field, flag.map(Read::Flag), path);
        }
        // That it was not on a trainer does not say that it was outdoors.
        let indoor = self.flag("trainer").filter(|trainer| *trainer);
        self.sheet.set(Field::Indoor, indoor.map(Read::Flag), "/trainer");
        self.visibility();
    }

    fn visibility(&mut self) {
        if let Some(word) = self.text("visibility") {
            match word.as_str() {
                "everyone" => self.see(Visibility::Everyone, "/visibility"),
                "followers_only" => self.see(Visibility::Followers, "/visibility"),
                "only_me" => self.see(Visibility::OnlyMe, "/visibility"),
                _ => self.sheet.defect("/visibility", "it is no visibility that is known"),
            }
        }
        if self.flag("private") == Some(true) {
            self.see(Visibility::OnlyMe, "/private");
        }
    }

    fn see(&mut self, visibility: Visibility, path: &'static str) {
        self.sheet.set(Field::Visibility, Some(Read::Visibility(visibility)), path);
    }

    /// Where there is no route, Strava writes `null`, `[]` or nothing.
    fn route(&mut self) {
        for (key, path, field) in
            [("start_latlng", "/start_latlng", Field::StartPoint), ("end_latlng", "/end_latlng", Field::EndPoint)]
        {
            let Some(place) = self.value(key) else { continue };
            match place.as_array().map(Vec::as_slice) {
                Some([]) => {}
                Some([latitude, longitude]) => {
                    let point = latitude.as_f64().zip(longitude.as_f64()).map(|(a, b)| Point::from_degrees(a, b));
                    match point {
                        Some(point) => self.sheet.set(field, point.map(Read::Point), path),
                        None => self.sheet.defect(path, "it is no place"),
                    }
                }
                _ => self.sheet.defect(path, "it is no place"),
            }
        }
        let line = self.value("map").and_then(|map| Some(map.get("summary_polyline")?.as_str()?.to_owned()));
        let line = line.filter(|line| !line.is_empty());
        self.sheet.set(Field::SummaryPolyline, line.map(Read::Text), "/map/summary_polyline");
    }

    fn laps(&mut self, raw: &RawActivity) {
        if let Some(artifact) = raw.artifact(ArtifactKind::Laps) {
            self.sheet.turn_to(ArtifactKind::Laps);
            match serde_json::from_slice::<Vec<IgnoredAny>>(&artifact.bytes) {
                Ok(laps) => self.sheet.number(Field::Laps, Some(laps.len() as f64), ""),
                Err(_) => self.sheet.defect("", "it is no list of laps"),
            }
        }
        let laps = self.value("laps").and_then(|laps| Some(laps.as_array()?.len() as f64));
        self.sheet.number(Field::Laps, laps, "/laps");
    }

    /// How many samples there are: all series have as many.
    fn streams(&mut self, raw: &RawActivity) {
        /// One series. What stands for one sample takes no room here.
        #[derive(Deserialize)]
        struct Series {
            #[serde(default)]
            data: Vec<IgnoredAny>,
        }
        let Some(artifact) = raw.artifact(ArtifactKind::Streams) else { return };
        self.sheet.turn_to(ArtifactKind::Streams);
        let series: Option<Vec<(String, Series)>> = if artifact.bytes.trim_ascii_start().starts_with(b"[") {
            // As it was before Strava told series by their type.
            let list: Option<Vec<Series>> = serde_json::from_slice(&artifact.bytes).ok();
            list.map(|list| list.into_iter().enumerate().map(|(index, series)| (index.to_string(), series)).collect())
        } else {
            let types: Option<std::collections::BTreeMap<String, Series>> =
                serde_json::from_slice(&artifact.bytes).ok();
            types.map(|types| types.into_iter().collect())
        };
        let Some(series) = series else { return self.sheet.defect("", "it is no set of series") };
        let longest = series.iter().max_by_key(|(name, series)| (series.data.len(), name == "time"));
        let Some((name, longest)) = longest else { return };
        let name = name.replace('~', "~0").replace('/', "~1");
        self.sheet.number(Field::Streams, Some(longest.data.len() as f64), format!("/{name}/data"));
        if series.iter().any(|(_, series)| series.data.len() != longest.data.len()) {
            self.sheet.defect("", "its series differ in length");
        }
    }
}

fn seconds(offset: f64) -> chrono::Duration {
    chrono::Duration::seconds(offset.clamp(-86_400.0, 86_400.0) as i64)
}
