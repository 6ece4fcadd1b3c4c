//! The library that people use, pointed at the simulator: what it understands, ours understands rightly.
//!
//! It is a Python package and no part of this repository. Where it is absent the test is skipped, and says so:
//! `python3 -m venv DIR && DIR/bin/pip install -r connectors/checks/requirements.txt`, and that `python3` first in
//! PATH.

use std::process::{Command, Output};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use connectors::simulator::World;
use connectors::strava::simulator::{Deed, StravaSimulator};
use domain::Clock;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::strava_house::{ALL, ATHLETE};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/checks/strava_stravalib.py");

/// The library looks at the system's clock.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from(std::time::SystemTime::now())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_library_that_people_use_understands_the_simulator() {
    let imports = Command::new("python3").args(["-c", "import stravalib"]).output();
    if !imports.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no python3 with stravalib");
        return;
    }
    let simulator = StravaSimulator::start(Arc::new(SystemClock)).await.unwrap();
    let world = World::year(7, SystemClock.now() - chrono::Duration::days(366));
    simulator.fill(ATHLETE, &world, world.end);
    let run = |more: &[&str]| -> Output {
        let settings = simulator.settings();
        let tokens = simulator.grant(ATHLETE, &ALL);
        let command = &mut Command::new("python3");
        command.arg(SCRIPT).arg(simulator.address().to_string()).arg(&settings.values["client_id"]);
        command.arg(settings.secrets["client_secret"].expose_secret());
        command.arg(tokens.refresh.unwrap().expose_secret()).args(more).output().unwrap()
    };
    let output = run(&[]);
    let (said, trouble) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{trouble}");
    let said: Value = serde_json::from_str(&said).unwrap();
    let mut ids: Vec<u64> = said["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, simulator.ids(ATHLETE));
    let accounts = || world.activities.iter().flat_map(|physical| &physical.strava);
    let id = said["detail"]["id"].to_string();
    let account = accounts().find(|account| account.external_id == id).unwrap();
    assert_eq!(said["detail"]["distance"].as_f64(), Some(account.distance_m));
    assert_eq!(said["detail"]["calories"].as_f64(), Some(account.kcal));
    let start: DateTime<Utc> = said["detail"]["start"].as_str().unwrap().parse().unwrap();
    assert_eq!(start.timestamp(), account.start.timestamp());
    let samples = account.recording.as_ref().unwrap().sessions[0].samples.len();
    assert_eq!(said["samples"].as_u64(), Some(samples as u64));
    assert_eq!((said["laps"].as_u64(), said["athlete"].as_u64()), (Some(1), Some(ATHLETE)));
    println!("stravalib read {} activities", said["activities"]);
    assert!(simulator.counts().of(Deed::Refresh) >= 1);

    simulator.suspend(true);
    let output = run(&["suspended"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
