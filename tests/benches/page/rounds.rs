//! Requests in rounds, and what they cost.

use reqwest::Client;
use serde_json::{Value, json};
use tests::cpu::{self, Server};
use tokio::runtime::Runtime;

/// What is asked.
pub const QUERY: &str = "query Page($athlete: ID!, $after: String) {
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

/// Rounds; their median is told. What else runs on the machine disturbs some of them.
const ROUNDS: usize = 9;
/// Requests of a round.
const REQUESTS: u32 = 60;
/// Requests before the first round: caches, prepared statements and the other server's compiler.
const WARM: u32 = 150;

/// A server's runtime, and a client's of its own, so that its threads can be told from the server's.
pub fn runtimes() -> (Runtime, Runtime) {
    let runtime = |name| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(name)
            .enable_all()
            .build()
            .expect("a runtime")
    };
    (runtime("server"), runtime(cpu::CLIENT))
}

/// A request, and who answers it.
pub struct Asked {
    /// What it is called in the table.
    pub name: String,
    /// Where it goes.
    pub url: String,
    /// Who answers.
    pub server: Server,
    token: String,
    body: Vec<u8>,
}

impl Asked {
    /// A query to the hub of this process.
    pub fn new(name: &str, url: String, token: &str, query: &str, variables: Value) -> Self {
        let body = json!({ "query": query, "variables": variables });
        Self { token: token.to_owned(), ..Self::plain(name, url, body) }
    }

    /// A body to a server of this process.
    pub fn plain(name: &str, url: String, body: Value) -> Self {
        let body = body.to_string().into_bytes();
        Self { name: name.to_owned(), url, server: Server::This, token: String::new(), body }
    }

    /// Its answer.
    pub async fn answer(&self, client: &Client) -> String {
        let request = client.post(&self.url).bearer_auth(&self.token).header("content-type", "application/json");
        let response = request.body(self.body.clone()).send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a body");
        assert!(status.is_success() && !text.starts_with("{\"errors\""), "{}: {status} {text}", self.name);
        text
    }

    async fn round(&self, client: &Client, requests: u32) -> Cost {
        let before = (self.server.micros(), cpu::postgres_micros());
        for _ in 0..requests {
            self.answer(client).await;
        }
        let each = |now: f64, before: f64| (now - before) / f64::from(requests);
        Cost { server: each(self.server.micros(), before.0), database: each(cpu::postgres_micros(), before.1) }
    }
}

/// Microseconds of processor time a request.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    server: f64,
    database: f64,
}

impl Cost {
    fn sum(self) -> f64 {
        self.server + self.database
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Asks all of them in turns, and tells what each cost; gives the medians, server and database together.
pub async fn run(client: &Client, all: &[Asked]) -> Vec<f64> {
    let mut lengths = Vec::new();
    for asked in all {
        lengths.push(asked.answer(client).await.len());
        asked.round(client, WARM).await;
    }
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); all.len()];
    for _ in 0..ROUNDS {
        for (asked, costs) in all.iter().zip(&mut costs) {
            costs.push(asked.round(client, REQUESTS).await);
        }
    }
    println!(
        "{ROUNDS} rounds of {REQUESTS} requests; µs of processor time a request, medians (least to most together)"
    );
    let mut medians = Vec::new();
    for ((asked, costs), length) in all.iter().zip(costs).zip(lengths) {
        let of = |part: fn(&Cost) -> f64| costs.iter().map(part).collect::<Vec<_>>();
        let sums = of(|cost| cost.sum());
        let (least, most) = sums.iter().fold((f64::MAX, 0.0_f64), |(a, b), one| (a.min(*one), b.max(*one)));
        println!(
            "{:<28} {length:>8} bytes {:>7.0} server {:>7.0} database {:>7.0} together ({least:.0} to {most:.0})",
            asked.name,
            median(of(|cost| cost.server)),
            median(of(|cost| cost.database)),
            median(sums.clone()),
        );
        medians.push(median(sums));
    }
    for (asked, median) in all.iter().zip(&medians).skip(1) {
        println!("{} / {}: {:.2}", all[0].name, asked.name, medians[0] / median);
    }
    medians
}
