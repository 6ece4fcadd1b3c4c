//! Which uploaded file belongs to which row. Nothing says it: the session's start does, and the device's number where
//! that leaves a doubt.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::ArtifactId;

use super::row::Row;
use crate::file::Session;

/// How far a row's start and its file's may lie apart, in seconds: one of both is rounded.
const SAME_START_S: i64 = 1;

/// How far elapsed times may lie apart where the device's numbers differ, in seconds.
const SAME_ELAPSED_S: f64 = 5.0;

/// The rows of an export, and which of them have their file.
#[derive(Default)]
pub struct Rows {
    rows: Vec<Row>,
    by_start: BTreeMap<i64, Vec<usize>>,
    by_id: HashMap<String, usize>,
    legs: HashMap<String, Vec<usize>>,
    joined: HashSet<usize>,
    files: HashSet<ArtifactId>,
}

/// What a second row of the same id is.
pub enum Twin {
    /// The same, byte for byte.
    Same,
    /// Another.
    Differs,
}

impl Rows {
    /// Adds a row.
    ///
    /// # Errors
    /// [`Twin`] where one of that id was added before.
    pub fn add(&mut self, row: Row) -> Result<(), Twin> {
        if let Some(twin) = self.by_id.get(&row.id).and_then(|index| self.rows.get(*index)) {
            return Err(if twin.bytes == row.bytes { Twin::Same } else { Twin::Differs });
        }
        let index = self.rows.len();
        self.by_id.insert(row.id.clone(), index);
        self.by_start.entry(row.start_s).or_default().push(index);
        if let Some(parent) = &row.parent {
            self.legs.entry(parent.clone()).or_default().push(index);
        }
        self.rows.push(row);
        Ok(())
    }

    /// A row.
    pub fn get(&self, index: usize) -> Option<&Row> {
        self.rows.get(index)
    }

    /// The rows that have no file, from that one on.
    pub fn next_without_file(&self, from: usize) -> Option<usize> {
        (from..self.rows.len()).find(|index| !self.joined.contains(index))
    }

    /// Whether some row has that very file.
    pub fn has_file(&self, file: ArtifactId) -> bool {
        self.files.contains(&file)
    }

    /// Gives each session of a file its row, where one is found, and notes that they are given.
    pub fn join(&mut self, sessions: &[Session], file: ArtifactId) -> Vec<Option<usize>> {
        let joined = self.legs_in_order(sessions).unwrap_or_else(|| {
            let mut taken = Vec::new();
            sessions
                .iter()
                .map(|session| {
                    let row = self.by_start_of(session, &taken).or_else(|| self.edited(session, &taken));
                    taken.extend(row);
                    row
                })
                .collect()
        });
        self.joined.extend(joined.iter().flatten());
        if joined.iter().any(Option::is_some) {
            self.files.insert(file);
        }
        joined
    }

    fn free(&self, from: i64, to: i64, taken: &[usize]) -> impl Iterator<Item = (usize, &Row)> {
        self.by_start
            .range(from..=to)
            .flat_map(|(_, rows)| rows)
            .filter(|index| !self.joined.contains(index) && !taken.contains(index))
            .filter_map(|index| Some((*index, self.rows.get(*index)?)))
    }

    /// A triathlon's file holds its legs in their order, transitions included.
    fn legs_in_order(&self, sessions: &[Session]) -> Option<Vec<Option<usize>>> {
        let start = sessions.first().filter(|_| sessions.len() > 1)?.mapped.fingerprint.start.timestamp();
        let (_, parent) = self.free(start - SAME_START_S, start + SAME_START_S, &[]).find(|(_, row)| row.is_parent)?;
        let mut legs: Vec<usize> = self.legs.get(&parent.id)?.clone();
        if legs.len() != sessions.len() || legs.iter().any(|leg| self.joined.contains(leg)) {
            return None;
        }
        legs.sort_by_key(|leg| self.rows.get(*leg).map(|row| row.start_s));
        Some(legs.into_iter().map(Some).collect())
    }

    fn by_start_of(&self, session: &Session, taken: &[usize]) -> Option<usize> {
        let fingerprint = &session.mapped.fingerprint;
        let start = fingerprint.start.timestamp();
        let serial = fingerprint.device_serial.map(u64::from);
        let elapsed = fingerprint.elapsed_s.as_f64();
        self.free(start - SAME_START_S, start + SAME_START_S, taken)
            .filter(|(_, row)| !row.is_parent)
            .filter(|(_, row)| match (row.device, serial) {
                (Some(device), Some(serial)) if device != serial => {
                    row.elapsed_s.is_some_and(|other| (other - elapsed).abs() <= SAME_ELAPSED_S)
                }
                _ => true,
            })
            .min_by_key(|(index, row)| (row.device != serial, (row.start_s - start).abs(), *index))
            .map(|(index, _)| index)
    }

