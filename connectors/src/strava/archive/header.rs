//! The header of `activities.csv`: columns come and go, stand twice, and speak the account's language.

use std::collections::BTreeMap;

use csv::ByteRecord;

use super::date;

/// A column that is read. The others, weather and private notes among them, stay in the artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    Id,
    Date,
    Name,
    Type,
    Description,
    Elapsed,
    Distance,
    RelativeEffort,
    Commute,
    Gear,
    Filename,
    Moving,
    MaxSpeed,
    AverageSpeed,
    Gain,
    Loss,
    Low,
    High,
    MaxCadence,
    AverageCadence,
    MaxHeartRate,
    AverageHeartRate,
    MaxWatts,
    AverageWatts,
    WeightedPower,
    Calories,
    AverageTemperature,
    PerceivedExertion,
    FromUpload,
    PoolLength,
}

use Column as C;

/// English, German, Dutch, French. A word that was never seen in an export is left out: its column is then found by
/// its place.
const NAMES: [(Column, [&str; 4]); 30] = [
    (C::Id, ["activity id", "aktivitäts-id", "activiteits-id", "id de l'activité"]),
    (C::Date, ["activity date", "aktivitätsdatum", "datum van activiteit", "date de l'activité"]),
    (C::Name, ["activity name", "name der aktivität", "naam activiteit", "nom de l'activité"]),
    (C::Type, ["activity type", "aktivitätsart", "activiteitstype", "type d'activité"]),
    (C::Description, ["activity description", "aktivitätsbeschreibung", "", "description de l'activité"]),
    (C::Elapsed, ["elapsed time", "verstrichene zeit", "verstreken tijd", "temps écoulé"]),
    (C::Distance, ["distance", "distanz", "afstand", "distance"]),
    (C::RelativeEffort, ["relative effort", "relative leistung", "relatieve inspanning", ""]),
    (C::Commute, ["commute", "pendeln", "woon-werkverkeer", ""]),
    (C::Gear, ["activity gear", "aktivitätsausrüstung", "", ""]),
    (C::Filename, ["filename", "dateiname", "bestandsnaam", "nom du fichier"]),
    (C::Moving, ["moving time", "bewegungszeit", "beweegtijd", "durée de déplacement"]),
    (C::MaxSpeed, ["max speed", "höchstgeschw.", "max. snelheid", ""]),
    (C::AverageSpeed, ["average speed", "durchschnittliche geschwindigkeit", "gemiddelde snelheid", ""]),
    (C::Gain, ["elevation gain", "höhenzunahme", "totale stijging", "dénivelé positif"]),
    (C::Loss, ["elevation loss", "höhenunterschied", "totale daling", ""]),
    (C::Low, ["elevation low", "min. höhe", "", ""]),
    (C::High, ["elevation high", "max. höhe", "", ""]),
    (C::MaxCadence, ["max cadence", "max. tritt-/schrittfrequenz", "max. cadans", ""]),
    (C::AverageCadence, ["average cadence", "durchschnittliche trittfrequenz", "gemiddelde cadans", ""]),
    (C::MaxHeartRate, ["max heart rate", "max. herzfrequenz", "max. hartslag", ""]),
    (
        C::AverageHeartRate,
        ["average heart rate", "durchschnittliche herzfrequenz", "gemiddelde hartslag", "fréquence cardiaque moyenne"],
    ),
    (C::MaxWatts, ["max watts", "max. watt", "", ""]),
    (C::AverageWatts, ["average watts", "durchschnittliche watt", "", ""]),
    (C::WeightedPower, ["weighted average power", "gewichtete durchschnittliche leistung", "", ""]),
    (C::Calories, ["calories", "kalorien", "calorieën", "calories"]),
    (C::AverageTemperature, ["average temperature", "durchschnittliche temperatur", "", ""]),
    (C::PerceivedExertion, ["perceived exertion", "gefühlte anstrengung", "ervaren inspanning", ""]),
    (C::FromUpload, ["from upload", "von upload", "", ""]),
    (C::PoolLength, ["pool length", "pool-länge", "", ""]),
];

