//! What the live sources promise, measured against a simulated Strava: history within the limits and through a kill,
//! one refresh for each expiry, quick answers to notifications, and nothing lost where notifications are; and that a
//! Garmin that fails in any way costs nothing but Garmin.
//!
//! `cargo bench -p tests --bench live` (add `-- postgres` for the tests' own PostgreSQL instead of SQLite, or one of
//! `history`, `tokens`, `answers`, `notices`, `garmin` for that part alone). Prints figures; fails where a promise is broken.

mod garmin;

use std::collections::BTreeMap;
use std::time::{Duration as Pause, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, Days, Duration, NaiveTime, Utc};
use connectors::strava::simulator::{Deed, Delivery, Fault};
use hub::{AccountState, Hub, WebhookRequest};
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::House;
use tests::live::{PATH_SECRET, STRAVA_ATHLETE, Sources, hub_of, standing, told, work_for, work_until};
use tokio::task::JoinSet;

/// Activities of the history that is read.
const ACTIVITIES: u64 = 3_000;
/// Calls for each: detail, series, laps, zones.
const PARTS: u64 = 4;
/// What Strava allows a new application to read: calls in a quarter of an hour, and in a day.
const READS: (u32, u32) = (100, 1_000);
/// How much of a limit may be used, in percent.
const SHARE: u32 = 90;
/// Tokens that end.
const EXPIRIES: u32 = 200;
/// Hands of each hub that want a fresh token at once.
const HANDS: usize = 8;
/// Jobs that wait while notifications come.
const BACKLOG: u64 = 10_000;
/// Notifications whose answers are timed.
const POSTS: u64 = 1_000;
/// How long 99 of 100 answers may take, and the slowest, in milliseconds. Strava waits two seconds.
const PATIENCE_MS: (f64, f64) = (200.0, 1_000.0);
/// What happens at Strava while it notifies badly.
const EVENTS: u64 = 300;

/// A notification of an activity.
fn event(sources: &Sources, aspect: &str, id: u64) -> Result<Value> {
    let settings = sources.strava.settings();
    let subscription: u64 = settings.values.get("subscription_id").context("a subscription")?.parse()?;
    Ok(json!({
        "object_type": "activity", "object_id": id, "owner_id": STRAVA_ATHLETE, "aspect_type": aspect, "updates": {},
        "subscription_id": subscription, "event_time": 1_795_000_000,
    }))
}

/// Tells a hub what Strava tells.
async fn tell(hub: &Hub, event: &Value) -> Result<()> {
    let body = serde_json::to_vec(event)?.into();
    hub.receive("strava", &WebhookRequest { query: BTreeMap::new(), headers: BTreeMap::new(), body }).await?;
    Ok(())
}

/// Calls to the API so far.
fn calls(sources: &Sources) -> u32 {
    sources.strava.counts().days.values().sum()
}

/// Waits, by the system's clock, until the simulated Strava was called so often.
async fn called(sources: &Sources, times: u32) {
    while calls(sources) < times {
        tokio::time::sleep(Pause::from_millis(5)).await;
    }
}

/// Kills a hub in the middle of a call, after twenty that go well: nobody hears the answer, and the job stays claimed
/// until its lease ends.
async fn kill(hub: Hub, sources: &Sources) -> Result<()> {
    let begun = calls(sources);
    for _ in 0..20 {
        sources.strava.next(Fault::Slow(0));
    }
    sources.strava.next(Fault::Slow(60_000));
    tokio::select! {
        done = hub.work_until_idle() => bail!("it was not at work: {done:?}"),
        () = called(sources, begun + 21) => Ok(()),
    }
}

