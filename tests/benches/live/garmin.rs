//! What a Garmin that fails costs: a simulated week of each failure beside a week without, then a day to mend in.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use chrono::Duration;
use connectors::garmin::connect::simulator::Mode;
use connectors::simulator::{Physical, World};
use domain::AthleteId;
use hub::{AccountRow, AccountState, Hub, LiveSource};
use serde_json::json;
use tests::door::Door;
use tests::house::{House, NOON};
use tests::live::{GARMIN_FAILURES, STRAVA_ATHLETE, Sources, hub_of, standing, told, work_for};

/// Which of the imaginary years.
const SEED: u64 = 8;
/// Days of failing.
const DAYS: i64 = 7;
/// Questions whose answers are timed.
const QUESTIONS: usize = 50;
/// How many calls more or fewer than without a failure Strava may have: one round may fall on either side of the end.
const MARGIN: u32 = 2;
/// What is asked meanwhile.
const QUESTION: &str =
    "{ activities(first: 20) { nodes { name distanceM status sourceRecords { source { name } } } } }";

/// What there was to see at the end of a week.
#[derive(Clone)]
struct Week {
    garmin: AccountRow,
    sign_ins: u64,
    garmin_calls: u64,
    strava_calls: u32,
    strava_records: u64,
    /// Half of the answers, and 99 of 100, came within so many milliseconds.
    answers: (f64, f64),
    /// What was known a day after it was mended.
    known: Vec<String>,
}

/// Hourly rounds, so that weeks go by quickly.
fn hourly(source: LiveSource) -> LiveSource {
    LiveSource { poll_interval: Duration::hours(1), ..source }
}

/// What happened in the week before a house's clock stands at noon.
fn happened() -> Result<Vec<Physical>> {
    let end: chrono::DateTime<chrono::Utc> = NOON.parse()?;
    let world = World::year(SEED, end - Duration::days(360));
    let begun = |one: &Physical| one.strava.iter().chain(&one.garmin).map(|account| account.start).min();
    let week = end - Duration::days(DAYS);
    Ok(world.activities.into_iter().filter(|one| begun(one).is_some_and(|at| at >= week && at < end)).collect())
}

async fn week(house: &House, mode: Mode) -> Result<Week> {
    let end: chrono::DateTime<chrono::Utc> = NOON.parse()?;
    house.clock.set(end - Duration::days(DAYS));
    let sources = Sources::empty(house).await?;
    let hub = hub_of(house, vec![hourly(sources.ask_strava()?), hourly(sources.ask_garmin()?)]).await?;
    let ada = house.athlete("Ada").await?;
    let strava = sources.connect_strava(&hub, ada).await?.id;
    let garmin = sources.connect_garmin(&hub, ada).await?.id;
    work_for(house, &hub, Duration::minutes(10)).await?;
    sources.garmin.mode(mode);
    if mode == Mode::RefreshDead {
        sources.garmin.end_tokens(false);
    }
    let (asked, called) = (sources.garmin.all_calls(), super::calls(&sources));
    for physical in happened()? {
        let over = physical.strava.iter().chain(&physical.garmin).map(|account| account.end()).max();
        super::work_until(house, &hub, over.context("something that ends")?).await?;
        physical.strava.iter().for_each(|account| sources.strava.add(STRAVA_ATHLETE, account));
        physical.garmin.into_iter().for_each(|account| sources.garmin.add(account));
    }
    super::work_until(house, &hub, end).await?;
    let stands = standing(&hub, garmin).await?;
    let (garmin_calls, sign_ins) = (sources.garmin.all_calls() - asked, sources.garmin.sign_ins());
    let strava_calls = super::calls(&sources) - called;
    let strava_records = hub.account_records(&standing(&hub, strava).await?).await?;
    let answers = answers(house, ada).await?;
    sources.garmin.mode(Mode::Normal);
    if stands.state == AccountState::NeedsReauthentication {
        sources.connect_garmin(&hub, ada).await?;
    }
    let known = mended(house, &hub, ada).await?;
    Ok(Week { garmin: stands, sign_ins, garmin_calls, strava_calls, strava_records, answers, known })
}

async fn mended(house: &House, hub: &Hub, athlete: AthleteId) -> Result<Vec<String>> {
    work_for(house, hub, Duration::hours(50)).await?;
    told(hub, athlete).await
}

/// How long answers take, in milliseconds.
async fn answers(house: &House, athlete: AthleteId) -> Result<(f64, f64)> {
    let door = Door::of(house).await?;
    let token = door.token("activities:read", &[athlete]).await?;
    let mut took = Vec::new();
    for _ in 0..QUESTIONS {
        let began = Instant::now();
        door.ask(&token, QUESTION, json!({})).await?;
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    let ready = door.send("GET", "/readyz", &[], Vec::new()).await?.status();
    ensure!(ready == 200, "the health check says {ready}");
    took.sort_by(f64::total_cmp);
    let of = |part: usize| took.get(took.len() * part / 100).copied().unwrap_or_default();
    Ok((of(50), of(99)))
}

/// Prints a table with a row for each failure.
pub(super) async fn failures(open: impl AsyncFn() -> Result<House>) -> Result<()> {
    println!(
        "| Garmin | state | what a person is told | sign-ins | Garmin calls | Strava calls, records | answers p50, p99 ms |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut without: Option<Week> = None;
    let mut broken = Vec::new();
    let all = [Mode::Normal].into_iter().chain(GARMIN_FAILURES.map(|(mode, ..)| mode));
    for mode in all {
        let week = week(&open().await?, mode).await.with_context(|| format!("{mode:?}"))?;
        let said = week.garmin.state_reason.as_deref().or(week.garmin.last_error.as_deref()).unwrap_or_default();
        println!(
            "| {mode:?} | {} | {said} | {} | {} | {}, {} | {:.1}, {:.1} |",
            week.garmin.state.name(),
            week.sign_ins,
            week.garmin_calls,
            week.strava_calls,
            week.strava_records,
            week.answers.0,
            week.answers.1
        );
        let normal = without.get_or_insert_with(|| week.clone());
        if week.sign_ins > 0 {
            broken.push(format!("{mode:?}: the hub signed in"));
        }
        if week.strava_calls.abs_diff(normal.strava_calls) > MARGIN || week.strava_records != normal.strava_records {
            broken.push(format!("{mode:?}: Strava was not as without"));
        }
        let unlike = week.known.iter().filter(|one| !normal.known.contains(one)).count();
        if unlike > 0 || week.known.len() != normal.known.len() {
            broken.push(format!("{mode:?}: {unlike} activities are not as without"));
        }
    }
    ensure!(broken.is_empty(), "{}", broken.join("; "));
    Ok(())
}
