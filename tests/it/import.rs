//! An athlete's year, exported by two services, brought in: what stands, what stays, what is refused.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use connectors::simulator::{Case, Physical, World};
use domain::{ActivityId, AthleteId, ExternalId, SourceSlug, Status};
use hub::{ActivityFilter, ActivityOrder, ActivityRow, ImportState, Mode, PageRequest, RecordFilter, View};
use tests::house::{House, in_each_house};

fn start_of_year() -> DateTime<Utc> {
    "2025-11-20T00:00:00Z".parse().expect("an instant")
}

/// Both exports of a year, written where the house keeps its files.
fn exports(house: &House, world: &World, until: DateTime<Utc>) -> Result<(PathBuf, PathBuf)> {
    let (strava, garmin) = (house.folder.path().join("strava"), house.folder.path().join("garmin"));
    world.write_strava_export(&strava, until)?;
    world.write_garmin_export(&garmin, until)?;
    Ok((strava, garmin))
}

/// Every activity of a view, page by page.
async fn all(view: &View) -> Result<Vec<ActivityRow>> {
    let mut found = Vec::new();
    let filter = ActivityFilter { include_hidden: true, ..ActivityFilter::default() };
    let mut page = PageRequest { first: Some(100), ..PageRequest::default() };
    loop {
        let part = view.activities(&filter, ActivityOrder::default(), &page).await?;
        page.after = part.items.last().map(|(cursor, _)| cursor.clone());
        found.extend(part.items.into_iter().map(|(_, row)| row));
        if !part.has_next {
            return Ok(found);
        }
    }
}

/// Which activity holds each external id.
async fn holders(view: &View) -> Result<HashMap<(SourceSlug, String), ActivityId>> {
    let mut holders = HashMap::new();
    let mut page = PageRequest { first: Some(100), ..PageRequest::default() };
    loop {
        let part = view.records(&RecordFilter::default(), &page).await?;
        page.after = part.items.last().map(|(cursor, _)| cursor.clone());
        for (_, row) in part.items {
            let activity = row.activity.context("every record is in an activity")?;
            holders.insert((row.record.source, row.record.external_id.to_string()), activity);
        }
        if !part.has_next {
            return Ok(holders);
        }
    }
}

/// The external ids of a physical activity, by source.
fn ids(physical: &Physical) -> Vec<(SourceSlug, String)> {
    let strava = physical.strava.iter().map(|one| (SourceSlug::STRAVA, one.external_id.clone()));
    let garmin = physical.garmin.iter().map(|one| (SourceSlug::GARMIN, one.external_id.clone()));
    strava.chain(garmin).collect()
}