async fn history(house: House) -> Result<()> {
    let sources = Sources::empty(&house).await?;
    sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, ACTIVITIES, "2026-11-20T06:00:00Z".parse()?);
    let hub = hub_of(&house, vec![sources.ask_strava()?]).await?;
    let ada = house.athlete("Ada").await?;
    let account = sources.connect_strava(&hub, ada).await?.id;
    let began = hub.clock().now();
    while (sources.strava.counts().fetched.len() as u64) < ACTIVITIES * PARTS / 2 {
        work_for(&house, &hub, Duration::hours(6)).await?;
    }
    let midnight = (hub.clock().now().date_naive() + Days::new(1)).and_time(NaiveTime::MIN).and_utc();
    work_until(&house, &hub, midnight - Duration::seconds(1)).await?;
    house.clock.set(midnight + Duration::seconds(30));
    kill(hub, &sources).await?;
    let hub = hub_of(&house, vec![sources.ask_strava()?]).await?;
    loop {
        work_for(&house, &hub, Duration::minutes(30)).await?;
        let stands = standing(&hub, account).await?;
        let complete = stands.backfill.as_ref().is_some_and(|backfill| backfill.complete);
        if complete && hub.progress(&stands).await?.backfill_left == 0 {
            break;
        }
        ensure!(hub.clock().now() < began + Duration::days(60), "history is not there after 60 days");
    }
    let days = (hub.clock().now() - began).num_minutes() as f64 / 1_440.0;
    let counts = sources.strava.counts();
    let most = |windows: &BTreeMap<i64, u32>| windows.values().copied().max().unwrap_or_default();
    let (quarter, day) = (most(&counts.quarters), most(&counts.days));
    let refused: u32 = counts.refused.values().sum();
    let twice = counts.fetched.values().filter(|times| **times > 1).count();
    let records = hub.account_records(&standing(&hub, account).await?).await?;
    let share = |calls: u32, allowed: u32| f64::from(calls) * 100.0 / f64::from(allowed);
    println!("  {records} of {ACTIVITIES} activities in {days:.1} simulated days, {} calls", calls(&sources));
    println!("  at most {quarter} calls in a quarter of an hour ({:.0} % of its limit)", share(quarter, READS.0));
    println!("  at most {day} calls in a day ({:.0} % of its limit), {refused} refused", share(day, READS.1));
    println!("  killed once in a call: {twice} of {} parts fetched twice", counts.fetched.len());
    ensure!(records == ACTIVITIES, "not all activities are there");
    ensure!(counts.fetched.len() as u64 == ACTIVITIES * PARTS, "not all parts were asked for");
    ensure!(quarter * 100 <= READS.0 * SHARE && day * 100 <= READS.1 * SHARE, "more than {SHARE} % of a limit");
    ensure!(refused == 0, "Strava refused calls");
    ensure!(twice <= 1 && counts.fetched.values().all(|times| *times <= 2), "more than the call that was cut");
    ensure!(hub.dead_jobs().await?.is_empty(), "work was put aside");
    Ok(())
}

async fn tokens(house: House) -> Result<()> {
    let sources = Sources::empty(&house).await?;
    let hubs = [sources.hub(&house).await?, sources.hub(&house).await?];
    let ada = house.athlete("Ada").await?;
    let account = sources.connect_strava(&hubs[0], ada).await?.id;
    hubs[0].work_until_idle().await?;
    for _ in 0..EXPIRIES {
        // Tokens live six hours; every hand of both hubs wants a fresh one at the same time.
        house.clock.advance(Duration::hours(6));
        let mut hands = JoinSet::new();
        for hub in hubs.iter().cycle().take(hubs.len() * HANDS) {
            let hub = hub.clone();
            hands.spawn(async move { hub.work_until_idle().await });
        }
        while let Some(done) = hands.join_next().await {
            done??;
        }
    }
    let counts = sources.strava.counts();
    let (refreshes, dead) = (counts.of(Deed::Refresh), counts.dead_refreshes);
    println!("  {EXPIRIES} expiries, 2 hubs with {HANDS} hands each: {refreshes} refreshes, {dead} with a dead token");
    ensure!(refreshes == EXPIRIES, "an expiry costs one refresh");
    ensure!(dead == 0, "a dead token was used");
    ensure!(standing(&hubs[1], account).await?.state == AccountState::Active, "the account does not stand");
    Ok(())
}

/// Jobs that wait or run.
async fn jobs(hub: &Hub) -> Result<u64> {
    Ok(hub.job_counts().await?.iter().filter(|count| count.state != "dead").map(|count| count.jobs).sum())
}

/// Notifies through the door of activities with ids from `first`; prints how long the answers took.
async fn post(door: &Door, sources: &Sources, what: &str, first: u64) -> Result<()> {
    let path = format!("/webhooks/strava/{PATH_SECRET}");
    let before = jobs(&door.app.hub).await?;
    let mut took = Vec::new();
    for id in first..first + POSTS {
        let body = serde_json::to_vec(&event(sources, "create", id)?)?;
        let began = Instant::now();
        let answer = door.send("POST", &path, &[("content-type", "application/json")], body).await?;
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
        ensure!(answer.status() == 200, "a notification was answered {}", answer.status());
    }
    took.sort_by(f64::total_cmp);
    let of = |part: usize| took.get((took.len() * part / 1_000).min(took.len() - 1)).copied().unwrap_or_default();
    let (half, most, slowest) = (of(500), of(990), of(1_000));
    println!("  {what}: {before} jobs wait; p50 {half:.1} ms, p99 {most:.1} ms, the slowest {slowest:.1} ms");
    ensure!(most <= PATIENCE_MS.0 && slowest <= PATIENCE_MS.1, "answers were late");
    ensure!(jobs(&door.app.hub).await? == before + POSTS, "not every notification became work");
    Ok(())
}

async fn answers(house: House) -> Result<()> {
    let sources = Sources::empty(&house).await?;
    let door = Door::live(&house, &sources).await?;
    let hub = door.app.hub.clone();
    let ada = house.athlete("Ada").await?;
    sources.connect_strava(&hub, ada).await?;
    hub.work_until_idle().await?;
    for id in 0..BACKLOG {
        tell(&hub, &event(&sources, "create", 1_000_000 + id)?).await?;
    }
    ensure!(jobs(&hub).await? >= BACKLOG, "the backlog is not there");
    post(&door, &sources, "nobody works", 2_000_000).await?;
    // A worker is in a call that is not answered, and its other hands look for work at every notification.
    sources.strava.always(Some(Fault::Slow(600_000)));
    let begun = calls(&sources);
    let (_stop, stopping) = tokio::sync::watch::channel(false);
    let worker = tokio::spawn(async move { hub.work(stopping).await });
    called(&sources, begun + 1).await;
    post(&door, &sources, "Strava hangs", 3_000_000).await?;
    let running = door.app.hub.job_counts().await?;
    ensure!(running.iter().any(|count| count.state == "running"), "the worker was no longer in its call");
    worker.abort();
    Ok(())
}

