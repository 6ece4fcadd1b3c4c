//! Where sources notify us: bytes are handed on and answered, nothing is decided here.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::{Received, WebhookRequest};

use super::problem::Problem;
use crate::boot::App;

/// The largest notification, in bytes. Strava's have some 200.
pub const LARGEST: usize = 64 << 10;

/// `GET` (handshake) and `POST` (notification) at `/webhooks/{connector}/{secret}`. Whoever does not know the secret
/// finds nothing here.
pub async fn receive(
    State(app): State<App>,
    Path((connector, secret)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !app.webhooks.knows(&connector, &secret) {
        return Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address.").into_response();
    }
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let request = WebhookRequest { query, headers, body };
    let received = match method {
        Method::GET => app.hub.handshake(&connector, &request),
        _ => app.hub.receive(&connector, &request).await,
    };
    match received {
        Ok(Received::Handshake(json)) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(Received::Taken) => StatusCode::OK.into_response(),
        Ok(Received::Forged) => Problem::new(StatusCode::FORBIDDEN, "This is not from the source.").into_response(),
        Ok(Received::Unreadable) => Problem::new(StatusCode::BAD_REQUEST, "This is no notification.").into_response(),
        // Not kept, so not acknowledged: the source sends it again.
        Err(error) => Problem::of(&error).into_response(),
    }
}