    /// An edit on Garmin's site cuts the start to the minute: device and elapsed time then have to agree.
    fn edited(&self, session: &Session, taken: &[usize]) -> Option<usize> {
        let fingerprint = &session.mapped.fingerprint;
        let minute = fingerprint.start.timestamp().div_euclid(60) * 60;
        let elapsed = fingerprint.elapsed_s.as_f64();
        let serial = u64::from(fingerprint.device_serial?);
        self.free(minute, minute, taken)
            .filter(|(_, row)| !row.is_parent && row.device == Some(serial))
            .find(|(_, row)| row.elapsed_s.is_some_and(|other| (other - elapsed).abs() <= (elapsed * 0.01).max(2.0)))
            .map(|(index, _)| index)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::DateTime;
    use domain::{ArtifactKind, Field, Fingerprint, IdentityKeys, Milli, Pointer, Readings, StartPrecision, Value};

    use super::*;
    use crate::Mapped;

    fn session(index: u16, start_s: i64, elapsed_s: i64, serial: Option<u32>) -> Session {
        let mut readings = Readings::new();
        let at = || Pointer::new(ArtifactKind::Fit, "");
        readings.set(Field::StartTimeUtc, Value::Instant(DateTime::from_timestamp(start_s, 0).unwrap()), at());
        readings.set(Field::ElapsedTimeS, Value::Number(Milli::from_units(elapsed_s)), at());
        let fingerprint = Fingerprint::of(&readings, StartPrecision::Second, serial).unwrap();
        let mapped = Mapped {
            readings,
            keys: IdentityKeys::default(),
            fingerprint,
            source_sport: None,
            url: None,
            multisport: None,
            defects: Vec::new(),
        };
        Session { index, mapped }
    }

    fn rows(some: &[(i64, f64, u64, Option<&str>)]) -> Rows {
        let mut rows = Rows::default();
        for (number, (start_s, elapsed_s, device, parent)) in some.iter().enumerate() {
            let row = Row {
                id: number.to_string(),
                bytes: Bytes::new(),
                start_s: *start_s,
                elapsed_s: Some(*elapsed_s),
                device: Some(*device),
                is_parent: *parent == Some("is"),
                parent: parent.filter(|parent| *parent != "is").map(str::to_owned),
            };
            assert!(rows.add(row).is_ok());
        }
        rows
    }

    fn file(number: u8) -> ArtifactId {
        ArtifactId::of(&[number])
    }

    #[test]
    fn the_device_decides_between_rows_of_one_start() {
        let mut rows = rows(&[(600, 100.0, 1, None), (601, 100.0, 2, None)]);
        assert_eq!(rows.join(&[session(0, 600, 100, Some(2))], file(1)), [Some(1)]);
        assert_eq!(rows.join(&[session(0, 600, 100, Some(1))], file(2)), [Some(0)]);
        assert_eq!(rows.join(&[session(0, 600, 100, Some(1))], file(3)), [None]);
        assert_eq!(rows.next_without_file(0), None);
    }

    #[test]
    fn another_device_joins_only_what_took_as_long() {
        let mut rows = rows(&[(610, 100.0, 1, None)]);
        assert_eq!(rows.join(&[session(0, 610, 200, Some(2))], file(1)), [None]);
        assert_eq!(rows.join(&[session(0, 612, 100, Some(1))], file(2)), [None]);
        assert_eq!(rows.join(&[session(0, 609, 104, Some(2))], file(3)), [Some(0)]);
        assert!(rows.has_file(file(3)) && !rows.has_file(file(1)));
    }

    #[test]
    fn legs_come_in_their_order_and_the_whole_has_no_file() {
        let legs = [(690, 50.0, 1, Some("0")), (600, 90.0, 1, Some("0")), (741, 10.0, 1, Some("0"))];
        let mut rows = rows(&[&[(600, 150.0, 1, Some("is"))], legs.as_slice()].concat());
        // The second begins three seconds from its row: order tells what the start does not.
        let sessions = [session(0, 600, 90, None), session(1, 693, 47, None), session(2, 741, 10, None)];
        assert_eq!(rows.join(&sessions, file(1)), [Some(2), Some(1), Some(3)]);
        assert_eq!(rows.next_without_file(0), Some(0));
    }

    #[test]
    fn a_start_that_was_cut_to_the_minute() {
        let mut rows = rows(&[(600, 1000.0, 1, None), (1200, 1000.0, 1, None)]);
        assert_eq!(rows.join(&[session(0, 645, 1008, Some(1))], file(1)), [Some(0)]);
        for no in [session(0, 1245, 1020, Some(1)), session(0, 1245, 1000, Some(2)), session(0, 1260, 1000, Some(1))] {
            assert_eq!(rows.join(&[no], file(2)), [None]);
        }
    }
}
