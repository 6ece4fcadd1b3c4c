//! What takes too long, with times that a test can wait for; who takes too little; and how many there may be.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use domain::{Decision, Field, PinTo, Value as Said};
use futures::{SinkExt as _, StreamExt as _};
use hub::{PageRequest, SteppedClock};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::*;
use crate::auth::{Grant, Scope, issue};
use crate::config::Config;

const SOON: Duration = Duration::from_millis(20);
const NEVER: Duration = Duration::from_secs(600);
const PATIENT: Times = Times { init: NEVER, look: SOON, ping: NEVER, silence: NEVER, send: NEVER };

/// A hub of which only sockets are served, with room for few bytes on the way.
struct Narrow {
    app: App,
    address: SocketAddr,
    token: String,
    folder: tempfile::TempDir,
}

/// The least that a socket's end keeps for the other: the system makes of it what it must.
const FEW: u32 = 4096;

async fn narrow(times: Times, seats: Option<usize>) -> Narrow {
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
    let mut app = crate::boot::open(&config, clock).await.unwrap();
    assert_eq!(app.seats.available_permits(), AT_A_TIME);
    if let Some(seats) = seats {
        app.seats = Arc::new(Semaphore::new(seats));
    }
    let grant = Grant {
        client_id: "test".to_owned(),
        scopes: [Scope::ActivitiesRead].into(),
        athletes: hub::Athletes::All,
        lifetime: chrono::Duration::hours(1),
    };
    let token = issue(&app.auth, &app.hub, &grant).await.unwrap().token;
    let token = secrecy::ExposeSecret::expose_secret(&token).to_owned();
    let served = app.clone();
    let handler = move |headers: HeaderMap, upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>| {
        let answer = upgraded(served.clone(), "req_1".to_owned(), &headers, upgrade, times);
        async move { answer }
    };
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(FEW).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(64).unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(crate::http::serve(listener, Router::new().route("/", get(handler)), std::future::pending()));
    Narrow { app, address, token, folder }
}

impl Narrow {
    async fn knock(&self) -> Result<WebSocketStream<TcpStream>, Error> {
        let mut request = format!("ws://{}/", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(PROTOCOL));
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(FEW).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        client_async(request, stream).await.map(|(socket, _)| socket)
    }

    fn init(&self) -> Message {
        let payload = json!({ "authorization": format!("Bearer {}", self.token) });
        Message::text(json!({ "type": "connection_init", "payload": payload }).to_string())
    }

    async fn known(&self) -> WebSocketStream<TcpStream> {
        let mut socket = self.knock().await.unwrap();
        socket.send(self.init()).await.unwrap();
        assert_eq!(said(&mut socket).await.unwrap()["type"], "connection_ack");
        socket
    }

    /// An athlete with one activity.
    async fn ride(&self) -> (domain::AthleteId, domain::ActivityId) {
        let hub = &self.app.hub;
        let athlete = hub.create_athlete("Ada").await.unwrap().id;
        let points: String = (10..40)
            .map(|minute| {
                format!("<trkpt lat=\"1.{minute}\" lon=\"2\"><time>2026-05-01T06:{minute}:00Z</time></trkpt>")
            })
            .collect();
        let gpx = format!("<gpx version=\"1.1\"><trk><name>Ride</name><trkseg>{points}</trkseg></trk></gpx>");
        let path = self.folder.path().join("ride.gpx");
        std::fs::write(&path, gpx).unwrap();
        assert_eq!(hub.import(athlete, &path, None, &|_| (), &|| false).await.unwrap().records_new, 1);
        let view = hub.view(hub::Athletes::All);
        let page = PageRequest { first: Some(1), ..PageRequest::default() };
        let found =
            view.activities(&hub::ActivityFilter::default(), hub::ActivityOrder::default(), &page).await.unwrap();
        (athlete, found.items[0].1.activity.id)
    }
}

/// The next message, our own pings passed over; nothing where the socket has ended.
async fn said(socket: &mut WebSocketStream<TcpStream>) -> Option<Value> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                let message: Value = serde_json::from_str(text.as_str()).unwrap();
                if message["type"] != "ping" {
                    return Some(message);
                }
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

