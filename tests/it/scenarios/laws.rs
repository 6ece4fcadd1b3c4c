//! The laws that need a database, over histories that a seed makes up: written as exports, read by the real readers. Seeds
//! that failed are kept beside this file and tried first.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Duration, Utc};
use connectors::simulator::{Account, Physical, World};
use domain::{Activity, ActivityId, AthleteId, Field, PinTo, RecordId, SourceSlug, Value, WithdrawalReason};
use entity::athlete;
use hub::{Hub, HubError, Mode, PageRequest, RecordFilter, Settings, Verdict};
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestError, TestRunner};
use reconcile::Policy;
use sea_orm::{ActiveModelTrait as _, Database, Set};
use tests::house::House;
use uuid::Uuid;

use super::{Rows, forget_what_is_derived, world};
use crate::chronicle::laws::Dice;
use crate::chronicle::{WORD, all, recording};

/// Days of a history.
const DAYS: i64 = 25;

const SEEDS: std::ops::Range<u64> = 0..1_000_000;

/// Some weeks of an athlete, as two sources tell them: cut, late, an hour off, lost at one of them, uploaded twice.
fn history(seed: u64) -> Result<Vec<Physical>> {
    let mut dice = Dice(seed);
    let start: DateTime<Utc> = "2025-11-01T00:00:00Z".parse()?;
    let from = start + Duration::days(i64::try_from(dice.roll(340))?);
    let mut told = World::year(seed, start).activities;
    told.retain(|physical| {
        let within = |account: &Account| (from..from + Duration::days(DAYS)).contains(&account.start);
        physical.strava.iter().chain(&physical.garmin).all(within)
    });
    for physical in told.iter_mut().skip(2) {
        let [strava] = &mut physical.strava[..] else { continue };
        let before = strava.clone();
        match dice.roll(16) {
            0 => {
                // Cut, at one end or the other.
                let left = 0.55 + dice.roll(40) as f64 / 100.0;
                if dice.roll(2) == 0 {
                    strava.start += Duration::seconds((strava.elapsed_s * (1.0 - left)) as i64);
                }
                (strava.elapsed_s, strava.moving_s) =
                    ((strava.elapsed_s * left).round(), (strava.moving_s * left).round());
                strava.distance_m *= left;
            }
            1 => strava.start += Duration::hours(1 + i64::try_from(dice.roll(9))?),
            2 | 3 => strava.start += Duration::seconds(1 + i64::try_from(dice.roll(40))?),
            4 => strava.distance_m *= 1.0 + dice.roll(50) as f64 / 100.0,
            5 => physical.strava.clear(),
            6 => physical.garmin.clear(),
            7 => {
                let again = Account { external_id: format!("8{}", strava.external_id), ..strava.clone() };
                physical.strava.push(again);
            }
            _ => {}
        }
        for strava in physical.strava.iter_mut().filter(|one| one.external_id == before.external_id) {
            if (strava.start, strava.elapsed_s) != (before.start, before.elapsed_s) && strava.recording.is_some() {
                // Strava's own file of what it was told.
                (strava.recording, strava.original) = (Some(Arc::new(recording(strava))), false);
            }
        }
    }
    Ok(told)
}

/// Brings in what one source tells of some activities; nothing where it tells nothing.
async fn tell(house: &House, athlete: AthleteId, source: &SourceSlug, physicals: &[Physical]) -> Result<()> {
    let folder = tempfile::tempdir_in(house.folder.path())?;
    let (path, world) = (folder.path().join("export"), world(physicals.to_vec())?);
    if *source == SourceSlug::STRAVA {
        if physicals.iter().all(|physical| physical.strava.is_empty()) {
            return Ok(());
        }
        world.write_strava_export(&path, world.end)?;
    } else {
        if physicals.iter().all(|physical| physical.garmin.is_empty()) {
            return Ok(());
        }
        world.write_garmin_export(&path, world.end)?;
    }
    let report = house.import(athlete, &path).await?;
    ensure!(report.refused.is_empty(), "{:?}", report.refused);
    Ok(())
}

async fn tell_all(house: &House, athlete: AthleteId, physicals: &[Physical]) -> Result<()> {
    for source in [SourceSlug::GARMIN, SourceSlug::STRAVA] {
        tell(house, athlete, &source, physicals).await?;
    }
    Ok(())
}

