//! Errors of plain HTTP, as RFC 9457 has them.

use std::any::Any;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::HubError;

/// A problem document.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of that kind, with a sentence that says what to do.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), header: None }
    }

    /// The same with a header.
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some((name, value));
        self
    }

    /// What is told of a failed deed: the cause of our own failures stays inside and is logged here.
    pub fn of(error: &HubError) -> Self {
        match error {
            HubError::NotFound(detail) => Self::new(StatusCode::NOT_FOUND, detail),
            HubError::Conflict(detail) => Self::new(StatusCode::CONFLICT, detail),
            HubError::TooOften(detail) => Self::new(StatusCode::TOO_MANY_REQUESTS, detail),
            HubError::Invalid(detail) => Self::new(StatusCode::BAD_REQUEST, detail),
            HubError::Unavailable { .. } => {
                tracing::error!(%error, "a request failed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "The hub cannot answer this now; try again in a moment.")
                    .with(header::RETRY_AFTER, HeaderValue::from_static("5"))
            }
            HubError::Internal { .. } => {
                tracing::error!(%error, "a request failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong inside the hub; see the request id.")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut answer = (self.status, kind, document.to_string()).into_response();
        if let Some((name, value)) = self.header {
            answer.headers_mut().insert(name, value);
        }
        answer
    }
}

/// The answer where a handler panicked.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let told = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = told.unwrap_or("without a word"), "a handler panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong inside the hub; see the request id.")
        .into_response()
}
