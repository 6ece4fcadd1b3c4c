//! Garmin Connect on a loopback address, for other programs: prints its address and runs until its standard input ends.
//!
//! `cargo run -p connectors --features simulator --example garmin_simulator [--second-factor] [--any-order]`

use std::io::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use connectors::garmin::connect::simulator::GarminSimulator;
use connectors::simulator::World;
use domain::Clock;

/// The clients that are checked look at the system's clock.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from(std::time::SystemTime::now())
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let start = SystemClock.now() - chrono::Duration::days(365);
    let simulator = GarminSimulator::start(&World::year(7, start), Arc::new(SystemClock)).await?;
    simulator.second_factor(std::env::args().any(|argument| argument == "--second-factor"));
    // Some clients sign in without the page.
    simulator.page_first(!std::env::args().any(|argument| argument == "--any-order"));
    println!("{}", simulator.base());
    std::io::stdout().flush()?;
    let ended = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await;
    ended.map_err(std::io::Error::other)?.map(drop)
}
