//! What people decide: merged, split, pinned, taken back, and contradictions refused.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use chrono::Duration;
use domain::{ActivityId, AthleteId, Decision, DecisionId, Field, PinTo, RecordId, SourceSlug, Status, Value};
use hub::{ActivityRow, CandidateState, Cause, HubError, Mode, PageRequest, Verdict, View};
use tests::house::{House, in_each_house};

use super::{WORD, all, bring, causes, history, holder, name, run};

const GARMIN: SourceSlug = SourceSlug::GARMIN;
const STRAVA: SourceSlug = SourceSlug::STRAVA;

/// Two records of one run that nobody could know of: hours apart.
async fn two(house: &House, ada: AthleteId) -> Result<(RecordId, RecordId)> {
    let garmin = bring(house, ada, &GARMIN, &[run(1, "2026-11-20T06:00:07Z", 3600, 10_000.0)]).await?[0];
    house.clock.advance(Duration::minutes(5));
    let strava = bring(house, ada, &STRAVA, &[run(2, "2026-11-20T09:10:07Z", 3000, 8_000.0)]).await?[0];
    house.clock.advance(Duration::minutes(5));
    Ok((garmin, strava))
}

async fn ids(view: &View) -> Result<Vec<ActivityId>> {
    Ok(all(view).await?.into_iter().map(|row| row.activity.id).collect())
}

/// What stands, but for what a change leaves behind by being one.
async fn state(view: &View) -> Result<Vec<domain::Activity>> {
    Ok(all(view).await?.into_iter().map(|row: ActivityRow| row.activity).collect())
}

