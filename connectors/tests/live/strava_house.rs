//! A small Strava, a connector to it, an athlete who granted everything, and a clock that is moved by hand.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, Utc};
use connectors::simulator::World;
use connectors::strava::Strava;
use connectors::strava::simulator::StravaSimulator;
use connectors::{Connector, Cursor, Listing, Mapped, Part, Range, RawActivity, Reply, Session, Tokens};
use domain::{Artifact, Clock, ExternalId};

/// The athlete.
pub const ATHLETE: u64 = 1_234_567;

/// Everything that the connector asks for.
pub const ALL: [&str; 4] = ["read", "activity:read", "activity:read_all", "profile:read_all"];

/// A clock that stands until it is moved.
pub struct Stepped(Mutex<DateTime<Utc>>);

impl Stepped {
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self(Mutex::new(instant))
    }

    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Stepped {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

pub struct House {
    pub simulator: StravaSimulator,
    pub strava: Strava,
    pub clock: Arc<Stepped>,
    pub tokens: Tokens,
}

impl House {
    /// Without an activity, at noon of a day in autumn.
    pub async fn new() -> Self {
        let clock = Arc::new(Stepped::at(instant("2026-11-01T12:00:00Z")));
        let simulator = StravaSimulator::start(Arc::<Stepped>::clone(&clock)).await.unwrap();
        simulator.add_athlete(ATHLETE);
        let tokens = simulator.grant(ATHLETE, &ALL);
        let strava = Strava::open(&simulator.settings()).unwrap();
        Self { simulator, strava, clock, tokens }
    }

    /// With a year of activities.
    pub async fn with_a_year() -> (Self, World) {
        let house = Self::new().await;
        let world = World::year(7, instant("2025-11-01T00:00:00Z"));
        house.simulator.fill(ATHLETE, &world, world.end);
        (house, world)
    }

    pub fn session(&self) -> Session<'_> {
        Session { tokens: &self.tokens, now: self.clock.now() }
    }

    pub async fn page(&self, range: Range, cursor: Option<&Cursor>) -> Listing {
        self.strava.list(&self.session(), range, cursor).await.outcome.unwrap()
    }

    /// Every page of a range, and each one's activities.
    pub async fn walk(&self, range: Range) -> Vec<Listing> {
        let mut pages = vec![self.page(range, None).await];
        while let Some(cursor) = pages.last().unwrap().next.clone() {
            assert!(pages.len() < 500, "the walk does not end");
            pages.push(self.page(range, Some(&cursor)).await);
        }
        pages
    }

    pub async fn ask(&self, id: u64, part: Part) -> Reply<Option<Artifact>> {
        self.strava.fetch(&self.session(), &ExternalId::new(id.to_string()), part).await
    }

    pub async fn fetch(&self, id: u64, part: Part) -> Option<Artifact> {
        self.ask(id, part).await.outcome.unwrap()
    }
}

pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// How the registry reads it.
pub fn map(raw: &RawActivity) -> Mapped {
    connectors::registry::mapper(&raw.source, raw.channel).unwrap()(raw).unwrap()
}