/// Until June 2019: ten columns, distance in metres.
const OLD: [(Column, &str); 10] = [
    (C::Id, "id"),
    (C::Date, "date"),
    (C::Name, "name"),
    (C::Type, "type"),
    (C::Description, "description"),
    (C::Elapsed, "elapsed_time"),
    (C::Distance, "distance"),
    (C::Commute, "commute"),
    (C::Gear, "gear"),
    (C::Filename, "filename"),
];

/// Where columns stand since 2023; every header so far only grew behind these.
const PLACES: [(usize, Column); 33] = [
    (0, C::Id),
    (1, C::Date),
    (2, C::Name),
    (3, C::Type),
    (4, C::Description),
    (5, C::Elapsed),
    (6, C::Distance),
    (7, C::MaxHeartRate),
    (8, C::RelativeEffort),
    (9, C::Commute),
    (11, C::Gear),
    (12, C::Filename),
    (15, C::Elapsed),
    (16, C::Moving),
    (17, C::Distance),
    (18, C::MaxSpeed),
    (19, C::AverageSpeed),
    (20, C::Gain),
    (21, C::Loss),
    (22, C::Low),
    (23, C::High),
    (28, C::MaxCadence),
    (29, C::AverageCadence),
    (30, C::MaxHeartRate),
    (31, C::AverageHeartRate),
    (32, C::MaxWatts),
    (33, C::AverageWatts),
    (34, C::Calories),
    (36, C::AverageTemperature),
    (37, C::RelativeEffort),
    (43, C::PerceivedExertion),
    (46, C::WeightedPower),
    (52, C::FromUpload),
];

/// Until 2022 a header had at most this many columns, and lacked those at 7 and 10.
const BEFORE_2023: usize = 80;

/// The columns of one `activities.csv`.
#[derive(Debug, Clone)]
pub struct Header {
    names: Vec<String>,
    columns: BTreeMap<Column, Vec<usize>>,
    /// Whether numbers and dates are written the English way.
    pub english: bool,
    /// Whether it is the header of before July 2019, with distances in metres.
    pub old: bool,
}

impl Header {
    /// Of a header line; the first row tells what a header in an unknown language may be.
    pub fn of(line: &ByteRecord, first: Option<&ByteRecord>) -> Option<Self> {
        let names: Vec<String> = line.iter().map(|name| text_of(&String::from_utf8_lossy(name))).collect();
        let lower: Vec<String> = names.iter().map(|name| name.to_lowercase().replace('’', "'")).collect();
        let old = lower.first().is_some_and(|name| name == "id");
        let mut columns: BTreeMap<Column, Vec<usize>> = BTreeMap::new();
        for (index, name) in lower.iter().enumerate() {
            let known = if old {
                OLD.iter().find(|(_, word)| word == name).map(|(column, _)| *column)
            } else {
                NAMES.iter().find(|(_, words)| words.contains(&name.as_str()) && !name.is_empty()).map(|(c, _)| *c)
            };
            if let Some(column) = known {
                columns.entry(column).or_default().push(index);
            }
        }
        let english = old || lower.iter().any(|name| matches!(name.as_str(), "activity id" | "activity date"));
        let mut header = Self { names, columns, english, old };
        let named = [C::Id, C::Date, C::Type, C::Elapsed].iter().all(|column| header.columns.contains_key(column));
        if !named && !first.is_some_and(looks_like_row) {
            return None;
        }
        if !header.english {
            header.complete_by_place();
        }
        [C::Id, C::Date, C::Elapsed].iter().all(|column| header.columns.contains_key(column)).then_some(header)
    }

