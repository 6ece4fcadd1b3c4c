//! H: files and archives.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use connectors::Range;
use connectors::file::decompress;
use connectors::simulator::{Account, Case, Physical, Recording};
use domain::{ArtifactId, ArtifactKind, ArtifactRowId, Clock as _, Field, RecordId, SourceSlug, Status};
use entity::import_refusal;
use hub::{ActivityFilter, ImportState, View};
use reconcile::{EvidenceKind, Judgement};
use sea_orm::{ActiveModelTrait as _, Database, Set};
use tests::house::{House, in_each_house};
use zip::write::SimpleFileOptions;

use super::{Live, ME, Rows, execute, recorded, world};
use crate::chronicle::{all, bring, holder, record, run};

const GARMIN: SourceSlug = SourceSlug::GARMIN;
const STRAVA: SourceSlug = SourceSlug::STRAVA;

/// One activity, as one source or both tell it.
fn told(strava: Option<Account>, garmin: Option<Account>) -> Physical {
    Physical { case: Case::Matched, strava: strava.into_iter().collect(), garmin: garmin.into_iter().collect() }
}

fn strava_export(house: &House, activities: Vec<Physical>) -> Result<PathBuf> {
    let folder = tempfile::tempdir_in(house.folder.path())?.keep().join("strava");
    let world = world(activities)?;
    world.write_strava_export(&folder, world.end)?;
    Ok(folder)
}

fn garmin_export(house: &House, activities: Vec<Physical>) -> Result<PathBuf> {
    let folder = tempfile::tempdir_in(house.folder.path())?.keep().join("garmin");
    let world = world(activities)?;
    world.write_garmin_export(&folder, world.end)?;
    Ok(folder)
}

/// The files in the zip inside a Garmin export: recordings, then days of steps.
fn uploads(export: &Path) -> Result<Vec<Vec<u8>>> {
    let path = export.join("DI_CONNECT/DI-Connect-Uploaded-Files/UploadedFiles_0-_Part1.zip");
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path)?)?;
    let mut files = Vec::with_capacity(zip.len());
    for number in 0..zip.len() {
        let mut bytes = Vec::new();
        zip.by_index(number)?.read_to_end(&mut bytes)?;
        files.push(bytes);
    }
    Ok(files)
}

/// The FIT file of a run, packed as Strava's export has it, and plain.
fn fit(house: &House, account: &Account) -> Result<(Vec<u8>, Vec<u8>)> {
    let account = Account { original: true, ..recorded(account.clone()) };
    let name = format!("activities/{}7.fit.gz", account.external_id);
    let packed = std::fs::read(strava_export(house, vec![told(Some(account), None)])?.join(name))?;
    let plain = decompress(&packed, 1 << 20)?.into_owned();
    Ok((packed, plain))
}

async fn the_match(view: &View, records: [RecordId; 2]) -> Result<Judgement> {
    let held = holder(view, records[0]).await?.activity;
    assert!(records.iter().all(|record| held.members.contains(record)), "one activity");
    let mut found = view.matches_of(&[held.id]).await?.remove(&held.id).context("its matches")?;
    assert_eq!(found.len(), 1);
    Ok(found.remove(0))
}

fn speaks(judgement: &Judgement, kind: EvidenceKind) -> bool {
    judgement.evidence.iter().any(|one| one.kind == kind)
}

