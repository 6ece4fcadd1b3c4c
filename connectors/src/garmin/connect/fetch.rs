//! The pieces of one activity.

use std::io::Cursor;

use bytes::Bytes;
use domain::{Artifact, ArtifactKind, ExternalId, MediaType};
use secrecy::ExposeSecret;
use serde_json::Value;
use zip::ZipArchive;

use super::GarminConnect;
use super::call::{Told, judge, judge_json};
use crate::archive::{Gate, Limits, Trouble, file_artifact, last};
use crate::garmin::archive::id;
use crate::http::{LONGEST_DOCUMENT, LONGEST_FILE};
use crate::{Part, Session, SourceError};

/// One part of one activity, verbatim.
///
/// # Errors
/// `Gone` where Garmin says of the activity itself that it is not there; else as its answers are judged.
pub async fn fetch(
    garmin: &GarminConnect,
    session: &Session<'_>,
    activity: &ExternalId,
    part: Part,
) -> Result<Option<Artifact>, SourceError> {
    let id = activity.as_str();
    let access = session.tokens.access.expose_secret();
    let (kind, path): (ArtifactKind, &[&str]) = match part {
        Part::Detail => (ArtifactKind::ActivityDetail, &["activity-service", "activity", id]),
        Part::Splits => (ArtifactKind::Splits, &["activity-service", "activity", id, "splits"]),
        Part::Zones => (ArtifactKind::Zones, &["activity-service", "activity", id, "hrTimeInZones"]),
        Part::File => {
            let answer = garmin.get(session, &["download-service", "files", "activity", id], &[], LONGEST_FILE).await?;
            return match judge(answer, access, session.now)? {
                Told::Something(bytes) => unpacked(bytes).map_err(|Trouble(reason)| SourceError::Contract(reason)),
                // Typed in by hand, or a leg whose file is its parent's.
                Told::Nothing | Told::Missing => Ok(None),
            };
        }
        Part::Streams | Part::Laps => return Ok(None),
    };
    let answer = garmin.get(session, path, &[], LONGEST_DOCUMENT).await?;
    match (judge_json(answer, access, session.now)?, part) {
        (Told::Something(bytes), _) => Ok(Some(Artifact { kind, media_type: MediaType::JSON, filename: None, bytes })),
        (Told::Missing, Part::Detail) => Err(SourceError::Gone),
        (Told::Nothing | Told::Missing, _) => Ok(None),
    }
}

/// The file inside a download. Garmin packs it into a zip of one entry; what it wrote of sizes is only a claim.
fn unpacked(bytes: Bytes) -> Result<Option<Artifact>, Trouble> {
    if !bytes.starts_with(b"PK") {
        let mut gate = Gate::new(Limits::default(), Some(bytes.len() as u64));
        return gate.unzip(bytes).map(|bytes| Some(file_artifact("", bytes)));
    }
    let damaged = |_| Trouble::because("the original's zip is damaged or incomplete");
    let mut gate = Gate::new(Limits::default(), Some(bytes.len() as u64));
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    gate.enter(zip.len() as u64)?;
    let mut other = None;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(damaged)?;
        if !entry.is_file() {
            continue;
        }
        let (name, packed) = (entry.name().map_err(damaged)?.into_owned(), entry.compressed_size());
        let most = gate.entry_bytes();
        let content = gate.read(&mut entry, packed, most)?;
        let artifact = file_artifact(last(&name), gate.unzip(content)?);
        if artifact.kind.is_file() {
            return Ok(Some(artifact));
        }
        other.get_or_insert(artifact);
    }
    // No recording that is known: kept for a better reader.
    Ok(other)
}

/// The legs of a multisport activity, which no list shows: its detail names them, and newer lists do as well.
pub fn children(artifact: &Artifact) -> Vec<ExternalId> {
    let path = match artifact.kind {
        ArtifactKind::ActivityDetail => "/metadataDTO/childIds",
        ArtifactKind::ActivitySummary => "/childIds",
        _ => return Vec::new(),
    };
    let document: Value = serde_json::from_slice(&artifact.bytes).unwrap_or_default();
    let ids = document.pointer(path).and_then(Value::as_array);
    ids.into_iter().flatten().filter_map(id).map(ExternalId::new).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip(entries: &[(&str, Vec<u8>)]) -> Bytes {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner().into()
    }

    #[test]
    fn the_original_is_found_by_what_it_is() {
        let gpx = b"<gpx/>".to_vec();
        let found =
            unpacked(zip(&[("readme.txt", b"no".to_vec()), ("../7_ACTIVITY.gpx", gpx.clone())])).unwrap().unwrap();
        assert_eq!((found.kind, found.filename.as_deref()), (ArtifactKind::Gpx, Some("7_ACTIVITY.gpx")));
        assert_eq!(found.bytes, gpx);
        assert_eq!(unpacked(Bytes::from(gpx)).unwrap().unwrap().kind, ArtifactKind::Gpx);
        assert_eq!(unpacked(zip(&[("a.bin", vec![1])])).unwrap().unwrap().kind, ArtifactKind::Other);
        assert_eq!(unpacked(zip(&[])), Ok(None));
    }

    #[test]
    fn bombs_and_damage_are_refused() {
        assert!(unpacked(zip(&[("7_ACTIVITY.fit", vec![0; 16 << 20])])).is_err());
        let whole = zip(&[("7_ACTIVITY.gpx", b"<gpx/>".to_vec())]);
        for length in 2..whole.len() {
            assert!(unpacked(whole.slice(..length)).is_err(), "{length}");
        }
    }
}
