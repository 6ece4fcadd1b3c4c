//! What no notification tells: silent edits, late uploads, deletions, and sources that were away.

use anyhow::Result;
use chrono::Duration;
use connectors::strava::simulator::{Deed, Fault};
use domain::{Field, Value, WithdrawalReason};
use hub::{AccountState, Athletes};
use serde_json::json;
use tests::house::in_each_house;
use tests::live::{STRAVA_ATHLETE, Sources, standing, told, work_for};

use super::garmin::seldom;
use super::{at_garmin, at_strava, connected, record};
use crate::chronicle::{all, holder, recorded, run};

#[tokio::test]
async fn silent_edits_are_found_by_the_next_round_and_deletions_by_the_sweep() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, 12, "2026-11-20T06:00:00Z".parse()?);
        let (hub, ada, _) = connected(&house, &sources).await?;
        sources.strava.edit(1_011, |detail| _ = detail.insert("name".to_owned(), json!("Quietly renamed")));
        work_for(&house, &hub, Duration::minutes(16)).await?;
        let view = hub.view(Athletes::Only([ada].into()));
        let held = holder(&view, at_strava(ada, 1_011)).await?;
        assert_eq!(held.activity.value(Field::Name), Some(&Value::Text("Quietly renamed".into())));
        sources.strava.delete(1_008);
        sources.strava.take_events();
        work_for(&house, &hub, Duration::minutes(45)).await?;
        assert!(record(&view, at_strava(ada, 1_008)).await?.record.is_live(), "rounds do not conclude from absence");
        work_for(&house, &hub, Duration::hours(25)).await?;
        let withdrawn = record(&view, at_strava(ada, 1_008)).await?.record.withdrawn;
        assert_eq!(withdrawn.map(|one| one.reason), Some(WithdrawalReason::Deleted));
        // What did not change was not fetched again.
        let counts = sources.strava.counts();
        assert!(
            counts.fetched.iter().filter(|((id, _), _)| *id != 1_011 && *id != 1_008).all(|(_, times)| *times == 1)
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn b2_an_old_activity_that_is_uploaded_late_is_found_by_the_whole_sweep() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hub = seldom(&house, &sources).await?;
        let ada = house.athlete("Ada").await?;
        sources.connect_strava(&hub, ada).await?;
        work_for(&house, &hub, Duration::hours(1)).await?;
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-11T06:00:00Z", 3_600, 10_000.0)));
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(78, "2024-05-05T06:00:00Z", 3_600, 10_000.0)));
        sources.strava.take_events();
        work_for(&house, &hub, Duration::hours(25)).await?;
        let view = hub.view(Athletes::Only([ada].into()));
        assert_eq!(all(&view).await?.len(), 1, "nine days late: the nightly sweep reaches it");
        work_for(&house, &hub, Duration::days(30)).await?;
        assert_eq!(all(&view).await?.len(), 2, "years late: the monthly one does");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn j5_both_away_for_a_week_and_all_is_as_if_they_never_were() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hub = seldom(&house, &sources).await?;
        let (ada, eva) = (house.athlete("Ada").await?, house.athlete("Eva").await?);
        let strava = sources.connect_strava(&hub, ada).await?;
        let garmin = sources.connect_garmin(&hub, ada).await?;
        work_for(&house, &hub, Duration::hours(1)).await?;
        sources.garmin.mode(connectors::garmin::connect::simulator::Mode::Broken);
        sources.strava.always(Some(Fault::Status(503)));
        for day in 21..=26 {
            let (start, late) = (format!("2026-11-{day}T06:00:00Z"), format!("2026-11-{day}T06:00:03Z"));
            sources.strava.add(STRAVA_ATHLETE, &recorded(&run(70 + day, &start, 3_600, 10_000.0)));
            sources.garmin.add(run(9_000 + day, &late, 3_602, 10_020.0));
        }
        work_for(&house, &hub, Duration::days(7)).await?;
        assert!(matches!(standing(&hub, strava.id).await?.state, AccountState::BackingOff));
        assert!(matches!(standing(&hub, garmin.id).await?.state, AccountState::BackingOff));
        let few = sources.strava.counts().of(Deed::List);
        assert!(few < 250, "a source that is down is asked ever more seldom: {few}");
        sources.garmin.mode(connectors::garmin::connect::simulator::Mode::Normal);
        sources.strava.always(None);
        work_for(&house, &hub, Duration::hours(28)).await?;
        sources.connect_strava(&hub, eva).await?;
        sources.connect_garmin(&hub, eva).await?;
        work_for(&house, &hub, Duration::minutes(30)).await?;
        assert_eq!(told(&hub, ada).await?, told(&hub, eva).await?);
        let view = hub.view(Athletes::Only([ada].into()));
        assert_eq!(all(&view).await?.len(), 6);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn j2_a_document_of_another_shape_is_kept_and_the_others_go_on() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, 3, "2026-11-20T06:00:00Z".parse()?);
        // A field that no document had before, and one that every document had.
        sources.strava.edit(1_000, |detail| _ = detail.insert("brand_new".to_owned(), json!({ "deep": [1, 2] })));
        let mut taken = json!(null);
        sources.strava.edit(1_001, |detail| taken = detail.remove("start_date").unwrap_or_default());
        sources.strava.edit(1_001, |detail| _ = detail.remove("start_date_local"));
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        let account = sources.connect_strava(&hub, ada).await?;
        work_for(&house, &hub, Duration::hours(1)).await?;
        let view = hub.view(Athletes::Only([ada].into()));
        assert_eq!(all(&view).await?.len(), 2, "the others went on");
        assert!(view.records_by_id(&[at_strava(ada, 1_001)]).await?.is_empty(), "nothing is made up");
        assert_eq!(standing(&hub, account.id).await?.state, AccountState::Active);
        // Its bytes are kept as they came; once they can be read, it is there.
        sources.strava.edit(1_001, |detail| _ = detail.insert("start_date".to_owned(), taken.clone()));
        work_for(&house, &hub, Duration::hours(1)).await?;
        assert_eq!(all(&view).await?.len(), 3);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn d15_what_garmin_deleted_is_found_by_comparing_lists() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.garmin.add(run(88, "2026-11-15T06:00:00Z", 3_600, 10_020.0));
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-15T06:00:00Z", 3_600, 10_012.0)));
        let hub = sources.hub(&house).await?;
        let ada = house.athlete("Ada").await?;
        sources.connect_strava(&hub, ada).await?;
        sources.connect_garmin(&hub, ada).await?;
        work_for(&house, &hub, Duration::minutes(2)).await?;
        let view = hub.view(Athletes::Only([ada].into()));
        let before = all(&view).await?;
        assert_eq!(before.len(), 1);
        assert!(sources.garmin.delete("88"));
        work_for(&house, &hub, Duration::hours(26)).await?;
        let withdrawn = record(&view, at_garmin(ada, "88")).await?.record.withdrawn;
        assert_eq!(withdrawn.map(|one| one.reason), Some(WithdrawalReason::Deleted));
        let after = all(&view).await?;
        assert_eq!(after.len(), 1);
        assert_eq!(after[0].activity.id, before[0].activity.id);
        assert_eq!(after[0].activity.value(Field::DistanceM), before[0].activity.value(Field::DistanceM));
        Ok(())
    })
    .await
}
