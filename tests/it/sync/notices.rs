//! Notifications: kept once, believed only once the source confirms, worked on in order.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::Duration;
use connectors::strava::simulator::{Deed, Delivery};
use domain::{Field, Value, WithdrawalReason};
use hub::{Athletes, Hub, Received, WebhookRequest};
use tests::house::in_each_house;
use tests::live::{STRAVA_ATHLETE, Sources, told, work_for};

use super::{at_strava, connected, record};
use crate::chronicle::{all, history, holder, recorded, run};

/// Tells a hub what Strava tells.
pub(super) async fn tell(hub: &Hub, events: &[serde_json::Value]) -> Result<Vec<Received>> {
    let mut received = Vec::new();
    for event in events {
        let body = serde_json::to_vec(event)?.into();
        let request = WebhookRequest { query: BTreeMap::new(), headers: BTreeMap::new(), body };
        received.push(hub.receive("strava", &request).await?);
    }
    Ok(received)
}

#[tokio::test]
async fn b3_the_same_notification_four_times_is_one_version() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let (hub, ada, _) = connected(&house, &sources).await?;
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-20T06:00:00Z", 3_600, 10_012.0)));
        let events = sources.strava.take_events();
        for _ in 0..4 {
            tell(&hub, &events).await?;
            hub.work_until_idle().await?;
        }
        let view = hub.view(Athletes::Only([ada].into()));
        let held = holder(&view, at_strava(ada, 77)).await?;
        assert_eq!(sources.strava.counts().of(Deed::Detail), 1);
        let told = history(&view, held.activity.id).await?;
        assert!(told.iter().all(|revision| !revision.changes.is_empty() || revision.revision == 1), "{told:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_forged_notification_and_an_unknown_owner_have_no_effect() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let (hub, _, _) = connected(&house, &sources).await?;
        let event = |subscription: u64, owner: u64| {
            serde_json::json!({
                "object_type": "activity", "object_id": 5, "owner_id": owner, "aspect_type": "create",
                "subscription_id": subscription, "event_time": 1, "updates": {},
            })
        };
        let calls: u32 = sources.strava.counts().calls.values().sum();
        let received = tell(&hub, &[event(1, STRAVA_ATHLETE), event(120_475, 5)]).await?;
        assert_eq!(received, [Received::Forged, Received::Taken]);
        assert_eq!(tell(&hub, &[serde_json::json!([1])]).await?, [Received::Unreadable]);
        hub.work_until_idle().await?;
        assert_eq!(sources.strava.counts().calls.values().sum::<u32>(), calls, "nobody was asked");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn d9_d10_d11_a_deletion_is_believed_only_once_strava_confirms_it() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-19T06:00:00Z", 3_600, 10_012.0)));
        sources.strava.take_events();
        let (hub, ada, _) = connected(&house, &sources).await?;
        let view = hub.view(Athletes::Only([ada].into()));
        let before = holder(&view, at_strava(ada, 77)).await?;
        let event = serde_json::json!({
            "object_type": "activity", "object_id": 77, "owner_id": STRAVA_ATHLETE, "aspect_type": "delete",
            "subscription_id": 120_475, "event_time": 1, "updates": {},
        });
        tell(&hub, &[event]).await?;
        hub.work_until_idle().await?;
        assert!(record(&view, at_strava(ada, 77)).await?.record.is_live(), "Strava shows it: the word was false");
        let gone = sources.strava.summary(77);
        assert!(gone.is_some());
        sources.strava.delete(77);
        tell(&hub, &sources.strava.take_events()).await?;
        hub.work_until_idle().await?;
        let withdrawn = record(&view, at_strava(ada, 77)).await?.record.withdrawn;
        assert_eq!(withdrawn.map(|one| one.reason), Some(WithdrawalReason::Deleted));
        // It comes back: under the same id.
        house.clock.advance(Duration::minutes(5));
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-19T06:00:00Z", 3_600, 10_012.0)));
        tell(&hub, &sources.strava.take_events()).await?;
        hub.work_until_idle().await?;
        let after = holder(&view, at_strava(ada, 77)).await?;
        assert_eq!(after.activity.id, before.activity.id);
        assert!(record(&view, at_strava(ada, 77)).await?.record.is_live());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn d12_what_is_hidden_from_us_is_withdrawn_as_such_and_returns() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-19T06:00:00Z", 3_600, 10_012.0)));
        sources.strava.take_events();
        sources.strava.untick(&["activity:read_all"]);
        let (hub, ada, _) = connected(&house, &sources).await?;
        let view = hub.view(Athletes::Only([ada].into()));
        let before = holder(&view, at_strava(ada, 77)).await?;
        sources.strava.show_to(77, "only_me");
        tell(&hub, &sources.strava.take_events()).await?;
        hub.work_until_idle().await?;
        let withdrawn = record(&view, at_strava(ada, 77)).await?.record.withdrawn;
        assert_eq!(withdrawn.map(|one| one.reason), Some(WithdrawalReason::NotVisible));
        sources.strava.show_to(77, "everyone");
        tell(&hub, &sources.strava.take_events()).await?;
        hub.work_until_idle().await?;
        let after = holder(&view, at_strava(ada, 77)).await?;
        assert_eq!(after.activity.id, before.activity.id);
        assert!(record(&view, at_strava(ada, 77)).await?.record.is_live());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_activity_that_is_not_ready_is_waited_for() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let (hub, ada, _) = connected(&house, &sources).await?;
        let now = hub.clock().now();
        let account = recorded(&run(77, "2026-11-20T10:00:00Z", 3_600, 10_012.0));
        sources.strava.add_unready(STRAVA_ATHLETE, &account, now + Duration::minutes(12), now + Duration::minutes(12));
        tell(&hub, &sources.strava.take_events()).await?;
        hub.work_until_idle().await?;
        let view = hub.view(Athletes::Only([ada].into()));
        assert!(all(&view).await?.is_empty());
        work_for(&house, &hub, Duration::minutes(21)).await?;
        assert_eq!(all(&view).await?.len(), 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn j7_one_account_of_two_athletes_gives_each_its_own_records() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        let hub = super::garmin::seldom(&house, &sources).await?;
        let (ada, eva) = (house.athlete("Ada").await?, house.athlete("Eva").await?);
        sources.connect_strava(&hub, ada).await?;
        sources.connect_strava(&hub, eva).await?;
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-20T06:00:00Z", 3_600, 10_012.0)));
        tell(&hub, &sources.strava.take_events()).await?;
        hub.work_until_idle().await?;
        let mut ids = Vec::new();
        for athlete in [ada, eva] {
            let view = hub.view(Athletes::Only([athlete].into()));
            let rows = all(&view).await?;
            assert_eq!(rows.len(), 1);
            assert_eq!(rows[0].activity.members, [at_strava(athlete, 77)]);
            ids.push(rows[0].activity.id);
        }
        assert_ne!(ids[0], ids[1]);
        Ok(())
    })
    .await
}

