//! Figures are told, and neither they nor the log ever hold a secret, a name or a place.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use api::auth::Scope;
use axum::http::header;
use hub::Athletes;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::house::House;

/// All that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn neither_the_log_nor_the_figures_tell_secrets_names_or_places() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();
    let house = House::build().await;
    let who = house.app.hub.create_athlete("Zwitscher Kanari").await.unwrap().id;
    house.rides(who, "Morgenrunde Geheim", 777).await;
    let scopes = [Scope::ActivitiesRead, Scope::ArtifactsRead, Scope::ReconciliationWrite];
    let token = house.token(Athletes::Only([who].into()), &scopes).await;
    let query = "query Canary { activities { nodes { id name startPoint { latitude longitude } summaryPolyline provenance \
                 { value path reason } sourceRecords { id externalId } artifacts { id sha256 json downloadUrl } } } }";
    let bearer = format!("Bearer {token}");
    let headers = [(header::AUTHORIZATION, bearer.as_str()), (header::CONTENT_TYPE, "application/json")];
    let body = json!({ "query": query, "operationName": "Canary" }).to_string();
    let told = house.post(&headers, body).await.json();
    let node = &told["data"]["activities"]["nodes"][0];
    assert_eq!(node["name"], "Morgenrunde Geheim's ride", "{told}");
    let link = node["artifacts"][0]["downloadUrl"].as_str().unwrap();
    let path = link.strip_prefix(&house.app.server.public_url).unwrap();
    assert_eq!(house.get(path, &[]).await.status, 200);
    house.get(&format!("{path}x"), &[]).await;
    house.get(&format!("/graphql?token={token}"), &[]).await;
    house.get("/nothing/Zwitscher", &[]).await;
    let id = node["id"].as_str().unwrap();
    for query in [
        format!(
            "mutation {{ pinField(input: {{ activityId: \"{id}\", field: NAME, value: \"Zwitscher\", reason: \"Geheim\" }}) {{ activity {{ name }} }} }}"
        ),
        "{ activity(id: \"Zwitscher Kanari\") { id } }".to_owned(),
        "{ activities(filter: { nameContains: \"Geheim\" }) { totalCount } }".to_owned(),
        "{ Zwitscher }".to_owned(),
    ] {
        house.ask(&token, &query).await;
    }
    for wrong in [format!("{token}x"), "Zwitscher".to_owned()] {
        house.ask(&wrong, "{ viewer { clientId } }").await;
    }
    let figures = String::from_utf8(house.get("/metrics", &[]).await.bytes).unwrap();
    let again = String::from_utf8(house.get("/metrics", &[]).await.bytes).unwrap();
    for told in [
        "datahub_http_requests_total{",
        "route=\"/artifacts/{id}\"",
        "route=\"none\"",
        "datahub_http_request_seconds_bucket{",
        "datahub_graphql_operations_total{",
        "kind=\"mutation\"",
        "code=\"NOT_FOUND\"",
        "datahub_graphql_cost_total{",
        "datahub_graphql_operation_seconds_bucket{",
        "datahub_activities{status=\"SINGLE_SOURCE\"}",
        "datahub_open_candidates ",
        "route=\"/metrics\"",
    ] {
        assert!(again.contains(told), "{told} is missing in {again}");
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("operation=\"Canary\"") && logged.contains("cost="), "the span tells what was asked");
    let signature = link.rsplit('=').next().unwrap();
    let secret = token.rsplit('.').next().unwrap();
    let polyline = node["summaryPolyline"].as_str().unwrap_or("no polyline");
    let external = node["sourceRecords"][0]["externalId"].as_str().unwrap();
    for canary in [
        "Zwitscher",
        "Geheim",
        "0123456789abcdef0123456789abcdef",
        "-30.5",
        "1.001",
        signature,
        secret,
        polyline,
        external,
    ] {
        assert!(!figures.contains(canary) && !again.contains(canary), "the figures tell {canary}");
        let line = logged.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "the log tells {canary}");
    }
}
