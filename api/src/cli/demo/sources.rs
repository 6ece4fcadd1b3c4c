//! The simulated sources: a small Strava and a small Garmin Connect on loopback ports of this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use connectors::garmin::connect::simulator::GarminSimulator;
use connectors::registry::Settings;
use connectors::simulator::World;
use connectors::strava::simulator::{StravaSimulator, consent};
use connectors::{garmin, strava};
use domain::{AthleteId, Clock};
use hub::{AccountRow, Hub, SteppedClock, SystemClock};
use secrecy::ExposeSecret as _;
use url::Url;

/// The athlete's number at the simulated Strava.
const ATHLETE: u64 = 9_007_199_254_740_993;
/// Calls that the simulated Strava grants in a quarter of an hour and in a day: nobody waits for a window here.
const GRANTED: (u32, u32) = (100_000, 100_000);
/// The politeness that the simulated Garmin Connect wants: none.
const POLITENESS: [(&str, &str); 2] = [("calls_per_minute", "10000"), ("spacing", "0s")];

/// The clock of the simulated sources: the demo's past, until it ends.
struct Handed {
    past: Arc<SteppedClock>,
    is_over: AtomicBool,
}

impl Clock for Handed {
    fn now(&self) -> DateTime<Utc> {
        if self.is_over.load(Ordering::SeqCst) { SystemClock.now() } else { self.past.now() }
    }
}

/// Both sources. They end when they are dropped.
pub(super) struct Sources {
    strava: StravaSimulator,
    garmin: GarminSimulator,
    clock: Arc<Handed>,
}

impl Sources {
    /// Starts both on that clock. What Garmin Connect has of the world follows the clock; Strava has nothing yet.
    pub(super) async fn start(world: &World, past: Arc<SteppedClock>) -> anyhow::Result<Self> {
        let clock = Arc::new(Handed { past, is_over: AtomicBool::new(false) });
        let busy = "the simulated sources find no free port of the loopback address";
        let strava = StravaSimulator::start(clock.clone()).await.context(busy)?;
        strava.add_athlete(ATHLETE);
        strava.limit(GRANTED, GRANTED);
        let garmin = GarminSimulator::start(world, clock.clone()).await.context(busy)?;
        Ok(Self { strava, garmin, clock })
    }

    /// From now on their clock is the system's.
    pub(super) fn leave_the_past(&self) {
        self.clock.is_over.store(true, Ordering::SeqCst);
    }

    /// Strava gets what was done until then.
    pub(super) fn upload_to_strava(&self, world: &World, until: DateTime<Utc>) {
        self.strava.fill(ATHLETE, world, until);
    }

    /// How many calls they were asked.
    pub(super) fn calls(&self) -> u64 {
        let strava: u64 = self.strava.counts().calls.values().map(|calls| u64::from(*calls)).sum();
        strava + self.garmin.all_calls()
    }

    /// What the configuration says of them.
    pub(super) fn configuration(&self) -> toml::Table {
        let section = |settings: Settings, more: &[(&str, &str)]| {
            let mut section = toml::Table::new();
            let secrets = settings.secrets.iter().map(|(key, secret)| (key.as_str(), secret.expose_secret()));
            let values = settings.values.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            for (key, value) in values.chain(secrets).chain(more.iter().copied()).chain([("enabled", "true")]) {
                section.insert(key.to_owned(), value.into());
            }
            section
        };
        let mut sources = toml::Table::new();
        sources.insert(strava::NAME.to_owned(), section(self.strava.settings(), &[]).into());
        sources.insert(garmin::connect::NAME.to_owned(), section(self.garmin.settings(), &POLITENESS).into());
        sources
    }

    /// Connects an athlete to both.
    pub(super) async fn connect(&self, hub: &Hub, athlete: AthleteId) -> anyhow::Result<[AccountRow; 2]> {
        let strava = self.connect_strava(hub, athlete).await.context("connect to the simulated Strava")?;
        let tokens = self.garmin.tokens().context("the simulated Garmin Connect gave no tokens")?;
        let garmin = hub.adopt_tokens(athlete, garmin::connect::NAME, tokens).await?;
        Ok([strava, garmin])
    }

    /// As a person does in a browser.
    async fn connect_strava(&self, hub: &Hub, athlete: AthleteId) -> anyhow::Result<AccountRow> {
        let redirect = Url::parse("http://127.0.0.1/oauth/strava/callback")?;
        let page = hub.begin_connect(athlete, strava::NAME, &redirect).await?;
        let back = consent(page).await?;
        Ok(hub.finish_connect(strava::NAME, &back.state, &back.code, back.scope.as_deref()).await?)
    }
}
