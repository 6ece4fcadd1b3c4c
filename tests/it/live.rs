//! What one process commits, those who listen at another are told.

use anyhow::{Context, Result, bail, ensure};
use futures::{SinkExt as _, StreamExt as _};
use hub::Athletes;
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};
use tests::live::Sources;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::http::year;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn say(socket: &mut Socket, message: Value) -> Result<()> {
    Ok(socket.send(Message::text(message.to_string())).await?)
}

async fn hear(socket: &mut Socket) -> Result<Value> {
    loop {
        match socket.next().await.context("the socket was closed")?? {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(text.as_str())?;
                if message["type"] != "ping" {
                    return Ok(message);
                }
            }
            Message::Close(frame) => bail!("closed: {frame:?}"),
            _ => {}
        }
    }
}

/// A socket that is let in.
async fn open(door: &Door, token: &str) -> Result<Socket> {
    let mut request = door.address.replace("http", "ws").into_client_request()?;
    *request.uri_mut() = format!("{}/graphql", door.address.replace("http", "ws")).parse()?;
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
    let (mut socket, _) = connect_async(request).await?;
    let bearer = format!("Bearer {token}");
    say(&mut socket, json!({ "type": "connection_init", "payload": { "Authorization": bearer } })).await?;
    ensure!(hear(&mut socket).await?["type"] == "connection_ack");
    Ok(socket)
}

/// Waits until what was subscribed before stands: an error of it would be told before the answer to this.
async fn stands(socket: &mut Socket) -> Result<()> {
    say(socket, json!({ "type": "subscribe", "id": "q", "payload": { "query": "{ viewer { clientId } }" } })).await?;
    for wanted in ["next", "complete"] {
        let told = hear(socket).await?;
        ensure!((&told["id"], &told["type"]) == (&json!("q"), &json!(wanted)), "{told}");
    }
    Ok(())
}

#[tokio::test]
async fn an_account_that_stands_otherwise_is_told() -> Result<()> {
    in_each_house(async |house: House| {
        let sources = Sources::empty(&house).await?;
        let door = Door::live(&house, &sources).await?;
        let (ada, bob) = (house.athlete("Ada").await?, house.athlete("Bob").await?);
        let token = door.token("accounts:read", &[ada]).await?;
        let mut socket = open(&door, &token).await?;
        let query = "subscription { accountChanged { connector state stateReason } }";
        say(&mut socket, json!({ "type": "subscribe", "id": "a", "payload": { "query": query } })).await?;
        stands(&mut socket).await?;
        // Another's is not told.
        sources.connect_strava(&door.app.hub, bob).await?;
        let account = sources.connect_garmin(&door.app.hub, ada).await?;
        let told = async |socket: &mut Socket, state: &str| -> Result<Value> {
            loop {
                let told = tokio::time::timeout(std::time::Duration::from_secs(30), hear(socket)).await??;
                let one = told["payload"]["data"]["accountChanged"].clone();
                ensure!(one["connector"] == "GARMIN_CONNECT", "{told}");
                if one["state"] == state {
                    return Ok(one);
                }
            }
        };
        told(&mut socket, "ACTIVE").await?;
        let stands = door.app.hub.account(&Athletes::All, account.id).await?;
        door.app.hub.set_account_paused(&stands, true, "a holiday").await?;
        let paused = told(&mut socket, "PAUSED").await?;
        ensure!(paused["stateReason"] == "paused: a holiday", "{paused}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_another_process_commits_is_told() -> Result<()> {
    in_each_house(async |house: House| {
        // Brings a first athlete's days in, so that the log does not begin here.
        year(&house, 10).await?;
        let bob = house.athlete("Bob").await?;
        let door = Door::of(&house).await?;
        let token = door.token("activities:read", &[bob]).await?;
        let mut socket = open(&door, &token).await?;
        let query = "subscription { activityChanged { cause activity { id athlete { displayName } } } }";
        say(&mut socket, json!({ "type": "subscribe", "id": "c", "payload": { "query": query } })).await?;
        stands(&mut socket).await?;
        // The house's own hub knows the door's only by the database, as another process would.
        let file = house.folder.path().join("ride.gpx");
        std::fs::write(
            &file,
            "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"test\" xmlns=\"http://www.topografix.com/GPX/1/1\"><trk>\
             <trkseg><trkpt lat=\"1\" lon=\"2\"><time>2024-02-01T06:00:00Z</time></trkpt><trkpt lat=\"1.001\" lon=\"2\">\
             <time>2024-02-01T06:10:00Z</time></trkpt></trkseg></trk></gpx>",
        )?;
        house.import(bob, &file).await?;
        let told = tokio::time::timeout(std::time::Duration::from_secs(30), hear(&mut socket)).await??;
        let change = &told["payload"]["data"]["activityChanged"];
        ensure!(change["cause"] == "INGESTED" && change["activity"]["athlete"]["displayName"] == "Bob", "{told}");
        Ok(())
    })
    .await
}
