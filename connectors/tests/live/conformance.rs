//! What every live source must do, each against its simulator: whoever is on the list of live sources is here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connectors::garmin::connect::simulator::{Call, Mode};
use connectors::strava::simulator::Fault;
use connectors::{Connector, Cursor, Listing, Range, RawActivity, Session, SourceError, Tokens, registry};
use domain::{ExternalId, MediaType};

use crate::garmin_calls::Scene;
use crate::strava_house::House;

/// What is asked when a fault stands ready.
#[derive(Debug, Clone, Copy)]
enum Ask {
    List,
    Detail,
    Refresh,
}

/// A fault made ready, what is asked then, and the class of the refusal.
type Trial = (Box<dyn Fn()>, Ask, &'static str);

/// A connector, and a simulator of its source with a year of activities.
struct Rig {
    connector: Arc<dyn Connector>,
    tokens: Tokens,
    now: chrono::DateTime<chrono::Utc>,
    /// The ids that the list must tell.
    ids: BTreeSet<String>,
    trials: Vec<Trial>,
}

async fn rig(live: &registry::Live) -> Rig {
    match live.connector {
        "strava" => strava(live).await,
        "garmin_connect" => garmin(live).await,
        other => panic!("{other} is a live source without a simulator in this test"),
    }
}

async fn strava(live: &registry::Live) -> Rig {
    let (house, _) = House::with_a_year().await;
    let house = Arc::new(house);
    house.simulator.limit((100_000, 100_000), (100_000, 100_000));
    let fault = |fault: Fault, ask, class| -> Trial {
        let house = Arc::clone(&house);
        match ask {
            Ask::Refresh => (Box::new(move || house.simulator.next_sign_in(fault)), ask, class),
            _ => (Box::new(move || house.simulator.next(fault)), ask, class),
        }
    };
    Rig {
        connector: (live.open)(&house.simulator.settings()).unwrap(),
        tokens: house.tokens.clone(),
        now: house.session().now,
        ids: house.simulator.ids(crate::strava_house::ATHLETE).iter().map(u64::to_string).collect(),
        trials: vec![
            fault(Fault::TokenRefused, Ask::List, "TokenRefused"),
            fault(Fault::MissingScope, Ask::List, "MissingScope"),
            fault(Fault::Inactive, Ask::Detail, "Suspended"),
            fault(Fault::RateLimited, Ask::List, "RateLimited"),
            fault(Fault::Missing, Ask::Detail, "Gone"),
            fault(Fault::Status(503), Ask::List, "Unavailable"),
            fault(Fault::Truncated, Ask::Detail, "Unavailable"),
            fault(Fault::Odd, Ask::List, "Contract"),
            fault(Fault::TooManyAthletes, Ask::Refresh, "LockedOut"),
        ],
    }
}

async fn garmin(live: &registry::Live) -> Rig {
    let scene = Arc::new(Scene::set().await);
    let fault = |call: Call, mode: Mode, ask, class| -> Trial {
        let scene = Arc::clone(&scene);
        (Box::new(move || scene.simulator.next(call, mode)), ask, class)
    };
    // A leg is told of by its whole, and not by the list.
    let accounts = scene.simulator.activities();
    let listed = accounts.iter().filter(|account| account.parent.is_none());
    Rig {
        connector: (live.open)(&scene.simulator.settings()).unwrap(),
        tokens: scene.tokens.clone(),
        now: scene.session().now,
        ids: listed.map(|account| account.external_id.clone()).collect(),
        trials: vec![
            fault(Call::List, Mode::TokenRefused, Ask::List, "TokenRefused"),
            fault(Call::List, Mode::RateBan, Ask::List, "RateLimited"),
            fault(Call::Detail, Mode::NotFound, Ask::Detail, "Gone"),
            fault(Call::List, Mode::Broken, Ask::List, "Unavailable"),
            fault(Call::List, Mode::OtherShape, Ask::List, "Contract"),
            fault(Call::Refresh, Mode::RefreshDead, Ask::Refresh, "GrantDead"),
        ],
    }
}

impl Rig {
    fn session(&self) -> Session<'_> {
        Session { tokens: &self.tokens, now: self.now }
    }

    /// From a place to the end.
    async fn walk(&self, from: Option<Cursor>) -> Vec<Listing> {
        let (mut pages, mut next) = (Vec::new(), from);
        loop {
            let reply = self.connector.list(&self.session(), Range::default(), next.as_ref()).await;
            let page = reply.outcome.unwrap();
            next = page.next.clone();
            pages.push(page);
            assert!(pages.len() < 200, "the walk does not end");
            if next.is_none() {
                return pages;
            }
        }
    }

    async fn ask(&self, ask: Ask) -> Result<(), SourceError> {
        let id = ExternalId::new(self.ids.iter().next().unwrap().clone());
        let first = self.connector.descriptor().parts[0];
        match ask {
            Ask::List => self.connector.list(&self.session(), Range::default(), None).await.outcome.map(drop),
            Ask::Detail => self.connector.fetch(&self.session(), &id, first).await.outcome.map(drop),
            Ask::Refresh => self.connector.refresh(&self.tokens).await.outcome.map(drop),
        }
    }
}

