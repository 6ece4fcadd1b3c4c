//! GraphiQL from our own origin, where the web bundle is built in; else a pinned one from its public CDN.

use std::io::Read as _;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::read::GzDecoder;

use super::problem::Problem;
use crate::boot::App;

/// The files of the web bundle by name, compressed with gzip; none where it was not built.
static BUNDLE: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// The page for the bundle.
const PAGE: &str = include_str!("page.html");
/// The page without it, and its script and style.
const FALLBACK: (&str, &str, &str) =
    (include_str!("fallback.html"), include_str!("fallback.js"), include_str!("fallback.css"));

/// What the page may do where everything comes from us.
const OWN: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
                   font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                   form-action 'none'; frame-ancestors 'none'";
/// What the page may do where GraphiQL comes from its CDN.
const CDN: &str = "default-src 'none'; script-src 'self' https://unpkg.com; style-src 'self' 'unsafe-inline' \
                   https://unpkg.com; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; \
                   base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of the editor.
pub fn routes() -> Router<App> {
    Router::new().route("/graphiql", get(page)).route("/graphiql/assets/{name}", get(asset))
}

fn is_bundled() -> bool {
    BUNDLE.iter().any(|(name, _)| *name == "graphiql.js")
}

async fn page() -> Response {
    let (page, policy) = if is_bundled() { (PAGE, OWN) } else { (FALLBACK.0, CDN) };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, page).into_response()
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let missing = || Problem::new(StatusCode::NOT_FOUND, "There is no such file of the editor.").into_response();
    match (is_bundled(), name.as_str()) {
        (false, "fallback.js") => return ([(header::CONTENT_TYPE, JAVASCRIPT)], FALLBACK.1).into_response(),
        (false, "fallback.css") => return ([(header::CONTENT_TYPE, CSS)], FALLBACK.2).into_response(),
        _ => {}
    }
    let Some((_, packed)) = BUNDLE.iter().find(|(known, _)| *known == name) else { return missing() };
    let kind = if name.ends_with(".css") { CSS } else { JAVASCRIPT };
    let etag = format!("\"{}\"", domain::ArtifactId::of(packed));
    let same = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes());
    let Ok(etag) = HeaderValue::from_str(&etag) else { return missing() };
    let mut answer = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else if takes_gzip(&headers) {
        ([(header::CONTENT_ENCODING, "gzip")], *packed).into_response()
    } else {
        let mut plain = Vec::new();
        match GzDecoder::new(*packed).read_to_end(&mut plain) {
            Ok(_) => plain.into_response(),
            Err(error) => {
                tracing::error!(%error, name, "a file of the web bundle cannot be unpacked");
                return missing();
            }
        }
    };
    let out = answer.headers_mut();
    out.insert(header::ETAG, etag);
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // Workers take their own policy from here.
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(OWN));
    answer
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

fn takes_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').map(str::trim).any(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            matches!(name.trim(), "gzip" | "*") && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    })
}