async fn state(house: &House, athlete: AthleteId) -> Result<Vec<Activity>> {
    Ok(all(&house.view([athlete])).await?.into_iter().map(|row| row.activity).collect())
}

/// Tries a law on made-up values, each for an athlete that has the same id in a house on each database.
fn hold<V: Debug>(
    values: impl Strategy<Value = V>,
    law: impl AsyncFn(&[House], AthleteId, &V) -> Result<()>,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let houses = runtime.block_on(houses())?;
    let kept = FileFailurePersistence::Direct("it/scenarios/laws.proptest-regressions");
    let config = ProptestConfig { cases: 6, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() };
    let number = Cell::new(0_u128);
    let tried = TestRunner::new(config).run(&values, |value| {
        number.set(number.get() + 1);
        let athlete = AthleteId::from_uuid(Uuid::from_u128(number.get()));
        let holds = async {
            for house in &houses {
                add(house, athlete).await?;
            }
            law(&houses, athlete, &value).await
        };
        runtime.block_on(holds).map_err(|error| TestCaseError::fail(format!("{error:?}")))
    });
    match tried {
        Ok(()) => Ok(()),
        Err(TestError::Fail(reason, value)) => anyhow::bail!("{value:?}: {reason}"),
        Err(TestError::Abort(reason)) => anyhow::bail!("{reason}"),
    }
}

async fn houses() -> Result<Vec<House>> {
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite://{}", folder.path().join("hub.db").display());
    let mut houses = vec![House::standing(sqlite, folder).await?];
    if let Some(address) = tests::postgres::fresh().await? {
        houses.push(House::standing(address, tempfile::tempdir()?).await?);
    }
    Ok(houses)
}

/// An athlete of that very id: the hub itself mints new ones.
async fn add(house: &House, id: AthleteId) -> Result<()> {
    let database = Database::connect(&house.database_url).await?;
    let row = athlete::ActiveModel {
        id: Set(id.uuid()),
        display_name: Set(id.to_string()),
        created_at: Set(0),
        generation: Set(0),
    };
    row.insert(&database).await?;
    database.close().await?;
    Ok(())
}

/// L9: merged by hand and taken apart again, all is as before.
#[test]
fn l9_split_after_merge_restores_the_state() -> Result<()> {
    hold((SEEDS, any::<u64>()), async |houses, athlete, (seed, pick)| {
        for house in houses {
            tell_all(house, athlete, &history(*seed)?).await?;
            let before = state(house, athlete).await?;
            let mut dice = Dice(*pick);
            let one = &before[dice.roll(before.len() as u64) as usize];
            let other = &before[dice.roll(before.len() as u64) as usize];
            // A pair in doubt is in doubt no longer once somebody has said that it is two; wholes come with their legs.
            let waits = house.view([athlete]).candidates_of(&[one.id]).await?;
            if one.id == other.id || !waits.is_empty() || [one, other].iter().any(|one| one.parent.is_some()) {
                continue;
            }
            house.hub.merge_activities(athlete, &[one.id, other.id], WORD).await?;
            let merged = house.view([athlete]).activity(one.id).await?.context("it leads on")?.activity;
            let both: BTreeSet<RecordId> = one.members.iter().chain(&other.members).copied().collect();
            ensure!(merged.members.iter().copied().collect::<BTreeSet<_>>() == both, "{one:#?} {other:#?} {merged:#?}");
            let leaving = if merged.id == one.id { &other.members } else { &one.members };
            house.hub.split_activity(athlete, merged.id, leaving, WORD).await?;
            ensure!(state(house, athlete).await? == before, "{one:#?} {other:#?}");
        }
        Ok(())
    })
}

/// What is derived but for what a change leaves behind by being one.
async fn derived(house: &House, athlete: AthleteId) -> Result<Rows> {
    let mut rows = Rows::of(house, athlete).await?;
    rows.changes.clear();
    rows.activities.iter_mut().for_each(|row| (row.revision, row.updated_at) = (0, 0));
    Ok(rows)
}