    /// Gives unknown words the column that stands at their place, unless the known ones stand elsewhere.
    fn complete_by_place(&mut self) {
        let places: Vec<(usize, Column)> = match self.names.len() {
            ..10 => return,
            10 => OLD.iter().enumerate().map(|(place, (column, _))| (place, *column)).collect(),
            11..=BEFORE_2023 => {
                let shifted = |(place, column): &(usize, Column)| match place {
                    7 => None,
                    ..7 => Some((*place, *column)),
                    8 | 9 => Some((place - 1, *column)),
                    _ => Some((place - 2, *column)),
                };
                PLACES.iter().filter_map(shifted).collect()
            }
            _ => PLACES.to_vec(),
        };
        let taken: Vec<usize> = self.columns.values().flatten().copied().collect();
        let stands = |place: usize, column| self.columns.get(&column).is_some_and(|at| at.contains(&place));
        let elsewhere = places.iter().any(|(place, column)| taken.contains(place) && !stands(*place, *column));
        if elsewhere {
            return;
        }
        for (place, column) in places {
            if !taken.contains(&place) && place < self.names.len() {
                let at = self.columns.entry(column).or_default();
                at.push(place);
                at.sort_unstable();
            }
        }
    }

    /// How many columns it has.
    pub const fn len(&self) -> usize {
        self.names.len()
    }

    /// Where a column stands: from the display column to the detailed one.
    pub fn places(&self, column: Column) -> &[usize] {
        self.columns.get(&column).map_or(&[], Vec::as_slice)
    }

    /// The name of the column at a place, with its occurrence where it stands several times: `Distance#2`.
    pub fn pointer(&self, place: usize) -> String {
        let Some(name) = self.names.get(place) else { return format!("column {}", place + 1) };
        let same = |names: &[String]| names.iter().filter(|other| *other == name).count();
        match same(&self.names) {
            0 | 1 => name.clone(),
            _ => format!("{name}#{}", same(self.names.get(..=place).unwrap_or_default())),
        }
    }
}

/// Whether a row begins with an id and a date.
fn looks_like_row(row: &ByteRecord) -> bool {
    let cell = |place| String::from_utf8_lossy(row.get(place).unwrap_or_default()).into_owned();
    let id = cell(0);
    id.len() >= 5 && id.bytes().all(|b| b.is_ascii_digit()) && date::parse(&cell(1), false).is_some()
}

/// A name without the tags that Strava left in it for two years.
fn text_of(name: &str) -> String {
    let name = name.trim_start_matches('\u{feff}');
    let mut text = String::new();
    let mut inside = false;
    for c in name.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if inside => {}
            other => text.push(other),
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str]) -> ByteRecord {
        ByteRecord::from(cells.to_vec())
    }

    #[test]
    fn a_column_that_stands_twice_is_told_apart() {
        let header = Header::of(
            &line(&["Activity ID", "Activity Date", "Activity Type", "Elapsed Time", "Distance", "Elapsed Time"]),
            None,
        )
        .unwrap();
        assert_eq!(header.places(C::Elapsed), [3, 5]);
        assert_eq!(header.pointer(5), "Elapsed Time#2");
        assert_eq!(header.pointer(4), "Distance");
    }

    #[test]
    fn tags_are_no_names() {
        let name = "<span class=\"translation_missing\" title=\"a.b.total_steps\">Total Steps</span>";
        assert_eq!(text_of(name), "Total Steps");
    }

    #[test]
    fn an_unknown_language_is_read_by_place() {
        let mut names: Vec<String> = (0..103).map(|n| format!("kolumna {n}")).collect();
        let row = line(&["12345678", "9 mei 2026, 00:03:01"]);
        let header = Header::of(&ByteRecord::from(names.clone()), Some(&row)).unwrap();
        assert_eq!((header.places(C::Filename), header.places(C::Distance)), ([12].as_slice(), [6, 17].as_slice()));
        assert!(Header::of(&ByteRecord::from(names.clone()), Some(&line(&["a", "b"]))).is_none());
        names.truncate(77);
        let header = Header::of(&ByteRecord::from(names), Some(&row)).unwrap();
        assert_eq!((header.places(C::Filename), header.places(C::MaxHeartRate)), ([10].as_slice(), [28].as_slice()));
    }
}
