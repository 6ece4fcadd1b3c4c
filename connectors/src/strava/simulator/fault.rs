//! What can go wrong, by request.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use serde_json::json;

use super::call::{document, refusal, status};

/// How the next call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// That status, with a document that says no more.
    Status(u16),
    /// That status, with a page for people.
    Page(u16),
    /// That status, and nothing else.
    Empty(u16),
    /// The right answer, broken off in the middle.
    Truncated,
    /// The right answer, after that many milliseconds.
    Slow(u64),
    /// Half of a document, said to be whole.
    Half,
    /// A document of another shape.
    Odd,
    /// The token is refused.
    TokenRefused,
    /// The grant lacks a scope.
    MissingScope,
    /// The limit is said to be reached.
    RateLimited,
    /// The application is said to be switched off.
    Inactive,
    /// No more athletes may be connected.
    TooManyAthletes,
    /// The activity is said not to be there.
    Missing,
    /// The address is said to be elsewhere.
    Moved,
}

impl Fault {
    /// The answer that stands for the right one; `None` where the right one is given, somehow.
    pub fn refusal(self) -> Option<Response> {
        Some(match self {
            Self::Truncated | Self::Slow(_) => return None,
            Self::Status(code) => document(code, &json!({ "message": "Something went wrong" })),
            Self::Page(code) => {
                let mut page = status(code);
                page.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html"));
                *page.body_mut() = Body::from("<!DOCTYPE html><html><body>Please wait.</body></html>");
                page
            }
            Self::Empty(code) => status(code),
            Self::Half => {
                let body = "[{\"id\":1,\"name\":\"a run th";
                ([(header::CONTENT_TYPE, "application/json")], body).into_response()
            }
            Self::Odd => document(200, &json!({ "unlike": "anything" })),
            Self::TokenRefused => refusal(401, "Authorization Error", ["Athlete", "access_token", "invalid"]),
            Self::MissingScope => missing_scope("activity:read_permission"),
            Self::RateLimited => refusal(429, "Rate Limit Exceeded", ["Application", "rate limit", "exceeded"]),
            Self::Inactive => refusal(403, "Forbidden", ["Application", "Status", "Inactive"]),
            Self::TooManyAthletes => document(403, &json!({ "message": "Limit of connected athletes exceeded" })),
            Self::Missing => refusal(404, "Record Not Found", ["Activity", "id", "invalid"]),
            Self::Moved => {
                let mut moved = status(301);
                let place = header::HeaderValue::from_static("https://example.invalid/");
                moved.headers_mut().insert(header::LOCATION, place);
                moved
            }
        })
    }
}

/// The refusal of a token that lacks a scope.
pub fn missing_scope(field: &str) -> Response {
    refusal(401, "Authorization Error", ["AccessToken", field, "missing"])
}

/// An answer that breaks off: its first bytes come, and then the connection ends.
pub fn truncated(response: Response) -> Response {
    let (head, _) = response.into_parts();
    let begin = Ok(Bytes::from_static(b"[{\"id\":"));
    let broken = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    let mut parts = head;
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from_stream(stream::iter([begin, broken])))
}
