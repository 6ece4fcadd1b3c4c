//! Traces reach a collector, and hold what they are to hold and nothing else.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};

use api::auth::Scope;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use hub::Athletes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Held;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::json;
use tokio::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::house::House;
use crate::sockets::Socket;

/// Whether this process runs that test and no other; else it is run in such a process, and must succeed there. Spans are
/// entered in threads that know the process's own subscriber only, and another test of this binary sets one.
fn is_alone(test: &str) -> bool {
    const ALONE: &str = "DATAHUB_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let this = std::env::current_exe().unwrap();
    let ran = Command::new(this).args(["--exact", test, "--nocapture"]).env(ALONE, "1").output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && told.contains("1 passed"), "{told}\n{}", String::from_utf8_lossy(&ran.stderr));
    false
}

/// All that a collector was sent: its bodies.
type Sent = Arc<Mutex<Vec<Bytes>>>;

/// A collector, at its address.
async fn collector(status: StatusCode) -> (String, Sent) {
    let sent = Sent::default();
    let kept = sent.clone();
    let take = move |headers: HeaderMap, body: Bytes| {
        assert_eq!(headers[header::CONTENT_TYPE], "application/x-protobuf");
        kept.lock().unwrap().push(body);
        async move { status }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/traces", post(take));
    tokio::spawn(api::http::serve(listener, router, std::future::pending()));
    (address, sent)
}

/// What a span holds, as texts.
fn held(span: &Span) -> BTreeMap<String, String> {
    let text = |value: Held| match value {
        Held::StringValue(text) => text,
        Held::IntValue(number) => number.to_string(),
        Held::BoolValue(flag) => flag.to_string(),
        other => format!("{other:?}"),
    };
    let attributes = span.attributes.iter();
    attributes
        .map(|one| (one.key.clone(), one.value.clone().and_then(|any| any.value).map_or_else(String::new, text)))
        .collect()
}

fn spans(sent: &Sent) -> Vec<Span> {
    let bodies = sent.lock().unwrap().clone();
    let requests = bodies.into_iter().map(|body| ExportTraceServiceRequest::decode(body).unwrap());
    let resources = requests.flat_map(|request| request.resource_spans);
    resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
}

#[tokio::test]
async fn a_request_s_span_arrives_and_tells_nothing_that_it_should_not() {
    if !is_alone("traces::a_request_s_span_arrives_and_tells_nothing_that_it_should_not") {
        return;
    }
    let (address, sent) = collector(StatusCode::OK).await;
    let (house, config) = House::configured(&[("DATAHUB_TELEMETRY__OTLP_ENDPOINT", &address)]).await;
    let collector = api::boot::collector(&config).unwrap().unwrap();
    let (layer, traces) = api::telemetry::traces(collector).unwrap();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let who = house.app.hub.create_athlete("Zwitscher Kanari").await.unwrap().id;
    house.rides(who, "Morgenrunde Geheim", 777).await;
    let token =
        house.token_of("wachhund", Athletes::Only([who].into()), &[Scope::ActivitiesRead, Scope::ArtifactsRead]).await;
    let query = "query Canary($name: String, $id: ID!) { activities(filter: { nameContains: $name, athleteIds: [$id] }) { \
                 nodes { id name startPoint { latitude longitude } sourceRecords { externalId } artifacts { downloadUrl } } } }";
    let bearer = format!("Bearer {token}");
    let headers = [(header::AUTHORIZATION, bearer.as_str()), (header::CONTENT_TYPE, "application/json")];
    let variables = json!({ "name": "Morgenrunde", "id": who.to_string() });
    let body = json!({ "query": query, "operationName": "Canary", "variables": variables }).to_string();
    let answer = house.post(&headers, body).await;
    let told = answer.json();
    let node = &told["data"]["activities"]["nodes"][0];
    assert_eq!(node["name"], "Morgenrunde Geheim's ride", "{told}");
    let cost = told["extensions"]["cost"].as_u64().unwrap();
    let link = node["artifacts"][0]["downloadUrl"].as_str().unwrap();
    let path = link.strip_prefix(&house.app.server.public_url).unwrap();
    assert_eq!(house.get(path, &[]).await.status, 200);
    house.ask(&token, "{ activity(id: \"Zwitscher\") { id } }").await;
    house.ask("Zwitscher", "{ viewer { clientId } }").await;
    house.get("/nothing/Zwitscher", &[]).await;
    let mut socket = Socket::of(house.listen().await, &token).await;
    socket.subscribe("q", "query Wired { viewer { clientId } }").await;
    assert_eq!(socket.hear().await.unwrap()["type"], "next");
    assert_eq!(socket.hear().await.unwrap()["type"], "complete");
    drop(socket);
    drop(guard);
    traces.end().await;

    let spans = spans(&sent);
    let canary = spans
        .iter()
        .map(|span| (span, held(span)))
        .find(|(_, held)| held.get("operation").is_some_and(|name| name == "Canary"));
    let (span, of_it) = canary.expect("the request's span");
    assert_eq!(span.name, "request");
    let wanted = [("method", "POST"), ("route", "/graphql"), ("kind", "query"), ("status", "200")];
    for (name, value) in wanted {
        assert_eq!(of_it.get(name).map(String::as_str), Some(value), "{of_it:?}");
    }
    // One of its points is for the request itself.
    assert_eq!(of_it["cost"].parse::<u64>().unwrap() + 1, cost);
    assert_eq!(of_it["id"], answer.headers["x-request-id"].to_str().unwrap());
    assert!(span.end_time_unix_nano > span.start_time_unix_nano);
    let operations = spans.iter().map(held).filter_map(|held| held.get("operation").cloned());
    assert!(operations.into_iter().any(|name| name == "Wired"), "a socket's operation has a span of its own");
    assert!(spans.iter().all(|span| ["request", "operation"].contains(&span.name.as_str())), "nothing else goes out");
    assert!(spans.iter().all(|span| span.events.is_empty()), "nothing that is logged goes out");

    let all: Vec<u8> = sent.lock().unwrap().iter().flatten().copied().collect();
    let holds = |text: &str| all.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("Canary") && holds("datahub"), "what is sought can be found");
    let signature = link.rsplit('=').next().unwrap();
    let secret = token.rsplit('.').next().unwrap();
    let external = node["sourceRecords"][0]["externalId"].as_str().unwrap();
    let (who, id) = (who.to_string(), node["id"].as_str().unwrap());
    let canaries = [
        "Zwitscher",
        "Kanari",
        "Morgenrunde",
        "Geheim",
        "wachhund",
        "-30.5",
        "1.001",
        &who,
        id,
        external,
        signature,
        secret,
    ];
    for canary in canaries {
        assert!(!holds(canary), "traces tell {canary}");
    }
}

#[tokio::test]
async fn a_collector_that_is_away_keeps_nobody_waiting() {
    if !is_alone("traces::a_collector_that_is_away_keeps_nobody_waiting") {
        return;
    }
    let (address, sent) = collector(StatusCode::SERVICE_UNAVAILABLE).await;
    for endpoint in [address.as_str(), "http://127.0.0.1:9"] {
        let (house, config) = House::configured(&[("DATAHUB_TELEMETRY__OTLP_ENDPOINT", endpoint)]).await;
        let collector = api::boot::collector(&config).unwrap().unwrap();
        let (layer, traces) = api::telemetry::traces(collector).unwrap();
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        let token = house.reader(house.ada).await;
        assert_eq!(house.ask(&token, "{ viewer { clientId } }").await.status, 200);
        drop(guard);
        traces.end().await;
    }
    assert!(!sent.lock().unwrap().is_empty());
}