#[tokio::test]
async fn a_year_comes_in_and_stands_as_it_was() -> Result<()> {
    in_each_house(async |house: House| {
        let world = World::year(7, start_of_year());
        let (strava, garmin) = exports(&house, &world, world.end)?;
        let ada = house.athlete("Ada").await?;
        for (path, source) in [(&strava, SourceSlug::STRAVA), (&garmin, SourceSlug::GARMIN)] {
            let report = house.import(ada, path).await?;
            assert_eq!(report.state, ImportState::Succeeded);
            assert!(report.refused.is_empty(), "{:?}", report.refused);
            let told: usize = world.activities.iter().flat_map(ids).filter(|(of, _)| *of == source).count();
            assert_eq!(report.records_new, told as u64, "every row of {source} is a record");
        }
        let view = house.view([ada]);
        let holders = holders(&view).await?;
        let mut by_case: BTreeMap<Case, (u32, u32)> = BTreeMap::new();
        for physical in &world.activities {
            let held: BTreeSet<ActivityId> = ids(physical).iter().map(|id| holders[id]).collect();
            let seen = by_case.entry(physical.case).or_default();
            seen.0 += 1;
            seen.1 += u32::from(held.len() == 1);
        }
        println!("{by_case:?}");
        for (case, (count, whole)) in by_case {
            match case {
                Case::DistanceInDoubt | Case::StartInDoubt | Case::DualDevice => {
                    assert_eq!(whole, 0, "{case:?} waits for a person")
                }
                _ => assert_eq!(whole, count, "{case:?} is one activity"),
            }
        }
        // No two physical activities in one.
        let mut of: HashMap<ActivityId, usize> = HashMap::new();
        for (number, physical) in world.activities.iter().enumerate() {
            for id in ids(physical) {
                let first = *of.entry(holders[&id]).or_insert(number);
                assert_eq!(first, number, "{:?} and {:?} became one", world.activities[first].case, physical.case);
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_second_import_writes_nothing_and_the_order_changes_nothing() -> Result<()> {
    in_each_house(async |house: House| {
        let world = World::year(8, start_of_year());
        let (strava, garmin) = exports(&house, &world, world.end)?;
        let (ada, eve) = (house.athlete("Ada").await?, house.athlete("Eve").await?);
        for path in [&strava, &garmin] {
            house.import(ada, path).await?;
        }
        for path in [&garmin, &strava] {
            house.import(eve, path).await?;
        }
        let before = all(&house.view([ada])).await?;
        house.clock.advance(Duration::hours(1));
        for path in [&garmin, &strava, &strava] {
            let report = house.import(ada, path).await?;
            assert_eq!((report.records_new, report.records_updated, report.activities_changed), (0, 0, 0));
            assert!(report.records_unchanged > 0);
        }
        assert_eq!(house.hub.reconcile(ada, Mode::Full).await?.activities_changed, 0);
        assert_eq!(all(&house.view([ada])).await?, before, "no row moved, no updatedAt");
        // The same year for another athlete, the other way round: the same values, whatever the ids.
        let told = |rows: Vec<ActivityRow>| -> BTreeSet<String> {
            rows.into_iter()
                .map(|row| {
                    let values: Vec<String> = row
                        .activity
                        .fields
                        .iter()
                        .map(|(field, resolved)| format!("{}={:?}", field.name(), resolved.value))
                        .collect();
                    format!("{:?} {}", row.activity.status, values.join(" "))
                })
                .collect()
        };
        assert_eq!(told(before), told(all(&house.view([eve])).await?));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_rebuild_from_ground_state_gives_the_same_rows() -> Result<()> {
    use sea_orm::{ConnectionTrait, Database};
    in_each_house(async |house: House| {
        let world = World::year(9, start_of_year());
        let (strava, garmin) = exports(&house, &world, world.end)?;
        let ada = house.athlete("Ada").await?;
        house.import(ada, &garmin).await?;
        house.import(ada, &strava).await?;
        let ids = |rows: &[ActivityRow]| -> Vec<(ActivityId, Status, DateTime<Utc>)> {
            rows.iter().map(|row| (row.activity.id, row.activity.status, row.created_at)).collect()
        };
        let before = all(&house.view([ada])).await?;
        let database = Database::connect(&house.database_url).await?;
        for table in ["activity", "match_evidence", "review"] {
            database.execute_unprepared(&format!("DELETE FROM {table}")).await?;
        }
        database.execute_unprepared("UPDATE source_record SET activity_id = NULL").await?;
        assert!(all(&house.view([ada])).await?.is_empty());
        house.hub.reconcile(ada, Mode::Full).await?;
        let after = all(&house.view([ada])).await?;
        assert_eq!(ids(&before), ids(&after));
        for (one, other) in before.iter().zip(&after) {
            assert_eq!(one.activity, other.activity);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn windows_close_by_time_alone() -> Result<()> {
    in_each_house(async |house: House| {
        let world = World::year(7, start_of_year());
        let (_, garmin) = exports(&house, &world, world.end)?;
        let ada = house.athlete("Ada").await?;
        house.import(ada, &garmin).await?;
        let statuses = async || -> Result<BTreeMap<Status, usize>> {
            let mut counted = BTreeMap::new();
            for row in all(&house.view([ada])).await? {
                *counted.entry(row.activity.status).or_insert(0) += 1;
            }
            Ok(counted)
        };
        let open = statuses().await?;
        assert!(open[&Status::Pending] > 100, "{open:?}");
        assert!(!open.contains_key(&Status::SingleSource), "{open:?}");
        house.clock.advance(Duration::hours(71));
        assert_eq!(house.hub.close_windows().await?, 0);
        house.clock.advance(Duration::hours(1));
        assert_eq!(house.hub.close_windows().await?, open[&Status::Pending] as u64);
        let closed = statuses().await?;
        assert_eq!(closed[&Status::SingleSource], open[&Status::Pending]);
        assert_eq!(house.hub.close_windows().await?, 0, "once is enough");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn athletes_do_not_see_each_other() -> Result<()> {
    in_each_house(async |house: House| {
        let world = World::year(7, start_of_year());
        let (strava, _) = exports(&house, &world, start_of_year() + Duration::days(60))?;
        let (ada, eve) = (house.athlete("Ada").await?, house.athlete("Eve").await?);
        house.import(ada, &strava).await?;
        house.import(eve, &strava).await?;
        let (hers, others) = (all(&house.view([ada])).await?, house.view([eve]));
        assert!(!hers.is_empty());
        for row in &hers {
            assert!(others.activity(row.activity.id).await?.is_none());
            assert!(others.records_by_id(&row.activity.members).await?.is_empty());
            assert!(others.records_of(&[row.activity.id]).await?.values().all(Vec::is_empty));
        }
        assert!(
            house
                .view([] as [AthleteId; 0])
                .activities(&ActivityFilter::default(), ActivityOrder::default(), &PageRequest::default())
                .await?
                .items
                .is_empty()
        );
        let id = ExternalId::new(
            world.activities.iter().flat_map(|one| &one.strava).next().context("one")?.external_id.clone(),
        );
        let mine = house.view([ada]).activity_by_source(&SourceSlug::STRAVA, &id).await?.context("hers")?;
        let theirs = others.activity_by_source(&SourceSlug::STRAVA, &id).await?.context("the other's")?;
        assert_ne!(mine.activity.id, theirs.activity.id);
        assert_eq!(theirs.activity.athlete, eve);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_nothing_known_is_refused_in_a_sentence() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let path = house.folder.path().join("holiday.txt");
        std::fs::write(&path, "sun, sea")?;
        let error = house.import(ada, &path).await.expect_err("nothing in it is known");
        assert!(error.to_string().contains("holds no Strava export"), "{error}");
        let damaged = house.folder.path().join("run.fit");
        std::fs::write(&damaged, [14, 16, 0, 0, 0, 0, 0, 0, b'.', b'F', b'I', b'T', 0, 0])?;
        let report = house.import(ada, &damaged).await?;
        assert_eq!((report.records_new, report.refused.len()), (0, 1), "{report:?}");
        assert!(report.refused[0].artifact.is_some(), "its bytes are kept: {report:?}");
        let refusals = house.view([ada]).refusals(report.run, 10).await?;
        let (refusal, kept) = refusals.into_iter().next().context("the refusal is kept")?;
        assert_eq!(refusal.reason, report.refused[0].reason);
        let kept = kept.context("its artifact")?;
        let (_, bytes) = house.view([ada]).bytes(kept.id).await?.context("its bytes")?;
        assert_eq!(bytes.as_ref(), std::fs::read(&damaged)?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_replicas_at_once_end_where_one_would() -> Result<()> {
    in_each_house(async |house: House| {
        let world = World::year(10, start_of_year());
        let (strava, garmin) = exports(&house, &world, world.end)?;
        let (ada, eve) = (house.athlete("Ada").await?, house.athlete("Eve").await?);
        for path in [&strava, &garmin] {
            house.import(eve, path).await?;
        }
        let other = house.replica().await?;
        let (first, second) = tokio::join!(
            house.hub.import(ada, &strava, None, &|_| {}, &|| false),
            other.import(ada, &garmin, None, &|_| {}, &|| false),
        );
        assert_eq!((first?.state, second?.state), (ImportState::Succeeded, ImportState::Succeeded));
        let statuses = async |athlete| -> Result<BTreeMap<Status, usize>> {
            let mut counted = BTreeMap::new();
            for row in all(&house.view([athlete])).await? {
                *counted.entry(row.activity.status).or_insert(0) += 1;
            }
            Ok(counted)
        };
        assert_eq!(statuses(ada).await?, statuses(eve).await?);
        assert_eq!(house.hub.reconcile(ada, Mode::Full).await?.activities_changed, 0, "nothing is left to do");
        Ok(())
    })
    .await
}
