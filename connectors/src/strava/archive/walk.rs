//! The export walked: first its rows, each with its file, then the files that no row names.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;
use csv::ByteRecord;
use domain::{Artifact, ArtifactId, ArtifactKind, Channel, ExternalId, MediaType, SourceSlug};

use super::date;
use super::header::Column;
use super::rows::{Row, Rows};
use crate::archive::{Container, Gate, Import, Item, Kind, Trouble, file_artifact, is_activity, is_system, shown};
use crate::file::{self, FileContent};
use crate::{RawActivity, archive};

/// The list of a Strava export, and the folder in which it stands.
pub struct List {
    folder: String,
    index: usize,
    rows: Rows,
}

/// Looks for a Strava export: an `activities.csv` of a known header, at the top or one folder down.
pub fn find(container: &mut Container, gate: &mut Gate) -> Option<List> {
    let mut places: Vec<(usize, String)> = container
        .names()
        .filter(|(_, name)| archive::last(name) == "activities.csv" && name.matches('/').count() <= 1)
        .map(|(index, name)| (index, name.trim_end_matches("activities.csv").to_owned()))
        .collect();
    places.sort_by_key(|(_, folder)| folder.len());
    places.into_iter().find_map(|(index, folder)| {
        let bytes = container.read(index, gate, gate.list_bytes()).ok()?;
        Some(List { folder, index, rows: Rows::open(bytes)? })
    })
}

/// The items of a Strava export.
pub fn walk(mut container: Container, gate: Gate, list: List) -> Import {
    let List { folder, index, rows } = list;
    let mut named = HashSet::from([index]);
    let files: HashMap<String, usize> =
        container.names().filter_map(|(index, name)| Some((name.strip_prefix(&folder)?.to_owned(), index))).collect();
    let mut count = 0;
    for row in rows.clone() {
        count += 1;
        if let Row::Whole(cells, _) = row
            && let Some(file) = rows.text(&cells, Column::Filename).and_then(|name| files.get(&plain(&name)).copied())
        {
            named.insert(file);
        }
    }
    let aside: VecDeque<Item> = std::mem::take(&mut container.aside).into();
    let total = aside.len() + count + container.len() - named.len();
    let walk = Walk { container, gate, folder, rows, files, named, seen: HashMap::new(), next: 0, ready: aside };
    Import::new(Kind::StravaExport, Some(total as u64), Box::new(walk))
}

struct Walk {
    container: Container,
    gate: Gate,
    folder: String,
    rows: Rows,
    files: HashMap<String, usize>,
    named: HashSet<usize>,
    seen: HashMap<String, ArtifactId>,
    next: usize,
    ready: VecDeque<Item>,
}

impl Iterator for Walk {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            match self.rows.next() {
                Some(Row::Whole(cells, bytes)) => self.row(&cells, &bytes),
                Some(Row::Broken(bytes, reason)) => self.refuse_row("a row", reason, self.rows.document(&bytes)),
                None => {
                    let index = self.next;
                    self.next += 1;
                    if index >= self.container.len() {
                        return None;
                    }
                    if !self.named.contains(&index) {
                        self.unnamed(index);
                    }
                }
            }
        }
    }
}

impl Walk {
    fn refuse_row(&mut self, which: &str, reason: impl Into<String>, document: Bytes) {
        let artifact = Artifact { kind: ArtifactKind::Other, ..row_artifact(document) };
        let entry = shown(&format!("{}activities.csv: {which}", self.folder));
        self.ready.push_back(Item::Refused { entry, reason: reason.into(), artifact: Some(artifact) });
    }

