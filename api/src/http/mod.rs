//! The routes, and what every answer has in common: a request id, security headers, problems instead of empty errors.

mod artifact;
mod bearer;
mod connections;
mod graphiql;
mod graphql;
mod health;
mod import;
mod oauth;
mod problem;
mod quota;
mod request;
mod socket;
mod webhook;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::boot::App;
pub use connections::serve;
pub use health::Counted;
use problem::Problem;
pub use quota::Quota;
pub use socket::{SEATS, Sockets};

/// Everything that this server answers.
pub fn router(app: App) -> Router {
    // From here on: what nobody counts cannot be told later.
    crate::metrics::start();
    let graphiql = app.server.graphiql;
    // Artifacts are sent as they are: their tags and ranges are those of the very bytes.
    let packed = CompressionLayer::new().quality(CompressionLevel::Fastest);
    let mut routes = Router::new()
        .route("/graphql", post(graphql::answer).get(socket::open))
        .route("/schema.graphql", get(graphql::schema))
        .layer(packed)
        .route("/artifacts/{id}", get(artifact::download))
        .route("/imports", post(import::receive))
        .route("/oauth/{connector}/start", get(oauth::start))
        .route("/oauth/{connector}/callback", get(oauth::callback))
        .route(
            "/webhooks/{connector}/{secret}",
            get(webhook::receive).post(webhook::receive).layer(DefaultBodyLimit::max(webhook::LARGEST)),
        )
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::figures));
    if graphiql {
        routes = routes.merge(graphiql::routes());
    }
    routes
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address.") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This address does not answer that method.")
        })
        .with_state(app)
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn(request::identify))
        .layer(default_header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .layer(default_header(header::CACHE_CONTROL, "no-store"))
        .layer(default_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(default_header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(default_header(header::REFERRER_POLICY, "no-referrer"))
}

/// A header of every answer that does not set it by itself.
fn default_header(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