/// I3: whatever a person decided, taken back it leaves no trace in what stands.
#[test]
fn i3_any_decision_taken_back_leaves_no_trace() -> Result<()> {
    hold((SEEDS, any::<u64>()), async |houses, athlete, (seed, pick)| {
        for house in houses {
            tell_all(house, athlete, &history(*seed)?).await?;
            let (view, page) = (house.view([athlete]), PageRequest { first: Some(100), ..PageRequest::default() });
            let before = derived(house, athlete).await?;
            let activities = state(house, athlete).await?;
            let waiting = view.candidates(Some(athlete), &page).await?.items;
            let mut dice = Dice(*pick);
            for _ in 0..4 {
                let one = &activities[dice.roll(activities.len() as u64) as usize];
                let other = &activities[dice.roll(activities.len() as u64) as usize];
                let pair = waiting.get(dice.roll(waiting.len().max(1) as u64) as usize).map(|(_, row)| row.id);
                let done = match (dice.roll(5), pair) {
                    (0, Some(pair)) => house.hub.decide_candidates(athlete, &[pair], Verdict::Same, WORD).await,
                    (1, Some(pair)) => house.hub.decide_candidates(athlete, &[pair], Verdict::Different, WORD).await,
                    (2, _) => house.hub.split_activity(athlete, one.id, &one.members[..1], WORD).await,
                    (3, _) => {
                        let to = PinTo::Value(Value::Text("Mine".to_owned()));
                        house.hub.pin(athlete, one.id, Field::Name, to, WORD).await
                    }
                    _ => house.hub.merge_activities(athlete, &[one.id, other.id], WORD).await,
                };
                let decision = match done {
                    Ok(done) => done.decision,
                    Err(HubError::Conflict(_) | HubError::Invalid(_)) => None,
                    Err(error) => return Err(error.into()),
                };
                let Some(decision) = decision else { continue };
                ensure!(derived(house, athlete).await? != before, "a decision that moved nothing");
                house.hub.undo(athlete, decision, WORD).await?;
                ensure!(derived(house, athlete).await? == before, "{:?}", view.decision(decision).await?);
            }
        }
        Ok(())
    })
}

/// L10: SQLite and PostgreSQL hold the same rows, to the byte, under the same ids.
#[test]
fn l10_both_databases_hold_the_same_rows() -> Result<()> {
    hold(SEEDS, async |houses, athlete, seed| {
        let mut held = Vec::new();
        for house in houses {
            tell_all(house, athlete, &history(*seed)?).await?;
            let mut rows = Rows::of(house, athlete).await?;
            ensure!(!rows.activities.is_empty() && rows.changes.len() >= rows.activities.len());
            // Where in the log of all athletes they stand is the house's own.
            rows.changes.iter_mut().for_each(|change| change.position = 0);
            rows.changes.sort_by_key(|change| (change.activity_id, change.revision));
            held.push(rows);
        }
        for other in &held[1..] {
            ensure!(held[0].activities == other.activities, "activities");
            ensure!(held[0].matches == other.matches && held[0].waiting == other.waiting, "matches and candidates");
            ensure!(held[0].held == other.held && held[0].changes == other.changes, "holders and changes");
        }
        Ok(())
    })
}

/// L11 (12 of the design): without a source and with it again, the same stands, under the same ids.
#[test]
fn l11_a_source_that_returns_restores_the_state() -> Result<()> {
    hold((SEEDS, any::<bool>()), async |houses, athlete, (seed, strava)| {
        let source = if *strava { SourceSlug::STRAVA } else { SourceSlug::GARMIN };
        for house in houses {
            let told = history(*seed)?;
            tell_all(house, athlete, &told).await?;
            let before = state(house, athlete).await?;
            let (view, page) = (house.view([athlete]), PageRequest { first: Some(100), ..PageRequest::default() });
            let records = view.records(&RecordFilter::default(), &page).await?.items.into_iter();
            let gone: Vec<_> =
                records.filter(|(_, row)| row.record.source == source).map(|(_, row)| row.record.id).collect();
            house.hub.withdraw(athlete, &gone, WithdrawalReason::Deleted).await?;
            ensure!(gone.is_empty() || state(house, athlete).await? != before, "nothing went");
            tell(house, athlete, &source, &told).await?;
            ensure!(state(house, athlete).await? == before, "{source} did not come back as it was");
        }
        Ok(())
    })
}

