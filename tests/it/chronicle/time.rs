//! What happens by itself: late records, windows, withdrawals, returns, another policy.

use anyhow::{Context, Result};
use chrono::Duration;
use domain::{Clock, Field, SourceSlug, Status, Value, WithdrawalReason};
use hub::{Athletes, Cause, Hub, HubError, Mode, Settings};
use reconcile::Policy;
use tests::house::{House, in_each_house};

use super::{all, bring, causes, history, holder, name, record, run};

const GARMIN: SourceSlug = SourceSlug::GARMIN;
const STRAVA: SourceSlug = SourceSlug::STRAVA;

#[tokio::test]
async fn b1_a_record_that_comes_forty_days_late_joins_under_the_same_id() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let before = house.clock.now();
        house.clock.advance(Duration::hours(1));
        let mut watch = run(1, "2026-11-20T06:00:07Z", 3600, 10_020.0);
        watch.name = "Morning run".to_owned();
        let records = bring(&house, ada, &GARMIN, &[watch]).await?;
        let first = holder(&view, records[0]).await?;
        assert_eq!(first.activity.status, Status::Pending, "a10: listed from the first minute");
        house.clock.advance(Duration::hours(73));
        assert_eq!(house.hub.close_windows().await?, 1);
        assert_eq!(house.hub.close_windows().await?, 0, "a window closes once");
        house.clock.advance(Duration::days(40));
        bring(&house, ada, &STRAVA, &[run(2, "2026-11-20T06:00:07Z", 3600, 10_012.0)]).await?;
        let rows = all(&view).await?;
        assert_eq!(rows.len(), 1, "no second activity ever");
        let (now, id) = (&rows[0], first.activity.id);
        assert_eq!((now.activity.id, now.activity.status, now.revision), (id, Status::Matched, 3));
        assert_eq!(causes(&view, id).await?, [Cause::Matched, Cause::WindowClosed, Cause::Ingested]);
        let revisions = history(&view, id).await?;
        let renamed = revisions[0].changes.iter().find(|change| change.field == Field::Name).context("the name")?;
        assert_eq!(renamed.before, Some(Value::Text("Morning run".to_owned())));
        assert_eq!(renamed.after, Some(Value::Text("Run 2".to_owned())));
        assert_eq!((renamed.source_before.clone(), renamed.source_after.clone()), (Some(GARMIN), Some(STRAVA)));
        assert!(revisions[1].changes.is_empty(), "a window changes a status and no value");
        assert_eq!(revisions[1].status, Status::SingleSource);
        assert_eq!(revisions[2].changes.len(), first.activity.fields.len(), "the first tells all that stood then");
        // As it stood then.
        assert!(view.snapshot(id, before).await?.is_none(), "before it existed");
        let then = view.snapshot(id, revisions[1].at).await?.context("it stood")?;
        assert_eq!(
            (then.revision, then.status, then.fields.len()),
            (2, Status::SingleSource, first.activity.fields.len())
        );
        for field in &then.fields {
            assert_eq!(first.activity.value(field.field), Some(&field.value), "{}", field.field.name());
            assert_eq!(field.source, Some(GARMIN));
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn b3_b8_what_changes_nothing_writes_nothing() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let told = [run(1, "2026-11-20T06:00:07Z", 3600, 10_020.0)];
        let records = bring(&house, ada, &STRAVA, &told).await?;
        let before = (all(&view).await?, view.last_change(None).await?);
        house.clock.advance(Duration::days(1));
        for _ in 0..4 {
            bring(&house, ada, &STRAVA, &told).await?;
        }
        let id = holder(&view, records[0]).await?.activity.id;
        let seen = house.hub.reconcile_activity(ada, id, "ada", Some("is it right?")).await?;
        assert_eq!((seen.activity, seen.changed, seen.changes.len()), (id, false, 0));
        house.hub.reconcile(ada, Mode::Full).await?;
        house.hub.reconcile_all(&|_| {}, &|| false).await?;
        assert_eq!((all(&view).await?, view.last_change(None).await?), before);
        let nobody = record(ada, &GARMIN, "none");
        let unknown = domain::ActivityId::founded_by(nobody);
        let refused = house.hub.reconcile_activity(ada, unknown, "ada", None).await;
        assert!(matches!(refused, Err(HubError::NotFound(_))), "{refused:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn d9_d10_d14_a_source_that_shows_no_more_and_shows_again() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let eve = house.athlete("Eve").await?;
        let view = house.view([ada]);
        let start = "2026-11-20T06:00:07Z";
        let garmin = bring(&house, ada, &GARMIN, &[run(1, start, 3600, 10_020.0)]).await?[0];
        house.clock.advance(Duration::minutes(5));
        let told = [run(2, start, 3600, 10_012.0)];
        let strava = bring(&house, ada, &STRAVA, &told).await?[0];
        let matched = holder(&view, strava).await?;
        let id = matched.activity.id;
        let refused = house.hub.withdraw(eve, &[strava], WithdrawalReason::Deleted).await;
        assert!(matches!(refused, Err(HubError::NotFound(_))), "another athlete's record");
        house.clock.advance(Duration::days(4));
        assert_eq!(house.hub.withdraw(ada, &[strava], WithdrawalReason::Deleted).await?, 1);
        assert_eq!(house.hub.withdraw(ada, &[strava], WithdrawalReason::Deleted).await?, 0, "once");
        let left = holder(&view, garmin).await?;
        assert_eq!((left.activity.id, left.activity.status), (id, Status::SingleSource));
        assert_eq!(left.activity.value(Field::DistanceM), Some(&Value::Number(domain::Milli::from_units(10_020))));
        // D10: no other source.
        house.hub.withdraw(ada, &[garmin], WithdrawalReason::NotVisible).await?;
        assert_eq!(holder(&view, garmin).await?.activity.status, Status::Withdrawn);
        assert_eq!(view.count_activities(&hub::ActivityFilter::default()).await?, 0, "hidden by default");
        bring(&house, ada, &STRAVA, &told).await?;
        let back = holder(&view, strava).await?;
        assert_eq!((back.activity.id, back.activity.status), (id, Status::SingleSource), "under its id");
        bring(&house, ada, &GARMIN, &[run(1, start, 3600, 10_020.0)]).await?;
        let whole = holder(&view, strava).await?;
        assert_eq!(whole.activity, matched.activity, "law 11: as it was");
        let told = causes(&view, id).await?;
        let expected = [Cause::Returned, Cause::Returned, Cause::Withdrawn, Cause::Withdrawn];
        assert_eq!(told[..4], expected, "{told:?}");
        // D14: uploaded again under a new id, the old one gone.
        house.hub.withdraw(ada, &[strava], WithdrawalReason::Deleted).await?;
        let again = bring(&house, ada, &STRAVA, &[run(3, start, 3600, 10_012.0)]).await?[0];
        let rows = all(&view).await?;
        assert_eq!(rows.len(), 1, "it takes the place of the old one");
        assert_eq!((rows[0].activity.id, name(&rows[0])), (id, "Run 3".to_owned()));
        assert!(rows[0].activity.members.contains(&again) && rows[0].activity.members.contains(&strava));
        Ok(())
    })
    .await
}

