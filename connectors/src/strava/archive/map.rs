//! One row of `activities.csv` and its file, read.

use chrono::{DateTime, Utc};
use csv::ByteRecord;
use domain::{ArtifactKind, Field, Fingerprint, IdentityKeys, Pointer, Sport, StartPrecision, Value};

use super::header::Column;
use super::rows::{Row, Rows};
use super::{date, number};
use crate::archive::{fill, prose};
use crate::file::{self, FileContent, Session, Sheet, label};
use crate::strava::sport_of_word;
use crate::{Defect, Mapped, RawActivity, Unreadable};

/// How far the file's start may lie from the row's before it is worth a remark, in seconds.
const SAME_START_S: i64 = 60;

/// Columns that are a number in their field's unit as they stand. Cadence of runs counts one foot.
const NUMBERS: [(Column, Field); 17] = [
    (Column::Elapsed, Field::ElapsedTimeS),
    (Column::Moving, Field::MovingTimeS),
    (Column::Gain, Field::ElevationGainM),
    (Column::Loss, Field::ElevationLossM),
    (Column::Low, Field::ElevationMinM),
    (Column::High, Field::ElevationMaxM),
    (Column::AverageHeartRate, Field::AverageHeartRateBpm),
    (Column::MaxHeartRate, Field::MaxHeartRateBpm),
    (Column::AverageWatts, Field::AveragePowerW),
    (Column::MaxWatts, Field::MaxPowerW),
    (Column::WeightedPower, Field::NormalizedPowerW),
    (Column::AverageCadence, Field::AverageCadenceRpm),
    (Column::MaxCadence, Field::MaxCadenceRpm),
    (Column::Calories, Field::EnergyKcal),
    (Column::AverageTemperature, Field::AverageTemperatureC),
    (Column::RelativeEffort, Field::RelativeEffort),
    (Column::PerceivedExertion, Field::PerceivedExertion),
];

/// Reads a record of Strava's account export: one row of `activities.csv`, and its activity file.
///
/// # Errors
/// [`Unreadable`] where the row is none, or does not say when the activity began and how long it took.
pub fn map_archive(raw: &RawActivity) -> Result<Mapped, Unreadable> {
    let document = raw
        .artifact(ArtifactKind::ArchiveRow)
        .ok_or_else(|| Unreadable::because("the record has no row of activities.csv"))?;
    let mut rows = Rows::open(document.bytes.clone())
        .ok_or_else(|| Unreadable::because("the header of the record's row is not that of Strava's activities.csv"))?;
    let Some(Row::Whole(cells, _)) = rows.next() else {
        return Err(Unreadable::because("the record's row of activities.csv cannot be read"));
    };
    let mut reader = RowReader { rows: &rows, cells: &cells, sheet: Sheet::new(ArtifactKind::ArchiveRow) };
    let (precision, source_sport) = reader.read();
    let sport_at = reader.pointer(Column::Type);
    // By the row and not by the artifact: bytes that two sources gave are kept once, under the name that came first.
    let name = rows.text(&cells, Column::Filename);
    let original = name.is_some_and(|name| name.to_ascii_lowercase().ends_with(".gz"));
    let (readings, defects) = reader.sheet.into_parts();
    let mut mapped = Mapped {
        fingerprint: Fingerprint::of(&readings, precision, None)
            .ok_or_else(|| Unreadable::because("the row does not say when the activity began and how long it took"))?,
        readings,
        keys: IdentityKeys::default(),
        source_sport,
        url: Some(format!("https://www.strava.com/activities/{}", raw.external_id)),
        multisport: None,
        defects,
    };
    add_file(raw, &mut mapped, original);
    if mapped.source_sport.is_some() {
        let at = Pointer::new(ArtifactKind::ArchiveRow, sport_at);
        mapped.readings.set_if_absent(Field::SportType, Value::Sport(Sport::Other), at);
    }
    let serial = mapped.fingerprint.device_serial;
    if let Some(fingerprint) = Fingerprint::of(&mapped.readings, precision, serial) {
        mapped.fingerprint = fingerprint;
    }
    Ok(mapped)
}

struct RowReader<'a> {
    rows: &'a Rows,
    cells: &'a ByteRecord,
    sheet: Sheet,
}

