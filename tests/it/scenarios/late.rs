//! B: late, in whatever order, twice, half, and from ground state again.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use connectors::Range;
use connectors::simulator::{Account, Case, World};
use domain::{
    ActivityId, Clock as _, Decision, Field, Group, Milli, Origin, PinTo, RecordId, SourceSlug, Status, Value,
};
use hub::{Cause, Ingested, Mode};
use tests::house::{House, in_each_house};

use super::{Live, ME, Rows, forget_what_is_derived, recorded};
use crate::chronicle::{WORD, all, bring, causes, history, holder, name, run};

const GARMIN: SourceSlug = SourceSlug::GARMIN;

fn is_new(outcome: &Ingested) -> bool {
    matches!(outcome, Ingested::New(_))
}

fn is_known(outcome: &Ingested) -> bool {
    matches!(outcome, Ingested::Unchanged(_))
}

#[tokio::test]
async fn b2_uploaded_nine_days_late_it_is_found_by_looking_back() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let strava = Live::open(&house).await?;
        let start = "2026-11-20T06:00:07Z";
        let garmin = bring(&house, ada, &GARMIN, &[run(1, start, 3600, 10_020.0)]).await?[0];
        let first = holder(&view, garmin).await?.activity;
        house.clock.advance(Duration::hours(73));
        house.hub.close_windows().await?;
        house.clock.advance(Duration::days(6));
        let asked = house.clock.now();
        assert!(strava.list(Range::default()).await?.is_empty(), "nothing is there");
        house.clock.advance(Duration::hours(1));
        strava.simulator.add(ME, &recorded(run(2, start, 3600, 10_012.0)));
        let since = Range { after: Some(asked), before: None };
        assert!(strava.list(since).await?.is_empty(), "a list by start does not show what was uploaded late");
        let back = Range { after: Some(asked - Duration::days(14)), before: None };
        let outcomes = house.hub.bring(ada, strava.list(back).await?).await?.outcomes;
        assert!(outcomes.len() == 1 && is_new(&outcomes[0]), "{outcomes:?}");
        let rows = all(&view).await?;
        assert_eq!(rows.len(), 1, "no second activity");
        assert_eq!((rows[0].activity.id, rows[0].activity.status), (first.id, Status::Matched));
        assert_eq!(name(&rows[0]), "Run 2", "Strava leads");
        assert_eq!(causes(&view, first.id).await?, [Cause::Matched, Cause::WindowClosed, Cause::Ingested]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn b4_a_page_that_was_half_taken_in_is_taken_in_again() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let strava = Live::open(&house).await?;
        strava.simulator.fill_with_runs(ME, 1, 250, house.clock.now() - Duration::hours(2));
        let page = strava.page(Range::default(), None).await?;
        assert_eq!(page.activities.len(), 200);
        // The process ended before it noted the page.
        house.hub.bring(ada, page.activities[..120].to_vec()).await?;
        let before = Rows::of(&house, ada).await?;
        house.clock.advance(Duration::minutes(10));
        let other = house.replica().await?;
        let again = strava.page(Range::default(), None).await?;
        let outcomes = other.bring(ada, again.activities).await?.outcomes;
        assert!(outcomes[..120].iter().all(is_known) && outcomes[120..].iter().all(is_new), "{outcomes:?}");
        let after = Rows::of(&house, ada).await?;
        assert!(before.activities.iter().all(|row| after.activities.contains(row)), "the same rows, untouched");
        assert_eq!(after.changes[..120], before.changes[..], "no noise in the history");
        // The next page is where the one that was noted ends.
        let next = strava.page(Range::default(), again.next.as_ref()).await?;
        let outcomes = other.bring(ada, next.activities).await?.outcomes;
        assert_eq!(outcomes.iter().filter(|one| is_new(one)).count(), 50);
        let whole = Rows::of(&house, ada).await?;
        assert_eq!((whole.activities.len(), whole.changes.len(), whole.held.len()), (250, 250, 250));
        Ok(())
    })
    .await
}

