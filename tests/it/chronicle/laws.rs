//! The laws, over small histories that a seed makes up, on both databases.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use chrono::Duration;
use connectors::simulator::Account;
use domain::{
    Activity, ActivityId, AthleteId, Field, Origin, PinTo, RecordId, SourceSlug, Status, Value, WithdrawalReason,
};
use hub::{ActivityRow, DecisionRow, HubError, Mode, PageRequest, View};
use sea_orm::{ConnectionTrait, Database};
use tests::house::{House, in_each_house};

use super::{WORD, all, bring, history, record, run};

/// A generator that a seed determines (Knuth's MMIX constants).
pub struct Dice(pub u64);

impl Dice {
    /// From 0 up to so many.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What the sources could tell: four runs, each by both, the second pair in doubt.
fn told(number: u64, source: &SourceSlug, edit: u64) -> Account {
    let strava = *source == SourceSlug::STRAVA;
    let minutes = if strava && number == 2 { 20 } else { 0 };
    let start = format!("2026-11-{:02}T06:{minutes:02}:07Z", number + 10);
    let mut account =
        run(number + if strava { 100 } else { 0 }, &start, 3600, 10_000.0 + if strava { 12.0 } else { 0.0 });
    account.name = format!("{} {edit}", account.name);
    account
}

const SOURCES: [SourceSlug; 2] = [SourceSlug::STRAVA, SourceSlug::GARMIN];

/// One deed, whatever the dice say; refusals are fine, failures are not.
async fn deed(house: &House, ada: AthleteId, view: &View, dice: &mut Dice, step: u64) -> Result<()> {
    let rows = all(view).await?;
    let pick = |dice: &mut Dice| rows.get(dice.roll(rows.len().max(1) as u64) as usize).map(|row| row.activity.clone());
    let result = match dice.roll(10) {
        0..=3 => {
            let source = &SOURCES[dice.roll(2) as usize];
            bring(house, ada, source, &[told(1 + dice.roll(4), source, dice.roll(2))]).await?;
            Ok(())
        }
        4 => {
            let source = &SOURCES[dice.roll(2) as usize];
            let number = 1 + dice.roll(4);
            let id = record(ada, source, &told(number, source, 0).external_id);
            house.hub.withdraw(ada, &[id], WithdrawalReason::Deleted).await.map(drop)
        }
        5 => match (pick(dice), pick(dice)) {
            (Some(one), Some(other)) => house.hub.merge_activities(ada, &[one.id, other.id], WORD).await.map(drop),
            _ => Ok(()),
        },
        6 => match pick(dice) {
            Some(one) => house.hub.split_activity(ada, one.id, &one.members[..1], WORD).await.map(drop),
            None => Ok(()),
        },
        7 => match pick(dice) {
            Some(one) => {
                let to = PinTo::Value(Value::Text(format!("Pinned {step}")));
                house.hub.pin(ada, one.id, Field::Name, to, WORD).await.map(drop)
            }
            None => Ok(()),
        },
        8 => match latest(view).await? {
            Some(decision) => house.hub.undo(ada, decision.id, WORD).await.map(drop),
            None => Ok(()),
        },
        _ => {
            house.clock.advance(Duration::hours(40));
            house.hub.close_windows().await.map(drop)
        }
    };
    match result {
        Ok(()) | Err(HubError::Conflict(_) | HubError::Invalid(_) | HubError::NotFound(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The decision that the newest change carries out.
async fn latest(view: &View) -> Result<Option<DecisionRow>> {
    let request = PageRequest { last: Some(100), ..PageRequest::default() };
    let changes = view.changes(None, &request).await?;
    match changes.items.iter().rev().find_map(|(_, row)| row.decision) {
        Some(id) => Ok(view.decision(id).await?),
        None => Ok(None),
    }
}

/// Each activity's values, by walking forward through all changes.
async fn replayed(view: &View) -> Result<BTreeMap<ActivityId, (Status, BTreeMap<Field, Value>)>> {
    let mut found: BTreeMap<ActivityId, (Status, BTreeMap<Field, Value>)> = BTreeMap::new();
    let mut revisions: BTreeMap<ActivityId, i32> = BTreeMap::new();
    let mut request = PageRequest { first: Some(100), ..PageRequest::default() };
    loop {
        let page = view.changes(None, &request).await?;
        for (_, change) in &page.items {
            let next = revisions.entry(change.activity).or_insert(0);
            *next += 1;
            assert_eq!(change.revision, *next, "revisions count up by one");
            let entry = found.entry(change.activity).or_insert((change.status, BTreeMap::new()));
            entry.0 = change.status;
            for one in &change.changes {
                assert_eq!(entry.1.get(&one.field), one.before.as_ref(), "what was before is what stood");
                match &one.after {
                    Some(value) => entry.1.insert(one.field, value.clone()),
                    None => entry.1.remove(&one.field),
                };
            }
        }
        request.after = page.items.last().map(|(cursor, _)| cursor.clone());
        if !page.has_next {
            return Ok(found);
        }
    }
}

fn activities(rows: &[ActivityRow]) -> Vec<Activity> {
    rows.iter().map(|row| row.activity.clone()).collect()
}

async fn hold(house: &House, ada: AthleteId, view: &View, issued: &mut BTreeSet<ActivityId>) -> Result<()> {
    let rows = all(view).await?;
    issued.extend(rows.iter().map(|row| row.activity.id));
    // Laws 4 and 6: every record once, every winner a member.
    let mut held: BTreeSet<RecordId> = BTreeSet::new();
    for row in &rows {
        for member in &row.activity.members {
            assert!(held.insert(*member), "{member} is in two activities");
        }
        for resolved in row.activity.fields.values() {
            if let Origin::Record { record, .. } = &resolved.provenance.origin {
                assert!(row.activity.members.contains(record));
            }
        }
    }
    // Law 8.
    for id in issued.iter() {
        assert!(view.activity(*id).await?.is_some(), "{id} answers no more");
    }
    // Laws 2 and 11: running again, over all, changes nothing and writes nothing.
    let position = view.last_change(None).await?;
    assert_eq!(house.hub.reconcile(ada, Mode::Full).await?.activities_changed, 0);
    assert_eq!(view.last_change(None).await?, position);
    // Revisions replay to the present, and lead back to nothing.
    let replayed = replayed(view).await?;
    for row in &rows {
        let (status, values) = replayed.get(&row.activity.id).context("it has a history")?;
        let now: BTreeMap<Field, Value> =
            row.activity.fields.iter().map(|(field, resolved)| (*field, resolved.value.clone())).collect();
        assert_eq!((*status, values), (row.activity.status, &now));
        assert_eq!(history(view, row.activity.id).await?[0].revision, row.revision);
    }
    let standing: BTreeSet<ActivityId> = rows.iter().map(|row| row.activity.id).collect();
    for (id, (status, values)) in &replayed {
        assert!(standing.contains(id) || (*status == Status::Merged && values.is_empty()), "{id} {status:?}");
    }
    Ok(())
}

#[tokio::test]
async fn laws_hold_over_whatever_happens() -> Result<()> {
    in_each_house(async |house: House| {
        for seed in 0..4 {
            let ada = house.athlete(&format!("Ada {seed}")).await?;
            let view = house.view([ada]);
            let mut dice = Dice(seed);
            let mut issued = BTreeSet::new();
            for step in 0..14 {
                house.clock.advance(Duration::minutes(7));
                deed(&house, ada, &view, &mut dice, step).await?;
                hold(&house, ada, &view, &mut issued).await.with_context(|| format!("seed {seed}, step {step}"))?;
            }
            // Law 10: from ground state alone, the same rows.
            let before = all(&view).await?;
            let database = Database::connect(&house.database_url).await?;
            for table in ["activity", "match_evidence", "review"] {
                database.execute_unprepared(&format!("DELETE FROM {table}")).await?;
            }
            database.execute_unprepared("UPDATE source_record SET activity_id = NULL").await?;
            database.close().await?;
            let position = view.last_change(None).await?;
            house.hub.reconcile_all(&|_| {}, &|| false).await?;
            let after = all(&view).await?;
            assert_eq!(activities(&after), activities(&before), "seed {seed}");
            let revisions = |rows: &[ActivityRow]| rows.iter().map(|row| row.revision).collect::<Vec<_>>();
            assert_eq!(revisions(&after), revisions(&before));
            assert_eq!(view.last_change(None).await?, position, "a rebuild is no change");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn any_order_gives_the_same_values() -> Result<()> {
    in_each_house(async |house: House| {
        let mut outcomes = Vec::new();
        for seed in 0..4 {
            let ada = house.athlete(&format!("Ada {seed}")).await?;
            let mut dice = Dice(seed);
            let mut open: Vec<(u64, SourceSlug)> =
                (1..5).flat_map(|number| SOURCES.map(|source| (number, source))).collect();
            while !open.is_empty() {
                let (number, source) = open.swap_remove(dice.roll(open.len() as u64) as usize);
                for _ in 0..=dice.roll(2) {
                    bring(&house, ada, &source, &[told(number, &source, 0)]).await?;
                }
            }
            let values: BTreeSet<String> = all(&house.view([ada]))
                .await?
                .iter()
                .map(|row| {
                    let values = row.activity.fields.iter().map(|(field, one)| (*field, one.value.clone()));
                    format!("{:?} {:?}", row.activity.status, values.collect::<Vec<_>>())
                })
                .collect();
            outcomes.push(values);
        }
        assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]), "{outcomes:#?}");
        assert_eq!(outcomes[0].len(), 5, "three matched, two in doubt");
        Ok(())
    })
    .await
}
