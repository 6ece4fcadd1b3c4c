//! GraphQL over HTTP: POST and JSON only, no batches, a token always.

mod accept;
pub(super) mod body;
mod execute;
mod once;

use async_graphql::ServerError;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::bearer::{self, Stranger};
use super::connections::ARRIVAL;
use super::problem::Problem;
use super::quota::{self, Slow};
use super::request::RequestId;
use crate::boot::App;
use crate::graphql::error::{Code, request_error, request_failure};
use crate::graphql::written;
use accept::Kind;
pub(super) use execute::{Admitted, Refusal, admit};
use once::{Key, Sent};

/// An answer as it goes out: no `data` where nothing was executed.
#[derive(Debug)]
pub(super) struct Answer {
    pub errors: Vec<ServerError>,
    pub data: Option<async_graphql::Value>,
    pub extensions: Option<Extensions>,
}

/// What is told beside the answer.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Extensions {
    /// The points that were spent on it.
    pub cost: u64,
}

impl Answer {
    pub fn refused(error: ServerError) -> Self {
        Self { errors: vec![error], data: None, extensions: None }
    }

    fn codes(&self) -> impl Iterator<Item = Code> {
        self.errors.iter().filter_map(Code::of)
    }

    /// The answer as JSON.
    ///
    /// # Errors
    /// As [`serde_json::to_writer`].
    pub fn json(&self) -> serde_json::Result<Vec<u8>> {
        let mut json = vec![b'{'];
        if !self.errors.is_empty() {
            json.extend_from_slice(b"\"errors\":");
            serde_json::to_writer(&mut json, &self.errors)?;
        }
        if let Some(data) = &self.data {
            json.extend_from_slice(if self.errors.is_empty() { b"\"data\":" } else { b",\"data\":" });
            written::write(data, &mut json)?;
        }
        if let Some(extensions) = &self.extensions {
            json.extend_from_slice(if json.len() == 1 { b"\"extensions\":" } else { b",\"extensions\":" });
            serde_json::to_writer(&mut json, extensions)?;
        }
        json.push(b'}');
        Ok(json)
    }

    fn send(&self, kind: Kind, status: StatusCode) -> Response {
        match self.json() {
            Ok(body) => (status, [(header::CONTENT_TYPE, kind.header())], body).into_response(),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                let detail = "Something went wrong inside the hub; see the request id.";
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
            }
        }
    }
}

/// `POST /graphql`.
pub async fn answer(
    State(app): State<App>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(kind) = accept::kind(&headers) else {
        let detail = "This address answers application/graphql-response+json or application/json; ask for one of them.";
        return Problem::new(StatusCode::NOT_ACCEPTABLE, detail).into_response();
    };
    if !accept::is_json(&headers) {
        let detail = "A request is sent as `Content-Type: application/json`.";
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into_response();
    }
    let principal = match bearer::principal(&app, &headers).await {
        Ok(principal) => principal,
        Err(Stranger::Unauthenticated(text)) => {
            let mut answer =
                Answer::refused(request_error(Code::Unauthenticated, text)).send(kind, StatusCode::UNAUTHORIZED);
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, bearer::CHALLENGE);
            return answer;
        }
        Err(Stranger::Unavailable) => {
            let error = request_error(Code::Unavailable, "The hub cannot answer this now; try again in a moment.");
            let mut answer = Answer::refused(error).send(kind, StatusCode::SERVICE_UNAVAILABLE);
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            return answer;
        }
    };
    if let Err(slow) = quota::spend(&app, &principal, 1) {
        return slowed(slow, kind);
    }
    let bytes = match tokio::time::timeout(ARRIVAL, body::read(&headers, body, app.limits.body_bytes)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(problem)) => return problem.into_response(),
        Err(_) => {
            let detail = "The body did not arrive within five seconds.";
            return Problem::new(StatusCode::REQUEST_TIMEOUT, detail).into_response();
        }
    };
    let request = match body::parse(&bytes) {
        Ok(request) => request,
        // A body that is no request is refused in both kinds.
        Err(text) => {
            return Answer::refused(request_error(Code::BadUserInput, text)).send(kind, StatusCode::BAD_REQUEST);
        }
    };
    let admitted = match execute::admit(&app, &principal, request) {
        Ok(admitted) => admitted,
        Err(Refusal::Now(slow)) => return slowed(slow, kind),
        Err(Refusal::Ever(answer, code)) => return answer.send(kind, status(code, kind)),
    };
    let refused = |error: ServerError, code| Answer::refused(error).send(kind, status(code, kind));
    let key = match Key::of(&headers, &principal, &bytes) {
        Ok(key) => key.filter(|_| admitted.changes()),
        Err(text) => return refused(request_error(Code::BadUserInput, text), Code::BadUserInput),
    };
    let (answer, code) = match key {
        None => admitted.execute(app, principal, &id).await,
        Some(key) => match key.execute(admitted, app, principal, &id).await {
            Ok(Sent::Now(answer, code)) => (answer, code),
            Ok(Sent::Again(json)) => {
                return ([(header::CONTENT_TYPE, kind.header()), once::AGAIN], json).into_response();
            }
            Ok(Sent::Conflict(text)) => return refused(request_error(Code::Conflict, text), Code::Conflict),
            Err(error) => {
                let (error, code) = request_failure(error, &id);
                return refused(error, code);
            }
        },
    };
    answer.send(kind, code.map_or(StatusCode::OK, |code| status(code, kind)))
}

/// The status of what was not executed.
fn status(code: Code, kind: Kind) -> StatusCode {
    match code {
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Conflict if kind == Kind::GraphqlResponse => StatusCode::CONFLICT,
        _ if kind == Kind::GraphqlResponse => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

/// The answer to a client that has spent its points.
fn slowed(slow: Slow, kind: Kind) -> Response {
    let mut answer = Answer::refused(slow.refuse()).send(kind, StatusCode::TOO_MANY_REQUESTS);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(slow.seconds));
    answer
}

/// `GET /schema.graphql`: the schema's text needs no token.
pub async fn schema() -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], crate::graphql::sdl()).into_response()
}
