//! `GET /graphql` upgraded to a WebSocket: `graphql-transport-ws`, with the token in `connection_init`.

mod message;
mod operation;
mod queue;
mod session;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::problem::Problem;
use super::request::RequestId;
use crate::boot::App;
use message::PROTOCOL;

/// The longest message, in bytes.
const LONGEST_MESSAGE: usize = 1 << 20;
/// Sockets of one client.
const A_CLIENT: usize = 5;
/// Sockets at a time.
const AT_A_TIME: usize = 256;

/// How long things may take on a socket.
#[derive(Debug, Clone, Copy)]
struct Times {
    /// Until it is said who asks.
    init: Duration,
    /// Between two looks at the token and at the other side.
    look: Duration,
    /// Of silence, until the other side is asked whether it is there.
    ping: Duration,
    /// Of silence, until it is taken to be gone.
    silence: Duration,
    /// Until a message is taken by the other side.
    send: Duration,
}

const TIMES: Times = Times {
    init: Duration::from_secs(10),
    look: Duration::from_secs(1),
    ping: Duration::from_secs(25),
    silence: Duration::from_secs(75),
    send: Duration::from_secs(10),
};

/// The sockets of every client.
#[derive(Debug, Default)]
pub struct Sockets(Mutex<HashMap<String, usize>>);

/// A place among them, free again when it is dropped.
struct Place {
    sockets: Arc<Sockets>,
    client: String,
}

impl Sockets {
    fn enter(self: &Arc<Self>, client: &str) -> Option<Place> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, own) = (known.values().sum::<usize>(), known.get(client).copied().unwrap_or(0));
        if own >= A_CLIENT || all >= AT_A_TIME {
            return None;
        }
        known.insert(client.to_owned(), own + 1);
        Some(Place { sockets: Arc::clone(self), client: client.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut known = self.sockets.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = known.get_mut(&self.client) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                known.remove(&self.client);
            }
        }
    }
}

/// `GET /graphql`.
pub async fn open(
    State(app): State<App>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    upgraded(app, id, &headers, upgrade, TIMES)
}

fn upgraded(
    app: App,
    id: String,
    headers: &HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    times: Times,
) -> Response {
    let Ok(upgrade) = upgrade else {
        let detail = "This address answers POST, and GET that is upgraded to a WebSocket.";
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
            .with(header::ALLOW, HeaderValue::from_static("POST"))
            .into_response();
    };
    // Programs send no origin, browsers always do.
    let own = app.server.public_url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let known = || app.server.origins.iter().chain([&own]);
    let is_ours = |origin: &HeaderValue| known().any(|known| origin.as_bytes() == known.as_bytes());
    if !headers.get_all(header::ORIGIN).iter().all(is_ours) {
        let detail = "Pages of this origin may not open a socket here; server.origins names those that may.";
        return Problem::new(StatusCode::FORBIDDEN, detail).into_response();
    }
    let upgrade = upgrade.max_message_size(LONGEST_MESSAGE).max_frame_size(LONGEST_MESSAGE).protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let detail = "Offer the subprotocol graphql-transport-ws; no other is spoken here.";
        return Problem::new(StatusCode::BAD_REQUEST, detail).into_response();
    }
    let Ok(seat) = app.seats.clone().try_acquire_owned() else {
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "There are too many sockets; try again in a moment.")
            .with(header::RETRY_AFTER, HeaderValue::from_static("5"))
            .into_response();
    };
    upgrade.on_upgrade(move |socket| async move {
        crate::metrics::sockets(1.0);
        session::serve(app, id, socket, times).await;
        crate::metrics::sockets(-1.0);
        drop(seat);
    })
}

/// How many sockets there may be at a time, those included that have not said who asks.
pub const SEATS: usize = AT_A_TIME;

#[cfg(test)]
mod tests;