/// Two years of one athlete, told under ids that are used once.
fn two_years() -> Result<World> {
    let start: DateTime<Utc> = "2024-11-20T00:00:00Z".parse()?;
    let mut both = World::year(7, start);
    let mut second = World::year(8, start + Duration::days(365));
    let later = |id: &mut String| *id = format!("5{id}");
    for physical in &mut second.activities {
        for account in physical.strava.iter_mut().chain(&mut physical.garmin) {
            let Account { external_id, parent, .. } = account;
            later(external_id);
            parent.iter_mut().for_each(later);
        }
    }
    both.activities.append(&mut second.activities);
    both.end = second.end;
    Ok(both)
}

#[tokio::test]
async fn b5_two_years_of_garmin_before_strava_give_no_duplicate() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let strava = Live::open(&house).await?;
        let world = two_years()?;
        let folder = house.folder.path().join("garmin");
        world.write_garmin_export(&folder, world.end)?;
        house.import(ada, &folder).await?;
        let before: BTreeSet<_> = Rows::of(&house, ada).await?.activities.into_iter().map(|row| row.id).collect();
        let told = |accounts: fn(&connectors::simulator::Physical) -> &Vec<Account>| {
            world.activities.iter().map(|physical| accounts(physical).len()).sum::<usize>()
        };
        assert_eq!(before.len(), told(|physical| &physical.garmin), "each as Garmin has it");
        house.clock.advance(Duration::hours(1));
        strava.simulator.fill(ME, &world, world.end);
        let listed = strava.list(Range::default()).await?;
        assert_eq!(listed.len(), told(|physical| &physical.strava));
        house.hub.bring(ada, listed).await?;
        let after = Rows::of(&house, ada).await?;
        let ids: BTreeSet<_> = after.activities.iter().map(|row| row.id).collect();
        assert!(before.is_subset(&ids), "every id that was shown still stands");
        let doubtful = |case: Case| matches!(case, Case::DistanceInDoubt | Case::StartInDoubt | Case::DualDevice);
        let waiting = world.activities.iter().filter(|physical| doubtful(physical.case)).count();
        assert_eq!(ids.len(), world.activities.len() + waiting, "one for each, and one more where a person is asked");
        assert_eq!(after.waiting.len(), waiting);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn b7_from_the_raw_bytes_the_same_rows_come_again() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let start: DateTime<Utc> = "2025-11-20T00:00:00Z".parse()?;
        let world = World::year(9, start);
        let (strava, garmin) = (house.folder.path().join("strava"), house.folder.path().join("garmin"));
        world.write_garmin_export(&garmin, start + Duration::days(90))?;
        world.write_strava_export(&strava, start + Duration::days(90))?;
        house.import(ada, &garmin).await?;
        house.clock.advance(Duration::hours(1));
        house.import(ada, &strava).await?;
        house.clock.advance(Duration::days(4));
        house.hub.close_windows().await?;
        // A person pinned one, took another apart for ever, and made one of two.
        let rows = all(&view).await?;
        let matched: Vec<_> = rows.iter().filter(|row| row.activity.members.len() == 2).collect();
        let alone: Vec<_> = rows.iter().filter(|row| row.activity.members.len() == 1).collect();
        let race = PinTo::Value(Value::Text("A-race".to_owned()));
        house.hub.pin(ada, matched[0].activity.id, Field::Name, race, WORD).await?;
        let [one, other] = matched[1].activity.members[..] else { panic!("two records") };
        house.hub.rule(ada, Decision::Different(one, other), "ada", "two people").await?;
        house.hub.merge_activities(ada, &[alone[0].activity.id, alone[1].activity.id], WORD).await?;
        house.clock.advance(Duration::hours(1));
        let before = Rows::of(&house, ada).await?;
        assert!(before.activities.len() > 40 && before.matches.len() > 30 && !before.waiting.is_empty());
        forget_what_is_derived(&house).await?;
        for source in [SourceSlug::STRAVA, GARMIN, SourceSlug::FILE] {
            assert_eq!(house.hub.remap(ada, &source).await?, 0, "read again, the bytes say the same");
        }
        house.hub.reconcile(ada, Mode::Full).await?;
        let after = Rows::of(&house, ada).await?;
        assert_eq!(after.activities, before.activities, "to the byte");
        assert_eq!(after.matches, before.matches);
        assert_eq!(after.waiting, before.waiting);
        assert_eq!((after.held, after.changes), (before.held, before.changes), "and no change is told of");
        let holders = [holder(&view, one).await?, holder(&view, other).await?];
        assert_ne!(holders[0].activity.id, holders[1].activity.id, "never matched again");
        let pinned = view.activity(matched[0].activity.id).await?.context("it stands")?;
        assert_eq!(name(&pinned), "A-race");
        Ok(())
    })
    .await
}

