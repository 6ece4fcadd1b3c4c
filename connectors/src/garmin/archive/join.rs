//! Which uploaded file belongs to which row. Nothing says it: the session's start does, and the device's number where
//! that leaves a doubt.

use std::collections::{BTreeMap, HashMap};

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
    files: HashMap<usize, ArtifactId>,
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
        (from..self.rows.len()).find(|index| !self.files.contains_key(index))
    }

    /// Whether a row has that very file.
    pub fn has_file(&self, file: ArtifactId) -> bool {
        self.files.values().any(|known| *known == file)
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
        self.files.extend(joined.iter().flatten().map(|row| (*row, file)));
        joined
    }

    fn free(&self, from: i64, to: i64, taken: &[usize]) -> impl Iterator<Item = (usize, &Row)> {
        self.by_start
            .range(from..=to)
            .flat_map(|(_, rows)| rows)
            .filter(|index| !self.files.contains_key(index) && !taken.contains(index))
            .filter_map(|index| Some((*index, self.rows.get(*index)?)))
    }

    /// A triathlon's file holds its legs in their order, transitions included.
    fn legs_in_order(&self, sessions: &[Session]) -> Option<Vec<Option<usize>>> {
        let start = sessions.first().filter(|_| sessions.len() > 1)?.mapped.fingerprint.start.timestamp();
        let (_, parent) = self.free(start - SAME_START_S, start + SAME_START_S, &[]).find(|(_, row)| row.is_parent)?;
        let mut legs: Vec<usize> = self.legs.get(&parent.id)?.clone();
        if legs.len() != sessions.len() || legs.iter().any(|leg| self.files.contains_key(leg)) {
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
