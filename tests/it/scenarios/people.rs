//! F and I: what a person says of some records, and what becomes of the others of their activities.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::Duration;
use domain::{Decision, RecordId, SourceSlug};
use hub::{PageRequest, Verdict};
use tests::house::{House, in_each_house};

use crate::chronicle::{WORD, all, bring, holder, run};

const GARMIN: SourceSlug = SourceSlug::GARMIN;
const STRAVA: SourceSlug = SourceSlug::STRAVA;

fn set(records: &[RecordId]) -> BTreeSet<RecordId> {
    records.iter().copied().collect()
}

#[tokio::test]
async fn f1_a_second_recording_that_is_accepted_pushes_nobody_out() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let start = "2026-11-20T06:00:07Z";
        let edge = bring(&house, ada, &GARMIN, &[run(1, start, 3600, 10_000.0)]).await?[0];
        house.clock.advance(Duration::minutes(5));
        let strava = bring(&house, ada, &STRAVA, &[run(2, start, 3600, 10_000.0)]).await?[0];
        house.clock.advance(Duration::minutes(5));
        let watch = bring(&house, ada, &GARMIN, &[run(3, "2026-11-20T06:00:09Z", 3_670, 10_060.0)]).await?[0];
        assert_eq!(all(&view).await?.len(), 2, "two ids of one recorder wait for a person");
        let page = PageRequest { first: Some(10), ..PageRequest::default() };
        let waiting = view.candidates(Some(ada), &page).await?.items;
        let pairs: Vec<_> = waiting.iter().map(|(_, row)| row.id).collect();
        assert!(!pairs.is_empty());
        let before: Vec<_> = all(&view).await?.into_iter().map(|row| row.activity).collect();
        let done = house.hub.decide_candidates(ada, &pairs[..1], Verdict::Same, WORD).await?;
        let rows = all(&view).await?;
        assert_eq!(rows.len(), 1, "{rows:#?}");
        assert_eq!(set(&rows[0].activity.members), set(&[edge, strava, watch]));
        let again = house.hub.decide_candidates(ada, &pairs[..1], Verdict::Same, WORD).await?;
        assert_eq!(again.decision, None, "said already");
        house.hub.undo(ada, done.decision.expect("kept"), WORD).await?;
        let after: Vec<_> = all(&view).await?.into_iter().map(|row| row.activity).collect();
        assert_eq!(after, before);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn i1_a_merge_keeps_all_of_both_whatever_fits_whom() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let start = "2026-11-20T06:00:07Z";
        // Both at one instant: which of them anchors the merge is left to their ids.
        let strava = bring(&house, ada, &STRAVA, &[run(1, start, 3600, 10_000.0)]).await?[0];
        let garmin = bring(&house, ada, &GARMIN, &[run(2, start, 3600, 10_000.0)]).await?[0];
        let other = bring(&house, ada, &STRAVA, &[run(3, "2026-11-18T17:00:07Z", 1500, 4_000.0)]).await?[0];
        let [one, two] = [holder(&view, garmin).await?.activity, holder(&view, other).await?.activity];
        let merged = house.hub.merge_activities(ada, &[one.id, two.id], WORD).await?;
        let held = holder(&view, other).await?.activity;
        assert_eq!(set(&held.members), set(&[strava, garmin, other]), "the younger one's too");
        assert_eq!(house.hub.merge_activities(ada, &[one.id, two.id], WORD).await?.decision, None, "said already");
        house.hub.undo(ada, merged.decision.expect("kept"), WORD).await?;
        // The same by two of their records.
        let ruling = house.hub.rule(ada, Decision::Same(other, strava), "ada", "one run").await?;
        assert_eq!(ruling.decision, Decision::Same(other, strava));
        assert_eq!(set(&holder(&view, other).await?.activity.members), set(&[strava, garmin, other]));
        let again = house.hub.rule(ada, Decision::Same(strava, other), "ada", "one run").await?;
        assert_eq!(again.id, ruling.id, "said already");
        Ok(())
    })
    .await
}
