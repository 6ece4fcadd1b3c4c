//! Alive, ready, and in figures.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::Athletes;

use super::problem::Problem;
use crate::boot::App;

/// How long a count of the activities and the jobs is good: it goes through all of them.
const RECOUNT: Duration = Duration::from_secs(15);

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

/// What is counted, as Prometheus reads it. How the activities and the background work stand is counted when somebody
/// asks, and not more often than every few seconds.
pub async fn figures(State(app): State<App>) -> Response {
    let Some(handle) = crate::metrics::start() else {
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Nothing is counted; the log says why.").into_response();
    };
    if app.counted.is_due() {
        let view = app.hub.view(Athletes::All);
        match tokio::time::timeout(app.limits.timeout, view.summary(None)).await {
            Ok(Ok(summary)) => crate::metrics::standing(&summary),
            Ok(Err(error)) => tracing::warn!(%error, "activities could not be counted"),
            Err(_) => tracing::warn!("activities could not be counted in time"),
        }
        match app.hub.job_counts().await {
            Ok(counts) => crate::metrics::queued(counts),
            Err(error) => tracing::warn!(%error, "jobs could not be counted"),
        }
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}

/// When something was last counted.
#[derive(Debug, Default)]
pub struct Counted(Mutex<Option<Instant>>);

impl Counted {
    /// Whether it is time to count again; then it counts as done.
    fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last.elapsed() >= RECOUNT);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}
