//! A container walked from its first entry to its last, one layer of nested zips included.

use std::collections::VecDeque;
use std::io::Read as _;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use super::container::{Container, shown};
use super::gate::{Gate, Trouble};
use super::{Item, name};
use crate::file;

/// How much of a file is looked at to tell what it is.
const GLANCE: u64 = 64 << 10;

/// What to do with an entry, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Read it.
    Read,
    /// Read it where its first bytes are those of an activity file.
    Look,
    /// It is a zip: walk it.
    Open,
    /// Never read it, for that reason.
    Skip(&'static str),
    /// It was read already: say nothing.
    Pass,
}

/// One step.
pub enum Found {
    /// A file, unpacked.
    File {
        /// Its name, with the zip's in front where it was in one.
        name: String,
        /// Its bytes.
        bytes: Bytes,
    },
    /// Something to report.
    Aside(Item),
}

/// The walk.
pub struct Tree {
    outer: Container,
    inner: Option<(String, Container, usize)>,
    next: usize,
    gate: Gate,
    want: fn(&str) -> Want,
    aside: VecDeque<Item>,
    done: bool,
}

impl Tree {
    /// Over that container, reading what is wanted.
    pub fn new(mut outer: Container, gate: Gate, want: fn(&str) -> Want) -> Self {
        let aside = std::mem::take(&mut outer.aside).into();
        Self { outer, inner: None, next: 0, gate, want, aside, done: false }
    }

    fn step(&mut self) -> Option<Found> {
        if let Some(item) = self.aside.pop_front() {
            return Some(Found::Aside(item));
        }
        if self.done {
            return None;
        }
        if self.gate.is_shut() {
            self.done = true;
            let Trouble(reason) = self.gate.shut();
            let entry = "everything that follows".to_owned();
            return Some(Found::Aside(Item::Refused { entry, reason, artifact: None }));
        }
        if let Some((zip, container, next)) = self.inner.as_mut() {
            let index = *next;
            *next += 1;
            if index < container.len() {
                let name = format!("{zip}/{}", container.name(index));
                let want = (self.want)(container.name(index));
                return take(container, index, &mut self.gate, want, name);
            }
            self.inner = None;
        }
        let index = self.next;
        self.next += 1;
        if index >= self.outer.len() {
            self.done = true;
            return None;
        }
        let name = self.outer.name(index).to_owned();
        let want = (self.want)(&name);
        if want != Want::Open {
            return take(&mut self.outer, index, &mut self.gate, want, name);
        }
        match self.outer.open_inside(index, &mut self.gate) {
            Ok(mut container) => {
                if is_export(&container) {
                    let reason = "it is an account export of its own: import it by itself".to_owned();
                    return Some(Found::Aside(Item::Refused { entry: shown(&name), reason, artifact: None }));
                }
                self.aside.extend(std::mem::take(&mut container.aside).into_iter().map(|item| within(&name, item)));
                self.inner = Some((name, container, 0));
                None
            }
            Err(Trouble(reason)) => Some(Found::Aside(Item::Refused { entry: shown(&name), reason, artifact: None })),
        }
    }
}

impl Iterator for Tree {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        while !(self.done && self.aside.is_empty()) {
            if let Some(found) = self.step() {
                return Some(found);
            }
        }
        None
    }
}

fn take(container: &mut Container, index: usize, gate: &mut Gate, want: Want, name: String) -> Option<Found> {
    let refused = |Trouble(reason)| Some(Found::Aside(Item::Refused { entry: shown(&name), reason, artifact: None }));
    let skipped = |reason: &str| Some(Found::Aside(Item::Skipped { entry: shown(&name), reason: reason.to_owned() }));
    match want {
        Want::Pass => return None,
        Want::Skip(reason) => return skipped(reason),
        Want::Open => return refused(Trouble::because("it is a zip inside a zip inside a zip, which is not opened")),
        Want::Look => match looks_like_activity(container, index, gate) {
            Ok(true) => {}
            Ok(false) => return skipped("no activity file"),
            Err(trouble) => return refused(trouble),
        },
        Want::Read => {}
    }
    let most = gate.entry_bytes();
    match container.read(index, gate, most).and_then(|bytes| gate.unzip(bytes)) {
        Ok(bytes) => Some(Found::File { name, bytes }),
        Err(trouble) => refused(trouble),
    }
}

/// Whether an entry's first bytes, unpacked, are those of a FIT, TCX or GPX file.
pub fn looks_like_activity(container: &mut Container, index: usize, gate: &mut Gate) -> Result<bool, Trouble> {
    let first = container.peek(index, gate, GLANCE)?;
    if file::detect(&first).is_some() {
        return Ok(true);
    }
    let mut inside = Vec::new();
    if first.starts_with(&[0x1f, 0x8b]) {
        // It ends in the middle of the stream: what came out until there is enough.
        let _ = MultiGzDecoder::new(first.as_slice()).take(GLANCE).read_to_end(&mut inside);
    }
    Ok(file::detect(&inside).is_some())
}

fn is_export(container: &Container) -> bool {
    container.names().any(|(_, entry)| {
        crate::garmin::archive::is_list(entry)
            || (name::last(entry) == "activities.csv" && entry.matches('/').count() <= 1)
    })
}

fn within(zip: &str, item: Item) -> Item {
    let inside = |entry: String| shown(&format!("{zip}/{entry}"));
    match item {
        Item::Refused { entry, reason, artifact } => Item::Refused { entry: inside(entry), reason, artifact },
        Item::Skipped { entry, reason } => Item::Skipped { entry: inside(entry), reason },
        Item::Activity { entry, raw } => Item::Activity { entry: inside(entry), raw },
    }
}