#[tokio::test]
async fn h1_an_archive_of_twelve_years_after_two_years_by_the_api() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let live = Live::open(&house).await?;
        let first: DateTime<Utc> = "2014-12-03T06:00:07Z".parse()?;
        let accounts: Vec<Account> = (0..144_u64)
            .map(|month| {
                let start = first + Duration::hours(i64::try_from(month).unwrap_or_default() * 729);
                recorded(run(9_000 + month, &start.to_rfc3339(), 3000 + month as u32, 9_000.0 + month as f64))
            })
            .collect();
        for account in &accounts {
            live.simulator.add(ME, account);
        }
        let since = Range { after: Some(house.clock.now() - Duration::days(730)), before: None };
        let listed = live.list(since).await?;
        let by_api = listed.len();
        assert!((20..30).contains(&by_api), "{by_api}");
        house.hub.bring(ada, listed).await?;
        let before = Rows::of(&house, ada).await?;
        house.clock.advance(Duration::hours(1));
        let export = strava_export(&house, accounts.into_iter().map(|one| told(Some(one), None)).collect())?;
        let report = house.import(ada, &export).await?;
        assert_eq!((report.records_new, report.refused.len()), (144, 0));
        let after = Rows::of(&house, ada).await?;
        assert_eq!((after.activities.len(), after.waiting.len()), (144, 0), "no duplicate, no doubt");
        assert_eq!(after.matches.len(), by_api);
        for row in &before.activities {
            assert!(after.activities.iter().any(|one| one.id == row.id), "an id that was shown stands");
            assert!(row.energy.is_none(), "the list does not tell it");
        }
        assert!(after.activities.iter().all(|row| row.energy.is_some()), "the archive fills what the API lacks");
        let id = domain::ActivityId::from_uuid(before.activities[0].id);
        let found = view.matches_of(&[id]).await?.remove(&id).context("its match")?;
        assert!(speaks(&found[0], EvidenceKind::CrossReference), "the same Strava id: {found:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn h2_the_same_original_file_in_both_archives_proves_it() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let garmin = recorded(run(1, "2026-11-18T06:00:07Z", 3600, 10_020.0));
        let strava = Account { external_id: "2".to_owned(), original: true, ..garmin.clone() };
        house.import(ada, &garmin_export(&house, vec![told(None, Some(garmin))])?).await?;
        house.import(ada, &strava_export(&house, vec![told(Some(strava), None)])?).await?;
        let records = [record(ada, &GARMIN, "1"), record(ada, &STRAVA, "2")];
        let found = the_match(&view, records).await?;
        assert!(speaks(&found, EvidenceKind::FileChecksum), "{found:?}");
        let kept = view.records_by_id(&records).await?;
        let files: Vec<_> = records.iter().map(|id| kept[id].record.artifacts[&ArtifactKind::Fit]).collect();
        assert_eq!(files[0], files[1], "kept once");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn h3_a_row_without_a_file_is_a_record_without_series() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let typed = run(1, "2026-11-18T18:00:00Z", 3600, 10_000.0);
        let report = house.import(ada, &strava_export(&house, vec![told(Some(typed), None)])?).await?;
        assert_eq!((report.records_new, report.refused.len()), (1, 0));
        let id = record(ada, &STRAVA, "1");
        let kept = view.records_by_id(&[id]).await?.remove(&id).context("the record")?.record;
        assert_eq!(kept.artifacts.keys().collect::<Vec<_>>(), [&ArtifactKind::ArchiveRow]);
        let activity = holder(&view, id).await?.activity;
        assert_eq!(activity.status, Status::SingleSource);
        assert!(activity.value(Field::DistanceM).is_some());
        for field in [Field::Streams, Field::OriginalFile, Field::StartPoint] {
            assert!(activity.value(field).is_none(), "{}", field.name());
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn h4_packed_or_plain_it_is_one_file() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, eve) = (house.athlete("Ada").await?, house.athlete("Eve").await?);
        let (packed, plain) = fit(&house, &run(1, "2026-11-18T06:00:07Z", 3600, 10_000.0))?;
        assert_ne!(packed, plain);
        let (gz, raw) = (house.folder.path().join("one.fit.gz"), house.folder.path().join("another.fit"));
        std::fs::write(&gz, &packed)?;
        std::fs::write(&raw, &plain)?;
        for (athlete, first, second) in [(ada, &gz, &raw), (eve, &raw, &gz)] {
            assert_eq!(house.import(athlete, first).await?.records_new, 1);
            let report = house.import(athlete, second).await?;
            assert_eq!((report.records_new, report.records_unchanged), (0, 1), "{report:?}");
            let view = house.view([athlete]);
            let artifact = ArtifactRowId::of(athlete, &ArtifactId::of(&plain));
            let (row, bytes) = view.bytes(artifact).await?.context("kept by what was packed")?;
            assert_eq!((row.sha256, bytes.as_ref()), (ArtifactId::of(&plain), plain.as_slice()));
            assert_eq!(view.count_activities(&ActivityFilter::default()).await?, 1);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn h5_a_file_that_was_written_anew_is_kept_twice_and_known_by_its_making() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let garmin = recorded(run(1, "2026-11-18T06:00:07Z", 3600, 10_020.0));
        // Every other sample: other bytes of the same recording.
        let recording = garmin.recording.as_ref().context("a recording")?;
        let thinned = Recording {
            sessions: recording
                .sessions
                .iter()
                .map(|part| {
                    let mut part = part.clone();
                    part.samples = part.samples.into_iter().step_by(2).collect();
                    part
                })
                .collect(),
            ..Recording::clone(recording)
        };
        let strava = Account {
            external_id: "2".to_owned(),
            original: true,
            recording: Some(Arc::new(thinned)),
            ..garmin.clone()
        };
        house.import(ada, &garmin_export(&house, vec![told(None, Some(garmin))])?).await?;
        house.import(ada, &strava_export(&house, vec![told(Some(strava), None)])?).await?;
        let records = [record(ada, &GARMIN, "1"), record(ada, &STRAVA, "2")];
        let found = the_match(&view, records).await?;
        assert!(speaks(&found, EvidenceKind::FileIdentity), "{found:?}");
        assert!(!speaks(&found, EvidenceKind::FileChecksum));
        let kept = view.records_by_id(&records).await?;
        let files: Vec<_> = records.iter().map(|id| kept[id].record.artifacts[&ArtifactKind::Fit]).collect();
        assert_ne!(files[0], files[1]);
        for file in files {
            let (_, bytes) = view.bytes(ArtifactRowId::of(ada, &file)).await?.context("both are kept")?;
            assert_eq!(ArtifactId::of(&bytes), file);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn h6_what_cannot_be_read_is_kept_and_read_by_a_later_build() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let account = run(1, "2026-11-18T06:00:07Z", 3600, 10_000.0);
        let (_, plain) = fit(&house, &account)?;
        let path = house.folder.path().join("run.fit");
        std::fs::write(&path, &plain[..40])?;
        let report = house.import(ada, &path).await?;
        assert_eq!((report.records_new, report.refused.len()), (0, 1), "{report:?}");
        let (refusal, kept) = view.refusals(report.run, 10).await?.into_iter().next().context("the refusal")?;
        assert!(!refusal.reason.is_empty(), "told");
        let (_, bytes) = view.bytes(kept.context("its artifact")?.id).await?.context("its bytes")?;
        assert_eq!(bytes.as_ref(), &plain[..40]);
        assert_eq!(house.hub.remap(ada, &SourceSlug::FILE).await?, 0, "it still says nothing");
        assert!(all(&view).await?.is_empty());
        // What a build whose reader could not read the whole file would have left: its bytes, and a refusal.
        std::fs::write(&path, &plain)?;
        let later = house.import(ada, &path).await?.run;
        let tables = ["activity", "match_evidence", "review", "activity_revision", "source_record"];
        execute(&house, &["UPDATE artifact SET record_id = NULL"]).await?;
        execute(&house, &tables.map(|table| format!("DELETE FROM {table}")).each_ref().map(String::as_str)).await?;
        let database = Database::connect(&house.database_url).await?;
        let refused = import_refusal::ActiveModel {
            run_id: Set(later.uuid()),
            number: Set(1),
            entry: Set("run.fit".to_owned()),
            reason: Set("a message that no reader knew".to_owned()),
            artifact_id: Set(Some(ArtifactRowId::of(ada, &ArtifactId::of(&plain)).uuid())),
        };
        refused.insert(&database).await?;
        database.close().await?;
        let garmin = bring(&house, ada, &GARMIN, std::slice::from_ref(&account)).await?[0];
        let before = holder(&view, garmin).await?.activity;
        house.clock.advance(Duration::days(30));
        assert_eq!(house.hub.remap(ada, &SourceSlug::FILE).await?, 1, "the record comes into being");
        let after = holder(&view, garmin).await?.activity;
        assert_eq!((after.id, after.members.len(), all(&view).await?.len()), (before.id, 2, 1), "and joins");
        assert_eq!(house.hub.remap(ada, &SourceSlug::FILE).await?, 0, "once");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn h7_days_of_steps_are_no_activities() -> Result<()> {
    const RUNS: u64 = 100;
    const OTHERS: u64 = 1_500;
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let first: DateTime<Utc> = "2026-01-01T06:00:07Z".parse()?;
        let one = |day: u64| {
            let start = first + Duration::days(i64::try_from(day).unwrap_or_default());
            told(None, Some(recorded(run(day + 1, &start.to_rfc3339(), 3000, 9_000.0))))
        };
        let files = uploads(&garmin_export(&house, (0..RUNS).map(one).collect())?)?;
        let (runs, steps) = files.split_at(RUNS as usize);
        let folder = house.folder.path().join("device");
        std::fs::create_dir(&folder)?;
        for (number, bytes) in runs.iter().enumerate() {
            std::fs::write(folder.join(format!("{}.fit", number * 16)), bytes)?;
        }
        for (number, bytes) in steps.iter().cycle().take(OTHERS as usize).enumerate() {
            std::fs::write(folder.join(format!("monitor-{number}.fit")), bytes)?;
        }
        let report = house.import(ada, &folder).await?;
        assert_eq!((report.entries, report.records_new, report.refused.len()), (RUNS + OTHERS, RUNS, 0));
        let [(reason, count)] = &report.skipped[..] else { panic!("{:?}", report.skipped) };
        assert_eq!(*count, OTHERS);
        assert!(reason.contains("monitoring"), "told by what they are: {reason}");
        assert_eq!(house.view([ada]).count_activities(&ActivityFilter::default()).await?, RUNS);
        Ok(())
    })
    .await
}

/// A ride of two minutes.
fn gpx(hour: u32) -> String {
    let point = |minute: u32| {
        format!(
            "<trkpt lat=\"54.{minute}\" lon=\"2.5\"><ele>3</ele><time>2026-05-01T{hour:02}:0{minute}:00Z</time></trkpt>"
        )
    };
    let points: String = (0..3).map(point).collect();
    format!("<gpx version=\"1.1\"><trk><type>cycling</type><trkseg>{points}</trkseg></trk></gpx>")
}

#[tokio::test]
async fn h8_a_name_that_plays_tricks_costs_its_own_entry() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (hour, entry) in (1..).zip(["good.gpx", "same.gpx", "tame.gpx", "ab/out.gpx", "last.gpx"]) {
            zip.start_file(entry, SimpleFileOptions::default().last_modified_time(zip::DateTime::default()))?;
            zip.write_all(gpx(hour).as_bytes())?;
        }
        let mut bytes = zip.finish()?.into_inner();
        // No decent library writes such names.
        for (honest, trick) in [(b"tame.gpx".as_slice(), b"same.gpx".as_slice()), (b"ab/out.gpx", b"../out.gpx")] {
            while let Some(at) = bytes.windows(honest.len()).position(|part| part == honest) {
                bytes[at..at + honest.len()].copy_from_slice(trick);
            }
        }
        let folder = house.folder.path().join("given");
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("rides.zip"), &bytes)?;
        let report = house.import(ada, &folder.join("rides.zip")).await?;
        assert_eq!((report.state, report.records_new), (ImportState::Succeeded, 3), "{report:?}");
        let reasons: Vec<&str> = report.refused.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(reasons.len(), 2);
        assert!(reasons.iter().any(|reason| reason.contains("same name")), "{reasons:?}");
        assert!(reasons.iter().any(|reason| reason.contains("leads out")), "{reasons:?}");
        assert!(!house.folder.path().join("out.gpx").exists() && !folder.join("out.gpx").exists());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn h9_an_import_that_was_stopped_goes_on_where_it_was() -> Result<()> {
    const ALL: u64 = 1_650;
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let first: DateTime<Utc> = "2024-01-01T06:00:07Z".parse()?;
        let one = |number: u64| {
            let start = first + Duration::hours(i64::try_from(number).unwrap_or_default() * 12);
            told(Some(run(number + 1, &start.to_rfc3339(), 3000, 9_000.0)), None)
        };
        let export = strava_export(&house, (0..ALL).map(one).collect())?;
        let heard = std::sync::Mutex::new(Vec::new());
        let hear = |progress: &hub::ImportProgress| {
            if let Ok(mut heard) = heard.lock() {
                heard.push((progress.entries_done, progress.entries_total));
            }
        };
        let enough = || heard.lock().is_ok_and(|heard| heard.last().is_some_and(|(done, _)| *done >= ALL * 6 / 10));
        let stopped = house.hub.import(ada, &export, None, &hear, &enough).await?;
        assert_eq!((stopped.state, stopped.records_new), (ImportState::Cancelled, 1_000));
        let row = view.import_run(stopped.run).await?.context("its row")?;
        assert_eq!((row.state, row.entries_done, row.records_new), (ImportState::Cancelled, 1_000, 1_000));
        let heard = heard.into_inner().unwrap_or_default();
        let done: Vec<u64> = heard.iter().map(|(done, _)| *done).collect();
        assert_eq!(done, [500, 1_000, 1_000], "after each batch, and once more before the engine runs");
        let total = heard[0].1.context("how many there are")?;
        assert!(total >= ALL && row.entries_total == i64::try_from(total).ok(), "{total}");
        let half = Rows::of(&house, ada).await?;
        assert_eq!(half.activities.len(), 1_000, "what was taken in stands");
        house.clock.advance(Duration::hours(1));
        let resumed = house.import(ada, &export).await?;
        assert_eq!((resumed.records_new, resumed.records_unchanged), (650, 1_000));
        let whole = Rows::of(&house, ada).await?;
        assert_eq!((whole.activities.len(), whole.held.len(), whole.changes.len()), (1_650, 1_650, 1_650));
        assert_eq!(whole.changes[..1_000], half.changes[..], "no row twice, no change twice");
        Ok(())
    })
    .await
}
