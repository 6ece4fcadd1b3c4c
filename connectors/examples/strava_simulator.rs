//! A small Strava on a loopback address, for other programs: prints how to reach it and runs until its standard input
//! ends.
//!
//! `cargo run -p connectors --features simulator --example strava_simulator`

use std::io::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use connectors::simulator::World;
use connectors::strava::simulator::StravaSimulator;
use domain::Clock;
use secrecy::ExposeSecret as _;

/// The clients that are checked look at the system's clock.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from(std::time::SystemTime::now())
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let world = World::year(7, SystemClock.now() - chrono::Duration::days(365));
    let simulator = StravaSimulator::start(Arc::new(SystemClock)).await?;
    simulator.fill(1, &world, world.end);
    simulator.sign_in(1);
    let tokens = simulator.grant(1, &["read", "activity:read", "activity:read_all", "profile:read_all"]);
    let settings = simulator.settings();
    // What the client that is checked is started with, word by word.
    let id = settings.values.get("client_id").map(String::as_str).unwrap_or_default();
    let secret = settings.secrets.get("client_secret").map(|secret| secret.expose_secret()).unwrap_or_default();
    let refresh = tokens.refresh.as_ref().map(|token| token.expose_secret()).unwrap_or_default();
    println!("{} {id} {secret} {refresh}", simulator.address());
    std::io::stdout().flush()?;
    let ended = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await;
    ended.map_err(std::io::Error::other)?.map(drop)
}
