//! Files of which it is known what was put into them.

use bytes::Bytes;
use connectors::file::{self, FileContent, NoActivity, Session};
use domain::{ArtifactId, Field, FitIdentity, Milli, Sport, Value};

use super::bytes::{ENUM, Fit, START, UINT8, UINT32, gpx, gpx_track, run, tcx, tcx_activity};

fn sessions(bytes: impl AsRef<[u8]>) -> Vec<Session> {
    match file::read(bytes.as_ref()).unwrap() {
        FileContent::Activity(sessions) => sessions,
        FileContent::NotActivity { what } => panic!("no activity but {what}"),
    }
}

fn one(bytes: impl AsRef<[u8]>) -> Session {
    let mut sessions = sessions(bytes);
    assert_eq!(sessions.len(), 1);
    sessions.remove(0)
}

fn other(bytes: impl AsRef<[u8]>) -> String {
    match file::read(bytes.as_ref()).unwrap() {
        FileContent::NotActivity { what } => what,
        FileContent::Activity(sessions) => panic!("{} sessions", sessions.len()),
    }
}

fn number(session: &Session, field: Field) -> Option<f64> {
    session.mapped.readings.number(field).map(Milli::as_f64)
}

fn path(session: &Session, field: Field) -> String {
    session.mapped.readings.get(field).map(|reading| reading.at.path.to_string()).unwrap_or_default()
}

