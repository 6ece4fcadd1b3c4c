//! `POST /imports`: an account export or a file as the raw body, streamed to disk and brought in by the same deed as
//! the command line's.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{AthleteId, SourceSlug};
use futures::StreamExt as _;
use serde::Deserialize;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

use super::bearer;
use super::problem::Problem;
use crate::auth::Scope;
use crate::boot::App;

/// A body of which nothing has come for that long will not go on.
const SILENCE: Duration = Duration::from_secs(30);
/// The longest name of a file, in characters.
const LONGEST_NAME: usize = 200;

/// What is sent, and whose it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    athlete: String,
    filename: String,
    /// What it is, where the content should not decide.
    source: Option<String>,
}

/// Takes an import in. It goes on after the answer; `importRun` in GraphQL tells how.
pub async fn receive(
    State(app): State<App>,
    sent: Result<Query<Sent>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let principal = bearer::principal(&app, &headers).await?;
    let view = principal
        .view(&app.hub, Scope::ImportsWrite)
        .map_err(|error| Problem::new(StatusCode::FORBIDDEN, error.to_string()))?;
    let wrong = |text: &str| Problem::new(StatusCode::BAD_REQUEST, text);
    let Ok(Query(sent)) = sent else {
        return Err(wrong("Say whose it is and what it is called: POST /imports?athlete=ID&filename=NAME."));
    };
    let missing = || Problem::new(StatusCode::NOT_FOUND, "There is no such athlete for this token.");
    let athlete: AthleteId = sent.athlete.parse().map_err(|_| missing())?;
    let known = view.athletes_by_id(&[athlete]).await.map_err(|error| Problem::of(&error))?;
    if !known.contains_key(&athlete) {
        return Err(missing());
    }
    if !is_name(&sent.filename) {
        return Err(wrong("`filename` is a plain name of at most 200 letters, without folders."));
    }
    let source = sent.source.as_deref().map(SourceSlug::parse).transpose();
    let source =
        source.map_err(|_| wrong("`source` is strava, garmin or file; leave it out to let the content decide."))?;
    let place = app.imports.clone().try_acquire_owned().map_err(|_| {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "Other imports are under way; try again when one has ended.")
            .with(header::RETRY_AFTER, HeaderValue::from_static("30"))
    })?;
    let (folder, path) = keep(body, &headers, &sent.filename, app.limits.import_bytes).await?;
    let run = app.hub.begin_import(athlete, &sent.filename).await.map_err(|error| Problem::of(&error))?;
    let hub = app.hub.clone();
    tokio::spawn(async move {
        // Why it failed stands in the run.
        if hub.carry_import(run, athlete, &path, source, &|_| (), &|| false).await.is_err() {
            tracing::warn!(%run, "an import failed");
        }
        drop((folder, place));
    });
    Ok((StatusCode::ACCEPTED, Json(serde_json::json!({ "importRun": run.to_string() }))).into_response())
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.chars().count())
        && !matches!(name, "." | "..")
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control)
}

/// Writes a body to a folder of its own, up to `limit` bytes.
async fn keep(body: Body, headers: &HeaderMap, name: &str, limit: u64) -> Result<(TempDir, PathBuf), Problem> {
    let too_long = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("An import has at most {limit} bytes."));
    let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| said > limit) {
        return Err(too_long());
    }
    let unkept = |error: std::io::Error| {
        tracing::error!(%error, "what was sent cannot be kept");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The hub has no room for this now; try again later.")
    };
    let folder = tempfile::tempdir().map_err(unkept)?;
    let path = folder.path().join(name);
    let written = write(body, &path, limit, too_long, unkept).await?;
    if written == 0 {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "The body is empty; send the file itself."));
    }
    Ok((folder, path))
}

async fn write(
    body: Body,
    path: &Path,
    limit: u64,
    too_long: impl Fn() -> Problem,
    unkept: impl Fn(std::io::Error) -> Problem,
) -> Result<u64, Problem> {
    let mut file = tokio::fs::File::create(path).await.map_err(&unkept)?;
    let mut chunks = body.into_data_stream();
    let mut written = 0_u64;
    loop {
        let chunk = match tokio::time::timeout(SILENCE, chunks.next()).await {
            Ok(None) => break,
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(_))) => return Err(Problem::new(StatusCode::BAD_REQUEST, "The body broke off.")),
            Err(_) => {
                return Err(Problem::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "Nothing came for half a minute; send it again.",
                ));
            }
        };
        written = written.saturating_add(chunk.len() as u64);
        if written > limit {
            return Err(too_long());
        }
        file.write_all(&chunk).await.map_err(&unkept)?;
    }
    file.flush().await.map_err(&unkept)?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_sent_is_kept_to_the_limit_and_no_further() {
        let bytes = |size: usize| Body::from(vec![b'x'; size]);
        let (folder, path) = keep(bytes(10), &HeaderMap::new(), "a.gpx", 10).await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap().len(), 10);
        drop(folder);
        assert!(!path.exists(), "what was sent goes when the import has ended");
        assert!(keep(bytes(11), &HeaderMap::new(), "a.gpx", 10).await.is_err());
        assert!(keep(bytes(0), &HeaderMap::new(), "a.gpx", 10).await.is_err());
        let headers = HeaderMap::from_iter([(header::CONTENT_LENGTH, HeaderValue::from_static("11"))]);
        assert!(keep(bytes(1), &headers, "a.gpx", 10).await.is_err());
    }

    #[test]
    fn a_name_leads_to_no_other_folder() {
        for good in ["ride.gpx", "export 1 (2).zip", "..gpx"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", ".", "..", "../x", "a/b", "a\\b", "a\0", "a\n", &"x".repeat(201)] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