    fn row(&mut self, cells: &ByteRecord, bytes: &Bytes) {
        let document = self.rows.document(bytes);
        let cell = |column| self.rows.text(cells, column).unwrap_or_default();
        let (id, date, elapsed) = (cell(Column::Id), cell(Column::Date), cell(Column::Elapsed));
        if id.is_empty() || id.len() > 20 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.refuse_row("a row", "the row has no activity id: no record can be made of it", document);
        }
        let which = format!("activity {id}");
        if date::parse(&date, self.rows.header.english).is_none() {
            return self.refuse_row(&which, "the row does not say when the activity began", document);
        }
        if super::number::machine(&elapsed).is_none() {
            return self.refuse_row(&which, "the row does not say how long the activity took", document);
        }
        let artifact = row_artifact(document);
        let entry = shown(&format!("{}activities.csv: {which}", self.folder));
        match self.seen.get(&id) {
            Some(first) if *first == artifact.id() => {
                return self.ready.push_back(Item::Skipped { entry, reason: "a row that stands twice".to_owned() });
            }
            Some(_) => {
                let reason = "another row has the same activity id; the first was taken";
                return self.refuse_row(&which, reason, artifact.bytes);
            }
            None => _ = self.seen.insert(id.clone(), artifact.id()),
        }
        let (file, trouble) = match self.file(&cell(Column::Filename), &which) {
            Ok(file) => (file, None),
            Err(item) => (None, Some(*item)),
        };
        let mut raw = RawActivity {
            source: SourceSlug::STRAVA,
            channel: Channel::Archive,
            external_id: ExternalId::new(id),
            session_index: 0,
            artifacts: vec![artifact],
        };
        if let Some((artifact, content)) = file {
            let start = date::parse(&date, self.rows.header.english).map(|(start, _)| start);
            raw.session_index = start.and_then(|start| super::map::nearest(&content, start)).map_or(0, |s| s.index);
            raw.artifacts.push(artifact);
        }
        self.ready.push_back(Item::Activity { entry, raw });
        self.ready.extend(trouble);
    }

    /// The file that a row names.
    fn file(&mut self, name: &str, which: &str) -> Result<Option<(Artifact, FileContent)>, Box<Item>> {
        if name.is_empty() {
            return Ok(None);
        }
        let refused = |entry: String, reason: String, artifact| Box::new(Item::Refused { entry, reason, artifact });
        if name.eq_ignore_ascii_case("#error#") {
            let entry = shown(&format!("{}activities.csv: {which}", self.folder));
            return Err(refused(entry, "the export says #error# in place of the activity's file".to_owned(), None));
        }
        let entry = shown(&format!("{}{}", self.folder, plain(name)));
        let Some(index) = self.files.get(&plain(name)).copied() else {
            return Err(refused(entry, format!("{which} names this file, and it is not in the export"), None));
        };
        let most = self.gate.entry_bytes();
        let read = self.container.read(index, &mut self.gate, most);
        let bytes = match read.and_then(|bytes| self.gate.unzip(bytes)) {
            Ok(bytes) => bytes,
            Err(Trouble(reason)) => return Err(refused(entry, reason, None)),
        };
        let label = file::label(name).unwrap_or_default();
        let read = file::read(&bytes);
        let artifact = Artifact { filename: Some(label.clone()), ..file_artifact(&label, bytes) };
        match read {
            Ok(content) => Ok(Some((artifact, content))),
            Err(unreadable) => Err(refused(entry, unreadable.reason, Some(artifact))),
        }
    }

    fn unnamed(&mut self, index: usize) {
        let name = self.container.name(index).to_owned();
        let entry = shown(&name);
        let below = name.strip_prefix(&self.folder).unwrap_or_default();
        let reason = match below.split('/').next().unwrap_or_default() {
            _ if is_system(&name) => "a file of the operating system",
            "activities" if below.contains('/') && is_activity(below) => {
                let most = self.gate.entry_bytes();
                let read = self.container.read(index, &mut self.gate, most);
                let items = match read.and_then(|bytes| self.gate.unzip(bytes)) {
                    Ok(bytes) => archive::items_of_file(&name, bytes, Channel::Archive),
                    Err(Trouble(reason)) => vec![Item::Refused { entry, reason, artifact: None }],
                };
                return self.ready.extend(items);
            }
            "media" | "photos" => "photos and videos, never read",
            "routes" => "routes, never read",
            other if other.ends_with(".csv") => "other lists of the account, never read",
            _ => "other files of the account, never read",
        };
        self.ready.push_back(Item::Skipped { entry, reason: reason.to_owned() });
    }
}

fn row_artifact(document: Bytes) -> Artifact {
    Artifact { kind: ArtifactKind::ArchiveRow, media_type: MediaType::CSV, filename: None, bytes: document }
}

/// A file's name as entries are named.
fn plain(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches("./").to_owned()
}