/// What happens at Strava while the hub listens.
fn live_a_little(sources: &Sources, step: u64) {
    let strava = &sources.strava;
    let ids = strava.ids(STRAVA_ATHLETE);
    let pick = |salt: u64| ids.get(((step * 7 + salt) % ids.len().max(1) as u64) as usize).copied();
    match step % 5 {
        0 | 1 => {
            let start = format!("2026-11-{:02}T{:02}:00:00Z", 8 + step % 12, step % 23);
            strava.add(STRAVA_ATHLETE, &recorded(&run(5_000 + step, &start, 1_800, 5_000.0 + step as f64)));
        }
        2 | 3 => {
            if let Some(id) = pick(3) {
                strava.rename(id, &format!("Name {step}"));
            }
        }
        _ => {
            if let Some(id) = pick(5) {
                strava.delete(id);
            }
        }
    }
}

#[tokio::test]
async fn lost_doubled_and_shuffled_notifications_end_where_perfect_ones_do() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.fill_with_runs(STRAVA_ATHLETE, 1_000, 10, "2026-11-20T06:00:00Z".parse()?);
        let hub = sources.hub(&house).await?;
        let (ada, eva) = (house.athlete("Ada").await?, house.athlete("Eva").await?);
        sources.connect_strava(&hub, ada).await?;
        hub.work_until_idle().await?;
        for step in 0..150 {
            live_a_little(&sources, step);
        }
        let delivery = Delivery { seed: 7, twice: 30, lost: 30, shuffled: true };
        let events = sources.strava.take_events();
        let arriving = delivery.arrange(&events);
        assert!(arriving.len() != events.len());
        for part in arriving.chunks(7) {
            tell(&hub, part).await?;
            work_for(&house, &hub, Duration::seconds(30)).await?;
        }
        // One sweep finds what no notification told.
        work_for(&house, &hub, Duration::hours(25)).await?;
        // Whoever connects afterwards sees what is there, and nothing that went.
        sources.connect_strava(&hub, eva).await?;
        work_for(&house, &hub, Duration::minutes(5)).await?;
        let (followed, fresh) = (told(&hub, ada).await?, told(&hub, eva).await?);
        assert!(fresh.len() > 10);
        for (one, other) in followed.iter().zip(&fresh) {
            assert_eq!(one, other);
        }
        assert_eq!(followed.len(), fresh.len());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn d5_a_name_that_changes_changes_the_name_alone() -> Result<()> {
    in_each_house(|house| async move {
        let sources = Sources::empty(&house).await?;
        sources.strava.add(STRAVA_ATHLETE, &recorded(&run(77, "2026-11-19T06:00:00Z", 3_600, 10_012.0)));
        sources.strava.take_events();
        let (hub, ada, _) = connected(&house, &sources).await?;
        sources.strava.rename(77, "A race");
        tell(&hub, &sources.strava.take_events()).await?;
        hub.work_until_idle().await?;
        let view = hub.view(Athletes::Only([ada].into()));
        let held = holder(&view, at_strava(ada, 77)).await?;
        assert_eq!(held.activity.value(Field::Name), Some(&Value::Text("A race".into())));
        let told = history(&view, held.activity.id).await?;
        let changed: Vec<Field> = told[0].changes.iter().map(|change| change.field).collect();
        assert_eq!(changed, [Field::Name]);
        Ok(())
    })
    .await
}