/// Which record a field comes from.
fn origin(activity: &domain::Activity, field: Field) -> Option<RecordId> {
    match &activity.fields.get(&field)?.provenance.origin {
        Origin::Record { record, .. } => Some(*record),
        _ => None,
    }
}

#[tokio::test]
async fn b9_what_a_half_record_does_not_say_yet_garmin_says() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let live = Live::open(&house).await?;
        let start = "2026-11-20T06:00:07Z";
        let garmin = bring(&house, ada, &GARMIN, &[run(1, start, 3600, 10_000.0)]).await?[0];
        house.clock.advance(Duration::minutes(5));
        let mut told = recorded(run(2, start, 3600, 10_000.0));
        (told.kcal, told.description) = (512.0, Some("Against the wind".to_owned()));
        live.simulator.add(ME, &told);
        let listed = live.list(Range::default()).await?;
        let outcomes = house.hub.bring(ada, listed.clone()).await?.outcomes;
        let [Ingested::New(strava)] = outcomes[..] else { panic!("{outcomes:?}") };
        let half = holder(&view, strava).await?.activity;
        let energy = |activity: &domain::Activity| activity.value(Field::EnergyKcal).and_then(Value::number);
        assert_eq!((energy(&half), origin(&half, Field::EnergyKcal)), (Some(Milli::from_units(500)), Some(garmin)));
        assert_eq!(origin(&half, Field::Name), Some(strava), "what it does say leads");
        assert_eq!(half.value(Field::Description), None);
        // Of what Strava says nothing Garmin's word stands; a group that must agree with itself comes whole from one.
        let kept = view.records_by_id(&[garmin, strava]).await?;
        let groups: BTreeSet<Group> = kept[&strava].record.readings.iter().map(|(field, _)| field.group()).collect();
        let silent = |field: Field| !groups.contains(&field.group());
        assert!(kept[&garmin].record.readings.iter().any(|(field, _)| silent(field)));
        for (field, _) in kept[&garmin].record.readings.iter().filter(|(field, _)| silent(*field)) {
            assert_eq!(origin(&half, field), Some(garmin), "{} was overwritten with nothing", field.name());
        }
        house.clock.advance(Duration::minutes(1));
        let whole = live.detailed(listed.into_iter().next().context("one")?).await?;
        assert_eq!(house.hub.bring(ada, vec![whole]).await?.outcomes, [Ingested::Updated(strava)]);
        let record = view.records_by_id(&[strava]).await?.remove(&strava).context("the record")?.record;
        assert_eq!((record.revision, record.artifacts.len()), (2, 2), "the same record's second revision");
        let whole = holder(&view, strava).await?.activity;
        assert_eq!(whole.id, ActivityId::founded_by(garmin), "under the same id");
        assert_eq!((energy(&whole), origin(&whole, Field::EnergyKcal)), (Some(Milli::from_units(512)), Some(strava)));
        let changes = history(&view, whole.id).await?.remove(0);
        assert_eq!(changes.cause, Cause::Updated);
        let fields: BTreeSet<Field> = changes.changes.iter().map(|change| change.field).collect();
        assert!(fields.contains(&Field::Description) && !fields.contains(&Field::DistanceM), "{fields:?}");
        Ok(())
    })
    .await
}
