//! The mapping: the forms of one and the same thing, and whatever else a document may hold.

use connectors::{Mapped, RawActivity, registry};
use domain::{
    Artifact, ArtifactKind, Channel, ExternalId, Field, Lineage, MediaType, Milli, SourceSlug, Sport, StartPrecision,
    Value, Visibility,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::strava_house::{instant, map};

fn artifact(kind: ArtifactKind, bytes: Vec<u8>) -> Artifact {
    Artifact { kind, media_type: MediaType::JSON, filename: None, bytes: bytes.into() }
}

fn raw(artifacts: Vec<Artifact>) -> RawActivity {
    RawActivity {
        source: SourceSlug::STRAVA,
        channel: Channel::Api,
        external_id: ExternalId::new("9007199254740993"),
        session_index: 0,
        artifacts,
    }
}

/// A run, changed by what is given: `null` there means that the key is absent.
fn run(changes: Json) -> Json {
    let mut run = json!({
        "id": 9_007_199_254_740_993_u64, "resource_state": 2, "name": "Morning Run", "distance": 5000.5,
        "moving_time": 1500, "elapsed_time": 1600, "total_elevation_gain": 12.5, "type": "Run", "sport_type": "TrailRun",
        "start_date": "2026-06-30T22:30:00Z", "start_date_local": "2026-07-01T00:30:00Z",
        "timezone": "(GMT+01:00) Europe/Amsterdam", "utc_offset": 7200.0, "start_latlng": [54.5, 2.25],
        "end_latlng": [54.5, 2.5], "map": { "id": "a1", "summary_polyline": "_p~iF~ps|U_ulLnnqC" },
        "average_speed": 3.3, "max_speed": 4.5, "average_cadence": 78.7, "has_heartrate": true,
        "average_heartrate": 145.3, "max_heartrate": 171.0, "trainer": false, "commute": false, "manual": false,
        "private": false, "visibility": "followers_only", "gear_id": "g1", "external_id": "garmin_ping_492699828617",
    });
    for (key, value) in changes.as_object().unwrap() {
        match value {
            Json::Null => _ = run.as_object_mut().unwrap().remove(key),
            value => run[key] = value.clone(),
        }
    }
    run
}

fn summary(changes: Json) -> Mapped {
    map(&raw(vec![artifact(ArtifactKind::ActivitySummary, run(changes).to_string().into_bytes())]))
}

fn number(mapped: &Mapped, field: Field) -> Option<f64> {
    mapped.readings.number(field).map(Milli::as_f64)
}

#[test]
fn gotcha_1_ids_pass_every_bound() {
    let mapped = summary(json!({}));
    assert_eq!(mapped.url.as_deref(), Some("https://www.strava.com/activities/9007199254740993"));
    assert_eq!(mapped.defects, []);
}

#[test]
fn gotcha_2_numbers_are_whole_or_not() {
    let whole = json!({ "distance": 5000, "total_elevation_gain": 12, "max_heartrate": 171, "utc_offset": 7200 });
    let mapped = summary(whole);
    assert_eq!((number(&mapped, Field::DistanceM), number(&mapped, Field::ElevationGainM)), (Some(5000.0), Some(12.0)));
    assert_eq!(number(&summary(json!({ "elapsed_time": 1600.0 })), Field::ElapsedTimeS), Some(1600.0));
    assert_eq!(number(&summary(json!({ "distance": "5000.5" })), Field::DistanceM), Some(5000.5));
}

#[test]
fn gotcha_3_unknown_words_pass_through() {
    let mapped = summary(json!({ "sport_type": "Kwidditch", "type": "Workout", "visibility": "the_moon" }));
    assert_eq!(mapped.source_sport.as_deref(), Some("Kwidditch"));
    assert_eq!(mapped.readings.value(Field::SportType), Some(&Value::Sport(Sport::Other)));
    let odd: Vec<&str> = mapped.defects.iter().map(|defect| &*defect.at.path).collect();
    assert_eq!(odd, ["/sport_type", "/visibility"]);
    // The old word where the precise one is missing.
    let mapped = summary(json!({ "sport_type": null }));
    assert_eq!(mapped.readings.get(Field::SportType).unwrap().at.path, "/type");
    assert_eq!(mapped.fingerprint.sport, Sport::Run);
}

#[test]
fn gotcha_4_no_route_has_three_forms() {
    for place in [json!([]), json!(null)] {
        let mut document = run(json!({}));
        document["start_latlng"] = place.clone();
        document["end_latlng"] = place;
        document["map"]["summary_polyline"] = json!("");
        let mapped = map(&raw(vec![artifact(ArtifactKind::ActivitySummary, document.to_string().into_bytes())]));
        assert_eq!(mapped.fingerprint.start_point, None);
        assert_eq!(mapped.readings.get(Field::SummaryPolyline), None);
        assert_eq!(mapped.defects, []);
    }
    let absent = summary(json!({ "start_latlng": null, "map": null }));
    assert_eq!((absent.fingerprint.start_point, absent.defects.len()), (None, 0));
    let null = summary(json!({ "map": { "summary_polyline": null } }));
    assert_eq!((null.readings.get(Field::SummaryPolyline), null.defects.len()), (None, 0));
}

#[test]
fn c12_gotcha_5_a_local_time_is_no_instant() {
    let mapped = summary(json!({}));
    assert_eq!(mapped.fingerprint.start, instant("2026-06-30T22:30:00Z"));
    // The offset is that of the day, and not the one that the zone's name carries.
    assert_eq!(mapped.fingerprint.utc_offset_s, Some(7200));
    assert_eq!(mapped.readings.value(Field::Timezone), Some(&Value::Text("Europe/Amsterdam".to_owned())));
}

#[test]
fn gotcha_6_a_hidden_start_tells_only_the_day() {
    let local = "2026-07-01T00:00:01Z";
    // Told as an instant, or as the same local text twice.
    for utc in ["2026-06-30T22:00:01Z", local] {
        let mapped = summary(json!({ "start_date": utc, "start_date_local": local }));
        assert_eq!(mapped.fingerprint.start_precision, StartPrecision::LocalDate);
        assert_eq!(mapped.fingerprint.start, instant("2026-06-30T22:00:01Z"));
    }
    assert_eq!(summary(json!({})).fingerprint.start_precision, StartPrecision::Second);
}

#[test]
fn gotcha_7_what_was_typed_in_measured_nothing() {
    let mapped = summary(json!({
        "manual": true, "external_id": null, "upload_id": null, "max_speed": 0, "total_elevation_gain": 0,
        "start_latlng": [], "has_heartrate": false, "average_heartrate": null, "max_heartrate": null,
    }));
    assert!(mapped.fingerprint.manual);
    assert_eq!(mapped.keys.lineage, None);
    for field in [Field::MaxSpeedMps, Field::ElevationGainM, Field::AverageHeartRateBpm] {
        assert_eq!(mapped.readings.get(field), None, "{}", field.name());
    }
}

#[test]
fn gotcha_8_no_distance_is_not_a_distance_of_nothing() {
    let mapped = summary(json!({ "distance": 0, "average_speed": 0, "max_speed": 0, "sport_type": "WeightTraining" }));
    assert_eq!((mapped.fingerprint.distance_m, mapped.fingerprint.sport), (None, Sport::Strength));
    assert_eq!(mapped.readings.get(Field::AverageSpeedMps), None);
}

#[test]
fn gotcha_9_work_is_not_energy() {
    assert_eq!(summary(json!({ "kilojoules": 800.5 })).readings.get(Field::EnergyKcal), None);
    assert_eq!(number(&summary(json!({ "calories": 612.5 })), Field::EnergyKcal), Some(612.5));
}

#[test]
fn gotcha_17_a_gear_without_its_name_is_not_told() {
    assert_eq!(summary(json!({})).readings.get(Field::Gear), None);
    let mapped = summary(json!({ "gear": { "id": "g1", "name": "Tern 3", "retired": true } }));
    assert_eq!(mapped.readings.value(Field::Gear), Some(&Value::Text("Tern 3".to_owned())));
}

#[test]
fn gotcha_18_cadence_counts_one_foot() {
    // Ours does too: nothing is doubled, for runs as for rides.
    assert_eq!(number(&summary(json!({})), Field::AverageCadenceRpm), Some(78.7));
    assert_eq!(number(&summary(json!({ "sport_type": "Ride" })), Field::AverageCadenceRpm), Some(78.7));
}

#[test]
fn gotcha_21_series_with_gaps_and_without_some() {
    let streams = json!({
        "time": { "data": [0, 1, 60], "series_type": "distance" },
        "heartrate": { "data": [120, null, 121] },
        "odd/~name": { "data": [1, 2, 3] },
    });
    let with = |streams: Json| {
        map(&raw(vec![
            artifact(ArtifactKind::ActivitySummary, run(json!({})).to_string().into_bytes()),
            artifact(ArtifactKind::Streams, streams.to_string().into_bytes()),
        ]))
    };
    let mapped = with(streams);
    assert_eq!((number(&mapped, Field::Streams), mapped.defects.len()), (Some(3.0), 0));
    assert_eq!(mapped.readings.get(Field::Streams).unwrap().at.path, "/time/data");
    // As a list, as it was before.
    let mapped = with(json!([{ "type": "distance", "data": [0.0, 1.5] }]));
    assert_eq!(mapped.readings.get(Field::Streams).unwrap().at.path, "/0/data");
    // Of different lengths: said, and counted by the longest.
    let mapped = with(json!({ "time": { "data": [0, 1] }, "heartrate": { "data": [99] } }));
    assert_eq!((number(&mapped, Field::Streams), mapped.defects.len()), (Some(2.0), 1));
    let mapped = with(json!({ "time": 7 }));
    assert_eq!((number(&mapped, Field::Streams), mapped.defects.len()), (None, 1));
}

#[test]
fn gotcha_24_texts_hold_anything() {
    let mapped = summary(json!({
        "name": "Run \u{1f96f}\r\n \u{202e}evil", "description": "a\r\nb \u{202b}525 Training Load -- from COROS",
    }));
    assert_eq!(mapped.readings.value(Field::Name), Some(&Value::Text("Run \u{1f96f} evil".to_owned())));
    let description = Value::Text("a\nb 525 Training Load -- from COROS".to_owned());
    assert_eq!(mapped.readings.value(Field::Description), Some(&description));
}

#[test]
fn guessed_power_is_no_power() {
    let power = |meter: Json| {
        let watts =
            json!({ "average_watts": 175.3, "max_watts": 406, "weighted_average_watts": 210, "device_watts": meter });
        let mapped = summary(watts);
        [Field::AveragePowerW, Field::MaxPowerW, Field::NormalizedPowerW].map(|field| number(&mapped, field))
    };
    assert_eq!(power(json!(true)), [Some(175.3), Some(406.0), Some(210.0)]);
    assert_eq!(power(json!(null)), [Some(175.3), Some(406.0), Some(210.0)]);
    assert_eq!(power(json!(false)), [None; 3]);
}

#[test]
fn a_name_of_an_upload_is_a_claim() {
    let claim = |name: &str| summary(json!({ "external_id": name })).keys.lineage;
    let garmin = |id: Option<&str>| Some(Lineage { source: SourceSlug::GARMIN, external_id: id.map(ExternalId::new) });
    assert_eq!(claim("garmin_push_4531922147"), garmin(Some("4531922147")));
    assert_eq!(claim("garmin_ping_492699828617"), garmin(None));
    assert_eq!(claim("8153566593_ACTIVITY.fit"), garmin(Some("8153566593")));
    // Late in 2015 a push was named by its start.
    let start = instant("2026-06-30T22:30:00Z").timestamp();
    assert_eq!(claim(&format!("garmin_push_{start}")), garmin(None));
    assert_eq!(claim("zwift-activity-1234567890123456789.fit"), None);
}

#[test]
fn who_may_see_it_and_where_it_was() {
    let seen = |changes| summary(changes).readings.value(Field::Visibility).cloned();
    assert_eq!(seen(json!({})), Some(Value::Visibility(Visibility::Followers)));
    assert_eq!(seen(json!({ "visibility": null, "private": true })), Some(Value::Visibility(Visibility::OnlyMe)));
    assert_eq!(seen(json!({ "visibility": null })), None);
    // Not on a trainer does not mean outdoors.
    assert_eq!(summary(json!({})).readings.get(Field::Indoor), None);
    assert!(summary(json!({ "trainer": true })).fingerprint.distance_is_soft);
}

#[test]
fn the_detail_stands_over_the_list() {
    let detail = run(json!({ "name": "Tempo!", "calories": 400.5, "average_heartrate": null }));
    let mut detail = detail;
    // Nothing is a word too: the heart rate was hidden since.
    detail["average_heartrate"] = Json::Null;
    let both = |detail: Vec<u8>| {
        map(&raw(vec![
            artifact(
                ArtifactKind::ActivitySummary,
                run(json!({ "device_name": "Garmin Edge 530" })).to_string().into(),
            ),
            artifact(ArtifactKind::ActivityDetail, detail),
        ]))
    };
    let mapped = both(detail.to_string().into_bytes());
    let at = |field| mapped.readings.get(field).map(|reading| reading.at.artifact);
    assert_eq!(mapped.readings.value(Field::Name), Some(&Value::Text("Tempo!".to_owned())));
    assert_eq!(at(Field::Name), Some(ArtifactKind::ActivityDetail));
    assert_eq!(at(Field::Device), Some(ArtifactKind::ActivitySummary));
    assert_eq!(at(Field::AverageHeartRateBpm), None);
    // A detail that is broken costs the detail and not the activity.
    let mapped = both(b"{\"name\":".to_vec());
    assert_eq!(mapped.readings.value(Field::Name), Some(&Value::Text("Morning Run".to_owned())));
    assert_eq!(mapped.defects.len(), 1);
}

#[test]
fn without_a_start_or_a_length_there_is_no_record() {
    let read = |changes: Json| {
        let document = run(changes).to_string().into_bytes();
        connectors::strava::map_api(&raw(vec![artifact(ArtifactKind::ActivitySummary, document)])).map(|_| ())
    };
    assert_eq!(read(json!({})), Ok(()));
    assert!(read(json!({ "start_date": null })).is_err());
    assert!(read(json!({ "elapsed_time": null })).is_err());
    let odd = read(json!({ "start_date": "yesterday" })).unwrap_err();
    assert!(odd.reason.contains("/start_date: it is no instant") && !odd.reason.contains("yesterday"));
    assert!(connectors::strava::map_api(&raw(Vec::new())).is_err());
}

/// Whatever the bytes, reading ends, says the same twice, and points at what is there.
fn sound(artifacts: Vec<Artifact>) {
    let raw = raw(artifacts);
    let map = registry::mapper(&raw.source, raw.channel).unwrap();
    let read = map(&raw);
    assert_eq!(map(&raw), read);
    let Ok(mapped) = read else { return };
    for (_, reading) in mapped.readings.iter() {
        let bytes = &raw.artifact(reading.at.artifact).unwrap().bytes;
        let document: Json = serde_json::from_slice(bytes).unwrap();
        assert!(document.pointer(&reading.at.path).is_some(), "{:?}", reading.at);
    }
}

fn streams() -> String {
    json!({ "time": { "data": [0, 1, 2] }, "latlng": { "data": [[1.0, 2.0], [1.0, 2.1], null] } }).to_string()
}

/// A value that might stand anywhere.
fn anything() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,12}".prop_map(Json::from),
        Just(json!([])),
        Just(json!([0, 0])),
        Just(json!([1e300, -1e300])),
        Just(json!({ "name": 7, "summary_polyline": [] })),
        Just(json!("2026-13-45T25:61:61Z")),
        Just(json!("9999-12-31T00:00:01Z")),
    ]
}

