//! Real exports and recordings, where they lie beside the repository. They are other people's: nothing of them is here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use domain::{ArtifactId, Field, Origin, SourceSlug, Status};
use hub::{ActivityFilter, ActivityOrder, PageRequest};
use tests::house::{House, in_each_house};

use crate::architecture::root;

/// The corpus, or `None` with a message where it is absent.
pub fn corpus() -> Option<PathBuf> {
    let path = root().join("../shared/corpus");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: the corpus of real recordings does not lie beside the repository");
    None
}

/// One ride, exported by Strava and kept as the device wrote it: one activity, whichever comes first, every field with
/// its source and path, the very bytes back.
#[tokio::test]
async fn the_export_and_the_original_of_one_ride_are_one_activity() -> Result<()> {
    let Some(corpus) = corpus() else { return Ok(()) };
    let export = corpus.join("strava/export/geo-activity-playground");
    let original = find(&corpus.join("files/fit"), "geo-activity-playground", ".fit")?;
    in_each_house(async |house: House| {
        let (ada, eve) = (house.athlete("Ada").await?, house.athlete("Eve").await?);
        for (athlete, first, second) in [(ada, &export, &original), (eve, &original, &export)] {
            for path in [first, second] {
                let report = house.import(athlete, path).await?;
                assert_eq!((report.records_new, report.refused.len()), (1, 0), "{report:?}");
            }
            let view = house.view([athlete]);
            let list =
                view.activities(&ActivityFilter::default(), ActivityOrder::default(), &PageRequest::default()).await?;
            assert_eq!(list.items.len(), 1, "one ride, one activity");
            let row = &list.items[0].1;
            assert!(matches!(row.activity.status, Status::Matched | Status::Conflicted), "{:?}", row.activity.status);
            let records = view.records_by_id(&row.activity.members).await?;
            let artifacts = view.artifacts_of(&row.activity.members).await?;
            for (field, resolved) in &row.activity.fields {
                let Origin::Record { record, at } = &resolved.provenance.origin else { continue };
                assert!(!at.path.is_empty(), "{} says where it stood", field.name());
                assert!(records[record].record.artifacts.contains_key(&at.artifact), "{}", field.name());
            }
            let sources: Vec<&SourceSlug> = records.values().map(|row| &row.record.source).collect();
            assert!(sources.contains(&&SourceSlug::STRAVA) && sources.contains(&&SourceSlug::FILE));
            assert!(row.activity.value(Field::DistanceM).is_some());
            for artifact in artifacts.values().flatten() {
                let (_, bytes) = view.bytes(artifact.id).await?.context("its bytes")?;
                assert_eq!(ArtifactId::of(&bytes), artifact.sha256);
            }
        }
        Ok(())
    })
    .await
}

/// The gold ride: Garmin's original, Strava's export, Garmin's GPX and TCX of one ride are one activity.
#[tokio::test]
async fn four_files_of_one_ride_are_one_activity() -> Result<()> {
    let Some(corpus) = corpus() else { return Ok(()) };
    let files = [("fit", ".fit"), ("gpx", "_strava.gpx.gz"), ("gpx", ".gpx.gz"), ("tcx", ".tcx.gz")];
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let mut seen = std::collections::BTreeSet::new();
        for (folder, ending) in files {
            for path in all(&corpus.join("files").join(folder), "sweatpy__", ending)? {
                if path.to_string_lossy().contains("4801048867") && seen.insert(path.clone()) {
                    house.import(ada, &path).await?;
                }
            }
        }
        assert_eq!(seen.len(), 4, "{seen:?}");
        let view = house.view([ada]);
        let list =
            view.activities(&ActivityFilter::default(), ActivityOrder::default(), &PageRequest::default()).await?;
        assert_eq!(list.items.len(), 1, "four files, one ride");
        assert_eq!(list.items[0].1.activity.members.len(), 4);
        Ok(())
    })
    .await
}

/// Every file of the corpus brought in for one athlete: each is accounted for in the report.
#[tokio::test]
async fn every_recording_is_accounted_for() -> Result<()> {
    let Some(corpus) = corpus() else { return Ok(()) };
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let (mut entries, mut records, mut skipped, mut refused) = (0, 0, 0, BTreeMap::new());
        for kind in ["fit", "tcx", "gpx"] {
            let folder = corpus.join("files").join(kind);
            let files = std::fs::read_dir(&folder)?.count() as u64;
            let report = house.import(ada, &folder).await?;
            let not: u64 = report.skipped.iter().map(|(_, count)| count).sum();
            println!(
                "{kind}: {files} files, {} entries, {} records, {not} skipped, {} refused",
                report.entries,
                report.records_new,
                report.refused.len()
            );
            assert!(report.entries >= files, "{report:?}");
            let unchanged = report.records_unchanged;
            assert_eq!(
                report.entries,
                report.records_new + report.records_updated + unchanged + not + report.refused.len() as u64
            );
            entries += report.entries;
            records += report.records_new;
            skipped += not;
            for one in report.refused {
                *refused.entry(one.reason).or_insert(0) += 1;
            }
        }
        println!("{entries} entries, {records} records, {skipped} skipped, refused: {refused:#?}");
        let view = house.view([ada]);
        let activities = view.count_activities(&ActivityFilter::default()).await?;
        println!("{activities} activities, {:?}", view.summary(None).await?);
        assert!(activities < records, "copies of one recording were joined");
        Ok(())
    })
    .await
}

/// A Strava list and a Garmin list of one athlete with proven pairs stand beside the files; here by their FITs alone.
#[tokio::test]
async fn four_rides_on_one_loop_stay_four() -> Result<()> {
    let Some(corpus) = corpus() else { return Ok(()) };
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let rides = all(&corpus.join("files/fit"), "GoldenCheetah__2018-10-03", ".fit")?;
        assert_eq!(rides.len(), 4, "{rides:?}");
        for ride in &rides {
            house.import(ada, ride).await?;
        }
        let activities = house.view([ada]).count_activities(&ActivityFilter::default()).await?;
        assert_eq!(activities, 4);
        assert_eq!(house.view([ada]).summary(None).await?.open_candidates, 0);
        Ok(())
    })
    .await
}

fn all(folder: &Path, beginning: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(beginning) && name.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn find(folder: &Path, beginning: &str, ending: &str) -> Result<PathBuf> {
    all(folder, beginning, ending)?.into_iter().next().with_context(|| format!("no {beginning}…{ending}"))
}