async fn subscribe(socket: &mut WebSocketStream<TcpStream>, id: &str, query: &str) {
    let message = json!({ "type": "subscribe", "id": id, "payload": { "query": query } });
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// The code with which a socket was closed, and whether it was asked for a sign before.
async fn ending(times: Times, is_known: bool) -> (u16, bool) {
    let narrow = narrow(times, None).await;
    let mut socket = narrow.knock().await.unwrap();
    if is_known {
        socket.send(narrow.init()).await.unwrap();
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

/// Some hundred thousand bytes.
const LONG: &str = "{ __schema { types { name description fields { name description args { name description } } } } }";

#[tokio::test]
async fn who_takes_nothing_is_cut_off_and_its_place_is_free() {
    let narrow = narrow(Times { send: SOON * 10, ..PATIENT }, None).await;
    let mut socket = narrow.known().await;
    for number in 0..40 {
        subscribe(&mut socket, &number.to_string(), LONG).await;
    }
    // Nothing is read, so that the socket must end by itself: then all seats are free.
    let free = narrow.app.seats.acquire_many(u32::try_from(AT_A_TIME).unwrap());
    drop(tokio::time::timeout(Duration::from_secs(60), free).await.expect("a reader that takes nothing is cut off"));
    let mut answered = 0;
    while let Some(message) = said(&mut socket).await {
        answered += u32::from(message["type"] == "next");
    }
    assert!(answered < 40, "{answered} answers had come by then: nothing was waited for");
    // Five sockets are a client's: the one that ended is none of them.
    let mut others = Vec::new();
    for _ in 0..A_CLIENT {
        others.push(narrow.known().await);
    }
}

#[tokio::test]
async fn who_takes_its_time_misses_nothing() {
    const CHANGES: i32 = 30;
    let narrow = narrow(PATIENT, None).await;
    let (athlete, activity) = narrow.ride().await;
    let mut socket = narrow.known().await;
    // Each change in some hundred thousand bytes: together more than may wait, and than the way holds.
    let reasons: String =
        (0..28).map(|at| format!("p{at}: provenance {{ field value path reason agreement rule }} ")).collect();
    subscribe(&mut socket, "c", &format!("subscription {{ activityChanged {{ revision activity {{ {reasons} }} }} }}"))
        .await;
    subscribe(&mut socket, "q", "{ viewer { clientId } }").await;
    assert_eq!(said(&mut socket).await.unwrap()["id"], "q");
    assert_eq!(said(&mut socket).await.unwrap()["type"], "complete");
    for number in 0..CHANGES {
        let to = PinTo::Value(Said::Text(format!("Ride {number} {}", "x".repeat(4000))));
        let decision = Decision::Pin { activity, field: Field::Name, to };
        narrow.app.hub.rule(athlete, decision, "test", "to be told").await.unwrap();
    }
    let mut bytes = 0;
    for number in 0..CHANGES {
        let told = said(&mut socket).await.expect("the socket stands");
        assert_eq!(told["payload"]["data"]["activityChanged"]["revision"], number + 2, "in order, and none left out");
        bytes += told.to_string().len();
    }
    assert!(bytes > 2 << 20, "{bytes} bytes: nothing had to wait");
    subscribe(&mut socket, "q", "{ viewer { clientId } }").await;
    assert_eq!(said(&mut socket).await.unwrap()["id"], "q", "and nothing comes twice");
}

#[tokio::test]
async fn there_are_so_many_seats_and_a_free_one_is_given_again() {
    let narrow = narrow(PATIENT, Some(2)).await;
    let first = narrow.knock().await.unwrap();
    let _second = narrow.knock().await.unwrap();
    let Err(Error::Http(refused)) = narrow.knock().await else { panic!("a third seat") };
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "5"));
    drop(first);
    // Whoever waits for a seat gets the one that was left.
    let seat = tokio::time::timeout(Duration::from_secs(60), Arc::clone(&narrow.app.seats).acquire_owned()).await;
    drop(seat.expect("a seat that was left is free"));
    assert!(narrow.knock().await.is_ok());
}

#[test]
fn clients_have_five_places_each_and_all_together_two_hundred_and_fifty_six() {
    let sockets = Arc::new(Sockets::default());
    let mut places = Vec::new();
    for client in 0..60 {
        for _ in 0..=A_CLIENT {
            places.extend(sockets.enter(&format!("client {client}")));
        }
        assert!(sockets.enter(&format!("client {client}")).is_none());
    }
    assert_eq!((places.len(), AT_A_TIME), (256, 256));
    drop(places.pop());
    assert!(sockets.enter("somebody").is_some());
    assert!(sockets.enter("client 0").is_none(), "its own five are taken");
    places.clear();
    assert!(sockets.0.lock().unwrap().is_empty(), "who has no place is forgotten");
}