fn text(session: &Session, field: Field) -> Option<&str> {
    match session.mapped.readings.value(field) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn start(session: &Session) -> String {
    session.mapped.fingerprint.start.to_rfc3339()
}

fn defects(session: &Session) -> Vec<&str> {
    session.mapped.defects.iter().map(|defect| defect.problem.as_str()).collect()
}

#[test]
fn a_fit_session_says_what_its_message_says() {
    let bytes = run().file();
    let session = one(&bytes);
    assert_eq!(start(&session), "2021-09-08T01:46:40+00:00");
    for (field, value, at) in [
        (Field::ElapsedTimeS, 60.5, "session[0].total_elapsed_time"),
        (Field::MovingTimeS, 60.0, "session[0].total_timer_time"),
        (Field::DistanceM, 1234.56, "session[0].total_distance"),
        (Field::EnergyKcal, 77.0, "session[0].total_calories"),
        (Field::AverageHeartRateBpm, 140.0, "session[0].avg_heart_rate"),
        (Field::AverageCadenceRpm, 85.0, "session[0].avg_cadence"),
        (Field::ElevationMinM, 100.0, "record[*].altitude"),
        (Field::ElevationMaxM, 160.0, "record[*].altitude"),
        (Field::UtcOffsetS, 7200.0, "activity[0].local_timestamp"),
        (Field::Laps, 1.0, "lap[*]"),
        (Field::Streams, 61.0, "record[*]"),
    ] {
        assert_eq!((number(&session, field), path(&session, field)), (Some(value), at.to_owned()), "{field:?}");
    }
    for absent in [Field::AveragePowerW, Field::MaxHeartRateBpm, Field::PoolLengthM, Field::Indoor] {
        assert_eq!(session.mapped.readings.get(absent), None);
    }
    assert_eq!(session.mapped.fingerprint.sport, Sport::TrailRun);
    assert_eq!(session.mapped.source_sport.as_deref(), Some("running/trail"));
    assert_eq!(text(&session, Field::Device), Some("garmin fenix6x"));
    let file = ArtifactId::of(&bytes);
    assert_eq!(text(&session, Field::OriginalFile), Some(file.to_string().as_str()));
    assert!(text(&session, Field::SummaryPolyline).is_some());
    assert_eq!(session.mapped.keys.file, Some(file));
    let (manufacturer, product, serial) = (1, 3291, 4_000_000_001);
    let began = START + 631_065_600;
    let identity = FitIdentity { manufacturer, product, serial, time_created: began, session_start: began };
    assert_eq!(session.mapped.keys.fit, Some(identity));
    assert_eq!(session.mapped.fingerprint.device_serial, Some(serial));
    assert_eq!(defects(&session), [""; 0]);
}

#[test]
fn a_recording_that_was_cut_off_is_told_by_its_records() {
    let whole = (0..=60).fold(Fit::default().file_id(4), Fit::record).file();
    let mut never_closed = whole[..whole.len() - 2].to_vec();
    never_closed[4..8].fill(0);
    let cut = &whole[..whole.len() - 30];
    for (bytes, seconds) in [(&whole[..], 60.0), (&never_closed, 60.0), (cut, 59.0)] {
        let session = one(bytes);
        assert_eq!(start(&session), "2021-09-08T01:46:40+00:00");
        assert_eq!(number(&session, Field::ElapsedTimeS), Some(seconds));
        assert_eq!(number(&session, Field::DistanceM), Some(seconds * 3.0));
        assert_eq!(number(&session, Field::MaxHeartRateBpm), Some(169.0));
    }
    assert!(defects(&one(&never_closed)).iter().any(|problem| problem.contains("never closed")));
    assert!(defects(&one(cut)).iter().any(|problem| problem.contains("cut short")));
}

#[test]
fn damage_is_reported_and_what_was_read_stands() {
    let mut bytes = run().file();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert!(defects(&one(&bytes)).iter().any(|problem| problem.contains("checksum")));
    // A message of a local type that was never defined.
    let undefined = run().raw(&[0x0b, 1, 2, 3]).file();
    assert!(defects(&one(undefined)).iter().any(|problem| problem.contains("damaged")));
    assert!(file::read(&bytes[..14]).is_err());
    assert!(file::read(&bytes[..13]).is_err());
    assert!(file::read(b"").is_err());
}

#[test]
fn a_clock_that_was_not_set_stretches_nothing() {
    let stray = run().message(20, &[(253, UINT32, START + 1_500_000_000), (3, UINT8, 200)]);
    let session = one(stray.file());
    assert_eq!(number(&session, Field::ElapsedTimeS), Some(60.5));
    assert_eq!(number(&session, Field::Streams), Some(61.0));
    assert!(defects(&session).iter().any(|problem| problem.starts_with("1 of its records")));

    let cut_off = (0..=60).fold(Fit::default().file_id(4), Fit::record);
    let stray = cut_off.message(20, &[(253, UINT32, START + 1_500_000_000)]);
    assert_eq!(number(&one(stray.file()), Field::ElapsedTimeS), Some(60.0));

    let never_set = Fit::default().file_id(4).message(18, &[(2, UINT32, 1234), (7, UINT32, 60_000)]);
    assert!(file::read(&never_set.file()).is_err());
}

#[test]
fn seconds_written_as_thousandths_are_noticed() {
    let fields = [(2, UINT32, START), (7, UINT32, 60_200_000), (8, UINT32, 60_100_000)];
    let session = one((0..=60).fold(Fit::default().file_id(4), Fit::record).message(18, &fields).file());
    assert_eq!(number(&session, Field::ElapsedTimeS), Some(60.2));
    assert_eq!(number(&session, Field::MovingTimeS), Some(60.1));
}

#[test]
fn sessions_of_one_file_share_its_records_by_time() {
    let file = (0..=60).fold(Fit::default().file_id(4), Fit::record).session(0, 20_000).session(20, 40_000).file();
    let sessions = sessions(&file);
    assert_eq!(sessions.iter().map(|session| session.index).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(sessions.iter().map(|s| s.mapped.keys.session_index).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(sessions.iter().map(|s| number(s, Field::Streams)).collect::<Vec<_>>(), [Some(20.0), Some(41.0)]);
    assert_eq!(path(&sessions[1], Field::DistanceM), "session[1].total_distance");

    let raws = file::raw_activities(Some("a.fit"), Bytes::from(file.clone())).unwrap();
    let digest = ArtifactId::of(&file);
    let ids: Vec<_> = raws.iter().map(|raw| raw.external_id.as_str().to_owned()).collect();
    assert_eq!(ids, [format!("{digest}#0"), format!("{digest}#1")]);
    for (raw, session) in raws.iter().zip(&sessions) {
        assert_eq!(file::map(raw).as_ref(), Ok(&session.mapped));
    }
    let single = file::raw_activities(None, Bytes::from(run().file())).unwrap();
    assert_eq!(single[0].external_id.as_str(), ArtifactId::of(&run().file()).to_string());
}

#[test]
fn a_chain_is_read_to_its_end() {
    let strap = Fit::default().message(132, &[(253, UINT32, START)]).file();
    let settings = Fit::default().file_id(2).record(0).file();
    let second = (100..=160).fold(Fit::default().file_id(4), Fit::record).session(100, 60_000).file();
    let sessions = sessions([run().file(), strap, settings, second].concat());
    assert_eq!(sessions.iter().map(|s| number(s, Field::ElapsedTimeS)).collect::<Vec<_>>(), [Some(60.5), Some(60.0)]);
    assert_eq!(sessions[1].mapped.keys.session_index, 1);
}

#[test]
fn sessions_that_cannot_be_told_are_not_hidden() {
    let undated = run().message(18, &[(2, UINT32, 1234), (7, UINT32, 60_000)]).file();
    let session = one(&undated);
    assert!(defects(&session)[0].contains("clock"));
    let torn = [run().file(), run().file()[..16].to_vec()].concat();
    assert!(defects(&one(&torn)).iter().any(|problem| problem.contains("cut short")));
    let undated = format!("<Activity Sport=\"Running\"><Id/></Activity>{}", tcx_activity(1));
    let session = one(tcx(&undated));
    assert_eq!(path(&session, Field::SportType), "Activities/Activity[1]/@Sport");
    assert_eq!(defects(&session), ["the TCX activity does not say when it began"]);
}

#[test]
fn both_byte_orders_and_short_dates_are_read() {
    let big = (0..=60).fold(Fit::big_endian().file_id(4), Fit::record).session(0, 60_500).file();
    let session = one(&big);
    assert_eq!(number(&session, Field::DistanceM), Some(1234.56));
    assert_eq!(number(&session, Field::Streams), Some(61.0));
    assert_eq!(session.mapped.keys.fit.map(|fit| fit.serial), Some(4_000_000_001));

    // Local type 1: heart rate only; the date is five bits of the header. START's own are 0.
    let define = [0x41, 0, 0, 20, 0, 1, 3, 1, 2];
    let records: Vec<u8> = (1..=40u8).flat_map(|second| [0xa0 | (second & 31), 100 + second]).collect();
    let compressed = Fit::default().file_id(4).record(0).raw(&define).raw(&records);
    let session = one(compressed.file());
    assert_eq!(number(&session, Field::ElapsedTimeS), Some(40.0));
    assert_eq!(number(&session, Field::MaxHeartRateBpm), Some(140.0));
}

#[test]
fn a_developer_field_without_bytes_costs_nothing() {
    // Developer field 0 is described as a byte; a record of local type 1 has a heart rate and that field in size 0.
    let described = run().message(206, &[(0, UINT8, 0), (1, UINT8, 0), (2, UINT8, 2)]);
    let define = [0x61, 0, 0, 20, 0, 1, 3, 1, 2, 1, 0, 0, 0];
    let session = one(described.raw(&define).raw(&[1, 150]).raw(&[1, 151]).file());
    assert_eq!(number(&session, Field::Streams), Some(63.0));
    assert_eq!(defects(&session), [""; 0]);
}

#[test]
fn fit_files_that_are_no_recordings_say_what_they_are() {
    for (kind, what) in [(2, "a FIT file of settings"), (5, "a workout"), (6, "a course"), (32, "monitoring data")] {
        assert_eq!(other(Fit::default().file_id(kind).record(0).record(1).file()), what);
    }
    assert!(file::read(&Fit::default().message(49, &[(0, ENUM, 1)]).file()).is_err());
}

#[test]
fn tcx_laps_are_the_truth() {
    let session = one(format!("  \n {}", tcx(&tcx_activity(1))));
    assert_eq!(start(&session), "2021-06-01T10:00:00+00:00");
    let lap = |field: &str| format!("Activities/Activity[0]/Lap[*]/{field}");
    for (field, value, at) in [
        (Field::MovingTimeS, 90.25, lap("TotalTimeSeconds")),
        (Field::ElapsedTimeS, 120.0, lap("@StartTime")),
        (Field::DistanceM, 300.5, lap("DistanceMeters")),
        (Field::EnergyKcal, 12.0, lap("Calories")),
        (Field::AverageHeartRateBpm, 129.945, lap("AverageHeartRateBpm/Value")),
        (Field::MaxHeartRateBpm, 150.0, lap("MaximumHeartRateBpm/Value")),
        (Field::Laps, 2.0, lap("").trim_end_matches('/').to_owned()),
        (Field::Streams, 4.0, "Activities/Activity[*]/Lap[*]/Track/Trackpoint".to_owned()),
    ] {
        assert_eq!((number(&session, field), path(&session, field)), (Some(value), at), "{field:?}");
    }
    assert_eq!(number(&session, Field::AverageCadenceRpm), Some(88.0));
    assert_eq!(number(&session, Field::MaxPowerW), Some(250.0));
    assert_eq!(text(&session, Field::Device), Some("Forerunner 1"));
    assert_eq!(session.mapped.fingerprint.device_serial, Some(4_000_000_001));
    assert_eq!(session.mapped.fingerprint.sport, Sport::Run);
}

#[test]
fn a_tcx_start_far_from_its_points_is_not_believed() {
    let late = tcx_activity(1).replace("T10:00:00.000Z", "T11:30:00.000Z");
    let session = one(tcx(&late));
    assert_eq!(start(&session), "2021-06-01T10:00:00+00:00");
    assert_eq!(number(&session, Field::ElapsedTimeS), Some(120.0));
    assert_eq!(defects(&session).len(), 1);
}

#[test]
fn a_cadence_of_both_feet_is_halved_for_runners() {
    let steps = tcx_activity(1).replace("<ns3:RunCadence>88<", "<ns3:RunCadence>176<");
    assert_eq!(number(&one(tcx(&steps)), Field::AverageCadenceRpm), Some(88.0));
    let spin = steps.replace("Running", "Biking");
    assert_eq!(number(&one(tcx(&spin)), Field::AverageCadenceRpm), Some(176.0));
}

#[test]
fn each_tcx_activity_is_a_session() {
    let sessions = sessions(tcx(&format!("{}{}", tcx_activity(1), tcx_activity(2))));
    assert_eq!(
        sessions.iter().map(start).collect::<Vec<_>>(),
        ["2021-06-01T10:00:00+00:00", "2021-06-02T10:00:00+00:00"]
    );
    assert_eq!(number(&sessions[1], Field::Streams), Some(4.0));
    let course = "<TrainingCenterDatabase><Courses><Course><Name>x</Name></Course></Courses></TrainingCenterDatabase>";
    assert_eq!(other(course), "a course");
}

#[test]
fn a_gpx_track_is_measured_over_its_places() {
    let session = one(gpx(&gpx_track(10, "+02:00")));
    assert_eq!(start(&session), "2021-06-01T08:00:00+00:00");
    assert_eq!(number(&session, Field::ElapsedTimeS), Some(600.0));
    // A tenth of a degree of latitude on a sphere of 6 371 km.
    assert!((number(&session, Field::DistanceM).unwrap() - 11_119.5).abs() < 0.1);
    assert_eq!(number(&session, Field::AverageHeartRateBpm), Some(105.0));
    assert_eq!(number(&session, Field::AverageTemperatureC), Some(21.0));
    assert_eq!(number(&session, Field::AveragePowerW), Some(200.0));
    assert_eq!(number(&session, Field::MovingTimeS), None);
    assert_eq!(session.mapped.fingerprint.sport, Sport::TrailRun);
    assert_eq!(text(&session, Field::Name), Some("Morning & Evening"));
    assert_eq!(text(&session, Field::Device), Some("Little Watch"));
    assert_eq!(defects(&session), [""; 0]);
}

#[test]
fn gpx_tracks_are_one_recording_unless_hours_lie_between() {
    let near = sessions(gpx(&format!("{}{}", gpx_track(8, "Z"), gpx_track(9, "Z"))));
    assert_eq!(near.iter().map(|s| number(s, Field::ElapsedTimeS)).collect::<Vec<_>>(), [Some(4200.0)]);
    assert!((number(&near[0], Field::DistanceM).unwrap() - 22_239.0).abs() < 0.1);
    let far = sessions(gpx(&format!("{}{}", gpx_track(8, "Z"), gpx_track(18, "Z"))));
    assert_eq!(far.iter().map(|s| number(s, Field::ElapsedTimeS)).collect::<Vec<_>>(), [Some(600.0); 2]);
}

#[test]
fn gpx_times_without_a_zone_are_reported() {
    let session = one(gpx(&gpx_track(10, "")));
    assert_eq!(start(&session), "2021-06-01T10:00:00+00:00");
    assert!(defects(&session)[0].contains("11 times have no zone"));
}

#[test]
fn gpx_files_that_are_no_recordings_say_what_they_are() {
    assert_eq!(other(gpx("<trk><trkseg><trkpt lat='1' lon='2'/></trkseg></trk>")), "a route without times");
    assert_eq!(other(gpx("<rte><rtept lat='1' lon='2'/></rte>")), "a route");
    assert_eq!(other(gpx("<wpt lat='1' lon='2'><time>2021-06-01T10:00:00Z</time></wpt>")), "waypoints");
    assert_eq!(other(gpx("")), "a GPX file without a track");
}

#[test]
fn documents_that_are_cut_or_hostile() {
    let whole = gpx(&gpx_track(10, "Z"));
    let session = one(&whole.as_bytes()[..whole.len() - 300]);
    assert!(number(&session, Field::ElapsedTimeS) < Some(600.0));
    assert_eq!(defects(&session).len(), 1);
    let hostile = whole.replace("<gpx ", "<!DOCTYPE gpx [<!ENTITY a \"b\">]><gpx ");
    assert!(file::read(hostile.as_bytes()).unwrap_err().reason.contains("DOCTYPE"));
    assert!(matches!(file::raw_activities(None, Bytes::from(gpx(""))), Err(NoActivity::Other { .. })));
    assert!(matches!(file::raw_activities(None, Bytes::from(hostile)), Err(NoActivity::Unreadable(_))));
}
