//! Whatever a row's bytes are, reading them ends, and without a panic.

use bytes::Bytes;
use connectors::{RawActivity, registry};
use domain::{Artifact, ArtifactKind, Channel, ExternalId, MediaType, SourceSlug};
use proptest::prelude::*;

use crate::walk::open;

const CSV: &str = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,\
Max Heart Rate,Commute,Activity Gear,Filename,Elapsed Time,Moving Time,Distance,Max Speed,Elevation Gain,From Upload\n\
12345678,\"Jul 18, 2023, 4:44:12\u{202f}PM\",\"a \"\"b\"\" c\",Ride,\"x\ny\",1500,\"2,72\",,false,Heron,,1500.0,1480.0,\
2718.25,3.0,40.5,0.0\n";

const JSON: &str = r#"{"activityId":7001,"name":"a","activityType":"running","beginTimestamp":1600000000000,
"startTimeGmt":1600000000000.0,"startTimeLocal":1600003600000.0,"duration":1990000.25,"distance":1000000.5,
"avgSpeed":0.5025,"calories":1075.3,"deviceId":3900000001,"parent":false,"parentId":null,"avgHr":119}"#;

/// Pieces that a hostile, or a tired, hand would write.
const PIECES: [&str; 22] = [
    "\"",
    "\"\"",
    ",",
    ";",
    "\n",
    "\r\n",
    "\0",
    "NaN",
    "1e999",
    "-1",
    "99999999999999999999",
    "<span",
    ">",
    "#error#",
    "\u{202e}",
    "é",
    "{",
    "}",
    "[",
    "null",
    "9223372036854775807",
    "0000-00-00 99:99:99",
];

/// The text with some of its bytes replaced by pieces, bytes or nothing.
fn mutated(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(PIECES.as_slice()).prop_map(|piece| piece.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    let change = (0..text.len(), 0..12usize, piece);
    proptest::collection::vec(change, 1..6).prop_map(move |changes| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, length, piece) in changes {
            let at = at.min(bytes.len());
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, piece);
        }
        bytes
    })
}

fn map(source: SourceSlug, media_type: MediaType, bytes: Vec<u8>) {
    let artifact = Artifact { kind: ArtifactKind::ArchiveRow, media_type, filename: None, bytes: Bytes::from(bytes) };
    let map = registry::mapper(&source, Channel::Archive).unwrap();
    let raw = RawActivity {
        source,
        channel: Channel::Archive,
        external_id: ExternalId::new("1"),
        session_index: 0,
        artifacts: vec![artifact],
    };
    if let Ok(mapped) = map(&raw) {
        assert!(mapped.readings.get(domain::Field::StartTimeUtc).is_some());
        assert_eq!(map(&raw).as_ref(), Ok(&mapped));
    }
}

#[test]
fn the_rows_themselves_are_sound() {
    let map = |source: SourceSlug, text: &str| {
        let media_type = MediaType::UNKNOWN;
        let bytes = Bytes::from(text.to_owned());
        let artifact = Artifact { kind: ArtifactKind::ArchiveRow, media_type, filename: None, bytes };
        let map = registry::mapper(&source, Channel::Archive).unwrap();
        let external_id = ExternalId::new("1");
        let channel = Channel::Archive;
        map(&RawActivity { source, channel, external_id, session_index: 0, artifacts: vec![artifact] })
    };
    assert!(map(SourceSlug::STRAVA, CSV).unwrap().defects.is_empty());
    assert!(map(SourceSlug::GARMIN, JSON).unwrap().defects.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_rows_of_strava(bytes in mutated(CSV)) {
        map(SourceSlug::STRAVA, MediaType::CSV, bytes);
    }

    #[test]
    fn mutated_elements_of_garmin(bytes in mutated(JSON)) {
        map(SourceSlug::GARMIN, MediaType::JSON, bytes);
    }

    #[test]
    fn no_rows_at_all(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        map(SourceSlug::STRAVA, MediaType::CSV, bytes.clone());
        map(SourceSlug::GARMIN, MediaType::JSON, bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every byte of a list is in some item: a row, or a refusal that keeps it.
    #[test]
    fn mutated_lists(rows in proptest::collection::vec(mutated(CSV), 1..5)) {
        let folder = tempfile::tempdir().unwrap();
        let head = CSV.split_once('\n').map_or(CSV, |(head, _)| head);
        let body: Vec<Vec<u8>> =
            rows.iter().map(|row| row.splitn(2, |byte| *byte == b'\n').last().unwrap_or_default().to_vec()).collect();
        let list = [head.as_bytes(), b"\n", &body.concat()].concat();
        std::fs::write(folder.path().join("activities.csv"), &list).unwrap();
        let (_, items) = open(folder.path());
        let kept: usize = items
            .iter()
            .map(|item| match item {
                connectors::archive::Item::Activity { raw, .. } => raw.artifacts[0].bytes.len(),
                connectors::archive::Item::Refused { artifact, .. } => {
                    artifact.as_ref().map_or(0, |artifact| artifact.bytes.len())
                }
                // A row that stands twice.
                connectors::archive::Item::Skipped { .. } => list.len(),
            })
            .sum();
        let blank = list.iter().filter(|byte| byte.is_ascii_whitespace()).count();
        prop_assert!(kept + blank >= list.len() - head.len(), "{kept} of {}", list.len());
    }
}
