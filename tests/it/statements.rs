//! How many statements a page costs, and that a request that takes too long ends.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use anyhow::{Context as _, Result, ensure};
use sea_orm::{ConnectionTrait as _, Database, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, util::SubscriberInitExt as _};

use crate::http::year;

/// The statements of every request that was made since counting began, by the request's id.
static COUNTS: LazyLock<Mutex<HashMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);

/// Counts what the database driver logs of a request.
struct Counter;

/// The id of the request that a span belongs to.
struct RequestOf(String);

struct Seek(&'static str, Option<String>);

impl Visit for Seek {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == self.0 {
            self.1 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == self.0 && self.1.is_none() {
            self.1 = Some(format!("{value:?}"));
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Counter {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != "request" {
            return;
        }
        let mut found = Seek("id", None);
        attributes.record(&mut found);
        if let (Some(request), Some(span)) = (found.1, context.span(id)) {
            span.extensions_mut().insert(RequestOf(request));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        let mut statement = Seek("summary", None);
        event.record(&mut statement);
        let statement = statement.1.unwrap_or_default();
        // A connection that is opened on the way, and the look at the revoked tokens, once a second for all requests.
        if statement.starts_with("PRAGMA") || statement.contains("api_token") {
            return;
        }
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(RequestOf(request)) = span.extensions().get::<RequestOf>() {
                let mut counts = COUNTS.lock().unwrap();
                counts.entry(request.clone()).or_default().push(statement);
                return;
            }
        }
    }
}

/// A page of a hundred with everything that leads on from an activity, and everything that leads on from there.
const PAGE: &str = "{ activities(first: 100) { nodes { id name status mergedInto { id } athlete { id displayName } \
                    provenance { field value source { slug name rank } sourceRecord { id } artifact { id } path reason agreement \
                    alternatives { value source { slug } sourceRecord { id } } pin { reason } observedAt } \
                    field(name: DISTANCE_M) { value pin { actor } } sources { slug connectors { enabled } } \
                    sourceRecords { id fields { field } athlete { id } artifacts { id json downloadUrl sourceRecord { id } } \
                    activity { id } } artifacts { id json sourceRecord { id } } laps { index } \
                    streams(points: 2) { sampleCount sourceRecord { id } artifact { id } streams { type } } \
                    matches { probability a { id } b { id } evidence { kind } } candidates { id athlete { id } a { id } b { id } } \
                    parent { id } legs { id } history(first: 5) { nodes { cause undoable changes { field sourceAfter { slug } } } } \
                    asOf(time: \"2030-01-01T00:00:00Z\") { revision fields { field } } } } }";

/// The share of a page's activities for which that holds.
fn share(nodes: &Value, holds: impl Fn(&Value) -> bool) -> f64 {
    let nodes = nodes.as_array().map(Vec::as_slice).unwrap_or_default();
    nodes.iter().filter(|node| holds(node)).count() as f64 / nodes.len() as f64
}

/// Asks; the request's id, by which its statements are counted, and the answer.
async fn requested(door: &Door, token: &str, query: &str) -> Result<(String, Value)> {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = door.send("POST", "/graphql", &headers, serde_json::to_vec(&json!({ "query": query }))?).await?;
    let request = answer.headers()["x-request-id"].to_str()?.to_owned();
    let told: Value = serde_json::from_slice(&answer.bytes().await?)?;
    ensure!(told["errors"].is_null(), "{}", told["errors"]);
    Ok((request, told))
}

#[tokio::test]
async fn a_page_of_a_hundred_with_all_its_relations_is_twelve_statements_at_most() -> Result<()> {
    let layer = Counter.with_filter(tracing_subscriber::filter::filter_fn(|metadata| {
        metadata.target() == "sqlx::query" || metadata.name() == "request"
    }));
    tracing_subscriber::registry().with(layer).init();
    in_each_house(async |house: House| {
        let (ada, _) = year(&house, 365).await?;
        let door = Door::of(&house).await?;
        // What is counted is statements, not what the page would cost.
        let mut limits = (*door.app.limits).clone();
        limits.complexity = 1_000_000;
        limits.timeout = std::time::Duration::from_secs(120);
        let door = Door::with(&door.app, limits).await?;
        let token = door.token("activities:read artifacts:read", &[ada]).await?;
        let page = async |first: usize| -> Result<(String, Value)> {
            let (request, told) = requested(&door, &token, &PAGE.replace("first: 100", &format!("first: {first}"))).await?;
            let nodes = told["data"]["activities"]["nodes"].clone();
            ensure!(nodes.as_array().context("nodes")?.len() == first);
            // Each relation leads somewhere on this page, or its statement would not be among those that are counted.
            for relation in ["laps", "provenance", "sources", "sourceRecords", "artifacts", "matches"] {
                ensure!(share(&nodes, |node| node[relation].as_array().is_some_and(|all| !all.is_empty())) > 0.25);
            }
            ensure!(share(&nodes, |node| node["streams"]["sampleCount"].as_i64() > Some(2)) > 0.25, "time series");
            Ok((request, nodes))
        };
        let (many, nodes) = page(100).await?;
        let (few, _) = page(10).await?;
        // A person's decisions, on three activities and then on ten more.
        let judge = door.token("reconciliation:write activities:read", &[ada]).await?;
        let mut decided = Vec::new();
        for activities in [0..3, 3..13] {
            for at in activities {
                let pin = "mutation($id: ID!) { pinField(input: { activityId: $id, field: NAME, value: \"Mine\", reason: \"so\" }) \
                           { activity { id } } }";
                door.ask(&judge, pin, json!({ "id": nodes[at]["id"] })).await?;
            }
            decided.push(page(100).await?);
        }
        let pinned = |nodes: &Value| {
            let is = |node: &Value| node["provenance"].as_array().is_some_and(|all| all.iter().any(|one| !one["pin"].is_null()));
            nodes.as_array().map_or(0, |nodes| nodes.iter().filter(|node| is(node)).count())
        };
        ensure!(pinned(&decided[0].1) == 3 && pinned(&decided[1].1) == 13);
        let short = async |asked: &str| -> Result<String> {
            let query = format!("{{ activities(first: 10) {{ {asked} nodes {{ id name }} }} }}");
            requested(&door, &token, &query).await.map(|(request, _)| request)
        };
        let (without, with) = (short("").await?, short("totalCount").await?);
        // The driver logs a statement after its rows: a page's are all there when the next has come.
        page(10).await?;
        let counted = |request: &str| COUNTS.lock().unwrap().remove(request).unwrap_or_default();
        let (many, few) = (counted(&many), counted(&few));
        let (three, thirteen) = (counted(&decided[0].0), counted(&decided[1].0));
        let (without, with) = (counted(&without), counted(&with));
        println!("{} statements for a hundred, {} for ten", many.len(), few.len());
        println!("{} with three decisions among them, {} with thirteen", three.len(), thirteen.len());
        ensure!(!many.is_empty(), "a count that counts nothing proves nothing");
        ensure!(many.len() <= 12, "{} statements: {many:#?}", many.len());
        // Pins, and what may be undone, are some more, however many there are.
        ensure!(three.len() <= 20, "{} statements: {three:#?}", three.len());
        ensure!(thirteen.len() <= 20, "{} statements: {thirteen:#?}", thirteen.len());
        // How many there are in all is counted when somebody asks, and not otherwise.
        let counts = |statements: &[String]| statements.iter().filter(|one| one.contains("COUNT")).count();
        ensure!((without.len(), counts(&without)) == (1, 0), "{without:#?}");
        ensure!(with.len() == 2, "{with:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_request_that_takes_too_long_ends_and_says_so() -> Result<()> {
    in_each_house(async |house: House| {
        let door = Door::of(&house).await?;
        let mut limits = (*door.app.limits).clone();
        limits.timeout = std::time::Duration::from_millis(100);
        let hasty = Door::with(&door.app, limits).await?;
        let token = door.token("activities:read athletes:write", &[]).await?;
        // Somebody else holds what the request wants, for longer than it may wait.
        let holder = Database::connect(&house.database_url).await?;
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let held = holder.begin_with_options(options).await?;
        if house.database_url.starts_with("postgres") {
            held.execute_unprepared("LOCK TABLE athlete IN ACCESS EXCLUSIVE MODE").await?;
        }
        let add = "mutation { createAthlete(input: { displayName: \"Late\" }) { athlete { id } } }";
        ensure!(hasty.refusal(&token, add).await? == "UNAVAILABLE");
        held.rollback().await?;
        let told = door.ask(&token, "{ viewer { clientId } athletes { totalCount } }", json!({})).await?;
        ensure!(told["viewer"]["clientId"] == "tests", "{told}");
        Ok(())
    })
    .await
}
