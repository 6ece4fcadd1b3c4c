//! Made exports: what each of Strava's and Garmin's oddities becomes.

use bytes::Bytes;
use connectors::archive::{Item, Kind};
use connectors::{Mapped, RawActivity};
use domain::{Artifact, ArtifactKind, Channel, ExternalId, Field, MediaType, SourceSlug, Sport, StartPrecision, Value};

use crate::walk::{activities, map, number, open, refusals, skips};
use crate::zipped::{deflated, entry, gpx, gzip, zip};

/// Strava's header as far as these tests need it.
const HEAD: &str = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,\
                    Commute,Activity Gear,Filename,Elapsed Time,Moving Time,Distance,From Upload";

fn opened(bytes: Vec<u8>) -> (Kind, Vec<Item>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.zip");
    std::fs::write(&path, bytes).unwrap();
    open(&path)
}

/// A record of one row of that list.
fn strava(head: &str, row: &str) -> RawActivity {
    let artifact = Artifact {
        kind: ArtifactKind::ArchiveRow,
        media_type: MediaType::CSV,
        filename: None,
        bytes: Bytes::from(format!("{head}\n{row}\n")),
    };
    raw(SourceSlug::STRAVA, artifact)
}

fn raw(source: SourceSlug, artifact: Artifact) -> RawActivity {
    let external_id = ExternalId::new("1");
    RawActivity { source, channel: Channel::Archive, external_id, session_index: 0, artifacts: vec![artifact] }
}

fn garmin(element: &serde_json::Value) -> Mapped {
    let bytes = Bytes::from(element.to_string());
    map(&raw(
        SourceSlug::GARMIN,
        Artifact { kind: ArtifactKind::ArchiveRow, media_type: MediaType::JSON, filename: None, bytes },
    ))
}

