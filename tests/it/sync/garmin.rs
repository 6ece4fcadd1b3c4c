//! Garmin Connect: useful when it works, harmless when it does not.

use std::sync::Mutex;

use anyhow::{Context as _, Result, anyhow, ensure};
use chrono::Duration;
use connectors::garmin::connect::simulator::{Call, Mode};
use domain::{Field, Origin, Status};
use hub::{AccountState, Athletes, Hub, LiveSource};
use tests::door::Door;
use tests::house::{House, in_each_house};
use tests::live::{GARMIN_FAILURES, STRAVA_ATHLETE, Sources, hub_of, standing, told, work_for};

use super::{at_garmin, record};
use crate::chronicle::{all, history, recorded, run};

/// Hourly rounds, so that days go by quickly.
fn hourly(source: LiveSource) -> LiveSource {
    LiveSource { poll_interval: Duration::hours(1), ..source }
}

pub(super) async fn both(house: &House, sources: &Sources) -> Result<Hub> {
    hub_of(house, vec![hourly(sources.ask_strava()?), hourly(sources.ask_garmin()?)]).await
}

/// The same with a round every four hours, for longer stretches.
pub(super) async fn seldom(house: &House, sources: &Sources) -> Result<Hub> {
    let seldom = |source: LiveSource| LiveSource { poll_interval: Duration::hours(4), ..source };
    hub_of(house, vec![seldom(sources.ask_strava()?), seldom(sources.ask_garmin()?)]).await
}

/// Two days with a run on each, as both sources tell them.
fn two_days(sources: &Sources) {
    for day in [21, 22] {
        let start = format!("2026-11-{day}T06:00:00Z");
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(100 + day, &start, 3_600, 10_012.0)));
        sources.garmin.add(run(9_000 + day, &start, 3_600, 10_020.0));
    }
}

/// Two days and another in which Garmin answers so; how often Strava was asked in the two. It mends itself or a person
/// mends it, and all is as if nothing had been.
async fn lived_through(house: &House, mode: Mode, state: AccountState, word: &str) -> Result<u32> {
    let sources = Sources::empty(house).await?;
    let hub = seldom(house, &sources).await?;
    let ada = house.athlete("Ada").await?;
    sources.connect_strava(&hub, ada).await?;
    let garmin = sources.connect_garmin(&hub, ada).await?;
    work_for(house, &hub, Duration::minutes(10)).await?;
    sources.garmin.mode(mode);
    if mode == Mode::RefreshDead {
        sources.garmin.end_tokens(false);
    }
    two_days(&sources);
    work_for(house, &hub, Duration::hours(44)).await?;
    let stands = standing(&hub, garmin.id).await?;
    ensure!(stands.state == state, "after {} calls: {stands:?}", sources.garmin.all_calls());
    let said = stands.state_reason.clone().or(stands.last_error.clone()).unwrap_or_default();
    ensure!(said.contains(word), "a person is told {said:?}");
    ensure!(state == AccountState::Active || !said.is_empty(), "a person is told nothing");
    ensure!(sources.garmin.sign_ins() == 0, "the hub signed in");
    let calls = sources.strava.counts().calls.values().sum();
    let view = hub.view(Athletes::Only([ada].into()));
    ensure!(all(&view).await?.len() == 2, "Strava's activities are not there");
    sources.garmin.mode(Mode::Normal);
    if state == AccountState::NeedsReauthentication {
        sources.connect_garmin(&hub, ada).await?;
    }
    work_for(house, &hub, Duration::hours(26)).await?;
    let stands = standing(&hub, garmin.id).await?;
    ensure!(stands.state == AccountState::Active, "it did not mend: {stands:?}");
    let rows = all(&view).await?;
    ensure!(rows.len() == 2 && rows.iter().all(|row| row.activity.status == Status::Matched), "{rows:?}");
    Ok(calls)
}

