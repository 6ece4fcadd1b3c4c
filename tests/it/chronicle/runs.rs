//! Runs that somebody asked for: counted, stopped, taken up again; imports that died.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use chrono::Duration;
use domain::SourceSlug;
use hub::{Athletes, HubError, ImportState, RunRequest, RunState, TimeRange};
use sea_orm::{ConnectionTrait, Database};
use tests::house::{House, in_each_house};

use super::{all, bring, run};

async fn execute(house: &House, statement: &str) -> Result<()> {
    let database = Database::connect(&house.database_url).await?;
    database.execute_unprepared(statement).await?;
    database.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_run_is_queued_counted_stopped_and_taken_up_again() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, eve) = (house.athlete("Ada").await?, house.athlete("Eve").await?);
        let told: Vec<_> = (1..=9).map(|day| run(day, &format!("2026-11-0{day}T06:00:07Z"), 3600, 10_000.0)).collect();
        bring(&house, ada, &SourceSlug::STRAVA, &told).await?;
        bring(&house, eve, &SourceSlug::STRAVA, &told).await?;
        let before = all(&house.view([ada, eve])).await?;
        let whole = house.hub.view(Athletes::All);
        let range =
            TimeRange { from: Some("2026-11-03T00:00:00Z".parse()?), until: Some("2026-11-05T00:00:00Z".parse()?) };
        let backwards = RunRequest { athlete: None, range: Some(TimeRange { from: range.until, until: range.from }) };
        let refused = house.hub.queue_reconciliation(&backwards, "ada", None).await;
        assert!(matches!(refused, Err(HubError::Invalid(_))), "{refused:?}");
        let part = RunRequest { athlete: Some(ada), range: Some(range) };
        let queued = house.hub.queue_reconciliation(&part, "ada", Some("look again")).await?;
        assert_eq!((queued.state, queued.started_at), (RunState::Queued, None));
        assert_eq!(house.hub.waiting_runs().await?, [queued.id]);
        let done = house.hub.run_reconciliation(queued.id, &|_| {}, &|| false).await?.context("it ran")?;
        assert_eq!((done.state, done.records_total, done.records_done), (RunState::Succeeded, 2, 2));
        assert_eq!((done.activities_changed, done.merges, done.splits), (0, 0, 0), "unchanged writes nothing");
        assert!(house.hub.run_reconciliation(queued.id, &|_| {}, &|| false).await?.is_none(), "it ended");
        assert_eq!(house.view([ada]).reconciliation_run(queued.id).await?, Some(done));
        assert!(house.view([eve]).reconciliation_run(queued.id).await?.is_none());
        // Everybody's: shown to who may read everybody, stopped, and left by a process that died.
        let all_of_it = house.hub.queue_reconciliation(&RunRequest::default(), "ada", None).await?;
        assert!(house.view([ada]).reconciliation_run(all_of_it.id).await?.is_none());
        let stopped = house.hub.run_reconciliation(all_of_it.id, &|_| {}, &|| true).await?.context("it ran")?;
        assert_eq!((stopped.state, stopped.records_done), (RunState::Cancelled, 0));
        let left = house.hub.queue_reconciliation(&RunRequest::default(), "ada", None).await?;
        let text = "UPDATE reconciliation_run SET state = 'RUNNING', seen_at = ";
        let seen = domain::Clock::now(&*house.clock).timestamp_micros();
        execute(&house, &format!("{text}{seen} WHERE state = 'QUEUED'")).await?;
        assert!(house.hub.waiting_runs().await?.is_empty(), "somebody carries it out");
        assert!(house.hub.run_reconciliation(left.id, &|_| {}, &|| false).await?.is_none());
        house.clock.advance(Duration::minutes(6));
        assert_eq!(house.hub.waiting_runs().await?, [left.id], "nobody has spoken for it");
        let parts = AtomicU64::new(0);
        let count = |row: &hub::RunRow| {
            parts.fetch_add(1, Ordering::Relaxed);
            assert!(row.records_done <= row.records_total);
        };
        let done = house.hub.run_reconciliation(left.id, &count, &|| false).await?.context("taken up")?;
        assert_eq!((done.state, done.records_total, done.records_done), (RunState::Succeeded, 18, 18));
        assert_eq!(parts.load(Ordering::Relaxed), 2, "an athlete after the other");
        assert_eq!(whole.reconciliation_run(left.id).await?, Some(done));
        assert_eq!(all(&house.view([ada, eve])).await?, before);
        let queued = house.hub.queue_reconciliation(&RunRequest::default(), "ada", None).await?;
        assert!(house.hub.cancel_queued(queued.id).await? && !house.hub.cancel_queued(queued.id).await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn h9_an_import_whose_process_died_does_not_run_for_ever() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let path = house.folder.path().join("files");
        std::fs::create_dir(&path)?;
        std::fs::write(path.join("run.gpx"), "no track")?;
        let report = house.import(ada, &path).await;
        let id = match report {
            Ok(report) => report.run,
            Err(error) => panic!("{error:#}"),
        };
        execute(&house, "UPDATE import_run SET state = 'RUNNING', finished_at = NULL").await?;
        assert_eq!(house.hub.end_dead_runs().await?, 0, "it may well run");
        house.clock.advance(Duration::minutes(6));
        house.replica().await?;
        let row = house.view([ada]).import_run(id).await?.context("the run")?;
        assert_eq!(row.state, ImportState::Failed, "told at the next start");
        assert!(row.error.is_some_and(|error| error.contains("again")) && row.finished_at.is_some());
        Ok(())
    })
    .await
}