fn text(mapped: &Mapped, field: Field) -> Option<&str> {
    match mapped.readings.value(field) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

#[test]
fn rows_and_files_of_a_strava_export() {
    let date = "\"May 1, 2024, 10:01:00 AM\"";
    let rows = [
        format!("11111,{date},Upload,Ride,\"two\nlines\",40,0.1,false,Heron,activities/1.gpx.gz,40.0,40.0,99.0,1.0"),
        format!("22222,{date},Written,Ride,,40,0.1,true,,activities/22222.gpx,40.0,40.0,99.0,1.0"),
        format!("33333,{date},Typed,Yoga,,3600,0,false,,,3600.0,3600.0,0.0,0.0"),
        format!("44444,{date},Missing,Run,,40,0.1,false,,activities/none.fit.gz,40.0,40.0,99.0,1.0"),
        format!("55555,{date},Error,Run,,40,0.1,false,,#error#,40.0,40.0,99.0,1.0"),
        format!("66666,{date},Broken,Run,,40,0.1,false,,activities/broken.fit.gz,40.0,40.0,99.0,1.0"),
        format!("77777,{date},Trick,Run,,40,0.1,false,,../../../etc/passwd,40.0,40.0,99.0,1.0"),
        format!(",{date},No id,Run,,40,0.1,false,,,40.0,40.0,99.0,1.0"),
        "88888,yesterday,No date,Run,,40,0.1,false,,,40.0,40.0,99.0,1.0".to_owned(),
        format!("33333,{date},Again,Yoga,,3600,0,false,,,3600.0,3600.0,0.0,0.0"),
        format!("99999,{date},\"unclosed,Run,,40,0.1,false,,,40.0,40.0,99.0,1.0"),
        format!("12121,{date},After it,Run,,40,0.1,false,,,40.0,40.0,99.0,1.0"),
    ];
    let root = "export_1/";
    let at = |name: &str| format!("{root}{name}");
    let (kind, items) = opened(zip(&[
        deflated(&at("activities.csv"), format!("{HEAD}\n{}\n", rows.join("\n"))),
        entry(&at("activities/1.gpx.gz"), gzip(gpx(1).as_bytes())),
        entry(&at("activities/22222.gpx"), gpx(1)),
        entry(&at("activities/broken.fit.gz"), gzip(b"not a FIT file")),
        entry(&at("activities/unnamed.gpx.gz"), gzip(gpx(9).as_bytes())),
        entry(&at("routes/route.gpx"), gpx(8)),
        entry(&at("media/photo.jpg"), "private"),
        entry(&at("logins.csv"), "private"),
        entry(&at("contract.pdf"), "private"),
        entry("__MACOSX/export_1/._activities.csv", "x"),
    ]));
    assert_eq!(kind, Kind::StravaExport);
    let raws = activities(&items);
    let ids: Vec<&str> = raws.iter().map(|raw| raw.external_id.as_str()).collect();
    let unnamed = domain::ArtifactId::of(gpx(9).as_bytes()).to_string();
    assert_eq!(ids, ["11111", "22222", "33333", "44444", "55555", "66666", "77777", "12121", &unnamed]);
    assert_eq!((&raws[8].source, raws[8].channel), (&SourceSlug::FILE, Channel::Archive));

    let refused: Vec<(&str, bool)> = refusals(&items).iter().map(|(entry, _, kept)| (*entry, *kept)).collect();
    assert_eq!(
        refused,
        [
            ("export_1/activities/none.fit.gz", false),
            ("export_1/activities.csv: activity 55555", false),
            ("export_1/activities/broken.fit.gz", true),
            ("export_1/../../../etc/passwd", false),
            ("export_1/activities.csv: a row", true),
            ("export_1/activities.csv: activity 88888", true),
            ("export_1/activities.csv: activity 33333", true),
            ("export_1/activities.csv: a row", true),
        ]
    );
    for (reason, count) in [
        ("routes, never read", 1),
        ("photos and videos, never read", 1),
        ("other lists of the account, never read", 1),
        ("other files of the account, never read", 1),
        ("a file of the operating system", 1),
    ] {
        assert_eq!(skips(&items).get(reason), Some(&count), "{reason}");
    }

    let (upload, written, typed) = (map(raws[0]), map(raws[1]), map(raws[2]));
    assert_eq!(text(&upload, Field::Description), Some("two\nlines"));
    assert_eq!(text(&upload, Field::Gear), Some("Heron"));
    assert_eq!(upload.readings.value(Field::Commute), Some(&Value::Flag(false)));
    assert_eq!(written.readings.value(Field::Commute), Some(&Value::Flag(true)));
    // The upload proves which recording it is; what Strava wrote itself proves nothing, but has the track.
    assert_eq!(upload.keys.file, Some(domain::ArtifactId::of(gpx(1).as_bytes())));
    assert!(upload.readings.get(Field::OriginalFile).is_some());
    assert_eq!(written.keys.file, None);
    assert!(written.readings.get(Field::OriginalFile).is_none());
    assert!(written.readings.get(Field::StartPoint).is_some());
    // Distance 0 is none at all.
    assert_eq!((typed.fingerprint.manual, typed.fingerprint.distance_m), (true, None));
    assert!(!upload.fingerprint.manual && !map(raws[4]).fingerprint.manual);
    assert_eq!(upload.url.as_deref(), Some("https://www.strava.com/activities/11111"));
    assert_eq!(upload.defects, []);
}

#[test]
fn a_file_that_begins_at_another_time_is_remarked_and_the_row_is_kept() {
    let row = "11111,\"May 1, 2024, 9:51:00 AM\",a,Ride,,40,0.1,false,,activities/1.gpx.gz,40.0,40.0,99.0,1.0";
    let list = format!("{HEAD}\n{row}\n");
    let file = entry("activities/1.gpx.gz", gzip(gpx(1).as_bytes()));
    let (_, items) = opened(zip(&[entry("activities.csv", list), file]));
    let mapped = map(activities(&items)[0]);
    assert_eq!(mapped.fingerprint.start.to_rfc3339(), "2024-05-01T09:51:00+00:00");
    assert!(mapped.defects[0].problem.contains("600 s"), "{:?}", mapped.defects);
}

#[test]
fn lists_of_every_language_and_age() {
    let old = "id,date,name,type,description,elapsed_time,distance,commute,gear,filename";
    let renamed = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,\
                   Commute,Activity Gear,Filename";
    let german = "Aktivitäts-ID,Aktivitätsdatum,Name der Aktivität,Aktivitätsart,Aktivitätsbeschreibung,\
                  Verstrichene Zeit,Distanz,Dateiname,Bewegungszeit";
    let dutch = "Activiteits-ID,Datum van activiteit,Naam activiteit,Activiteitstype,Verstreken tijd,Afstand,\
                 Bestandsnaam,Verstreken tijd,Beweegtijd,Afstand,Gemiddelde hartslag";
    let french = "ID de l'activité,Date de l'activité,Nom de l'activité,Type d'activité,Temps écoulé,Distance,\
                  Nom du fichier,Durée de déplacement";
    for (head, row, start, sport, metres) in [
        (old, "1234567,2014-09-12 16:54:28,a,Ride,,600,5612.4,false,,", "2014-09-12T16:54:28", Sport::Ride, 5612.4),
        (
            renamed,
            "1234567,\"Jul 12, 2019, 4:54:28\u{202f}PM\",a,Ride,,600,5.61,false,,",
            "2019-07-12T16:54:28",
            Sport::Ride,
            5610.0,
        ),
        (
            renamed,
            "1234567,\"Jul 12, 2019, 4:54:28 PM\",a,Swim,,600,\"1,609\",false,,",
            "2019-07-12T16:54:28",
            Sport::Swim,
            1609.0,
        ),
        (
            german,
            "1234567,\"09.12.2022, 15:24:49\",a,Radfahrt,,600,\"4,73\",,590.0",
            "2022-12-09T15:24:49",
            Sport::Ride,
            4730.0,
        ),
        (
            german,
            "1234567,\"09.12.2022, 15:24:49\",a,Schwimmen,,600,1.609,,590.0",
            "2022-12-09T15:24:49",
            Sport::Swim,
            1609.0,
        ),
        (
            dutch,
            "1234567,\"9 mei 2026, 00:03:01\",a,Hardloopsessie,600,\"4,73\",,600.0,590.0,4731.5,151.0",
            "2026-05-09T00:03:01",
            Sport::Run,
            4731.5,
        ),
        (
            french,
            "1234567,\"29 août 2022 à 15:53:35\",a,Course à pied,600,\"4,73\",,590.0",
            "2022-08-29T15:53:35",
            Sport::Run,
            4730.0,
        ),
    ] {
        let mapped = map(&strava(head, row));
        assert_eq!(mapped.fingerprint.start.to_rfc3339(), format!("{start}+00:00"));
        assert_eq!((mapped.fingerprint.sport, number(&mapped, Field::DistanceM)), (sport, Some(metres)), "{row}");
        assert_eq!(number(&mapped, Field::ElapsedTimeS), Some(600.0));
        assert_eq!(mapped.defects, [], "{row}");
    }
    let mapped = map(&strava(dutch, "1234567,\"9 mei 2026, 00:03:01\",a,Zeehond,600,0,,600.0,590.0,0.0,x"));
    assert_eq!((mapped.fingerprint.sport, mapped.source_sport.as_deref()), (Sport::Other, Some("Zeehond")));
    // The unknown sport, and the heart rate that is no number.
    assert_eq!(mapped.defects.len(), 2);
    let spreadsheet = map(&strava(renamed, "1234567,5/6/2022 16:54,a,Ride,,600,5.61,FALSE,,"));
    assert_eq!(spreadsheet.fingerprint.start.to_rfc3339(), "2022-05-06T16:54:00+00:00");
    assert_eq!(spreadsheet.fingerprint.start_precision, StartPrecision::Minute);
}

#[test]
fn units_of_a_garmin_export() {
    let start = 1_600_000_000_000_i64;
    let element = serde_json::json!({
        "activityId": 1, "activityType": "running", "beginTimestamp": start, "startTimeGmt": start as f64,
        "startTimeLocal": (start + 7_200_000) as f64, "duration": 3_000_000.0, "elapsedDuration": 3_100_000.5,
        "movingDuration": 0, "distance": 1_000_000.0, "avgSpeed": 1.0 / 3.0, "maxSpeed": 0.5, "calories": 2092.0,
        "avgDoubleCadence": 160.0, "maxRunCadence": 95.0, "avgStrideLength": 125.0, "workoutRpe": 70, "minElevation": 559.99,
        "rule": "subscribers", "avgHr": "x",
    });
    let mapped = garmin(&element);
    for (field, expected) in [
        (Field::UtcOffsetS, 7200.0),
        (Field::ElapsedTimeS, 3100.001),
        (Field::MovingTimeS, 3000.0),
        (Field::DistanceM, 10_000.0),
        (Field::AverageSpeedMps, 3.333),
        (Field::MaxSpeedMps, 5.0),
        (Field::EnergyKcal, 500.0),
        (Field::AverageCadenceRpm, 80.0),
        (Field::MaxCadenceRpm, 95.0),
        (Field::AverageStrideLengthM, 1.25),
        (Field::PerceivedExertion, 7.0),
        (Field::ElevationMinM, 5.6),
    ] {
        assert_eq!(number(&mapped, field), Some(expected), "{}", field.name());
    }
    let at = mapped.readings.get(Field::DistanceM).map(|reading| reading.at.path.as_ref());
    assert_eq!(at, Some("/distance"));
    assert_eq!(mapped.defects.iter().map(|defect| defect.at.path.as_ref()).collect::<Vec<_>>(), ["/avgHr"]);

    let with = |key: &str, value: serde_json::Value| {
        let mut element = element.clone();
        element[key] = value;
        garmin(&element)
    };
    // Newer rows: metres a second, kilocalories.
    assert_eq!(number(&with("avgSpeed", serde_json::json!(3.33)), Field::AverageSpeedMps), Some(3.33));
    assert_eq!(number(&with("calories", serde_json::json!(120.0)), Field::EnergyKcal), Some(120.0));
    let odd = with("avgSpeed", serde_json::json!(77.0));
    assert_eq!((number(&odd, Field::AverageSpeedMps), odd.defects.len()), (None, 2));
    let indoors = with("distance", serde_json::json!(0));
    assert_eq!(indoors.fingerprint.distance_m, None);
    assert!(with("activityType", serde_json::json!("treadmill_running")).fingerprint.distance_is_soft);
}

#[test]
fn lists_and_files_of_a_garmin_export() {
    // 2024-05-01T10:01:00Z, as the GPX begins.
    let start = 1_714_557_660_000_i64;
    let row = |id: u64, start: i64| serde_json::json!({ "activityId": id, "activityType": "cycling", "beginTimestamp": start, "duration": 40_000 });
    let first =
        serde_json::json!([{ "summarizedActivitiesExport": [row(11, start), row(12, start + 60_000_000), "x"] }]);
    let second = serde_json::json!([row(11, start), row(12, start), { "activityType": "cycling" }]);
    let uploads = zip(&[
        deflated("me_1.gpx", gpx(1)),
        deflated("me_2.gpx", gpx(1)),
        deflated("me_3.gpx", gpx(9)),
        deflated("me_4.fit", "damaged"),
        deflated("me_5.txt", "private"),
    ]);
    let root = "DI_CONNECT/DI-Connect-";
    let (kind, items) = opened(zip(&[
        deflated(&format!("{root}Fitness/me_0_summarizedActivities.json"), first.to_string()),
        deflated(&format!("{root}Fitness/me_1001_summarizedActivities.json"), second.to_string()),
        deflated(&format!("{root}Fitness/me_2002_summarizedActivities.json"), "[{"),
        deflated(&format!("{root}Wellness/me_sleepData.json"), "private"),
        deflated(&format!("{root}Uploaded-Files/UploadedFiles_0-_Part1.zip"), uploads),
        deflated("photos.zip", "private"),
    ]));
    assert_eq!(kind, Kind::GarminExport);
    let raws = activities(&items);
    let told: Vec<(&str, usize)> = raws.iter().map(|raw| (raw.external_id.as_str(), raw.artifacts.len())).collect();
    let unlisted = domain::ArtifactId::of(gpx(9).as_bytes()).to_string();
    // The row whose file never came is last.
    assert_eq!(told, [("11", 2), (unlisted.as_str(), 1), ("12", 1)]);
    assert_eq!((&raws[1].source, raws[1].channel), (&SourceSlug::FILE, Channel::Archive));
    assert_eq!(raws[0].artifacts[0].bytes, row(11, start).to_string());
    let reasons: Vec<(bool, &str)> = refusals(&items).iter().map(|(_, reason, kept)| (*kept, *reason)).collect();
    assert_eq!(reasons.len(), 5, "{reasons:?}");
    assert!(reasons.iter().all(|(kept, _)| *kept), "{reasons:?}");
    for (reason, count) in [
        ("a row that stands twice", 1),
        ("another copy of an activity's file", 1),
        ("other data of the account, never read", 3),
    ] {
        assert_eq!(skips(&items).get(reason), Some(&count), "{reason}: {:?}", skips(&items));
    }
}
