//! A page of 50 activities as a dashboard asks for it, beside a bare server that answers the same bytes from one
//! hand-written SQL statement.
//!
//! `cargo bench -p tests --bench page` (add `-- postgres` for the tests' own PostgreSQL, `-- 1000000` for that many
//! activities of other athletes around it). Server CPU a request, of every thread that is not the client's; on
//! PostgreSQL its own processes are counted as well. Compares nothing and fails only where the bytes differ: figures
//! are for people.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark that cannot go on ends")]

#[path = "page/bare.rs"]
mod bare;
#[path = "page/cpu.rs"]
mod cpu;

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use connectors::simulator::World;
use domain::AthleteId;
use hub::{Hub, Settings, SystemClock};
use reconcile::Policy;
use reqwest::Client;
use serde_json::{Value, json};
use tests::house::House;

/// What is asked.
const QUERY: &str = "query Page($athlete: ID!, $after: String) {
  activities(first: 50, after: $after, filter: { athleteIds: [$athlete] }) {
    nodes {
      id name sportType status startTimeUtc elapsedTimeS movingTimeS distanceM elevationGainM averageSpeedMps
      averageHeartRateBpm energyKcal
      provenance(fields: [NAME, SPORT_TYPE, START_TIME_UTC, ELAPSED_TIME_S, MOVING_TIME_S, DISTANCE_M, ELEVATION_GAIN_M,
        AVERAGE_SPEED_MPS, AVERAGE_HEART_RATE_BPM, MAX_HEART_RATE_BPM, ENERGY_KCAL, DEVICE]) {
        field value rule agreement path source { slug } alternatives { value source { slug } }
      }
      sourceRecords { id externalId channel source { slug } }
    }
  }
}";

/// Requests of a measurement.
const REQUESTS: u32 = 400;

/// Three years of one athlete, both sources.
async fn fill(hub: &Hub, athlete: AthleteId, folder: &std::path::Path) {
    for year in 0..3 {
        let start: DateTime<Utc> = format!("{}-01-01T00:00:00Z", 2022 + year).parse().expect("an instant");
        let world = World::year(8 + year, start);
        for (name, write) in [
            (
                "strava",
                World::write_strava_export as fn(&World, &std::path::Path, DateTime<Utc>) -> std::io::Result<()>,
            ),
            ("garmin", World::write_garmin_export),
        ] {
            let export = folder.join(format!("{name}-{year}"));
            write(&world, &export, start + Duration::days(365)).expect("an export");
            hub.import(athlete, &export, None, &|_| {}, &|| false).await.expect("an import");
        }
    }
}

async fn measure(client: &Client, url: &str, token: &str, body: &Value) -> f64 {
    let send = async || {
        let response = client.post(url).bearer_auth(token).json(body).send().await.expect("an answer");
        response.bytes().await.expect("a body").len()
    };
    for _ in 0..20 {
        send().await;
    }
    let before = cpu::server_micros();
    for _ in 0..REQUESTS {
        send().await;
    }
    (cpu::server_micros() - before) / f64::from(REQUESTS)
}

fn main() {
    // The client has a runtime of its own, so that its threads can be told from the server's.
    let runtime = |name| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(name)
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let (server, client) = (runtime("server"), runtime(cpu::CLIENT));
    let words: Vec<String> = std::env::args().collect();
    let others = words.iter().filter_map(|word| word.parse::<usize>().ok()).next().unwrap_or(0);
    let on_postgres = words.iter().any(|word| word == "postgres");
    let folder = tempfile::tempdir().expect("a folder");
    let (door, bare, athlete, token) = server.block_on(async {
        let url = match on_postgres {
            true => tests::postgres::fresh().await.expect("PostgreSQL starts").expect("PostgreSQL is installed"),
            false => format!("sqlite://{}", folder.path().join("hub.db").display()),
        };
        let house = House::standing(url.clone(), tempfile::tempdir().expect("a folder")).await.expect("a house");
        let athlete = house.athlete("Ada").await.expect("an athlete");
        fill(&house.hub, athlete, folder.path()).await;
        crowd(&url, &folder, others).await;
        let door = tests::door::Door::of(&house).await.expect("a door");
        let token = door.token("activities:read", &[athlete]).await.expect("a token");
        let bare = bare::serve(&url).await;
        (door, bare, athlete, token)
    });
    client.block_on(async {
        let client = Client::builder().build().expect("a client");
        let body = json!({ "query": QUERY, "variables": { "athlete": athlete.to_string() } });
        let url = format!("{}/graphql", door.address);
        let ours = client.post(&url).bearer_auth(&token).json(&body).send().await.expect("an answer");
        let ours = ours.text().await.expect("a body");
        let plain = json!({ "athlete": athlete.uuid().to_string() });
        let theirs = client.post(&bare).json(&plain).send().await.expect("an answer").text().await.expect("a body");
        if ours != theirs {
            let at = ours.bytes().zip(theirs.bytes()).take_while(|(a, b)| a == b).count();
            let from = at.saturating_sub(80);
            panic!("the bytes differ:\n{:?}\n{:?}", ours.get(from..at + 120), theirs.get(from..at + 120));
        }
        let hub = measure(&client, &url, &token, &body).await;
        let bare = measure(&client, &bare, "", &plain).await;
        println!("{} bytes, {others} activities of others", ours.len());
        println!("the hub   {hub:>8.0} µs server CPU a request");
        println!("bare      {bare:>8.0} µs server CPU a request");
        println!("ratio     {:>8.2}", hub / bare);
    });
    drop(door);
}

/// Activities of other athletes, as many as were asked for.
async fn crowd(url: &str, folder: &tempfile::TempDir, others: usize) {
    let settings = Settings {
        database_url: url.to_owned(),
        artifacts_url: format!("file://{}", folder.path().join("crowd").display()),
        policy: Policy::built_in(),
    };
    let hub = Hub::open(settings, Arc::new(SystemClock)).await.expect("a hub");
    let start: DateTime<Utc> = "2023-01-01T00:00:00Z".parse().expect("an instant");
    let export = folder.path().join("crowd-export");
    World::year(3, start).write_strava_export(&export, start + Duration::days(365)).expect("an export");
    let mut there = 0;
    while there < others {
        let athlete = hub.create_athlete(&format!("Athlete {there}")).await.expect("an athlete").id;
        let report = hub.import(athlete, &export, None, &|_| {}, &|| false).await.expect("an import");
        there += usize::try_from(report.records_new).expect("a count");
    }
}
