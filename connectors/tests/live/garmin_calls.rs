//! The connector against the simulator, where all goes well: a year is read as it was lived.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, Utc};
use connectors::garmin::connect::simulator::{Age, Call, GarminSimulator, OWNER};
use connectors::garmin::connect::{map_api, open};
use connectors::simulator::{Account, Case, World};
use connectors::{Connector, Cursor, Part, Range, RawActivity, Session, SourceError, Tokens};
use domain::{ArtifactKind, Channel, Clock, ExternalId, Field, Multisport, SourceSlug, StartPrecision};

use crate::garmin_map::number;

/// A clock that is moved by hand.
pub struct Hand(Mutex<DateTime<Utc>>);

impl Hand {
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A simulated year that is over, and the connector that reads it.
pub struct Scene {
    pub clock: Arc<Hand>,
    pub world: World,
    pub simulator: GarminSimulator,
    pub connector: Arc<dyn Connector>,
    pub tokens: Tokens,
}

impl Scene {
    pub async fn set() -> Self {
        let world = World::year(7, "2025-10-01T00:00:00Z".parse().unwrap());
        let clock = Arc::new(Hand(Mutex::new(world.end)));
        let simulator = GarminSimulator::start(&world, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        let connector = open(&simulator.settings()).unwrap();
        let tokens = simulator.tokens().unwrap();
        Self { clock, world, simulator, connector, tokens }
    }

    pub fn session(&self) -> Session<'_> {
        Session { tokens: &self.tokens, now: self.clock.now() }
    }

    pub async fn fetch(&self, id: &str, part: Part) -> Result<Option<domain::Artifact>, SourceError> {
        self.connector.fetch(&self.session(), &ExternalId::new(id), part).await.outcome
    }

    pub async fn page(&self, range: Range, cursor: Option<&Cursor>) -> Result<connectors::Listing, SourceError> {
        self.connector.list(&self.session(), range, cursor).await.outcome
    }

    /// The whole list; `between` happens after each page.
    async fn walk(&self, range: Range, between: impl Fn(usize)) -> Vec<RawActivity> {
        let (mut found, mut cursor, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = self.page(range, cursor.as_ref()).await.unwrap();
            assert_eq!(page.unreadable, []);
            found.extend(page.activities);
            pages += 1;
            assert!(pages < 20, "the walk does not end");
            between(pages);
            cursor = page.next;
            if cursor.is_none() {
                return found;
            }
        }
    }