/// Something happens at Strava; what it would tell of that.
fn live_a_little(sources: &Sources, step: u64) -> Result<Vec<Value>> {
    let strava = &sources.strava;
    let ids = strava.ids(STRAVA_ATHLETE);
    let pick = |salt: u64| ids.get(((step * 7 + salt) % ids.len().max(1) as u64) as usize).copied();
    let mut events = Vec::new();
    match step % 5 {
        0 | 1 => {
            let start: DateTime<Utc> = "2026-11-10T06:00:00Z".parse()?;
            let start = start + Duration::minutes(i64::try_from(step)? * 45);
            strava.fill_with_runs(STRAVA_ATHLETE, 5_000 + step, 1, start);
            events.push(event(sources, "create", 5_000 + step)?);
        }
        2 | 3 => strava.rename(pick(3).context("an activity")?, &format!("Name {step}")),
        _ => strava.delete(pick(5).context("an activity")?),
    }
    events.extend(strava.take_events());
    Ok(events)
}

async fn notices(house: House) -> Result<()> {
    let sources = Sources::empty(&house).await?;
    sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, 10, "2026-11-20T06:00:00Z".parse()?);
    let hub = hub_of(&house, vec![sources.ask_strava()?]).await?;
    let (ada, eva) = (house.athlete("Ada").await?, house.athlete("Eva").await?);
    sources.connect_strava(&hub, ada).await?;
    hub.work_until_idle().await?;
    let mut events = Vec::new();
    for step in 0..EVENTS {
        events.extend(live_a_little(&sources, step)?);
    }
    let arriving = Delivery { seed: 7, twice: 30, lost: 30, shuffled: true }.arrange(&events);
    let lost = events.iter().filter(|event| !arriving.contains(event)).count();
    let doubled = arriving.len() - (events.len() - lost);
    for part in arriving.chunks(7) {
        for event in part {
            tell(&hub, event).await?;
        }
        work_for(&house, &hub, Duration::seconds(30)).await?;
    }
    // One sweep finds what no notification told.
    work_for(&house, &hub, Duration::hours(25)).await?;
    let followed = told(&hub, ada).await?;
    // Whoever connects afterwards sees what is there, and nothing that went.
    let account = sources.connect_strava(&hub, eva).await?.id;
    for _ in 0..48 {
        work_for(&house, &hub, Duration::hours(1)).await?;
        if hub.progress(&standing(&hub, account).await?).await?.calls_left == 0 {
            break;
        }
    }
    let fresh = told(&hub, eva).await?;
    let unlike = followed.iter().filter(|one| fresh.binary_search(one).is_err()).count();
    let absent = fresh.iter().filter(|one| followed.binary_search(one).is_err()).count();
    println!("  {} notifications: {lost} lost, {doubled} doubled, in any order, then one sweep", events.len());
    println!("  {} activities, {} by perfect delivery: {unlike} unlike, {absent} absent", followed.len(), fresh.len());
    ensure!(events.len() as u64 == EVENTS && lost > 0 && doubled > 0, "the notifications were not as they should be");
    ensure!(fresh.len() == sources.strava.ids(STRAVA_ATHLETE).len(), "what is at Strava is not what was read afresh");
    ensure!(followed == fresh, "the sweep did not find all that no notification told");
    Ok(())
}

/// A house of its own, on SQLite or on the tests' PostgreSQL.
async fn house(postgres: bool) -> Result<House> {
    let folder = tempfile::tempdir()?;
    let url = match postgres {
        true => tests::postgres::fresh().await?.context("PostgreSQL is not installed")?,
        false => format!("sqlite://{}", folder.path().join("hub.db").display()),
    };
    House::standing(url, folder).await
}

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let said = |word: &str| words.iter().any(|one| one == word);
    let parts = ["history", "tokens", "answers", "notices", "garmin"];
    let chosen = |part: &str| said(part) || !parts.iter().any(|one| said(one));
    let open = async || house(said("postgres")).await;
    let mut broken = Vec::new();
    for part in parts.into_iter().filter(|part| chosen(part)) {
        let began = Instant::now();
        println!("{part}");
        let kept = match part {
            "history" => history(open().await?).await,
            "tokens" => tokens(open().await?).await,
            "answers" => answers(open().await?).await,
            "notices" => notices(open().await?).await,
            _ => garmin::failures(open).await,
        };
        println!("  ({:.0} s)", began.elapsed().as_secs_f64());
        if let Err(error) = kept {
            println!("  BROKEN: {error:#}");
            broken.push(part);
        }
    }
    ensure!(broken.is_empty(), "promises that were broken: {}", broken.join(", "));
    Ok(())
}
