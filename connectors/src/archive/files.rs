//! Activity files that come by themselves: one file, a folder or a zip of them.

use std::collections::VecDeque;

use bytes::Bytes;
use domain::{Artifact, ArtifactKind, Channel, MediaType};

use super::container::{Container, shown};
use super::gate::Gate;
use super::tree::{Found, Tree, Want, looks_like_activity};
use super::{Item, name};
use crate::file::{self, NoActivity};

/// The items of a container of activity files; `None` where there is none in it.
pub fn walk(mut container: Container, mut gate: Gate) -> Option<(u64, Box<dyn Iterator<Item = Item> + Send>)> {
    if !holds_any(&mut container, &mut gate) {
        return None;
    }
    let entries = container.len() as u64;
    let mut ready = VecDeque::new();
    let mut tree = Tree::new(container, gate, want);
    let items = std::iter::from_fn(move || {
        loop {
            if let Some(item) = ready.pop_front() {
                return Some(item);
            }
            match tree.next()? {
                Found::Aside(item) => return Some(item),
                Found::File { name, bytes } => ready.extend(items_of_file(&name, bytes, Channel::Upload)),
            }
        }
    });
    Some((entries, Box::new(items)))
}

fn want(entry: &str) -> Want {
    match name::extension(entry).as_str() {
        _ if name::is_system(entry) => Want::Skip("a file of the operating system"),
        "zip" => Want::Open,
        "fit" | "tcx" | "gpx" => Want::Read,
        _ => Want::Look,
    }
}

fn holds_any(container: &mut Container, gate: &mut Gate) -> bool {
    let named = container.names().any(|(_, entry)| matches!(want(entry), Want::Read | Want::Open));
    let refused = container.aside.iter().any(|item| match item {
        Item::Refused { entry, .. } => name::is_activity(entry),
        _ => false,
    });
    named
        || refused
        || (0..container.len()).any(|index| {
            want(container.name(index)) == Want::Look && looks_like_activity(container, index, gate) == Ok(true)
        })
}

/// What becomes of one unpacked activity file: its records, or why there are none.
pub fn items_of_file(entry: &str, bytes: Bytes, channel: Channel) -> Vec<Item> {
    let label = name::last(entry);
    match file::raw_activities(Some(label), bytes.clone()) {
        Ok(raws) => raws
            .into_iter()
            .map(|raw| Item::Activity { entry: shown(entry), raw: crate::RawActivity { channel, ..raw } })
            .collect(),
        Err(NoActivity::Other { what }) => vec![Item::Skipped { entry: shown(entry), reason: what }],
        Err(NoActivity::Unreadable(unreadable)) => {
            let artifact = Some(file_artifact(label, bytes));
            vec![Item::Refused { entry: shown(entry), reason: unreadable.reason, artifact }]
        }
    }
}

/// A file's bytes as an artifact, by what they are.
pub fn file_artifact(label: &str, bytes: Bytes) -> Artifact {
    let format = file::detect(&bytes);
    Artifact {
        kind: format.map_or(ArtifactKind::Other, file::Format::kind),
        media_type: format.map_or(MediaType::UNKNOWN, file::Format::media_type),
        filename: file::label(label),
        bytes,
    }
}
