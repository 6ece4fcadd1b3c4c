//! Connecting, tokens, giving back.

use anyhow::{Context as _, Result};
use chrono::Duration;
use connectors::strava::simulator::{Deed, Fault};
use domain::Status;
use hub::{AccountState, Athletes, HubError};
use secrecy::SecretString;
use tests::house::in_each_house;
use tests::live::{ALL_SCOPES, STRAVA_ATHLETE, Sources, hub_of, only_refresh, standing, work_for};

use super::{at_strava, record};
use crate::chronicle::{all, recorded, run};

#[tokio::test]
async fn a_person_grants_in_the_browser_and_history_comes() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, 7, "2026-11-20T06:00:00Z".parse()?);
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?;
        assert_eq!(account.state, AccountState::Active);
        assert_eq!(account.external_athlete_id, Some(STRAVA_ATHLETE.to_string()));
        assert_eq!(account.scopes, ALL_SCOPES);
        assert_eq!(account.state_reason, None);
        hub.work_until_idle().await?;
        let view = hub.view(Athletes::Only([ada].into()));
        let rows = all(&view).await?;
        assert_eq!(rows.len(), 7);
        assert!(rows.iter().all(|row| row.activity.status == Status::SingleSource));
        let account = standing(&hub, account.id).await?;
        let backfill = account.backfill.clone().context("it was read")?;
        assert!(backfill.complete && backfill.records_seen == 7, "{backfill:?}");
        assert_eq!(hub.account_records(&account).await?, 7);
        // Detail, series, laps and zones of each, once.
        let counts = sources.strava.counts();
        for deed in [Deed::Detail, Deed::Streams, Deed::Laps, Deed::Zones] {
            assert_eq!(counts.of(deed), 7, "{deed:?}");
        }
        assert_eq!(hub.progress(&account).await?.calls_left, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_was_not_granted_is_said_and_a_state_is_good_once() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        sources.strava.untick(&["activity:read_all"]);
        let account = sources.connect_strava(&hub, ada).await?;
        let reason = account.state_reason.context("a reason")?;
        assert!(reason.contains("activity:read_all") && reason.contains("connect again"), "{reason}");

        let redirect = "http://127.0.0.1:9/oauth/strava/callback".parse()?;
        let address = hub.begin_connect(ada, "strava", &redirect).await?;
        let state = address.query_pairs().find(|(key, _)| key == "state").context("a state")?.1.into_owned();
        let code = SecretString::from("none of ours");
        let refused = hub.finish_connect("strava", &state, &code, None).await;
        assert!(matches!(refused, Err(HubError::Invalid(_))), "{refused:?}");
        let refused = hub.finish_connect("strava", &state, &code, None).await.expect_err("used up").to_string();
        assert!(refused.contains("begin again"), "{refused}");
        // One that waits too long is no longer good.
        let address = hub.begin_connect(ada, "strava", &redirect).await?;
        let state = address.query_pairs().find(|(key, _)| key == "state").context("a state")?.1.into_owned();
        house.clock.advance(Duration::minutes(16));
        let refused = hub.finish_connect("strava", &state, &code, None).await.expect_err("too old").to_string();
        assert!(refused.contains("begin again"), "{refused}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_refresh_token_is_enough_and_a_dead_one_leaves_nothing() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        let tokens = only_refresh(&sources.strava.grant(STRAVA_ATHLETE, &ALL_SCOPES));
        let account = hub.adopt_tokens(ada, "strava", tokens.clone()).await?;
        assert_eq!(account.external_athlete_id, Some(STRAVA_ATHLETE.to_string()));
        sources.strava.withdraw(STRAVA_ATHLETE);
        let eva = house.athlete("Eva").await?;
        let refused = hub.adopt_tokens(eva, "strava", tokens).await.expect_err("it is dead").to_string();
        assert!(refused.contains("strava does not let us in"), "{refused}");
        assert!(hub.accounts(&Athletes::Only([eva].into())).await?.is_empty(), "nothing half connected stays");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn j6_many_refresh_at_once_and_each_expiry_costs_one() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hubs = [sources.hub(&house).await?, sources.hub(&house).await?];
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hubs[0], ada).await?;
        hubs[0].work_until_idle().await?;
        for _ in 0..20 {
            // Tokens live six hours; both processes want one at the same time.
            house.clock.advance(Duration::hours(6));
            let (a, b) = tokio::join!(hubs[0].work_until_idle(), hubs[1].work_until_idle());
            a?;
            b?;
        }
        let counts = sources.strava.counts();
        assert_eq!(counts.of(Deed::Refresh), 20);
        assert_eq!(counts.dead_refreshes, 0);
        assert_eq!(standing(&hubs[1], account.id).await?.state, AccountState::Active);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_wrong_key_is_found_before_anything_is_done() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        sources.connect_strava(&hub, ada).await?;
        let live = hub::LiveSettings {
            sources: vec![sources.ask_strava()?],
            keys: vec![SecretString::from("another key, long enough to be one, but another")],
        };
        let refused = hub::Hub::open_live(house.settings(), live, house.clock.clone()).await;
        let refused = refused.err().context("refused")?.to_string();
        assert!(refused.contains("key"), "{refused}");
        // The old key may stand behind a new one, and what it sealed is sealed anew.
        let keys = ["a new key of the tests that is long enough", tests::live::KEY];
        let live = |keys: &[&str]| hub::LiveSettings {
            sources: Vec::new(),
            keys: keys.iter().map(|key| SecretString::from(*key)).collect(),
        };
        hub::Hub::open_live(house.settings(), live(&keys), house.clock.clone()).await?;
        hub::Hub::open_live(house.settings(), live(&keys[..1]), house.clock.clone()).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn disconnecting_gives_back_and_purges_on_request() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-19T06:00:00Z", 3_600, 10_012.0)));
        sources.garmin.add(run(88, "2026-11-19T06:00:00Z", 3_600, 10_020.0));
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        sources.connect_garmin(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(1)).await?;
        let view = hub.view(Athletes::Only([ada].into()));
        let before = all(&view).await?;
        let account = sources.connect_strava(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(1)).await?;
        let both = all(&view).await?;
        assert_eq!(both.len(), 1);
        assert_eq!(both[0].activity.status, Status::Matched);
        assert_eq!(both[0].activity.id, before[0].activity.id);
        let done = hub.disconnect_account(&account, true, "moving house").await?;
        assert!(done.revoked_there);
        assert_eq!(done.records_purged, 1);
        assert_eq!(done.account.state, AccountState::Revoked);
        assert_eq!(sources.strava.counts().of(Deed::Revoke), 1);
        let after = all(&view).await?;
        assert_eq!(after.len(), 1);
        assert_eq!(after[0].activity.id, before[0].activity.id, "the id stays");
        assert_eq!(
            after[0].activity.fields.keys().collect::<Vec<_>>(),
            before[0].activity.fields.keys().collect::<Vec<_>>()
        );
        let asked = sources.strava.counts();
        work_for(&house, &hub, Duration::hours(2)).await?;
        let still: u32 = sources.strava.counts().calls.values().sum();
        assert_eq!(still, asked.calls.values().sum::<u32>(), "nothing more is asked");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn d16_withdrawn_access_is_believed_once_a_refresh_fails() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-19T06:00:00Z", 3_600, 10_012.0)));
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(1)).await?;
        sources.strava.take_events();
        // A forged word changes nothing.
        let forged = serde_json::json!({
            "object_type": "athlete", "object_id": STRAVA_ATHLETE, "owner_id": STRAVA_ATHLETE,
            "aspect_type": "update", "updates": { "authorized": "false" }, "subscription_id": 120_475,
        });
        super::notices::tell(&hub, &[forged]).await?;
        hub.work_until_idle().await?;
        assert_eq!(standing(&hub, account.id).await?.state, AccountState::Active);
        let view = hub.view(Athletes::Only([ada].into()));
        assert!(record(&view, at_strava(ada, 77)).await?.record.is_live());
        house.clock.advance(Duration::seconds(10));
        sources.strava.withdraw(STRAVA_ATHLETE);
        super::notices::tell(&hub, &sources.strava.take_events()).await?;
        hub.work_until_idle().await?;
        assert_eq!(standing(&hub, account.id).await?.state, AccountState::Revoked);
        assert!(view.records_by_id(&[at_strava(ada, 77)]).await?.is_empty(), "what came by the API is gone");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn j3_an_application_that_is_switched_off_loses_nothing() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-19T06:00:00Z", 3_600, 10_012.0)));
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(1)).await?;
        sources.strava.suspend(true);
        work_for(&house, &hub, Duration::hours(20)).await?;
        let stands = standing(&hub, account.id).await?;
        assert_eq!(stands.state, AccountState::Suspended);
        assert!(stands.state_reason.context("a reason")?.contains("switched this application off"));
        let view = hub.view(Athletes::Only([ada].into()));
        assert!(record(&view, at_strava(ada, 77)).await?.record.is_live());
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(78, "2026-11-20T15:00:00Z", 3_600, 9_000.0)));
        sources.strava.suspend(false);
        work_for(&house, &hub, Duration::hours(20)).await?;
        assert_eq!(standing(&hub, account.id).await?.state, AccountState::Active);
        assert!(record(&view, at_strava(ada, 78)).await?.record.is_live(), "the gap is read");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_refusal_becomes_its_state_and_says_what_to_do() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hub = hub_of(&house, vec![sources.ask_strava()?]).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?;
        hub.work_until_idle().await?;
        let cases = [
            (vec![Fault::MissingScope], AccountState::NeedsReauthentication, "grant"),
            (
                vec![Fault::TokenRefused, Fault::TokenRefused],
                AccountState::NeedsReauthentication,
                "connect strava again",
            ),
            (vec![Fault::RateLimited], AccountState::RateLimited, ""),
            (vec![Fault::Status(503)], AccountState::BackingOff, ""),
            (vec![Fault::Page(502)], AccountState::BackingOff, ""),
            (vec![Fault::Odd], AccountState::Active, ""),
            (vec![Fault::Half], AccountState::Active, ""),
        ];
        for (faults, state, word) in cases {
            for fault in &faults {
                sources.strava.next(*fault);
            }
            hub.sync_account(&standing(&hub, account.id).await?).await?;
            hub.work_until_idle().await?;
            let stands = standing(&hub, account.id).await?;
            assert_eq!(stands.state, state, "{faults:?}: {stands:?}");
            assert!(stands.state_reason.unwrap_or_default().contains(word), "{faults:?}");
            sources.connect_strava(&hub, ada).await?;
            work_for(&house, &hub, Duration::hours(3)).await?;
            let stands = standing(&hub, account.id).await?;
            assert_eq!((stands.state, stands.last_error), (AccountState::Active, None), "after {faults:?}");
        }
        Ok(())
    })
    .await
}