#[tokio::test]
async fn i1_i2_i3_i9_merged_by_hand_taken_back_and_taken_apart() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let (garmin, strava) = two(&house, ada).await?;
        let before = state(&view).await?;
        let (older, younger) = (holder(&view, garmin).await?.activity.id, holder(&view, strava).await?.activity.id);
        assert_ne!(older, younger);
        // I1
        let merged = house.hub.merge_activities(ada, &[younger, older], WORD).await?;
        assert_eq!(merged.activities, [older], "the older id survives");
        assert_eq!(view.activity(younger).await?.context("it leads on")?.activity.id, older);
        let last = history(&view, younger).await?.remove(0);
        assert_eq!((last.status, last.cause, last.merged_into), (Status::Merged, Cause::MergedByHand, Some(older)));
        assert_eq!((last.actor.as_str(), last.reason.as_deref()), ("ada", Some("I was there")));
        assert_eq!(last.decision, merged.decision);
        let decision = merged.decision.context("it is kept")?;
        assert!(view.undoable(&[decision]).await?.contains(&decision));
        let kept = view.decision(decision).await?.context("it is kept")?;
        assert_eq!((kept.added.len(), kept.removed.len()), (1, 0), "the constraint is stored");
        // The same again is the same.
        let again = house.hub.merge_activities(ada, &[younger, older], WORD).await?;
        assert_eq!((again.decision, again.activities), (None, vec![older]));
        assert_eq!(house.hub.reconcile(ada, Mode::Full).await?.activities_changed, 0);
        // I3, and an undo taken back, and so on.
        house.clock.advance(Duration::hours(1));
        let undone = house.hub.undo(ada, decision, WORD).await?.decision.context("a decision")?;
        assert_eq!(state(&view).await?, before, "exactly as before, ids too");
        assert_eq!(history(&view, younger).await?[0].cause, Cause::Undone);
        assert!(view.undoable(&[decision]).await?.is_empty());
        let twice = house.hub.undo(ada, decision, WORD).await;
        assert!(matches!(&twice, Err(HubError::Conflict(text)) if text.contains("already")), "{twice:?}");
        house.hub.undo(ada, undone, WORD).await?;
        assert_eq!(ids(&view).await?, [older]);
        assert!(view.undoable(&[decision]).await?.contains(&decision), "in force again");
        // I2, law 9
        let split = house.hub.split_activity(ada, older, &[strava], WORD).await?;
        assert_eq!(state(&view).await?, before, "split after merge is as before");
        let refused = house.hub.undo(ada, decision, WORD).await;
        assert!(matches!(&refused, Err(HubError::Conflict(text)) if text.contains("undo that first")), "{refused:?}");
        house.hub.reconcile(ada, Mode::Full).await?;
        assert_eq!(state(&view).await?, before, "never merged again");
        house.hub.undo(ada, split.decision.context("a decision")?, WORD).await?;
        assert_eq!(ids(&view).await?, [older]);
        let told = causes(&view, younger).await?;
        assert_eq!(
            told,
            [Cause::Undone, Cause::SplitByHand, Cause::Undone, Cause::Undone, Cause::MergedByHand, Cause::Ingested]
        );
        // I9: merged on, and found in one step.
        house.clock.advance(Duration::hours(1));
        let third = bring(&house, ada, &STRAVA, &[run(3, "2026-11-18T06:00:07Z", 1800, 5_000.0)]).await?[0];
        let third = holder(&view, third).await?.activity.id;
        house.hub.merge_activities(ada, &[third, younger], WORD).await?;
        for id in [third, younger, older] {
            assert_eq!(view.activity(id).await?.context("it answers")?.activity.id, older);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn i4_i5_a_pin_holds_and_gives_way_whole() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let start = "2026-11-20T06:00:07Z";
        bring(&house, ada, &GARMIN, &[run(1, start, 3600, 10_000.0)]).await?;
        let mut told = run(2, start, 3600, 10_000.0);
        let strava = bring(&house, ada, &STRAVA, &[told.clone()]).await?[0];
        let id = holder(&view, strava).await?.activity.id;
        let before = state(&view).await?;
        let race = PinTo::Value(Value::Text("A-race".to_owned()));
        let pin = house.hub.pin(ada, id, Field::Name, race.clone(), WORD).await?.decision.context("kept")?;
        assert_eq!(house.hub.pin(ada, id, Field::Name, race, WORD).await?.decision, None, "said already");
        told.name = "Renamed".to_owned();
        house.clock.advance(Duration::hours(1));
        bring(&house, ada, &STRAVA, &[told]).await?;
        let row = holder(&view, strava).await?;
        assert_eq!(name(&row), "A-race");
        let others = &row.activity.fields[&Field::Name].alternatives;
        assert!(others.iter().any(|one| one.value == Value::Text("Renamed".to_owned())));
        // Another pin replaces it, and gives it back.
        let second = PinTo::Source(GARMIN);
        let second = house.hub.pin(ada, id, Field::Name, second, WORD).await?.decision.context("kept")?;
        assert_eq!(name(&holder(&view, strava).await?), "Run 1");
        let refused = house.hub.undo(ada, pin, WORD).await;
        assert!(matches!(&refused, Err(HubError::Conflict(_))), "the second rests on it: {refused:?}");
        house.hub.undo(ada, second, WORD).await?;
        assert_eq!(name(&holder(&view, strava).await?), "A-race");
        house.hub.unpin(ada, id, Field::Name, WORD).await?;
        assert_eq!(name(&holder(&view, strava).await?), "Renamed");
        let none = house.hub.unpin(ada, id, Field::Name, WORD).await;
        assert!(matches!(none, Err(HubError::NotFound(_))), "{none:?}");
        assert_eq!(
            causes(&view, id).await?[..5],
            [Cause::Unpinned, Cause::Undone, Cause::Pinned, Cause::Updated, Cause::Pinned]
        );
        // I5: a distance of one's own makes the average speed a computed one.
        let far = PinTo::Value(Value::Number(domain::Milli::from_units(7200)));
        let far = house.hub.pin(ada, id, Field::DistanceM, far, WORD).await?.decision.context("kept")?;
        let speed = &holder(&view, strava).await?.activity.fields[&Field::AverageSpeedMps];
        assert_eq!(
            (speed.provenance.rule, &speed.value),
            (domain::Rule::Derived, &Value::Number(domain::Milli::from_units(2)))
        );
        house.hub.undo(ada, far, WORD).await?;
        let name_aside = |mut all: Vec<domain::Activity>| {
            all.iter_mut().for_each(|one| drop(one.fields.remove(&Field::Name)));
            all
        };
        assert_eq!(name_aside(state(&view).await?), name_aside(before));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn i6_what_was_said_outlives_a_source_that_shows_no_more() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let (garmin, strava) = two(&house, ada).await?;
        house.hub.rule(ada, Decision::Same(garmin, strava), "ada", "one run").await?;
        let merged = state(&view).await?;
        house.hub.withdraw(ada, &[strava], domain::WithdrawalReason::Deleted).await?;
        let rows = all(&view).await?;
        assert_eq!((rows.len(), name(&rows[0])), (1, "Run 1".to_owned()));
        bring(&house, ada, &STRAVA, &[run(2, "2026-11-20T09:10:07Z", 3000, 8_000.0)]).await?;
        assert_eq!(state(&view).await?, merged, "the constraint was kept");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn i7_contradictions_are_refused_through_chains_both_ways() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let days = ["2026-11-01T06:00:07Z", "2026-11-02T07:00:07Z", "2026-11-03T08:00:07Z"];
        let mut records = Vec::new();
        for (number, start) in days.iter().enumerate() {
            let source = if number == 1 { &GARMIN } else { &STRAVA };
            let seconds = 1000 * (number as u32 + 1);
            records.extend(bring(&house, ada, source, &[run(number as u64 + 1, start, seconds, 5_000.0)]).await?);
        }
        let [a, b, c] = records[..] else { panic!("three") };
        let conflict = async |decision: Decision| {
            let before = (view.last_change(None).await?, state(&view).await?);
            let refused = house.hub.rule(ada, decision, "eve", "no").await;
            assert!(matches!(&refused, Err(HubError::Conflict(text)) if text.contains("ada")), "{refused:?}");
            assert_eq!((view.last_change(None).await?, state(&view).await?), before, "nothing is written");
            anyhow::Ok(())
        };
        house.hub.rule(ada, Decision::Same(a, b), "ada", "one").await?;
        house.hub.rule(ada, Decision::Same(b, c), "ada", "one").await?;
        conflict(Decision::Different(a, c)).await?;
        conflict(Decision::Different(c, b)).await?;
        let row = holder(&view, c).await?;
        let last = history(&view, row.activity.id).await?[0].decision.context("by hand")?;
        house.hub.undo(ada, last, WORD).await?;
        house.hub.rule(ada, Decision::Different(a, c), "ada", "two").await?;
        conflict(Decision::Same(c, b)).await?;
        let (left, right) = (holder(&view, b).await?.activity.id, holder(&view, c).await?.activity.id);
        let refused = house.hub.merge_activities(ada, &[left, right], WORD).await;
        assert!(matches!(refused, Err(HubError::Conflict(_))), "{refused:?}");
        let empty = hub::Word { actor: "ada", reason: "  " };
        let refused = house.hub.merge_activities(ada, &[left, right], empty).await;
        assert!(matches!(refused, Err(HubError::Invalid(_))), "{refused:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn i8_many_alike_are_one_decision_and_one_undo() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let eve = house.athlete("Eve").await?;
        let view = house.view([ada]);
        let (mut garmin, mut strava) = (Vec::new(), Vec::new());
        for day in 1..=14_u64 {
            garmin.push(run(day, &format!("2026-10-{day:02}T06:00:07Z"), 3600, 10_000.0));
            // Twenty minutes apart and the same in all else: nobody knows.
            strava.push(run(100 + day, &format!("2026-10-{day:02}T06:20:07Z"), 3600, 10_000.0));
        }
        bring(&house, ada, &GARMIN, &garmin).await?;
        bring(&house, ada, &STRAVA, &strava).await?;
        let before = state(&view).await?;
        let all_pages = PageRequest { first: Some(100), ..PageRequest::default() };
        let waiting = view.candidates(Some(ada), &all_pages).await?;
        let pairs: Vec<domain::CandidateId> = waiting.items.iter().map(|(_, row)| row.id).collect();
        assert_eq!((pairs.len(), before.len()), (14, 28));
        let foreign = house.hub.decide_candidates(eve, &pairs, Verdict::Same, WORD).await;
        assert!(matches!(foreign, Err(HubError::NotFound(_))), "{foreign:?}");
        house.clock.advance(Duration::hours(1));
        let done = house.hub.decide_candidates(ada, &pairs, Verdict::Same, WORD).await?;
        assert_eq!((done.activities.len(), all(&view).await?.len()), (14, 14));
        assert_eq!(view.count_candidates(None).await?, 0);
        let decided = view.candidates_in(None, CandidateState::Same, &all_pages).await?;
        let known: BTreeSet<_> = decided.items.iter().map(|(_, row)| row.id).collect();
        assert_eq!(known, pairs.iter().copied().collect());
        let one = view.candidate(pairs[0]).await?.context("still there")?;
        assert_eq!((one.state, one.decided_by.as_deref()), (CandidateState::Same, Some("ada")));
        assert!(one.decided_at.is_some_and(|at| at > one.created_at));
        let causes: BTreeSet<Option<DecisionId>> = {
            let mut decisions = BTreeSet::new();
            for id in &done.activities {
                decisions.insert(history(&view, *id).await?[0].decision);
            }
            decisions
        };
        assert_eq!(causes, [done.decision].into());
        assert_eq!(house.hub.decide_candidates(ada, &pairs, Verdict::Same, WORD).await?.decision, None);
        house.hub.undo(ada, done.decision.context("kept")?, WORD).await?;
        assert_eq!(state(&view).await?, before);
        let again = view.candidates(Some(ada), &all_pages).await?;
        let words = |page: &hub::Page<hub::CandidateRow>| -> Vec<hub::CandidateRow> {
            page.items.iter().map(|(_, row)| row.clone()).collect()
        };
        assert_eq!(words(&again), words(&waiting), "they wait again, since when they first did");
        assert_eq!(view.count_candidates_in(None, CandidateState::Same).await?, 0);
        // Different: nothing waits, and the two stand.
        house.hub.decide_candidates(ada, &pairs[..1], Verdict::Different, WORD).await?;
        assert_eq!(view.count_candidates_in(None, CandidateState::Different).await?, 1);
        assert_eq!(all(&view).await?.len(), 28);
        let contrary = house.hub.decide_candidates(ada, &pairs[..1], Verdict::Same, WORD).await;
        assert!(matches!(contrary, Err(HubError::Conflict(_))), "{contrary:?}");
        Ok(())
    })
    .await
}
