//! What clients may ask of a source: a share of its limits.

use anyhow::{Result, ensure};
use chrono::Duration;
use futures::future::join_all;
use hub::HubError;
use tests::house::in_each_house;
use tests::live::{STRAVA_ATHLETE, Sources, standing};

#[tokio::test]
async fn clients_cannot_use_a_source_s_limits_up() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, 1, "2026-11-20T06:00:00Z".parse()?);
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?;
        hub.work_until_idle().await?;
        let calls = || sources.strava.counts().calls.values().sum::<u32>();
        let began = standing(&hub, account.id).await?;
        // Ten at once are one, and counted as one: what waits already is nothing new.
        for asked in join_all((0..10).map(|_| hub.sync_for_client(&began))).await {
            asked?;
        }
        // Each of the others is a round of its own, as long as the share lasts.
        let mut rounds = 1;
        let refused = loop {
            let before = calls();
            hub.work_until_idle().await?;
            ensure!(calls() > before, "round {rounds} asked nothing");
            house.clock.advance(Duration::minutes(5));
            match hub.sync_for_client(&began).await {
                Ok(()) => rounds += 1,
                Err(refused) => break refused,
            }
            ensure!(rounds < 100, "nobody counts");
        };
        ensure!(rounds == 48, "{rounds} rounds");
        ensure!(matches!(&refused, HubError::TooOften(text) if text.contains("midnight UTC")), "{refused}");
        let refused = hub.backfill_for_client(&began, None, None).await;
        ensure!(matches!(refused, Err(HubError::TooOften(_))), "{refused:?}");
        // The hub's own rounds and its operator's are none of theirs.
        hub.sync_account(&began).await?;
        hub.work_until_idle().await?;
        // The next day it begins anew; a history counts as twelve.
        house.clock.advance(Duration::hours(12));
        for _ in 0..4 {
            hub.work_until_idle().await?;
            hub.backfill_for_client(&standing(&hub, account.id).await?, None, None).await?;
        }
        hub.work_until_idle().await?;
        for refused in [hub.backfill_for_client(&began, None, None).await, hub.sync_for_client(&began).await] {
            ensure!(matches!(refused, Err(HubError::TooOften(_))), "{refused:?}");
        }
        Ok(())
    })
    .await
}
