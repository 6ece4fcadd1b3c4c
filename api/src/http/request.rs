//! Every request has an id of ours, which stands in its answer and in every line that is logged about it.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing::field::Empty;

/// The id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Where the id stands in an answer.
pub const HEADER: &str = "x-request-id";

/// Gives a request its id. One that a client sends is not taken: it would stand in our log.
pub async fn identify(mut request: Request, next: Next) -> Response {
    let mut bytes = [0_u8; 8];
    // Without randomness the id says so; the request is answered all the same.
    let id = match getrandom::fill(&mut bytes) {
        Ok(()) => format!("req_{:016x}", u64::from_be_bytes(bytes)),
        Err(_) => "req_unknown".to_owned(),
    };
    // The route and never the path: paths and queries hold ids and signatures.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let method = named(request.method());
    // What a GraphQL operation is called, of which kind it is and what it costs stands here once it is known.
    let span = tracing::info_span!(
        "request",
        id,
        method,
        route = route.as_deref(),
        operation = Empty,
        kind = Empty,
        cost = Empty,
        status = Empty
    );
    let began = Instant::now();
    request.extensions_mut().insert(RequestId(id.clone()));
    let answer = async {
        let answer = next.run(request).await;
        let status = answer.status().as_u16();
        tracing::Span::current().record("status", status);
        tracing::debug!(status, "answered");
        crate::metrics::answered(route.as_deref().unwrap_or("none"), method, status, began.elapsed());
        answer
    };
    let mut answer = answer.instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(HEADER, value);
    }
    answer
}

/// The method by name. Clients may invent methods: those are all one.
fn named(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}
