//! The walk through the list, against the simulator.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use connectors::simulator::Case;
use connectors::strava::simulator::{Deed, Fault};
use connectors::{Connector, Cursor, Listing, Part, Range, SourceError};
use domain::{ArtifactKind, Field, StartPrecision, Value};

use crate::script::{Said, Script};
use crate::strava_errors::{settings, tokens};
use crate::strava_house::{ATHLETE, House, instant, map};

fn ids(pages: &[Listing]) -> BTreeSet<u64> {
    let raws = pages.iter().flat_map(|page| &page.activities);
    raws.map(|raw| raw.external_id.as_str().parse().unwrap()).collect()
}

#[tokio::test]
async fn a_year_is_listed_as_its_export_has_it() {
    let (house, world) = House::with_a_year().await;
    let pages = house.walk(Range::default()).await;
    let expected: BTreeSet<u64> =
        world.activities.iter().flat_map(|p| &p.strava).map(|a| a.external_id.parse().unwrap()).collect();
    assert_eq!(ids(&pages), expected);
    assert!(expected.len() > 230);
    println!("{} activities on {} pages", expected.len(), pages.len());
    // Two full pages at most, the overlaps, and the empty one at the end.
    assert!(pages.len() <= 5);
    assert!(pages.last().unwrap().activities.is_empty());
    assert_eq!(house.simulator.counts().of(Deed::List) as usize, pages.len());
    for raw in pages.iter().flat_map(|page| &page.activities) {
        let id: u64 = raw.external_id.as_str().parse().unwrap();
        let listed = std::str::from_utf8(&raw.artifacts[0].bytes).unwrap();
        assert_eq!(listed, house.simulator.summary(id).unwrap().to_string());
    }
}

#[tokio::test]
async fn listed_and_fetched_a_year_says_what_it_is() {
    let (house, world) = House::with_a_year().await;
    let mut raws: BTreeMap<String, _> = BTreeMap::new();
    for raw in house.walk(Range::default()).await.into_iter().flat_map(|page| page.activities) {
        raws.insert(raw.external_id.to_string(), raw);
    }
    house.simulator.limit((100_000, 100_000), (100_000, 100_000));
    for physical in &world.activities {
        for account in &physical.strava {
            let mut raw = raws.remove(&account.external_id).unwrap();
            let id = account.external_id.parse().unwrap();
            for part in house.strava.descriptor().parts {
                raw.artifacts.extend(house.fetch(id, *part).await);
            }
            let mapped = map(&raw);
            assert_eq!(mapped.defects, []);
            assert_eq!(mapped.fingerprint.start, account.start);
            let close = |field, expected: Option<f64>| {
                let found = mapped.readings.number(field).map(domain::Milli::as_f64);
                let same = found.zip(expected).is_some_and(|(a, b)| (a - b).abs() < 0.51);
                assert!(same || (found.is_none() && expected.is_none()), "{} of {}", field.name(), account.name);
            };
            close(Field::ElapsedTimeS, Some(account.elapsed_s));
            close(Field::MovingTimeS, Some(account.moving_s));
            close(Field::DistanceM, Some(account.distance_m).filter(|metres| *metres > 0.0));
            close(Field::EnergyKcal, Some(account.kcal));
            close(Field::AverageHeartRateBpm, account.heart_rate);
            close(Field::AveragePowerW, account.power);
            close(Field::AverageCadenceRpm, account.cadence);
            close(Field::ElevationGainM, account.gain_m);
            assert_eq!(mapped.readings.value(Field::Name), Some(&Value::Text(account.name.clone())));
            let gear = account.gear.map(|gear| Value::Text(gear.to_owned()));
            assert_eq!(mapped.readings.value(Field::Gear), gear.as_ref());
            assert_eq!(mapped.fingerprint.manual, physical.case == Case::Manual);
            // What was typed in has no series and no laps.
            let kinds: BTreeSet<ArtifactKind> = raw.artifacts.iter().map(|artifact| artifact.kind).collect();
            let recorded = account.recording.is_some();
            assert_eq!(kinds.contains(&ArtifactKind::Streams), recorded);
            assert_eq!(kinds.contains(&ArtifactKind::Laps), recorded);
            assert_eq!(mapped.readings.get(Field::Streams).is_some(), recorded);
        }
    }
    assert!(raws.is_empty());
}

#[tokio::test]
async fn activities_that_come_and_go_meanwhile_cost_none_of_the_others() {
    let house = House::new().await;
    house.simulator.fill_with_runs(ATHLETE, 1_000, 650, instant("2026-10-30T08:00:00Z"));
    let before: BTreeSet<u64> = house.simulator.ids(ATHLETE).into_iter().collect();
    let first = house.page(Range::default(), None).await;
    // Pages by number would now skip ten, and show twenty others twice.
    let newest = *before.last().unwrap();
    for id in newest - 29..=newest - 20 {
        house.simulator.delete(id);
    }
    house.simulator.fill_with_runs(ATHLETE, 9_000, 20, instant("2026-11-01T09:00:00Z"));
    let mut pages = vec![first];
    while let Some(cursor) = pages.last().unwrap().next.clone() {
        pages.push(house.page(Range::default(), Some(&cursor)).await);
    }
    let seen = ids(&pages);
    assert!(before.is_subset(&seen), "{} lost", before.difference(&seen).count());
}

