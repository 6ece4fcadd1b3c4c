//! A page of 50 activities as a dashboard asks for it, beside a bare server that answers the same bytes from one
//! hand-written SQL statement.
//!
//! `cargo bench -p tests --bench page`, with any of these behind `--`: `postgres` for the tests' own PostgreSQL,
//! `serve=target/release/datahub` for the memory of that program under the same load, and (on PostgreSQL)
//! `postgraphile=FOLDER` for PostGraphile, installed in that folder from `page/postgraphile`. Server CPU a request, of
//! every thread that is not the client's; PostgreSQL's processes are told beside it. Requests of all servers take turns
//! in rounds, and the medians of the rounds are told. Compares nothing and fails only where the bytes differ: figures
//! are for people.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark that cannot go on ends")]

#[path = "page/bare.rs"]
mod bare;
#[path = "page/fill.rs"]
mod fill;
#[path = "page/postgraphile.rs"]
mod postgraphile;
#[path = "page/rounds.rs"]
mod rounds;
#[path = "page/serve.rs"]
mod serve;

use reqwest::Client;
use rounds::{Asked, QUERY};
use serde_json::json;
use tests::house::House;

fn main() {
    let (server, client) = rounds::runtimes();
    let words: Vec<String> = std::env::args().collect();
    let option =
        |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
    let on_postgres = words.iter().any(|word| word == "postgres");
    let folder = tempfile::tempdir().expect("a folder");
    let (house, door, bare, athlete, token) = server.block_on(async {
        let url = fill::database(on_postgres, folder.path()).await;
        let house = House::standing(url.clone(), tempfile::tempdir().expect("a folder")).await.expect("a house");
        let athlete = house.athlete("Ada").await.expect("an athlete");
        fill::years(&house.hub, athlete, folder.path(), 3).await;
        fill::settle(&url).await;
        let door = tests::door::Door::of(&house).await.expect("a door");
        let token = door.token("activities:read", &[athlete]).await.expect("a token");
        let bare = bare::serve(&url).await;
        (house, door, bare, athlete, token)
    });
    client.block_on(async {
        let client = Client::builder().no_gzip().build().expect("a client");
        let variables = json!({ "athlete": athlete.to_string() });
        let hub = Asked::new("the hub", format!("{}/graphql", door.address), &token, QUERY, variables.clone());
        let plain = Asked::plain("bare", bare, json!({ "athlete": athlete.uuid().to_string() }));
        let (ours, theirs) = (hub.answer(&client).await, plain.answer(&client).await);
        // What the hub tells beside the answer, which the bare server does not count.
        let ours = match ours.rsplit_once(r#","extensions":"#) {
            Some((answer, _)) => format!("{answer}}}"),
            None => ours,
        };
        if ours != theirs {
            let at = ours.bytes().zip(theirs.bytes()).take_while(|(a, b)| a == b).count();
            let from = at.saturating_sub(80);
            panic!("the bytes differ:\n{:?}\n{:?}", ours.get(from..at + 120), theirs.get(from..at + 120));
        }
        let counted = QUERY.replace("nodes {", "totalCount nodes {");
        let counted = Asked::new("with totalCount", hub.url.clone(), &token, &counted, variables.clone());
        let mut all = vec![hub, plain, counted];
        let mut others = Vec::new();
        if let Some(folder) = option("postgraphile") {
            for schema in [postgraphile::Schema::Own, postgraphile::Schema::Flat] {
                let running = postgraphile::Running::start(&house.database_url, &folder, schema, athlete).await;
                all.push(running.asked());
                others.push(running);
            }
        }
        rounds::run(&client, &all).await;
        if let Some(program) = option("serve") {
            serve::memory(&client, &program, &house, variables).await;
        }
    });
    drop(door);
}
