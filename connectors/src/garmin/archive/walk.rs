//! The export walked: the lists first, then every uploaded file once, and at the end the rows whose file never came.

use std::collections::VecDeque;

use bytes::Bytes;
use domain::{Artifact, ArtifactKind, Channel, ExternalId, MediaType, SourceSlug};

use super::join::{Rows, Twin};
use super::row::{self, is_list};
use crate::RawActivity;
use crate::archive::{
    Container, Found, Gate, Import, Item, Kind, Tree, Trouble, Want, file_artifact, is_activity, is_system,
    items_of_file, last, shown,
};
use crate::file::{self, FileContent};

/// The folder of everything in an export.
const ROOT: &str = "DI_CONNECT";

/// Whether a container is a Garmin export.
pub fn is_export(container: &Container) -> bool {
    container.names().any(|(_, name)| is_list(name) || name.split('/').any(|part| part == ROOT))
}

/// The items of a Garmin export.
pub fn walk(mut container: Container, mut gate: Gate) -> Import {
    let mut rows = Rows::default();
    let mut ready = VecDeque::new();
    let lists: Vec<usize> = container.names().filter(|(_, name)| is_list(name)).map(|(index, _)| index).collect();
    for index in lists {
        let name = container.name(index).to_owned();
        let most = gate.list_bytes();
        match container.read(index, &mut gate, most) {
            Ok(bytes) => add_list(&mut rows, &mut ready, &name, &bytes),
            Err(Trouble(reason)) => ready.push_back(Item::Refused { entry: shown(&name), reason, artifact: None }),
        }
    }
    let tree = Tree::new(container, gate, want);
    Import::new(Kind::GarminExport, None, Box::new(Walk { tree, rows, ready, next_row: 0 }))
}

fn want(entry: &str) -> Want {
    match entry.to_ascii_lowercase() {
        _ if is_list(entry) => Want::Pass,
        _ if is_system(entry) => Want::Skip("a file of the operating system"),
        _ if is_activity(entry) => Want::Read,
        lower if lower.ends_with(".zip") && lower.contains("upload") => Want::Open,
        _ => Want::Skip("other data of the account, never read"),
    }
}

fn add_list(rows: &mut Rows, ready: &mut VecDeque<Item>, name: &str, bytes: &Bytes) {
    let parsed = match row::rows(bytes) {
        Ok(parsed) => parsed,
        Err(reason) => {
            let artifact = Some(Artifact { kind: ArtifactKind::Other, ..json(bytes.clone()) });
            return ready.push_back(Item::Refused { entry: shown(name), reason, artifact });
        }
    };
    for row in parsed {
        let (entry, reason, bytes) = match row {
            Err((bytes, reason)) => (shown(name), reason, bytes),
            Ok(row) => {
                let (entry, bytes) = (label(name, &row.id), row.bytes.clone());
                match rows.add(row) {
                    Ok(()) => continue,
                    Err(Twin::Same) => {
                        ready.push_back(Item::Skipped { entry, reason: "a row that stands twice".to_owned() });
                        continue;
                    }
                    Err(Twin::Differs) => (entry, "another row has the same activity id; the first was taken", bytes),
                }
            }
        };
        let artifact = Some(Artifact { kind: ArtifactKind::Other, ..json(bytes) });
        ready.push_back(Item::Refused { entry, reason: reason.to_owned(), artifact });
    }
}

fn json(bytes: Bytes) -> Artifact {
    Artifact { kind: ArtifactKind::ArchiveRow, media_type: MediaType::JSON, filename: None, bytes }
}

fn label(list: &str, id: &str) -> String {
    shown(&format!("{list}: activity {id}"))
}

struct Walk {
    tree: Tree,
    rows: Rows,
    ready: VecDeque<Item>,
    next_row: usize,
}

impl Iterator for Walk {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            match self.tree.next() {
                Some(Found::Aside(item)) => return Some(item),
                Some(Found::File { name, bytes }) => self.file(&name, bytes),
                None => {
                    let index = self.rows.next_without_file(self.next_row)?;
                    self.next_row = index + 1;
                    let entry = label("the list of activities", &self.rows.get(index)?.id);
                    self.emit(entry, index, None);
                }
            }
        }
    }
}

impl Walk {
    fn file(&mut self, name: &str, bytes: Bytes) {
        let artifact = file_artifact(last(name), bytes.clone());
        let entry = shown(name);
        let sessions = match file::read(&bytes) {
            Ok(FileContent::Activity(sessions)) => sessions,
            Ok(FileContent::NotActivity { what }) => {
                return self.ready.push_back(Item::Skipped { entry, reason: what });
            }
            Err(unreadable) => {
                let reason = unreadable.reason;
                return self.ready.push_back(Item::Refused { entry, reason, artifact: Some(artifact) });
            }
        };
        let id = artifact.id();
        if self.rows.has_file(id) {
            let reason = "another copy of an activity's file".to_owned();
            return self.ready.push_back(Item::Skipped { entry, reason });
        }
        let joined = self.rows.join(&sessions, id);
        if joined.iter().all(Option::is_none) {
            return self.ready.extend(items_of_file(name, bytes, Channel::Archive));
        }
        for (session, row) in sessions.iter().zip(joined) {
            match row {
                Some(row) => self.emit(entry.clone(), row, Some((artifact.clone(), session.index))),
                None => {
                    let reason = "a part of an activity's file that the list does not have".to_owned();
                    self.ready.push_back(Item::Skipped { entry: entry.clone(), reason });
                }
            }
        }
    }

    fn emit(&mut self, entry: String, row: usize, file: Option<(Artifact, u16)>) {
        let Some(row) = self.rows.get(row) else { return };
        let session_index = file.as_ref().map_or(0, |(_, index)| *index);
        let artifacts = std::iter::once(json(row.bytes.clone())).chain(file.map(|(artifact, _)| artifact)).collect();
        let raw = RawActivity {
            source: SourceSlug::GARMIN,
            channel: Channel::Archive,
            external_id: ExternalId::new(row.id.clone()),
            session_index,
            artifacts,
        };
        self.ready.push_back(Item::Activity { entry, raw });
    }
}