#[tokio::test]
async fn a_walk_goes_on_from_any_of_its_places() {
    let house = House::new().await;
    house.simulator.fill_with_runs(ATHLETE, 1_000, 500, instant("2026-10-30T08:00:00Z"));
    let pages = house.walk(Range::default()).await;
    let all = ids(&pages);
    for (number, page) in pages.iter().enumerate() {
        let Some(cursor) = &page.next else { continue };
        let (mut rest, mut next) = (Vec::new(), Some(cursor.clone()));
        while let Some(cursor) = next {
            let page = house.page(Range::default(), Some(&cursor)).await;
            next = page.next.clone();
            rest.push(page);
        }
        let seen: BTreeSet<u64> = ids(&pages[..=number]).union(&ids(&rest)).copied().collect();
        assert_eq!(seen, all);
    }
}

#[tokio::test]
async fn more_of_one_second_than_a_page_holds() {
    let (house, world) = House::with_a_year().await;
    let known = house.simulator.ids(ATHLETE).len();
    // A bulk upload of files without times, in the middle of the year.
    let mut account = world.activities.iter().flat_map(|p| &p.strava).nth(150).unwrap().clone();
    account.recording = None;
    for id in 1_000..1_450 {
        account.external_id = id.to_string();
        house.simulator.add(ATHLETE, &account);
    }
    let pages = house.walk(Range::default()).await;
    assert_eq!(ids(&pages).len(), known + 450);
}

#[tokio::test]
async fn hidden_starts_hide_no_other_activity() {
    let house = House::new().await;
    // Three a day: the oldest of a page has others of its day behind it.
    house.simulator.fill_with_runs(ATHLETE, 1_000, 640, instant("2026-10-30T08:00:00Z"));
    for id in house.simulator.ids(ATHLETE) {
        house.simulator.hide_start(id);
    }
    let pages = house.walk(Range::default()).await;
    assert_eq!(ids(&pages).len(), 640);
    let mapped = map(&pages[0].activities[0]);
    assert_eq!(mapped.fingerprint.start_precision, StartPrecision::LocalDate);
}

#[tokio::test]
async fn a_range_is_walked_and_no_more() {
    let house = House::new().await;
    house.simulator.fill_with_runs(ATHLETE, 1_000, 600, instant("2026-10-30T08:00:00Z"));
    let (after, before) = (instant("2026-06-01T00:00:00Z"), instant("2026-09-01T00:00:00Z"));
    let range = Range { after: Some(after), before: Some(before) };
    let pages = house.walk(range).await;
    for raw in pages.iter().flat_map(|page| &page.activities) {
        let start = map(raw).fingerprint.start;
        assert!(start >= after - Duration::seconds(1) && start <= before + Duration::seconds(1));
    }
    // 92 days, one run every ten hours.
    assert!((220..=222).contains(&ids(&pages).len()), "{}", ids(&pages).len());
    // From then on: newest first all the same, and to the end.
    let since = ids(&house.walk(Range { after: Some(after), before: None }).await);
    assert!(since.is_superset(&ids(&pages)) && since.contains(&1_599));
}

#[tokio::test]
async fn what_lies_after_now_is_never_asked_for() {
    let house = House::new().await;
    house.simulator.fill_with_runs(ATHLETE, 1_000, 3, instant("2026-10-30T08:00:00Z"));
    let after = instant("2026-11-01T12:00:00Z") + Duration::days(3);
    assert!(house.page(Range { after: Some(after), before: None }, None).await.activities.is_empty());
}

#[tokio::test]
async fn a_private_activity_is_listed_only_to_who_may_see_it() {
    let mut house = House::new().await;
    house.simulator.fill_with_runs(ATHLETE, 1_000, 10, instant("2026-10-30T08:00:00Z"));
    house.simulator.show_to(1_004, "only_me");
    assert_eq!(ids(&house.walk(Range::default()).await).len(), 10);
    house.tokens = house.simulator.grant(ATHLETE, &["read", "activity:read"]);
    assert_eq!(ids(&house.walk(Range::default()).await).len(), 9);
    assert_eq!(house.ask(1_004, Part::Detail).await.outcome, Err(SourceError::Gone));
    house.tokens = house.simulator.grant(ATHLETE, &["read"]);
    let refused = house.strava.list(&house.session(), Range::default(), None).await.outcome.unwrap_err();
    assert_eq!(refused, SourceError::MissingScope("activity:read".to_owned()));
}

