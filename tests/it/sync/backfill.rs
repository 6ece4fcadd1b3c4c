//! History within the limits, and work that outlives whoever did it.

use anyhow::{Context as _, Result};
use chrono::Duration;
use connectors::strava::simulator::{Deed, Fault};
use domain::SourceSlug;
use hub::{Athletes, Hub};
use tests::house::{House, in_each_house};
use tests::live::{STRAVA_ATHLETE, Sources, hub_of, standing, work_for};

use super::{at_strava, record};
use crate::chronicle::{all, recorded, run};

/// Works until an account's history is there; on how many days calls were made.
async fn until_complete(house: &House, hub: &Hub, sources: &Sources, account: domain::AccountId) -> Result<usize> {
    for _ in 0..200 {
        work_for(house, hub, Duration::hours(6)).await?;
        let stands = standing(hub, account).await?;
        let complete = stands.backfill.as_ref().is_some_and(|backfill| backfill.complete);
        if complete && hub.progress(&stands).await?.backfill_left == 0 {
            return Ok(sources.strava.counts().days.len());
        }
    }
    anyhow::bail!("it never ends")
}

#[tokio::test]
async fn b4_history_is_read_within_the_limits_and_goes_on_after_a_kill() -> Result<()> {
    in_each_house(|house| async move {
        const ACTIVITIES: u64 = 120;
        let sources = Sources::empty(&house).await?;
        // A small application: its day is over before the history is.
        sources.strava.limit((60, 300), (40, 200));
        sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, ACTIVITIES, "2026-11-20T06:00:00Z".parse()?);
        let slow = |source: hub::LiveSource| hub::LiveSource { poll_interval: Duration::hours(6), ..source };
        let hub = hub_of(&house, vec![slow(sources.ask_strava()?)]).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?.id;
        work_for(&house, &hub, Duration::minutes(20)).await?;
        let halfway = sources.strava.counts();
        assert!(halfway.of(Deed::Detail) > 0 && halfway.of(Deed::Detail) < ACTIVITIES as u32);
        // Killed in the middle of a call: nobody hears the answer, and the job stays claimed until its lease ends.
        sources.strava.next(Fault::Slow(60_000));
        house.clock.advance(Duration::minutes(15));
        let cut = tokio::time::timeout(std::time::Duration::from_millis(300), hub.work_until_idle()).await;
        assert!(cut.is_err(), "it was at work");
        drop(hub);
        let hub = hub_of(&house, vec![slow(sources.ask_strava()?)]).await?;
        let days = until_complete(&house, &hub, &sources, account).await?;
        assert!((2..=6).contains(&days), "{days}");
        let counts = sources.strava.counts();
        // Nine tenths of a quarter's 40 and of a day's 200 reading calls, whoever asks.
        assert!(counts.quarters.values().all(|calls| *calls <= 36), "{:?}", counts.quarters);
        assert!(counts.days.values().all(|calls| *calls <= 180), "{:?}", counts.days);
        assert!(counts.refused.is_empty(), "no call was refused");
        let twice: Vec<_> = counts.fetched.iter().filter(|(_, times)| **times > 1).collect();
        assert!(
            twice.len() <= 1 && twice.iter().all(|(_, times)| **times == 2),
            "only the call that was cut: {twice:?}"
        );
        let view = hub.view(Athletes::Only([ada].into()));
        let summary =
            view.records_by_id(&(0..ACTIVITIES).map(|n| at_strava(ada, 1_000 + n)).collect::<Vec<_>>()).await?;
        assert_eq!(summary.len() as u64, ACTIVITIES);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn j4_after_a_refusal_nothing_is_asked_until_the_window_ends_and_the_rest_goes_on() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, 20, "2026-11-20T06:00:00Z".parse()?);
        sources.garmin.add(run(88, "2026-11-19T06:00:00Z", 3_600, 10_020.0));
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?;
        sources.connect_garmin(&hub, ada).await?;
        house.clock.set("2026-11-20T12:04:00Z".parse()?);
        sources.strava.next(Fault::RateLimited);
        work_for(&house, &hub, Duration::minutes(10)).await?;
        let calls: u32 = sources.strava.counts().calls.values().sum();
        let outlook = hub.source_outlook("strava").await?;
        assert_eq!(outlook.next_call_at, Some("2026-11-20T12:15:00Z".parse()?));
        let stands = standing(&hub, account.id).await?;
        assert_eq!(stands.state, hub::AccountState::RateLimited);
        assert!(hub.progress(&stands).await?.eta >= "2026-11-20T12:15:00Z".parse::<chrono::DateTime<chrono::Utc>>()?);
        let view = hub.view(Athletes::Only([ada].into()));
        let rows = all(&view).await?;
        assert_eq!(rows.len(), 1, "Garmin went on");
        work_for(&house, &hub, Duration::seconds(50)).await?;
        assert_eq!(sources.strava.counts().calls.values().sum::<u32>(), calls, "12:14:50");
        work_for(&house, &hub, Duration::minutes(30)).await?;
        assert_eq!(all(&view).await?.iter().filter(|row| row.activity.members.len() == 1).count(), 21);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_refusal_makes_nobody_wait_longer_than_the_window_even_where_history_must() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        // History may use forty reads of the day, and has more to read; what is recent may use forty-four.
        sources.strava.limit((1_000, 1_000), (1_000, 50));
        sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, 60, "2026-11-20T06:00:00Z".parse()?);
        let hub = hub_of(&house, vec![sources.ask_strava()?]).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(1)).await?;
        let midnight = "2026-11-21T00:00:00Z".parse()?;
        assert_eq!(hub.source_outlook("strava").await?.next_call_at, Some(midnight), "history waits");
        let calls = || sources.strava.counts().days.values().sum::<u32>();
        let before = calls();
        sources.strava.next(Fault::RateLimited);
        work_for(&house, &hub, Duration::minutes(15)).await?;
        assert_eq!(standing(&hub, account.id).await?.state, hub::AccountState::RateLimited);
        assert_eq!(calls() - before, 1);
        work_for(&house, &hub, Duration::minutes(16)).await?;
        assert_eq!(standing(&hub, account.id).await?.state, hub::AccountState::Active);
        assert!(calls() - before > 1, "what is recent is asked for as soon as the refusal ends");
        assert_eq!(hub.source_outlook("strava").await?.next_call_at, Some(midnight), "history still waits");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_job_that_fails_too_often_is_put_aside_and_can_be_replayed() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, 3, "2026-11-20T06:00:00Z".parse()?);
        let hub = hub_of(&house, vec![sources.ask_strava()?]).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?;
        hub.work_until_idle().await?;
        // A document that is none, whenever it is asked for.
        sources.strava.edit(1_001, |detail| {
            detail.insert("name".to_owned(), serde_json::json!("Edited"));
        });
        sources.strava.poison(1_001, true);
        work_for(&house, &hub, Duration::hours(6)).await?;
        let dead = hub.dead_jobs().await?;
        assert_eq!(dead.len(), 1, "{dead:?}");
        assert!(dead[0].document.contains("1001") && dead[0].error.is_some());
        // Nobody was delayed by it.
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-20T13:00:00Z", 3_600, 10_000.0)));
        work_for(&house, &hub, Duration::minutes(20)).await?;
        let view = hub.view(Athletes::Only([ada].into()));
        assert!(record(&view, at_strava(ada, 77)).await?.record.is_live());
        sources.strava.poison(1_001, false);
        assert_eq!(hub.replay(Some(dead[0].id)).await?, 1);
        work_for(&house, &hub, Duration::minutes(20)).await?;
        assert!(hub.dead_jobs().await?.is_empty());
        assert_eq!(hub.progress(&standing(&hub, account.id).await?).await?.calls_left, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a12_b5_both_sources_on_two_workers_at_once_make_one_activity_each() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        for number in 0..12 {
            let start = format!("2026-11-{:02}T06:00:00Z", 5 + number);
            sources.strava.add(STRAVA_ATHLETE, &recorded(&run(100 + number, &start, 3_600, 10_012.0)));
            sources.garmin.add(run(9_100 + number, &start, 3_600, 10_020.0));
        }
        let hubs = [sources.hub(&house).await?, sources.hub(&house).await?];
        let ada = house.athlete("Ada").await?;
        sources.connect_strava(&hubs[0], ada).await?;
        sources.connect_garmin(&hubs[1], ada).await?;
        for _ in 0..120 {
            let (a, b) = tokio::join!(hubs[0].work_until_idle(), hubs[1].work_until_idle());
            a?;
            b?;
            house.clock.advance(Duration::seconds(5));
        }
        let view = hubs[0].view(Athletes::Only([ada].into()));
        let rows = all(&view).await?;
        assert_eq!(rows.len(), 12);
        assert!(rows.iter().all(|row| row.activity.members.len() == 2), "each has both");
        let strava = view.records_by_id(&[at_strava(ada, 100)]).await?;
        assert_eq!(strava.get(&at_strava(ada, 100)).context("there")?.record.source, SourceSlug::STRAVA);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_call_that_is_counted_and_not_made_is_given_back() -> Result<()> {
    in_each_house(|house| async move {
        const GONE: u64 = 1_001;
        let sources = Sources::empty(&house).await?;
        // Eight calls of history a quarter: its list and the details of all are read, and few of their other parts.
        sources.strava.limit((20, 2_000), (10, 1_000));
        sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, 4, "2026-11-20T06:00:00Z".parse()?);
        let slow = |source: hub::LiveSource| hub::LiveSource { poll_interval: Duration::hours(6), ..source };
        let hub = hub_of(&house, vec![slow(sources.ask_strava()?)]).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?;
        hub.work_until_idle().await?;
        // Its other parts wait, and it is withdrawn before their turn.
        sources.strava.delete(GONE);
        super::notices::tell(&hub, &sources.strava.take_events()).await?;
        hub.work_until_idle().await?;
        let view = hub.view(Athletes::Only([ada].into()));
        assert!(!record(&view, at_strava(ada, GONE)).await?.record.is_live());
        assert!(hub.progress(&account).await?.calls_left > 0, "its parts wait");
        work_for(&house, &hub, Duration::hours(2)).await?;
        assert_eq!(hub.progress(&account).await?.calls_left, 0);
        let counts = sources.strava.counts();
        let made: u32 = counts.quarters.values().sum();
        assert!(!counts.fetched.contains_key(&(GONE, Deed::Laps)), "{:?}", counts.fetched);
        assert_eq!(hub.source_outlook("strava").await?.calls, u64::from(made));
        assert!(counts.quarters.values().all(|calls| *calls <= 9), "{:?}", counts.quarters);
        Ok(())
    })
    .await
}
