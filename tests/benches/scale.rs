//! The same page in a small database and in a large one, at the list's beginning and far behind it; and the sums of an
//! athlete with very many activities.
//!
//! `cargo bench -p tests --bench scale`: 10,000 activities beside 1,000,000 (add `-- 200000` for another number,
//! `-- postgres` for the tests' own PostgreSQL). The asker's own are some 1,300 in both; all others are copies of them
//! for other athletes, under other ids. Processor time a request as in `page`, in rounds that take turns. Compares
//! nothing and fails never: figures are for people.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark that cannot go on ends")]

#[path = "page/copy.rs"]
mod copy;
#[path = "page/fill.rs"]
mod fill;
#[path = "page/rounds.rs"]
mod rounds;

use std::path::Path;
use std::time::Instant;

use domain::AthleteId;
use reqwest::Client;
use rounds::{Asked, QUERY};
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::House;

/// The small database.
const FEW: usize = 10_000;
/// The activities of the athlete whose sums are asked for.
const MANY: usize = 20_000;

const TOTALS: &str = "query Totals($athlete: ID!) {
  totals(filter: { athleteIds: [$athlete] }, groupBy: [YEAR, SPORT_TYPE]) {
    periodStart sportType count distanceM movingTimeS elevationGainM energyKcal
  }
}";

/// A database of so many activities, and who asks it.
struct Place {
    door: Door,
    asker: AthleteId,
    token: String,
}

impl Place {
    async fn of(on_postgres: bool, folder: &Path, activities: usize) -> (Self, AthleteId) {
        std::fs::create_dir_all(folder).expect("a folder");
        let url = fill::database(on_postgres, folder).await;
        let house = House::standing(url.clone(), tempfile::tempdir().expect("a folder")).await.expect("a house");
        let asker = house.athlete("Ada").await.expect("an athlete");
        fill::years(&house.hub, asker, folder, 4).await;
        let began = Instant::now();
        let copies = copy::Copies::of(&url, asker).await;
        let own = copies.activities;
        copies.athletes((activities.saturating_sub(own)).div_ceil(own)).await;
        // Behind all others, one with a long life.
        let many = copies.one(MANY.div_ceil(own)).await;
        fill::settle(&url).await;
        println!("filled with {activities} activities in {:.0} s", began.elapsed().as_secs_f64());
        let door = Door::of(&house).await.expect("a door");
        let token = door.token("activities:read", &[asker, many]).await.expect("a token");
        (Self { door, asker, token }, many)
    }

    /// Its first page and its twentieth.
    async fn pages(&self, client: &Client, name: &str) -> [Asked; 2] {
        let query = QUERY.replace("nodes {", "pageInfo { endCursor } nodes {");
        let ask = |name: String, after: Option<&str>| {
            let variables = json!({ "athlete": self.asker.to_string(), "after": after });
            Asked::new(&name, format!("{}/graphql", self.door.address), &self.token, &query, variables)
        };
        let mut cursor: Option<String> = None;
        for _ in 0..19 {
            let answer = ask(String::new(), cursor.as_deref()).answer(client).await;
            let answer: Value = serde_json::from_str(&answer).expect("JSON");
            cursor = answer["data"]["activities"]["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        }
        [ask(format!("{name}, first page"), None), ask(format!("{name}, 20th page"), cursor.as_deref())]
    }
}

fn main() {
    let (server, client) = rounds::runtimes();
    let words: Vec<String> = std::env::args().collect();
    let most = words.iter().filter_map(|word| word.parse::<usize>().ok()).next().unwrap_or(1_000_000);
    let on_postgres = words.iter().any(|word| word == "postgres");
    let folder = tempfile::tempdir().expect("a folder");
    let ((small, _), (large, many)) = server.block_on(async {
        let small = Place::of(on_postgres, &folder.path().join("small"), FEW).await;
        (small, Place::of(on_postgres, &folder.path().join("large"), most).await)
    });
    client.block_on(async {
        let client = Client::builder().no_gzip().build().expect("a client");
        let [first, twentieth] = small.pages(&client, "small").await;
        let [large_first, large_twentieth] = large.pages(&client, "large").await;
        let medians = rounds::run(&client, &[first, twentieth, large_first, large_twentieth]).await;
        println!("large / small: {:.2} and {:.2}", medians[2] / medians[0], medians[3] / medians[1]);
        println!("20th / first:  {:.2} and {:.2}", medians[1] / medians[0], medians[3] / medians[2]);
        let variables = json!({ "athlete": many.to_string() });
        let url = format!("{}/graphql", large.door.address);
        let totals = Asked::new("totals by year and sport", url, &large.token, TOTALS, variables);
        rounds::run(&client, std::slice::from_ref(&totals)).await;
        let began = Instant::now();
        for _ in 0..20 {
            totals.answer(&client).await;
        }
        println!("one after the other: {:.1} ms each by the clock", began.elapsed().as_secs_f64() * 50.0);
    });
}
