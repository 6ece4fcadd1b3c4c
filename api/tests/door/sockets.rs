//! `graphql-transport-ws`, rule by rule, and what no client may do with it.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use api::auth::Scope;
use axum::http::HeaderValue;
use chrono::Duration;
use futures::{SinkExt as _, StreamExt as _};
use hub::{Athletes, RunRequest};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::house::House;

const CHANGED: &str = "subscription { activityChanged { revision cause activity { name athlete { displayName } } } }";

/// A client's end of a socket.
pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

async fn knock(address: SocketAddr, protocol: Option<&str>, origin: Option<&str>) -> Result<Socket, u16> {
    let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
    for (name, value) in [("sec-websocket-protocol", protocol), ("origin", origin)] {
        if let Some(value) = value {
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
    }
    match connect_async(request).await {
        Ok((socket, answer)) => {
            assert_eq!(answer.headers()["sec-websocket-protocol"], "graphql-transport-ws");
            Ok(Socket(socket))
        }
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

impl Socket {
    /// A socket that has said who it is.
    pub async fn of(address: SocketAddr, token: &str) -> Self {
        let mut socket = knock(address, Some("graphql-transport-ws"), None).await.unwrap();
        socket.init(token).await;
        assert_eq!(socket.hear().await, Ok(json!({ "type": "connection_ack" })));
        socket
    }

    async fn init(&mut self, token: &str) {
        self.say(json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {token}") } })).await;
    }

    pub async fn say(&mut self, message: Value) {
        self.text(message.to_string()).await;
    }

    async fn text(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    /// The next message, or the code with which the socket was closed. Our own pings are passed over.
    pub async fn hear(&mut self) -> Result<Value, u16> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(text.as_str()).unwrap();
                    if message["type"] != "ping" {
                        return Ok(message);
                    }
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }
}

#[tokio::test]
async fn a_socket_is_opened_in_the_one_protocol_and_from_known_origins() {
    let house = House::build().await;
    let address = house.listen().await;
    let own = house.app.server.public_url.clone();
    assert!(knock(address, Some("graphql-transport-ws"), None).await.is_ok());
    assert!(knock(address, Some("graphql-ws, graphql-transport-ws"), Some(&own)).await.is_ok());
    for protocol in [None, Some("graphql-ws"), Some("anything")] {
        assert_eq!(knock(address, protocol, None).await.err(), Some(400), "{protocol:?}");
    }
    for origin in ["https://attacker.example", "null", &format!("{own}0"), &own.replace("http", "https"), ""] {
        assert_eq!(knock(address, Some("graphql-transport-ws"), Some(origin)).await.err(), Some(403), "{origin}");
    }
}

#[tokio::test]
async fn nothing_is_told_before_it_is_known_who_asks() {
    let house = House::build().await;
    let address = house.listen().await;
    let token = house.reader(house.ada).await;
    let fresh = async || knock(address, Some("graphql-transport-ws"), None).await.unwrap();
    let mut early = fresh().await;
    early.subscribe("1", CHANGED).await;
    assert_eq!(early.hear().await, Err(4401));
    for payload in [
        json!(null),
        json!({}),
        json!({ "Authorization": "Bearer nonsense" }),
        json!({ "Authorization": token }),
        json!({ "Authorization": format!("Basic {token}") }),
        json!({ "token": token }),
    ] {
        let mut stranger = fresh().await;
        stranger.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(stranger.hear().await, Err(4403), "{payload}");
    }
    let mut twice = Socket::of(address, &token).await;
    twice.init(&token).await;
    assert_eq!(twice.hear().await, Err(4429));
}

#[tokio::test]
async fn what_is_no_message_ends_the_socket() {
    let house = House::build().await;
    let address = house.listen().await;
    let token = house.reader(house.ada).await;
    for text in [
        "",
        "{",
        "null",
        "[]",
        "{}",
        r#"{"type":"start","id":"1","payload":{"query":"{viewer{clientId}}"}}"#,
        r#"{"type":"connection_ack"}"#,
        r#"{"type":"subscribe","payload":{"query":"{viewer{clientId}}"}}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"{viewer{clientId}}"}}"#,
        r#"{"type":"subscribe","id":1,"payload":{"query":"{viewer{clientId}}"}}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        r#"{"type":"subscribe","id":"1","payload":"{viewer{clientId}}"}"#,
        r#"{"type":"ping","payload":"x"}"#,
        r#"{"type":"complete"}"#,
    ] {
        let mut socket = Socket::of(address, &token).await;
        socket.text(text).await;
        assert_eq!(socket.hear().await, Err(4400), "{text}");
    }
    let mut binary = Socket::of(address, &token).await;
    binary.0.send(Message::binary(br#"{"type":"ping"}"#.to_vec())).await.unwrap();
    assert_eq!(binary.hear().await, Err(4400));
    let mut long = Socket::of(address, &token).await;
    let _ = long.0.send(Message::text(" ".repeat((1 << 20) + 1))).await;
    assert!(long.hear().await.is_err());
}

#[tokio::test]
async fn queries_pings_and_what_is_wrong_are_answered() {
    let house = House::build().await;
    let address = house.listen().await;
    let mut socket = Socket::of(address, &house.reader(house.ada).await).await;
    socket.say(json!({ "type": "ping", "payload": {} })).await;
    assert_eq!(socket.hear().await, Ok(json!({ "type": "pong" })));
    socket.say(json!({ "type": "pong" })).await;
    // A name is free again when its operation has ended.
    for _ in 0..2 {
        socket.subscribe("q", "{ viewer { clientId } }").await;
        let told = json!({ "type": "next", "id": "q", "payload": { "data": { "viewer": { "clientId": "test" } },
                            "extensions": { "cost": 2 } } });
        assert_eq!(socket.hear().await, Ok(told));
        assert_eq!(socket.hear().await, Ok(json!({ "type": "complete", "id": "q" })));
    }
    for (query, code) in [
        ("{", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("subscription { nothing }", "BAD_USER_INPUT"),
        ("subscription { __typename }", "BAD_USER_INPUT"),
        ("subscription { a: activityChanged { cursor } b: activityChanged { cursor } }", "BAD_USER_INPUT"),
        ("subscription { activityChanged(athleteId: \"x\") { cursor } }", "NOT_FOUND"),
        ("subscription { reconciliationRunProgress(runId: \"x\") { state } }", "NOT_FOUND"),
        (&format!("{{ node(id: {}) {{ id }} }}", "[".repeat(3000)), "QUERY_TOO_COMPLEX"),
    ] {
        socket.subscribe("e", query).await;
        let told = socket.hear().await.unwrap();
        assert_eq!((&told["type"], &told["id"]), (&json!("error"), &json!("e")), "{query}: {told}");
        assert_eq!(told["payload"][0]["extensions"]["code"], code, "{query}: {told}");
    }
    socket.say(json!({ "type": "subscribe", "id": "e", "payload": { "query": 1 } })).await;
    assert_eq!(socket.hear().await.unwrap()["type"], "error");
    // What has ended already may be completed all the same.
    socket.say(json!({ "type": "complete", "id": "e" })).await;
    // Over HTTP there is nothing to listen to.
    let token = house.reader(house.ada).await;
    let answer = house.ask(&token, CHANGED).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn changes_are_told_in_order_and_to_whom_they_belong() {
    let house = House::build().await;
    let address = house.listen().await;
    let mut ada = Socket::of(address, &house.reader(house.ada).await).await;
    let mut bob = Socket::of(address, &house.reader(house.bob).await).await;
    for socket in [&mut ada, &mut bob] {
        socket.subscribe("c", CHANGED).await;
        // Answered behind it: the subscription stands.
        socket.subscribe("q", "{ viewer { clientId } }").await;
        assert_eq!(socket.hear().await.unwrap()["id"], "q");
        assert_eq!(socket.hear().await.unwrap()["type"], "complete");
    }
    house.rides(house.ada, "Second", 200).await;
    house.rides(house.ada, "Third", 300).await;
    // No quarter of an hour from the first: nothing that a wrong clock could explain.
    house.rides(house.bob, "Fourth", 407).await;
    for name in ["Second's ride", "Third's ride"] {
        let told = ada.hear().await.unwrap();
        assert_eq!((&told["type"], &told["id"]), (&json!("next"), &json!("c")));
        let change = &told["payload"]["data"]["activityChanged"];
        assert_eq!((&change["revision"], &change["cause"]), (&json!(1), &json!("INGESTED")), "{told}");
        assert_eq!(change["activity"], json!({ "name": name, "athlete": { "displayName": "Ada" } }));
    }
    let told = bob.hear().await.unwrap();
    assert_eq!(told["payload"]["data"]["activityChanged"]["activity"]["name"], "Fourth's ride", "{told}");
    // What is completed is told no more, and its name is free.
    ada.say(json!({ "type": "complete", "id": "c" })).await;
    ada.subscribe("c", "{ viewer { clientId } }").await;
    house.rides(house.ada, "Fifth", 500).await;
    assert_eq!(ada.hear().await.unwrap()["payload"]["data"]["viewer"]["clientId"], "test");
    assert_eq!(ada.hear().await, Ok(json!({ "type": "complete", "id": "c" })));
    ada.say(json!({ "type": "ping" })).await;
    assert_eq!(ada.hear().await, Ok(json!({ "type": "pong" })));
}

#[tokio::test]
async fn another_s_athlete_and_run_are_like_those_that_do_not_exist() {
    let house = House::build().await;
    let address = house.listen().await;
    let request = RunRequest { athlete: Some(house.ada), range: None };
    let run = house.app.hub.queue_reconciliation(&request, "test", None).await.unwrap().id.to_string();
    let missing = |id: &str| format!("{}{}", &id[..id.len() - 1], if id.ends_with('0') { "1" } else { "0" });
    let ways = [
        ("activityChanged", "athleteId", "cursor", house.ada.to_string()),
        ("reconciliationRunProgress", "runId", "state", run),
        ("accountChanged", "athleteId", "state", house.ada.to_string()),
    ];
    let blind = house.token(Athletes::All, &[Scope::ArtifactsRead, Scope::ReconciliationWrite]).await;
    let told = house.ask(&blind, "{ __schema { subscriptionType { fields { name args { name } } } } }").await.json();
    let fields = told["data"]["__schema"]["subscriptionType"]["fields"].as_array().unwrap();
    let names: BTreeSet<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert_eq!(names, ways.iter().map(|way| way.0).collect(), "every field stands here");
    let reader = house.token(Athletes::Only([house.bob].into()), &[Scope::ActivitiesRead, Scope::AccountsRead]).await;
    let mut bob = Socket::of(address, &reader).await;
    let mut blind = Socket::of(address, &blind).await;
    for (field, argument, inner, id) in &ways {
        let mut refused = Vec::new();
        for id in [id.clone(), missing(id)] {
            let query = format!("subscription {{ {field}({argument}: \"{id}\") {{ {inner} }} }}");
            bob.subscribe("x", &query).await;
            let told = bob.hear().await.unwrap();
            assert_eq!(told["payload"][0]["extensions"]["code"], "NOT_FOUND", "{field}: {told}");
            refused.push(told.to_string().replace(&id, "ID"));
            blind.subscribe("x", &query).await;
            let told = blind.hear().await.unwrap();
            assert_eq!(told["payload"][0]["extensions"]["code"], "FORBIDDEN", "{field}: {told}");
        }
        assert_eq!(refused[0], refused[1]);
    }
}

#[tokio::test]
async fn a_run_is_told_until_it_ends() {
    let house = House::build().await;
    let address = house.listen().await;
    let request = RunRequest { athlete: Some(house.ada), range: None };
    let run = house.app.hub.queue_reconciliation(&request, "test", None).await.unwrap().id;
    let mut socket = Socket::of(address, &house.reader(house.ada).await).await;
    let query = format!("subscription {{ reconciliationRunProgress(runId: \"{run}\") {{ state recordsDone }} }}");
    socket.subscribe("r", &query).await;
    let state = |told: &Value| told["payload"]["data"]["reconciliationRunProgress"]["state"].clone();
    assert_eq!(state(&socket.hear().await.unwrap()), "QUEUED");
    house.app.hub.run_reconciliation(run, &|_| {}, &|| false).await.unwrap();
    loop {
        let told = socket.hear().await.unwrap();
        if told["type"] == "complete" {
            break;
        }
        assert_ne!(state(&told), "QUEUED", "{told}");
    }
    // A run that has ended is told once.
    socket.subscribe("r", &query).await;
    assert_eq!(state(&socket.hear().await.unwrap()), "SUCCEEDED");
    assert_eq!(socket.hear().await.unwrap()["type"], "complete");
}

#[tokio::test]
async fn names_operations_and_sockets_are_bounded() {
    let house = House::build().await;
    let address = house.listen().await;
    let token = house.reader(house.ada).await;
    let mut socket = Socket::of(address, &token).await;
    for number in 0..50 {
        socket.subscribe(&format!("s{number}"), CHANGED).await;
    }
    socket.subscribe("one more", CHANGED).await;
    let told = socket.hear().await.unwrap();
    assert_eq!((&told["type"], &told["id"]), (&json!("error"), &json!("one more")), "{told}");
    socket.say(json!({ "type": "complete", "id": "s0" })).await;
    socket.subscribe("q", "{ viewer { clientId } }").await;
    assert_eq!(socket.hear().await.unwrap()["id"], "q");
    assert_eq!(socket.hear().await.unwrap()["type"], "complete");
    socket.subscribe("s1", CHANGED).await;
    assert_eq!(socket.hear().await, Err(4409));
    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.push(Socket::of(address, &token).await);
    }
    let mut sixth = knock(address, Some("graphql-transport-ws"), None).await.unwrap();
    sixth.init(&token).await;
    assert_eq!(sixth.hear().await, Err(1013));
}

#[tokio::test]
async fn a_socket_ends_with_its_token() {
    let house = House::build().await;
    let address = house.listen().await;
    let token = house.reader(house.ada).await;
    let mut revoked = Socket::of(address, &token).await;
    revoked.subscribe("c", CHANGED).await;
    let jti = house.app.hub.tokens().await.unwrap().remove(0).token.jti;
    house.app.hub.revoke_token(&jti).await.unwrap();
    assert_eq!(revoked.hear().await, Err(4403));
    let mut expired = Socket::of(address, &house.reader(house.ada).await).await;
    expired.subscribe("c", CHANGED).await;
    house.clock.advance(Duration::hours(1) + Duration::seconds(60));
    assert_eq!(expired.hear().await, Err(4403));
}
