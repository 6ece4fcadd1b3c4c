//! What takes too long, with times that a test can wait for.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use futures::{SinkExt as _, StreamExt as _};
use hub::SteppedClock;
use serde_json::json;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::*;
use crate::auth::{Grant, Scope, issue};
use crate::config::Config;

const SOON: Duration = Duration::from_millis(20);
const NEVER: Duration = Duration::from_secs(600);
const PATIENT: Times = Times { init: NEVER, look: SOON, ping: NEVER, silence: NEVER, send: NEVER };

/// The code with which a socket was closed, and whether it was asked for a sign before.
async fn ending(times: Times, is_known: bool) -> (u16, bool) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let set = [
        ("DATAHUB_DATABASE__URL", format!("sqlite://{}", at("hub.db"))),
        ("DATAHUB_ARTIFACTS__URL", "memory://".to_owned()),
        ("DATAHUB_AUTH__SECRET", "0123456789abcdef0123456789abcdef".to_owned()),
    ];
    let set = set.into_iter().map(|(name, value)| (name.to_owned(), value));
    let config = Config::load(Some(std::path::Path::new("/dev/null")), set).unwrap();
    let clock = Arc::new(SteppedClock::at(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap()));
    let app = crate::boot::open(&config, clock).await.unwrap();
    let grant = Grant {
        client_id: "test".to_owned(),
        scopes: [Scope::ActivitiesRead].into(),
        athletes: hub::Athletes::All,
        lifetime: chrono::Duration::hours(1),
    };
    let token = issue(&app.auth, &app.hub, &grant).await.unwrap().token;
    let handler = move |headers: HeaderMap, upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>| {
        let answer = upgraded(app.clone(), "req_1".to_owned(), &headers, upgrade, times);
        async move { answer }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(crate::http::serve(listener, Router::new().route("/", get(handler)), std::future::pending()));
    let mut request = format!("ws://{address}/").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(PROTOCOL));
    let (mut socket, _) = connect_async(request).await.unwrap();
    if is_known {
        let bearer = format!("Bearer {}", secrecy::ExposeSecret::expose_secret(&token));
        let init = json!({ "type": "connection_init", "payload": { "authorization": bearer } });
        socket.send(Message::text(init.to_string())).await.unwrap();
    }
    let mut was_asked = false;
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(text) => was_asked |= text.contains("\"ping\""),
            Message::Close(frame) => return (frame.map_or(1005, |frame| frame.code.into()), was_asked),
            _ => {}
        }
    }
    (1006, was_asked)
}

#[tokio::test]
async fn who_does_not_say_who_it_is_is_shown_out() {
    assert_eq!(ending(Times { init: SOON, ..PATIENT }, false).await, (4408, false));
}

#[tokio::test]
async fn who_is_silent_is_asked_for_a_sign_and_then_shown_out() {
    assert_eq!(ending(Times { ping: SOON, silence: SOON * 10, ..PATIENT }, true).await, (1001, true));
}