#[tokio::test]
async fn what_is_no_activity_is_kept_aside() {
    let list = r#"[{"id":1,"start_date":"2026-01-02T00:00:00Z"},{"name":"no id"},7,{"id":"22","name":"a\u0062"},{"id":-3},
        {"id":18446744073709551615}]"#;
    let script = Script::start([Said::json(200, list)]).await;
    let strava = connectors::strava::Strava::open(&settings(&script)).unwrap();
    let tokens = tokens();
    let session = connectors::Session { tokens: &tokens, now: instant("2026-11-01T12:00:00Z") };
    let page = strava.list(&session, Range::default(), None).await.outcome.unwrap();
    let ids: Vec<&str> = page.activities.iter().map(|raw| raw.external_id.as_str()).collect();
    assert_eq!(ids, ["1", "22", "18446744073709551615"]);
    assert_eq!(page.unreadable.len(), 3);
    // Verbatim: not one byte was written again.
    assert_eq!(&page.activities[1].artifacts[0].bytes[..], br#"{"id":"22","name":"a\u0062"}"#);
    let asked = script.asked().remove(0);
    assert_eq!((asked.method.as_str(), asked.body.as_str()), ("GET", ""));
    assert_eq!(asked.authorization, "Bearer the access token");
    assert!(asked.uri.starts_with("/api/v3/athlete/activities?per_page=200&page=1"), "{}", asked.uri);
    assert!(!asked.uri.contains("token"));
}

#[tokio::test]
async fn a_place_of_somebody_else_is_refused_without_a_call() {
    let house = House::new().await;
    for odd in ["", "7", "x/1", "1/x", "1/-1"] {
        let cursor = Cursor(odd.to_owned());
        let reply = house.strava.list(&house.session(), Range::default(), Some(&cursor)).await;
        assert!(matches!(reply.outcome, Err(SourceError::Contract(_))), "{odd}");
    }
    for odd in ["", "../athlete", "1/2", "1?x", "123456789012345678901"] {
        let reply = house.strava.fetch(&house.session(), &domain::ExternalId::new(odd), Part::Detail).await;
        assert!(matches!(reply.outcome, Err(SourceError::Contract(_))), "{odd}");
    }
    assert!(house.simulator.counts().calls.is_empty());
}

#[tokio::test]
async fn an_activity_that_is_worked_on_is_not_there_and_then_not_whole() {
    let (house, world) = House::with_a_year().await;
    let account = world.activities.iter().flat_map(|p| &p.strava).find(|a| a.recording.is_some()).unwrap();
    let mut account = account.clone();
    account.external_id = "77".to_owned();
    let now = instant("2026-11-01T12:00:00Z");
    house.simulator.add_unready(ATHLETE, &account, now + Duration::minutes(2), now + Duration::minutes(9));
    assert_eq!(house.ask(77, Part::Detail).await.outcome, Err(SourceError::Gone));
    house.clock.advance(Duration::minutes(2));
    assert!(house.fetch(77, Part::Detail).await.is_some());
    assert_eq!(house.fetch(77, Part::Streams).await, None);
    house.clock.advance(Duration::minutes(7));
    assert!(house.fetch(77, Part::Streams).await.is_some());
}

#[tokio::test]
async fn limits_of_the_simulator_are_those_of_strava() {
    let house = House::new().await;
    house.simulator.fill_with_runs(ATHLETE, 1_000, 1, instant("2026-10-30T08:00:00Z"));
    for _ in 0..100 {
        assert!(house.ask(1_000, Part::Laps).await.outcome.is_ok());
    }
    let refused = house.ask(1_000, Part::Laps).await;
    let until = Some(instant("2026-11-01T12:15:00Z"));
    assert_eq!(refused.outcome, Err(SourceError::RateLimited { until }));
    // The refused call counts too.
    assert_eq!(refused.limits.iter().find(|l| l.reads_only && l.window_s == 900).unwrap().used, 101);
    house.clock.advance(Duration::minutes(15));
    assert!(house.ask(1_000, Part::Laps).await.outcome.is_ok());
    let counts = house.simulator.counts();
    assert_eq!(counts.refused.values().sum::<u32>(), 1);
    assert_eq!(counts.quarters.values().copied().collect::<Vec<_>>(), [101, 1]);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let house = House::new().await;
    house.simulator.fill_with_runs(ATHLETE, 1_000, 3, instant("2026-10-30T08:00:00Z"));
    house.simulator.next(Fault::Truncated);
    let reply = house.strava.list(&house.session(), Range::default(), None).await;
    assert!(matches!(reply.outcome, Err(SourceError::Unavailable(_))));
    // The next one is whole again.
    assert_eq!(house.page(Range::default(), None).await.activities.len(), 3);
}