#[tokio::test]
async fn j1_whatever_garmin_does_strava_goes_on_and_nobody_signs_in() -> Result<()> {
    let (asked, mut wrong) = (Mutex::new(Vec::new()), Vec::new());
    for (mode, state, word) in [(Mode::Normal, AccountState::Active, "")].into_iter().chain(GARMIN_FAILURES) {
        let asked = &asked;
        let lived = in_each_house(|house| async move {
            let calls = lived_through(&house, mode, state, word).await?;
            asked.lock().map_err(|_| anyhow!("a count was lost"))?.push((mode, calls));
            Ok(())
        });
        wrong.extend(lived.await.err().map(|error| format!("{mode:?}: {error:#}")));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let asked = asked.into_inner()?;
    let (_, without) = *asked.first().context("a run without a failure")?;
    let unlike: Vec<_> = asked.iter().filter(|(_, calls)| calls.abs_diff(without) > 2).collect();
    ensure!(
        unlike.is_empty(),
        "Strava was asked {without} times without a failure, and otherwise so often: {unlike:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_source_that_refuses_every_token_is_asked_twice_and_once_for_fresh_ones() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hub = both(&house, &sources).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_garmin(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(10)).await?;
        let (before, refreshes) = (sources.garmin.all_calls(), sources.garmin.calls(Call::Refresh));
        sources.garmin.mode(Mode::TokenRefused);
        work_for(&house, &hub, Duration::hours(5)).await?;
        assert_eq!(standing(&hub, account.id).await?.state, AccountState::NeedsReauthentication);
        assert_eq!(sources.garmin.calls(Call::Refresh) - refreshes, 1);
        assert_eq!(sources.garmin.all_calls() - before, 3);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn too_many_again_and_again_is_asked_ever_more_seldom_whatever_the_source_says() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hub = both(&house, &sources).await?;
        let ada = house.athlete("Ada").await?;
        sources.connect_garmin(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(10)).await?;
        sources.garmin.mode(Mode::TooMany(Some(60)));
        let before = sources.garmin.all_calls();
        // One at the next round, and after 1, 2, 4 minutes and so on.
        for (minutes, calls) in [(50, 1), (1, 2), (2, 3), (4, 4), (8, 5), (16, 6), (24 * 60, 11)] {
            work_for(&house, &hub, Duration::minutes(minutes)).await?;
            assert_eq!(sources.garmin.all_calls() - before, calls, "after {minutes} minutes more");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn too_many_without_an_end_is_asked_again_ever_more_seldom() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hub = both(&house, &sources).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_garmin(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(10)).await?;
        sources.garmin.mode(Mode::TooMany(None));
        let before = sources.garmin.all_calls();
        work_for(&house, &hub, Duration::minutes(51)).await?;
        for (hours, call) in [(0, 1), (1, 3), (2, 4), (4, 5), (8, 6), (16, 7)] {
            work_for(&house, &hub, Duration::hours(hours)).await?;
            let stands = standing(&hub, account.id).await?;
            assert_eq!(stands.state, AccountState::RateLimited);
            assert_eq!(sources.garmin.all_calls() - before, call, "after {hours} hours more: {stands:?}");
        }
        sources.garmin.mode(Mode::Normal);
        work_for(&house, &hub, Duration::hours(16)).await?;
        assert_eq!(standing(&hub, account.id).await?.state, AccountState::Active);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_lock_out_rests_two_hours_then_four_up_to_a_day_and_a_restart_forgets_nothing() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let mut hub = both(&house, &sources).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_garmin(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(10)).await?;
        sources.garmin.mode(Mode::Challenge);
        work_for(&house, &hub, Duration::hours(1)).await?;
        let mut last = None;
        for hours in [2, 4, 8, 16, 24, 24] {
            let stands = standing(&hub, account.id).await?;
            assert_eq!(stands.state, AccountState::LockedOut);
            let next = stands.next_attempt_at.context("a next attempt")?;
            let rest = next - last.unwrap_or(next - Duration::hours(2));
            assert_eq!(rest.num_minutes(), hours * 60, "{stands:?}");
            last = Some(next);
            let calls = sources.garmin.all_calls();
            drop(hub);
            hub = both(&house, &sources).await?;
            house.clock.set(next - Duration::seconds(1));
            hub.work_until_idle().await?;
            assert_eq!(sources.garmin.all_calls(), calls, "nothing is asked before its time");
            house.clock.set(next);
            hub.work_until_idle().await?;
            assert_eq!(sources.garmin.all_calls(), calls + 1);
        }
        assert_eq!(sources.garmin.sign_ins(), 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn b1_garmin_has_it_and_strava_delivers_it_ten_days_later() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.garmin.add(run(88, "2026-11-20T06:00:00Z", 3_600, 10_020.0));
        let hub = both(&house, &sources).await?;
        let ada = house.athlete("Ada").await?;
        sources.connect_strava(&hub, ada).await?;
        sources.connect_garmin(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(5)).await?;
        let view = hub.view(Athletes::Only([ada].into()));
        let first = all(&view).await?;
        assert_eq!(first.len(), 1);
        assert_eq!(first[0].activity.status, Status::Pending);
        work_for(&house, &hub, Duration::hours(73)).await?;
        hub.close_windows().await?;
        let second = all(&view).await?;
        assert_eq!(second[0].activity.status, Status::SingleSource);
        work_for(&house, &hub, Duration::days(7)).await?;
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-20T06:00:04Z", 3_598, 10_012.0)));
        super::notices::tell(&hub, &sources.strava.take_events()).await?;
        work_for(&house, &hub, Duration::minutes(5)).await?;
        let third = all(&view).await?;
        assert_eq!(third.len(), 1);
        assert_eq!(third[0].activity.status, Status::Matched);
        let ids: Vec<_> = [&first, &second, &third].iter().map(|rows| rows[0].activity.id).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "one id throughout");
        let statuses: Vec<Status> = history(&view, ids[0]).await?.iter().rev().map(|one| one.status).collect();
        assert_eq!(statuses.first(), Some(&Status::Pending));
        assert_eq!(statuses.last(), Some(&Status::Matched));
        assert!(statuses.contains(&Status::SingleSource));
        let name = third[0].activity.fields.get(&Field::Name).context("a name")?;
        let leads = super::at_strava(ada, 77);
        assert!(matches!(&name.provenance.origin, Origin::Record { record, .. } if *record == leads), "Strava leads");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_only_kept_is_reconciled_once_it_is_trusted() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        two_days(&sources);
        house.clock.set("2026-11-23T12:00:00Z".parse()?);
        let only_kept =
            || -> Result<LiveSource> { Ok(LiveSource { store_only: true, ..hourly(sources.ask_garmin()?) }) };
        let hub = hub_of(&house, vec![hourly(sources.ask_strava()?), only_kept()?]).await?;
        let (ada, eva) = (house.athlete("Ada").await?, house.athlete("Eva").await?);
        sources.connect_strava(&hub, ada).await?;
        let garmin = sources.connect_garmin(&hub, ada).await?;
        work_for(&house, &hub, Duration::hours(3)).await?;
        let view = hub.view(Athletes::Only([ada].into()));
        let rows = all(&view).await?;
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row.activity.members.len() == 1), "Garmin's are not looked at");
        let kept = record(&view, at_garmin(ada, "9021")).await?;
        assert_eq!(kept.activity, None);
        assert!(!kept.record.artifacts.is_empty(), "and can be seen");
        let asked = sources.garmin.calls(Call::Detail);
        work_for(&house, &hub, Duration::hours(5)).await?;
        assert_eq!(sources.garmin.calls(Call::Detail), asked, "what is kept is not fetched again");
        drop(hub);
        let hub = both(&house, &sources).await?;
        hub.work_until_idle().await?;
        let rows = all(&view).await?;
        assert!(rows.len() == 2 && rows.iter().all(|row| row.activity.members.len() == 2), "now they are");
        assert_eq!(sources.garmin.calls(Call::Detail), asked, "without a call");
        // Off again: what is known stays as it is, whatever Garmin says now; and on again, nothing was lost.
        drop(hub);
        let hub = hub_of(&house, vec![hourly(sources.ask_strava()?), only_kept()?]).await?;
        sources.garmin.edit("9021", |account| account.name = "Edited meanwhile".to_owned());
        let before = told(&hub, ada).await?;
        work_for(&house, &hub, Duration::hours(3)).await?;
        assert_eq!(told(&hub, ada).await?, before);
        drop(hub);
        let hub = both(&house, &sources).await?;
        work_for(&house, &hub, Duration::hours(2)).await?;
        assert_eq!(standing(&hub, garmin.id).await?.state, AccountState::Active);
        sources.connect_strava(&hub, eva).await?;
        sources.connect_garmin(&hub, eva).await?;
        work_for(&house, &hub, Duration::hours(2)).await?;
        assert_eq!(told(&hub, ada).await?, told(&hub, eva).await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_door_answers_while_garmin_fails() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        two_days(&sources);
        house.clock.set("2026-11-23T12:00:00Z".parse()?);
        let hub = both(&house, &sources).await?;
        let ada = house.athlete("Ada").await?;
        sources.connect_strava(&hub, ada).await?;
        let account = sources.connect_garmin(&hub, ada).await?;
        work_for(&house, &hub, Duration::hours(1)).await?;
        let door = Door::live(&house, &sources).await?;
        let token = door.token("activities:read accounts:read accounts:write", &[ada]).await?;
        let query = "{ activities(first: 5) { nodes { name status } } sources { slug connectors { connector enabled } } }";
        let before = door.ask(&token, query, serde_json::json!({})).await?;
        sources.garmin.mode(Mode::Challenge);
        work_for(&house, &hub, Duration::hours(3)).await?;
        let token = door.token("activities:read accounts:read accounts:write", &[ada]).await?;
        assert_eq!(door.ask(&token, query, serde_json::json!({})).await?, before);
        let ready = door.send("GET", "/readyz", &[], Vec::new()).await?;
        assert_eq!(ready.status(), 200);
        let accounts = "{ sourceAccounts(source: \"garmin\") { id connector state stateReason consecutiveFailures \
                        recordCount rateLimit { shortLimit shortUsed } backfill { complete recordsSeen } remaining { calls } } }";
        let told = door.ask(&token, accounts, serde_json::json!({})).await?;
        let one = &told["sourceAccounts"][0];
        assert_eq!(one["state"], "LOCKED_OUT", "{told}");
        assert_eq!(one["connector"], "GARMIN_CONNECT");
        assert_eq!(one["recordCount"], 2, "{told}");
        let paused = "mutation($id: ID!) { setAccountPaused(input: { accountId: $id, paused: true, reason: \"enough\" }) \
                      { account { state stateReason } } }";
        let told = door.ask(&token, paused, serde_json::json!({ "id": account.id.to_string() })).await?;
        assert_eq!(told["setAccountPaused"]["account"]["state"], "PAUSED");
        Ok(())
    })
    .await
}