fn ids<'a>(pages: impl IntoIterator<Item = &'a Listing>) -> BTreeSet<String> {
    pages.into_iter().flat_map(|page| &page.activities).map(|raw| raw.external_id.to_string()).collect()
}

/// Reads an activity whose documents are cut off somewhere: it ends, whatever it says.
fn cut(raw: &RawActivity, map: connectors::Mapper) {
    for index in 0..raw.artifacts.len() {
        let length = raw.artifacts[index].bytes.len();
        for share in 0..8 {
            let mut cut = raw.clone();
            cut.artifacts[index].bytes.truncate(length * share / 8);
            let _ = map(&cut);
        }
    }
}

#[tokio::test]
async fn every_live_source_keeps_the_contract() {
    for live in registry::LIVE {
        let rig = rig(live).await;
        let descriptor = rig.connector.descriptor().clone();
        assert_eq!(descriptor.connector, live.connector);
        let map = registry::mapper(&descriptor.source, descriptor.channel).expect("a way to read what it gives");

        // The walk reaches its end and tells of all, and so does one that goes on from any place.
        let pages = rig.walk(None).await;
        assert_eq!(ids(&pages), rig.ids, "{}", live.connector);
        for (number, page) in pages.iter().enumerate().filter(|(_, page)| page.next.is_some()) {
            let rest = rig.walk(page.next.clone()).await;
            assert_eq!(ids(pages[..=number].iter().chain(&rest)), rig.ids, "{} from {number}", live.connector);
        }

        // What is read of an activity stands where it is said to stand.
        let mut raws: BTreeMap<ExternalId, RawActivity> = BTreeMap::new();
        for raw in pages.into_iter().flat_map(|page| page.activities) {
            assert_eq!((&raw.source, raw.channel), (&descriptor.source, descriptor.channel));
            raws.insert(raw.external_id.clone(), raw);
        }
        let (mut readings, mut defects) = (0, 0);
        for raw in raws.values_mut().step_by(9) {
            for part in descriptor.parts {
                let reply = rig.connector.fetch(&rig.session(), &raw.external_id, *part).await;
                raw.artifacts.extend(reply.outcome.unwrap());
            }
            let mapped = map(raw).unwrap();
            defects += mapped.defects.len();
            for (field, reading) in mapped.readings.iter() {
                let artifact = raw.artifact(reading.at.artifact).expect("the artifact is the record's");
                if artifact.media_type == MediaType::JSON {
                    let document: serde_json::Value = serde_json::from_slice(&artifact.bytes).unwrap();
                    assert!(document.pointer(&reading.at.path).is_some(), "{}: {:?}", field.name(), reading.at);
                }
                readings += 1;
            }
            cut(raw, map);
        }
        println!("{}: {} listed, {readings} readings, {defects} defects", live.connector, rig.ids.len());
        assert_eq!(defects, 0);

        // Each failure has its class, tells no secret, and passes.
        for (make_ready, ask, class) in &rig.trials {
            make_ready();
            let error = rig.ask(*ask).await.unwrap_err();
            let words = format!("{error:?}");
            assert!(words.starts_with(class), "{}: {ask:?}: {words} for {class}", live.connector);
            assert!(rig.ask(*ask).await.is_ok(), "{}: {class} has passed", live.connector);
        }
    }
}