impl RowReader<'_> {
    fn read(&mut self) -> (StartPrecision, Option<String>) {
        if self.cells.len() != self.rows.header.len() {
            self.sheet.defect("", "the row has another number of cells than its header");
        }
        let precision = self.start();
        let source_sport = self.sport();
        self.distance_and_speed();
        for (column, field) in NUMBERS {
            let number = self.number(column);
            let at = self.pointer(column);
            self.sheet.number(field, number, at);
        }
        for (column, field) in [(Column::Name, Field::Name), (Column::Gear, Field::Gear)] {
            let text = self.rows.text(self.cells, column).and_then(|text| label(&text));
            self.sheet.set(field, text.map(Value::Text), self.pointer(column));
        }
        let description = self.rows.text(self.cells, Column::Description).and_then(|text| prose(&text));
        self.sheet.set(Field::Description, description.map(Value::Text), self.pointer(Column::Description));
        self.flags();
        // Only a length that is some pool's is surely in metres.
        let pool = self.number(Column::PoolLength).filter(|metres| (10.0..=100.0).contains(metres));
        self.sheet.number(Field::PoolLengthM, pool, self.pointer(Column::PoolLength));
        (precision, source_sport)
    }

    /// Where the cell stood that [`Rows::cell`] gives.
    fn pointer(&self, column: Column) -> String {
        let place = self.rows.cell(self.cells, column).map(|(_, place)| place);
        let place = place.or_else(|| self.rows.header.places(column).last().copied());
        place.map_or_else(String::new, |place| self.rows.header.pointer(place))
    }

    fn number(&mut self, column: Column) -> Option<f64> {
        let text = self.rows.text(self.cells, column)?;
        let number = number::machine(&text);
        if number.is_none() {
            self.sheet.defect(self.pointer(column), "it is no number");
        }
        number
    }

    fn start(&mut self) -> StartPrecision {
        let text = self.rows.text(self.cells, Column::Date).unwrap_or_default();
        let Some((start, seconds)) = date::parse(&text, self.rows.header.english) else {
            self.sheet.defect(self.pointer(Column::Date), "it is no date");
            return StartPrecision::Second;
        };
        self.sheet.set(Field::StartTimeUtc, Some(Value::Instant(start)), self.pointer(Column::Date));
        if seconds { StartPrecision::Second } else { StartPrecision::Minute }
    }

    fn sport(&mut self) -> Option<String> {
        let word = self.rows.text(self.cells, Column::Type).and_then(|word| label(&word))?;
        let at = self.pointer(Column::Type);
        match sport_of_word(&word) {
            Some(sport) => self.sheet.set(Field::SportType, Some(Value::Sport(sport)), at),
            // The file may know it better.
            None => self.sheet.defect(at, "it is no sport that is known"),
        }
        Some(word)
    }

    /// Strava writes 0 where there is no distance: it is then left out, and the speeds with it.
    fn distance_and_speed(&mut self) {
        let places = self.rows.header.places(Column::Distance);
        let Some((cell, place)) = self.rows.cell(self.cells, Column::Distance) else { return };
        let text = String::from_utf8_lossy(cell);
        let detailed = self.rows.header.old || (places.len() > 1 && places.last() == Some(&place));
        let metres = if detailed { number::machine(&text) } else { self.displayed_distance(&text) };
        let at = self.rows.header.pointer(place);
        match metres {
            None => self.sheet.defect(at, "it is no number"),
            Some(metres) if metres != 0.0 => self.sheet.number(Field::DistanceM, Some(metres), at),
            Some(_) => {}
        }
        for (column, field) in [(Column::AverageSpeed, Field::AverageSpeedMps), (Column::MaxSpeed, Field::MaxSpeedMps)]
        {
            let speed = self.number(column).filter(|speed| *speed != 0.0);
            self.sheet.number(field, speed, self.pointer(column));
        }
    }

    /// The display column: kilometres, but metres for swims.
    fn displayed_distance(&self, text: &str) -> Option<f64> {
        let shown = number::displayed(text, self.rows.header.english)?;
        let word = self.rows.text(self.cells, Column::Type).unwrap_or_default();
        let swim = matches!(sport_of_word(&word), Some(Sport::Swim | Sport::PoolSwim | Sport::OpenWaterSwim));
        Some(if swim { shown } else { shown * 1000.0 })
    }

    fn flags(&mut self) {
        let word = self.rows.text(self.cells, Column::Commute).unwrap_or_default().to_lowercase();
        let commute = match word.as_str() {
            "1" | "1.0" | "1,0" | "true" => Some(true),
            "0" | "0.0" | "0,0" | "false" => Some(false),
            _ => None,
        };
        self.sheet.set(Field::Commute, commute.map(Value::Flag), self.pointer(Column::Commute));
        if self.rows.header.places(Column::Filename).is_empty() {
            return;
        }
        let file = self.rows.text(self.cells, Column::Filename).is_some();
        let uploaded = self.rows.text(self.cells, Column::FromUpload).and_then(|text| number::machine(&text));
        let manual = Value::Flag(!file && uploaded != Some(1.0));
        self.sheet.set(Field::Manual, Some(manual), self.pointer(Column::Filename));
    }
}

/// The session whose start is nearest.
pub fn nearest(content: &FileContent, start: DateTime<Utc>) -> Option<&Session> {
    match content {
        FileContent::Activity(sessions) => {
            sessions.iter().min_by_key(|session| (session.mapped.fingerprint.start - start).abs())
        }
        FileContent::NotActivity { .. } => None,
    }
}

/// Adds what the row lacks and its file has. A file that the export has compressed is the original upload; a plain one
/// was written by Strava and proves nothing of the recording.
fn add_file(raw: &RawActivity, mapped: &mut Mapped, original: bool) {
    let Some(artifact) = raw.artifacts.iter().find(|artifact| artifact.kind.is_file()) else { return };
    let defect = |path: String, problem: String| Defect { at: Pointer::new(artifact.kind, path), problem };
    let content = match file::read(&artifact.bytes) {
        Ok(content) => content,
        Err(unreadable) => return mapped.defects.push(defect(String::new(), unreadable.reason)),
    };
    let start = mapped.fingerprint.start;
    let Some(session) = nearest(&content, start) else {
        if let FileContent::NotActivity { what } = content {
            mapped.defects.push(defect(String::new(), format!("the file holds no activity but {what}")));
        }
        return;
    };
    let read = &session.mapped;
    let apart = (read.fingerprint.start - start).num_seconds();
    if apart.abs() > SAME_START_S {
        let at = read.readings.get(Field::StartTimeUtc).map(|reading| reading.at.path.clone().into_owned());
        let problem = format!("the file begins {apart} s from the start that the row tells; the row's was kept");
        mapped.defects.push(defect(at.unwrap_or_default(), problem));
    }
    fill(&mut mapped.readings, &read.readings, original);
    if original {
        mapped.keys = read.keys.clone();
    }
    mapped.fingerprint.device_serial = read.fingerprint.device_serial;
    mapped.defects.extend(read.defects.iter().cloned());
}
