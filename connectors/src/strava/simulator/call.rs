//! A request, and the making of answers.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use url::form_urlencoded;

/// The longest body that is read.
const LONGEST: usize = 1 << 20;

/// A request, whole.
pub struct Call {
    pub method: String,
    path: Vec<String>,
    /// What stands behind the question mark and in the form.
    pub parameters: BTreeMap<String, String>,
    headers: HeaderMap,
}

impl Call {
    /// `None` where its body is too long.
    pub async fn of(request: Request) -> Option<Self> {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, LONGEST).await.ok()?;
        let mut path: Vec<String> =
            head.uri.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        // The API stands at the root too, as it will from 2027.
        if path.first().is_some_and(|part| part == "api") && path.get(1).is_some_and(|part| part == "v3") {
            path.drain(..2);
        }
        let query = head.uri.query().unwrap_or_default().as_bytes();
        let pairs = form_urlencoded::parse(query).chain(form_urlencoded::parse(&body));
        let parameters = pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        Some(Self { method: head.method.to_string(), path, parameters, headers: head.headers })
    }

    /// The parts of its path, without the API's prefix.
    pub fn parts(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// Whether it is for sign-in and not for the API.
    pub fn is_sign_in(&self) -> bool {
        self.path.first().is_some_and(|part| part == "oauth")
    }

    /// A parameter; empty where it is missing.
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// A parameter as a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.parameter(name).parse().ok()
    }

    /// What stands after a word such as `Bearer` in the header that authorizes.
    pub fn authorization(&self, scheme: &str) -> Option<&str> {
        self.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix(scheme)?.strip_prefix(' ')
    }

    /// The token of an athlete.
    pub fn token(&self) -> &str {
        self.authorization("Bearer").unwrap_or_else(|| self.parameter("access_token"))
    }
}

/// A JSON answer.
pub fn document(status: u16, value: &Value) -> Response {
    let body = (code(status), [(header::CONTENT_TYPE, "application/json; charset=utf-8")], value.to_string());
    body.into_response()
}

/// An answer without a body.
pub fn status(status: u16) -> Response {
    (code(status), Body::empty()).into_response()
}

/// A refusal as Strava writes one.
pub fn refusal(status: u16, message: &str, [resource, field, code]: [&str; 3]) -> Response {
    let entry = json!({ "resource": resource, "field": field, "code": code });
    document(status, &json!({ "message": message, "errors": [entry] }))
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
