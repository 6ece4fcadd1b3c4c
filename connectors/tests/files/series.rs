//! Laps and time series of made files against what was put into them.

use std::time::Instant;

use connectors::file::{self, FileContent};
use connectors::series::{Column, Lap, StreamType, Streams, laps, streams};
use domain::{ArtifactKind, Field, Milli};

use super::bytes::{Fit, START, UINT8, UINT16, UINT32, gpx, gpx_track, run, tcx, tcx_activity};

fn numbers(streams: &Streams, wanted: StreamType) -> Vec<Option<f64>> {
    match streams.iter().find(|(kind, _)| *kind == wanted) {
        Some((_, Column::Numbers(numbers))) => numbers.clone(),
        _ => Vec::new(),
    }
}

fn kinds(streams: &Streams) -> Vec<StreamType> {
    streams.iter().map(|(kind, _)| kind).collect()
}

#[test]
fn a_fit_file_s_records_are_series_of_one_length() {
    use StreamType::{Altitude, Distance, HeartRate, Latlng, Time};
    let told = streams(ArtifactKind::Fit, 0, &run().file()).unwrap();
    assert_eq!(kinds(&told), [Time, Distance, Latlng, Altitude, HeartRate]);
    assert_eq!(told.samples(), 61);
    assert_eq!(numbers(&told, Time)[60], Some(60.0));
    assert_eq!(numbers(&told, Distance)[60], Some(180.0));
    assert_eq!(numbers(&told, Altitude)[60], Some(160.0));
    assert_eq!(numbers(&told, HeartRate)[49], Some(169.0));
    let Some((_, Column::Places(places))) = told.iter().find(|(kind, _)| *kind == Latlng) else { panic!("no places") };
    assert_eq!((places.len(), places.iter().flatten().count()), (61, 61));
}

#[test]
fn what_a_device_did_not_give_is_null_where_it_did_not() {
    let gap = Fit::default().file_id(4).message(20, &[(253, UINT32, START), (3, UINT8, 255), (7, UINT16, 250)]);
    let gap = gap.message(20, &[(253, UINT32, START + 5), (3, UINT8, 140), (6, UINT16, 3500)]).file();
    let told = streams(ArtifactKind::Fit, 0, &gap).unwrap();
    assert_eq!(numbers(&told, StreamType::HeartRate), [None, Some(140.0)]);
    assert_eq!(numbers(&told, StreamType::Power), [Some(250.0), None]);
    assert_eq!(numbers(&told, StreamType::Speed), [None, Some(3.5)]);
    assert_eq!(numbers(&told, StreamType::Time), [Some(0.0), Some(5.0)]);
}

#[test]
fn each_session_has_its_own_records_and_laps_as_its_mapping_counts_them() {
    let lap = |start: i64| [(2, UINT32, START + start), (7, UINT32, 10_000), (9, UINT32, 5_000), (15, UINT8, 140)];
    // The second session has no date and is none: the third is the second record.
    let bytes = (0..=60)
        .fold(Fit::default().file_id(4), Fit::record)
        .message(19, &lap(0))
        .message(19, &lap(10))
        .message(19, &lap(40))
        .session(0, 20_000)
        .session(-START, 5_000)
        .session(40, 20_000)
        .file();
    let FileContent::Activity(sessions) = file::read(&bytes).unwrap() else { panic!("no activity") };
    assert_eq!(sessions.len(), 2);
    for (session, starts) in sessions.iter().zip([vec![0, 10], vec![0]]) {
        let told = streams(ArtifactKind::Fit, session.index, &bytes).unwrap();
        let counted = session.mapped.readings.number(Field::Streams).map(Milli::as_f64);
        assert_eq!(Some(told.samples() as f64), counted);
        assert_eq!(numbers(&told, StreamType::Time)[0], Some(0.0));
        let laps = laps(ArtifactKind::Fit, session.index, &bytes).unwrap();
        let since = |lap: &Lap| lap.start.map(|start| (start - session.mapped.fingerprint.start).num_seconds());
        assert_eq!(laps.iter().map(since).collect::<Vec<_>>(), starts.into_iter().map(Some).collect::<Vec<_>>());
        assert_eq!((laps[0].elapsed_s, laps[0].distance_m), (Some(10.0), Some(50.0)));
        assert_eq!(laps[0].average_heart_rate_bpm, Some(140.0));
    }
    assert!(streams(ArtifactKind::Fit, 2, &bytes).is_err());
}