/// What is matched, pair by pair.
async fn matches(house: &House, athlete: AthleteId) -> Result<BTreeSet<(Uuid, Uuid)>> {
    Ok(Rows::of(house, athlete).await?.matches.into_iter().map(|row| (row.a, row.b)).collect())
}

/// L12 (13 of the design): a higher threshold makes no match.
#[test]
fn l12_a_higher_threshold_makes_no_match() -> Result<()> {
    let thresholds = (900_u32..1000, 900_u32..1000);
    hold((SEEDS, thresholds), async |houses, athlete, (seed, (one, other))| {
        for house in houses {
            let with = async |thousandths: u32| -> Result<Hub> {
                let text = Policy::built_in().text().replace("\nauto = 0.99\n", &format!("\nauto = 0.{thousandths}\n"));
                let policy = Policy::parse(&text).map_err(|error| anyhow::anyhow!("{error:?}"))?;
                Ok(Hub::open(Settings { policy, ..house.settings() }, house.clock.clone()).await?)
            };
            tell_all(house, athlete, &history(*seed)?).await?;
            with(*one.min(other)).await?.reconcile(athlete, Mode::Full).await?;
            let loose = matches(house, athlete).await?;
            let high = with(*one.max(other)).await?;
            high.reconcile(athlete, Mode::Full).await?;
            let strict = Rows::of(house, athlete).await?;
            let found = matches(house, athlete).await?;
            ensure!(found.is_subset(&loose), "{:?}", found.difference(&loose));
            // What stood before has no part in it.
            forget_what_is_derived(house).await?;
            high.reconcile(athlete, Mode::Full).await?;
            ensure!(Rows::of(house, athlete).await?.matches == strict.matches);
        }
        Ok(())
    })
}

/// What stands, whatever the ids.
async fn told(house: &House, athlete: AthleteId) -> Result<BTreeSet<String>> {
    let words = |activity: Activity| {
        let values: Vec<String> =
            activity.fields.iter().map(|(field, one)| format!("{}={:?}", field.name(), one.value)).collect();
        format!("{:?} {} {}", activity.status, activity.members.len(), values.join(" "))
    };
    Ok(state(house, athlete).await?.into_iter().map(words).collect())
}

/// Laws 1, 8, 10 and 11 of the design: in parts, in any order, told twice, the same stands; running over all changes
/// nothing; from ground state alone the same rows come; every id that was ever shown answers.
#[test]
fn l1_l8_parts_in_any_order_stand_as_the_whole() -> Result<()> {
    hold((SEEDS, any::<u64>()), async |houses, athlete, (seed, order)| {
        for house in houses {
            let whole = history(*seed)?;
            let mut dice = Dice(*order);
            let mut parts: Vec<(SourceSlug, &[Physical])> = Vec::new();
            for part in whole.chunks(7) {
                parts.extend([(SourceSlug::GARMIN, part), (SourceSlug::STRAVA, part)]);
            }
            let mut shown: BTreeSet<ActivityId> = BTreeSet::new();
            while !parts.is_empty() {
                let (source, part) = parts.swap_remove(dice.roll(parts.len() as u64) as usize);
                for _ in 0..=dice.roll(2) {
                    tell(house, athlete, &source, part).await?;
                }
                shown.extend(state(house, athlete).await?.iter().map(|activity| activity.id));
            }
            let before = Rows::of(house, athlete).await?;
            ensure!(house.hub.reconcile(athlete, Mode::Full).await?.activities_changed == 0, "a full run found more");
            ensure!(Rows::of(house, athlete).await? == before, "a full run wrote");
            forget_what_is_derived(house).await?;
            house.hub.reconcile(athlete, Mode::Full).await?;
            ensure!(Rows::of(house, athlete).await? == before, "a rebuild gave other rows");
            for id in shown {
                ensure!(house.view([athlete]).activity(id).await?.is_some(), "{id} answers no more");
            }
            let other = house.athlete(&format!("{athlete} at once")).await?;
            tell_all(house, other, &whole).await?;
            let (once, parts) = (told(house, other).await?, told(house, athlete).await?);
            ensure!(once == parts, "another order, another result");
        }
        Ok(())
    })
}
