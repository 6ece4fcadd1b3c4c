//! Alive, and ready.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::boot::App;

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// The process answers.
pub async fn alive() -> Response {
    (JSON, r#"{"status":"alive"}"#).into_response()
}

/// The database and the artifact store answer as well.
pub async fn ready(State(app): State<App>) -> Response {
    let answered = tokio::time::timeout(app.limits.timeout, app.hub.ready()).await;
    match answered {
        Ok(Ok(())) => (JSON, r#"{"status":"ready"}"#).into_response(),
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready");
            unready()
        }
        Err(_) => {
            tracing::error!("not ready: neither database nor artifact store answer in time");
            unready()
        }
    }
}

fn unready() -> Response {
    let detail = "The database or the artifact store does not answer; `datahub doctor` tells which.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response()
}