    /// An activity of that kind.
    pub fn special(&self, case: Case) -> &Account {
        let physical = self.world.activities.iter().find(|physical| physical.case == case).unwrap();
        &physical.garmin[0]
    }
}

fn ids(raws: &[RawActivity]) -> BTreeSet<String> {
    raws.iter().map(|raw| raw.external_id.to_string()).collect()
}

fn listed(accounts: &[Account]) -> BTreeSet<String> {
    accounts.iter().filter(|account| account.parent.is_none()).map(|account| account.external_id.clone()).collect()
}

#[tokio::test]
async fn a_year_is_read_as_it_was_lived() {
    for age in [Age::New, Age::Old] {
        let scene = Scene::set().await;
        scene.simulator.age(age);
        assert_eq!(scene.connector.owner(&scene.session()).await.outcome.unwrap().external_id, OWNER);
        let raws = scene.walk(Range::default(), |_| ()).await;
        let there = scene.simulator.activities();
        assert_eq!(ids(&raws), listed(&there));
        assert!(ids(&raws).len() > 240);
        for raw in &raws {
            assert_eq!((&raw.source, raw.channel), (&SourceSlug::GARMIN, Channel::Api));
            let account = there.iter().find(|account| account.external_id == raw.external_id.as_str()).unwrap();
            let mapped = map_api(raw).unwrap();
            assert_eq!(mapped.defects, [], "{}", account.name);
            assert_eq!(mapped.fingerprint.start, account.start);
            assert_eq!(mapped.fingerprint.sport, account.sport);
            let near = |field: Field, told: Option<f64>| {
                let read = number(&mapped, field);
                assert_eq!(read.is_some(), told.is_some(), "{}: {}", account.name, field.name());
                assert!(read.zip(told).is_none_or(|(read, told)| (read - told).abs() < 0.006), "{}", field.name());
            };
            near(Field::ElapsedTimeS, Some(account.elapsed_s));
            near(Field::MovingTimeS, Some(account.moving_s));
            near(Field::DistanceM, Some(account.distance_m).filter(|metres| *metres > 0.0));
            near(Field::ElevationMaxM, account.gain_m.map(|_| 28.0));
            near(Field::AverageCadenceRpm, account.cadence);
            near(Field::AveragePowerW, account.power);
        }
        assert_eq!(scene.simulator.sign_ins(), 0);
        println!("{age:?}: {} activities in {} calls", ids(&raws).len(), scene.simulator.all_calls());
    }
}

#[tokio::test]
async fn a_list_that_moves_loses_nothing() {
    let scene = Scene::set().await;
    let mut before = scene.simulator.activities();
    before.retain(|account| account.parent.is_none());
    // While it is read, new ones push it down and deletions pull it up.
    let raws = scene
        .walk(Range::default(), |page| {
            for step in 0..7 {
                let gone = &before[(page - 1) * 7 + step];
                assert!(scene.simulator.delete(&gone.external_id));
                if page % 2 == 0 {
                    let id = format!("{}", 990_000_000_000_u64 + (page * 10 + step) as u64);
                    scene.simulator.add(Account { external_id: id, ..before[0].clone() });
                }
            }
        })
        .await;
    let seen = ids(&raws);
    for account in &scene.simulator.activities() {
        let is_new = account.external_id.starts_with("99");
        assert!(is_new || account.parent.is_some() || seen.contains(&account.external_id), "{}", account.external_id);
    }
    assert!(raws.len() > seen.len(), "pages that do not overlap prove nothing");
}

#[tokio::test]
async fn more_may_be_deleted_at_once_than_pages_overlap() {
    let scene = Scene::set().await;
    let mut before = scene.simulator.activities();
    before.retain(|account| account.parent.is_none());
    let raws = scene
        .walk(Range::default(), |page| {
            // Newest ones, and among them the one that the next page is held against.
            for gone in before.iter().skip(60).take(if page == 1 { 40 } else { 0 }) {
                assert!(scene.simulator.delete(&gone.external_id));
            }
        })
        .await;
    assert!(listed(&scene.simulator.activities()).is_subset(&ids(&raws)));
}

#[tokio::test]
async fn a_stretch_of_the_list() {
    let scene = Scene::set().await;
    let (after, before) = (scene.world.end - Duration::days(40), scene.world.end - Duration::days(30));
    let raws = scene.walk(Range { after: Some(after), before: Some(before) }, |_| ()).await;
    let seen = ids(&raws);
    for account in scene.simulator.activities().iter().filter(|account| account.parent.is_none()) {
        let within = (after..=before).contains(&account.start);
        let near = (after - Duration::days(2)..=before + Duration::days(2)).contains(&account.start);
        assert!(!within || seen.contains(&account.external_id));
        assert!(near || !seen.contains(&account.external_id));
    }
    assert!(seen.len() > 5 && seen.len() < 20);
    // A week is one call.
    let calls = scene.simulator.calls(Call::List);
    let week = Range { after: Some(scene.world.end - Duration::days(7)), before: None };
    assert!(!scene.walk(week, |_| ()).await.is_empty());
    assert_eq!(scene.simulator.calls(Call::List), calls + 1);
}

#[tokio::test]
async fn every_part_of_an_activity() {
    let scene = Scene::set().await;
    let account = scene.special(Case::GarminOnly).clone();
    let page = scene.walk(Range::default(), |_| ()).await;
    let mut raw = page.into_iter().find(|raw| raw.external_id.as_str() == account.external_id).unwrap();
    for part in scene.connector.descriptor().parts {
        let before = scene.simulator.all_calls();
        let artifact = scene.fetch(&account.external_id, *part).await.unwrap().unwrap();
        assert_eq!(scene.simulator.all_calls(), before + 1);
        raw.artifacts.push(artifact);
    }
    let kinds: Vec<ArtifactKind> = raw.artifacts.iter().map(|artifact| artifact.kind).collect();
    assert_eq!(
        kinds,
        [
            ArtifactKind::ActivitySummary,
            ArtifactKind::ActivityDetail,
            ArtifactKind::Fit,
            ArtifactKind::Splits,
            ArtifactKind::Zones
        ]
    );
    let fit = raw.artifact(ArtifactKind::Fit).unwrap();
    assert_eq!(fit.filename, Some(format!("{}_ACTIVITY.fit", account.external_id)));
    let mapped = map_api(&raw).unwrap();
    assert_eq!(mapped.defects, []);
    assert_eq!(mapped.keys.file, Some(fit.id()));
    let recording = account.recording.unwrap();
    assert_eq!(mapped.keys.fit.map(|fit| fit.serial), Some(recording.device.serial));
    // Only the file has the track, and only the detail the temperature; the list has the rest.
    let at = |field| mapped.readings.get(field).unwrap().at.artifact;
    assert_eq!(at(Field::SummaryPolyline), ArtifactKind::Fit);
    assert_eq!(at(Field::AverageTemperatureC), ArtifactKind::ActivityDetail);
    assert_eq!(at(Field::DistanceM), ArtifactKind::ActivitySummary);
    // What was never recorded has no file, and is there all the same.
    let typed = scene.special(Case::DistanceInDoubt).external_id.clone();
    assert_eq!(scene.fetch(&typed, Part::File).await, Ok(None));
    assert!(scene.fetch(&typed, Part::Detail).await.unwrap().is_some());
}

#[tokio::test]
async fn legs_are_found_through_their_whole() {
    let scene = Scene::set().await;
    let whole = scene.special(Case::TriathlonWhole).clone();
    let detail = scene.fetch(&whole.external_id, Part::Detail).await.unwrap().unwrap();
    let children = scene.connector.children(&detail);
    let legs: Vec<ExternalId> = scene
        .world
        .activities
        .iter()
        .filter(|physical| physical.case == Case::TriathlonLeg)
        .map(|physical| ExternalId::new(physical.garmin[0].external_id.clone()))
        .collect();
    assert_eq!(children, legs);
    let file = scene.fetch(&whole.external_id, Part::File).await.unwrap().unwrap();
    let raw = |id: &str, artifacts| RawActivity {
        source: SourceSlug::GARMIN,
        channel: Channel::Api,
        external_id: ExternalId::new(id),
        session_index: 0,
        artifacts,
    };
    let mapped = map_api(&raw(&whole.external_id, vec![detail, file.clone()])).unwrap();
    assert_eq!(mapped.multisport, Some(Multisport::Parent));
    // The swim's pulse is not the triathlon's, nor is the swim's key.
    assert_eq!((mapped.keys.file, mapped.readings.get(Field::SummaryPolyline)), (None, None));
    for (index, id) in children.iter().enumerate() {
        let detail = scene.fetch(id.as_str(), Part::Detail).await.unwrap().unwrap();
        assert_eq!(scene.connector.children(&detail), []);
        assert_eq!(scene.fetch(id.as_str(), Part::File).await, Ok(None));
        let mapped = map_api(&raw(id.as_str(), vec![detail, file.clone()])).unwrap();
        assert_eq!(mapped.multisport, Some(Multisport::Leg { parent: ExternalId::new(whole.external_id.clone()) }));
        // Which session of the whole's file it is, the start tells.
        assert_eq!((mapped.keys.file, usize::from(mapped.keys.session_index)), (Some(file.id()), index));
    }
}

#[tokio::test]
async fn an_edit_cuts_the_start_and_the_file_knows_it_whole() {
    let scene = Scene::set().await;
    let account = scene.special(Case::EditedAtGarmin).clone();
    let detail = scene.fetch(&account.external_id, Part::Detail).await.unwrap().unwrap();
    let file = scene.fetch(&account.external_id, Part::File).await.unwrap().unwrap();
    let mut raw = crate::garmin_map::raw(vec![detail, file]);
    let mapped = map_api(&raw).unwrap();
    assert_eq!(mapped.fingerprint.start_precision, StartPrecision::Minute);
    assert_eq!(mapped.fingerprint.start, account.start);
    assert!(mapped.keys.fit.is_some());
    // Another whose second is 0 by its own file is known to the second.
    let recording = account.recording.clone().unwrap();
    let mut part = recording.sessions[0].clone();
    part.start = account.start;
    let exact = connectors::simulator::Recording { device: recording.device, sessions: vec![part] };
    scene.simulator.edit(&account.external_id, |account| account.recording = Some(Arc::new(exact)));
    raw.artifacts[1] = scene.fetch(&account.external_id, Part::File).await.unwrap().unwrap();
    assert_eq!(map_api(&raw).unwrap().fingerprint.start_precision, StartPrecision::Second);
}

#[tokio::test]
async fn what_changes_is_seen_and_what_is_deleted_is_gone() {
    let scene = Scene::set().await;
    let id = scene.special(Case::GarminOnly).external_id.clone();
    scene.simulator.edit(&id, |account| account.name = "Fog".to_owned());
    let detail = scene.fetch(&id, Part::Detail).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&detail.bytes).contains("Fog"));
    assert!(scene.simulator.delete(&id));
    assert_eq!(scene.fetch(&id, Part::Detail).await, Err(SourceError::Gone));
    // Only the activity itself can be said to be gone.
    for part in [Part::Splits, Part::Zones, Part::File] {
        assert_eq!(scene.fetch(&id, part).await, Ok(None));
    }
    // An id that leads elsewhere leads nowhere.
    assert_eq!(scene.fetch("../../userprofile-service/socialProfile", Part::Detail).await, Err(SourceError::Gone));
}