/// Elevation from Garmin first.
fn other_policy() -> Policy {
    let text = Policy::built_in().text().replace("[groups]\n", "[groups]\nelevation = [\"garmin\", \"strava\"]\n");
    Policy::parse(&text).expect("a policy")
}

#[tokio::test]
async fn b6_another_policy_moves_its_group_alone_and_the_former_one_moves_it_back() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        for day in 1..=3_u32 {
            let start = format!("2026-11-0{day}T06:00:07Z");
            let mut watch = run(u64::from(day), &start, 3600, 10_000.0);
            watch.gain_m = Some(77.0);
            bring(&house, ada, &GARMIN, &[watch]).await?;
            bring(&house, ada, &STRAVA, &[run(100 + u64::from(day), &start, 3600, 10_000.0)]).await?;
        }
        let before = (all(&view).await?, view.last_change(None).await?);
        let policy = other_policy();
        let mine = Athletes::Only([ada].into());
        let preview = house.hub.policy_preview(&policy, &mine, 2).await?;
        assert_eq!((preview.activities_examined, preview.activities_changed), (3, 3));
        assert_eq!((preview.merges, preview.splits, preview.examples.len()), (0, 0, 2));
        let fields: Vec<Field> = preview.field_changes.keys().copied().collect();
        assert!(
            !fields.is_empty() && fields.iter().all(|field| field.group() == domain::Group::Elevation),
            "{fields:?}"
        );
        assert_eq!((all(&view).await?, view.last_change(None).await?), before, "a preview writes nothing");
        let nobody = house.hub.policy_preview(&policy, &Athletes::Only([].into()), 2).await?;
        assert_eq!(nobody.activities_examined, 0);
        // A start with the other policy.
        let settings = Settings { policy, ..house.settings() };
        let other = Hub::open(settings, house.clock.clone()).await?;
        let done = other.reconcile_all(&|_| {}, &|| false).await?;
        assert_eq!((done.records, done.activities_changed), (6, 3));
        for row in all(&view).await? {
            let last = history(&view, row.activity.id).await?.remove(0);
            assert_eq!(last.cause, Cause::PolicyChanged);
            assert!(last.changes.iter().all(|change| change.field.group() == domain::Group::Elevation));
        }
        let again = other.policy_preview(other.policy(), &mine, 2).await?;
        assert_eq!(again.activities_changed, 0, "what was previewed was done");
        let rest = |rows: &[hub::ActivityRow]| -> Vec<domain::Activity> {
            let mut left: Vec<_> = rows.iter().map(|row| row.activity.clone()).collect();
            for activity in &mut left {
                activity.fields.retain(|field, _| field.group() != domain::Group::Elevation);
            }
            left
        };
        assert_eq!(rest(&all(&view).await?), rest(&before.0), "nothing else was moved");
        // Back to the former file: what stood before, to the last value.
        let former = house.replica().await?;
        let back = former.policy_preview(former.policy(), &mine, 0).await?;
        let done = former.reconcile_all(&|_| {}, &|| false).await?;
        assert_eq!((back.activities_changed, done.activities_changed), (3, 3));
        let whole = |rows: &[hub::ActivityRow]| rows.iter().map(|row| row.activity.clone()).collect::<Vec<_>>();
        assert_eq!(whole(&all(&view).await?), whole(&before.0));
        assert_eq!(causes(&view, before.0[0].activity.id).await?[..2], [Cause::PolicyChanged, Cause::PolicyChanged]);
        Ok(())
    })
    .await
}