proptest! {
    #[test]
    fn any_value_at_any_key(changes in proptest::collection::vec((0..30usize, anything()), 1..6)) {
        let mut document = run(json!({}));
        let keys: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
        for (key, value) in changes {
            document[&keys[key % keys.len()]] = value;
        }
        sound(vec![artifact(ArtifactKind::ActivityDetail, document.to_string().into_bytes())]);
    }

    #[test]
    fn cut_off_anywhere(at in 0..900usize, cut_streams in 0..80usize) {
        let document = run(json!({})).to_string().into_bytes();
        let at = at.min(document.len());
        sound(vec![
            artifact(ArtifactKind::ActivitySummary, document.clone()),
            artifact(ArtifactKind::ActivityDetail, document[..at].to_vec()),
            artifact(ArtifactKind::Streams, streams().into_bytes()[..cut_streams.min(streams().len())].to_vec()),
        ]);
        sound(vec![artifact(ArtifactKind::ActivitySummary, document[..at].to_vec())]);
    }

    #[test]
    fn bytes_replaced(changes in proptest::collection::vec((0..900usize, any::<u8>()), 1..8)) {
        let mut document = run(json!({})).to_string().into_bytes();
        for (at, byte) in changes {
            let at = at % document.len();
            document[at] = byte;
        }
        sound(vec![
            artifact(ArtifactKind::ActivitySummary, document.clone()),
            artifact(ArtifactKind::Laps, document),
        ]);
    }
}
