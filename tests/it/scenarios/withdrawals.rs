//! D: what a source shows no more, and shows again.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use chrono::Duration;
use connectors::garmin::connect::{open, simulator::GarminSimulator};
use connectors::simulator::{Case, Physical};
use connectors::{Connector as _, Part, Range, Session, SourceError};
use domain::{Clock as _, ExternalId, Field, Origin, SourceSlug, Status, WithdrawalReason};
use hub::{Cause, Ingested, PageRequest, RecordFilter};
use tests::house::{House, in_each_house};

use super::{Live, ME, recorded, world};
use crate::chronicle::{bring, causes, holder, name, run};

#[tokio::test]
async fn d12_hidden_from_us_it_looks_deleted_and_comes_back_as_what_it_was() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let live = Live::open(&house).await?;
        let start = "2026-11-20T06:00:07Z";
        let garmin = bring(&house, ada, &SourceSlug::GARMIN, &[run(1, start, 3600, 10_020.0)]).await?[0];
        house.clock.advance(Duration::minutes(5));
        live.simulator.add(ME, &recorded(run(2, start, 3600, 10_012.0)));
        let outcomes = house.hub.bring(ada, live.list(Range::default()).await?).await?.outcomes;
        let [Ingested::New(strava)] = outcomes[..] else { panic!("{outcomes:?}") };
        let before = holder(&view, strava).await?.activity;
        house.clock.advance(Duration::days(4));
        // Only the athlete sees it now, and the grant does not cover that: it cannot be told from a deletion.
        live.simulator.show_to(2, "only_me");
        let session = Session { tokens: &live.tokens(false), now: house.clock.now() };
        let asked = live.connector.fetch(&session, &ExternalId::new("2"), Part::Detail).await.outcome;
        assert!(matches!(asked, Err(SourceError::Gone)), "{asked:?}");
        assert_eq!(house.hub.withdraw(ada, &[strava], WithdrawalReason::NotVisible).await?, 1);
        let left = holder(&view, garmin).await?;
        assert_eq!((left.activity.id, left.activity.status), (before.id, Status::SingleSource));
        assert_eq!(name(&left), "Run 1", "Garmin says what Strava no longer shows");
        let record = view.records_by_id(&[strava]).await?.remove(&strava).context("the record")?.record;
        assert_eq!(record.withdrawn.map(|one| one.reason), Some(WithdrawalReason::NotVisible));
        assert!(record.readings.get(Field::Name).is_some(), "what it said is kept");
        // Shown again.
        house.clock.advance(Duration::days(1));
        live.simulator.show_to(2, "everyone");
        let listed = live.list(Range::default()).await?;
        assert_eq!(house.hub.bring(ada, listed.clone()).await?.outcomes, [Ingested::Updated(strava)]);
        assert_eq!(holder(&view, strava).await?.activity, before, "as it was, under its id");
        assert_eq!(house.hub.bring(ada, listed).await?.outcomes, [Ingested::Unchanged(strava)]);
        let told = [Cause::Returned, Cause::Withdrawn, Cause::Matched, Cause::Ingested];
        assert_eq!(causes(&view, before.id).await?, told);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn d15_what_garmin_s_list_lacks_takes_only_garmin_s_own_with_it() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let view = house.view([ada]);
        let mut watch = run(1, "2026-11-20T06:00:07Z", 3600, 10_020.0);
        (watch.heart_rate, watch.cadence) = (Some(150.0), Some(85.0));
        let other = run(2, "2026-11-19T06:00:07Z", 1800, 5_000.0);
        let alone = |account| Physical { case: Case::GarminOnly, strava: Vec::new(), garmin: vec![account] };
        let watched = world(vec![alone(watch), alone(other)])?;
        let simulator = GarminSimulator::start(&watched, house.clock.clone()).await?;
        let connector = open(&simulator.settings()).map_err(anyhow::Error::msg)?;
        let tokens = simulator.tokens().context("tokens")?;
        let list = async || {
            let session = Session { tokens: &tokens, now: house.clock.now() };
            let mut found = Vec::new();
            let mut page = connector.list(&session, Range::default(), None).await.outcome?;
            loop {
                found.append(&mut page.activities);
                let Some(cursor) = page.next else { return anyhow::Ok(found) };
                page = connector.list(&session, Range::default(), Some(&cursor)).await.outcome?;
            }
        };
        let outcomes = house.hub.bring(ada, list().await?).await?.outcomes;
        assert_eq!(outcomes.len(), 2);
        let strava = bring(&house, ada, &SourceSlug::STRAVA, &[run(3, "2026-11-20T06:00:07Z", 3600, 10_012.0)]).await?;
        let before = holder(&view, strava[0]).await?.activity;
        assert_eq!(before.status, Status::Matched);
        house.clock.advance(Duration::minutes(10));
        // Garmin tells nobody of a deletion.
        assert!(simulator.delete("1"));
        let listed: BTreeSet<ExternalId> = list().await?.into_iter().map(|raw| raw.external_id).collect();
        let page = PageRequest { first: Some(100), ..PageRequest::default() };
        let known = view.records(&RecordFilter::default(), &page).await?.items.into_iter().map(|(_, row)| row.record);
        let missing: Vec<_> = known
            .filter(|record| record.source == SourceSlug::GARMIN && !listed.contains(&record.external_id))
            .map(|record| record.id)
            .collect();
        assert_eq!(missing.len(), 1);
        house.hub.withdraw(ada, &missing, WithdrawalReason::Deleted).await?;
        let after = holder(&view, strava[0]).await?.activity;
        assert_eq!((after.id, after.status), (before.id, Status::SingleSource));
        let own = |activity: &domain::Activity| -> BTreeMap<Field, bool> {
            let from = |origin: &Origin| matches!(origin, Origin::Record { record, .. } if missing.contains(record));
            activity.fields.iter().map(|(field, one)| (*field, from(&one.provenance.origin))).collect()
        };
        let (was, is) = (own(&before), own(&after));
        assert!(was[&Field::AerobicTrainingEffect] && was[&Field::AverageHeartRateBpm], "Garmin alone had them");
        for (field, of_garmin) in &was {
            if *of_garmin {
                assert_ne!(is.get(field), Some(&true), "{} is still Garmin's", field.name());
            } else {
                assert_eq!(after.value(*field), before.value(*field), "{} moved", field.name());
            }
        }
        assert!(!is.contains_key(&Field::AerobicTrainingEffect) && !is.contains_key(&Field::AverageHeartRateBpm));
        Ok(())
    })
    .await
}