#[test]
fn tcx_tells_laps_and_points_and_gpx_points_alone() {
    let two = tcx(&format!("{}{}", tcx_activity(1), tcx_activity(2)));
    let told = streams(ArtifactKind::Tcx, 1, two.as_bytes()).unwrap();
    assert_eq!(numbers(&told, StreamType::Time), [Some(0.0), Some(30.0), Some(60.0), Some(119.0)]);
    assert_eq!(numbers(&told, StreamType::Power), vec![Some(250.0); 4]);
    let found = laps(ArtifactKind::Tcx, 1, two.as_bytes()).unwrap();
    // A pause of half a minute follows the first.
    assert_eq!(found.iter().map(|lap| lap.elapsed_s).collect::<Vec<_>>(), [Some(60.0), Some(60.0)]);
    assert_eq!(found.iter().map(|lap| lap.moving_s).collect::<Vec<_>>(), [Some(30.25), Some(60.0)]);
    assert_eq!(found[1].start.map(|start| start.to_rfc3339()).as_deref(), Some("2021-06-02T10:01:00+00:00"));
    assert_eq!((found[0].distance_m, found[0].max_heart_rate_bpm), (Some(100.5), Some(115.0)));

    let tracks = gpx(&format!("{}{}", gpx_track(5, "Z"), gpx_track(15, "Z")));
    let told = streams(ArtifactKind::Gpx, 1, tracks.as_bytes()).unwrap();
    assert_eq!((told.samples(), numbers(&told, StreamType::Time)[10]), (11, Some(600.0)));
    assert_eq!(numbers(&told, StreamType::Temperature)[0], Some(21.0));
    assert_eq!(numbers(&told, StreamType::Distance), []);
    assert_eq!(laps(ArtifactKind::Gpx, 1, tracks.as_bytes()), Ok(Vec::new()));
}

#[test]
fn a_runner_s_steps_are_those_of_one_foot_in_series_too() {
    let steps = tcx(&tcx_activity(1).replace("<ns3:RunCadence>88<", "<ns3:RunCadence>176<"));
    let cadence = |text: &str| numbers(&streams(ArtifactKind::Tcx, 0, text.as_bytes()).unwrap(), StreamType::Cadence);
    assert_eq!(cadence(&steps), vec![Some(88.0); 4]);
    assert_eq!(cadence(&steps.replace("Running", "Biking")), vec![Some(176.0); 4]);
}

#[test]
fn other_kinds_tell_neither() {
    for kind in ArtifactKind::ALL {
        assert!(connectors::series::tells_laps(kind) || kind == ArtifactKind::Gpx || laps(kind, 0, b"{}").is_err());
        assert!(connectors::series::tells_streams(kind) || streams(kind, 0, b"{}").is_err());
    }
}

/// For the record and no test of speed: four hours at a second each, to 500 points.
#[test]
fn four_hours_to_500_points() {
    let bytes = (0..4 * 3600).fold(Fit::default().file_id(4), Fit::record).session(0, 14_400_000).file();
    let begun = Instant::now();
    let whole = streams(ArtifactKind::Fit, 0, &bytes).unwrap();
    let read = begun.elapsed();
    let thin = whole.thinned(500);
    println!("{} bytes read in {read:?}, thinned in {:?}", bytes.len(), begun.elapsed() - read);
    assert_eq!(thin.samples(), 500);
    assert_eq!(numbers(&thin, StreamType::Time).last(), Some(&Some(14_399.0)));
}
