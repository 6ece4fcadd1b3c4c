//! `GET /artifacts/{id}`: the very bytes, with a token or a signed link.

mod range;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::ArtifactRowId;
use hub::{ArtifactRow, View};
use serde::Deserialize;

use super::bearer;
use super::problem::Problem;
use super::quota;
use crate::auth::Scope;
use crate::boot::App;
use range::Wanted;

/// The query of a signed link.
#[derive(Debug, Deserialize)]
pub struct Link {
    expires: Option<i64>,
    signature: Option<String>,
}

/// Answers with an artifact's bytes, or a part of them.
pub async fn download(
    State(app): State<App>,
    Path(id): Path<String>,
    query: Result<Query<Link>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Ok(Query(link)) = query else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "The link is not as it was given out; ask for a new one."));
    };
    // Whose it is and whether it is there look alike from outside; the token comes first.
    let artifact: Option<ArtifactRowId> = id.parse().ok();
    let view = opened(&app, artifact, link, &headers).await?;
    let missing = || Problem::new(StatusCode::NOT_FOUND, "There is no such artifact for this token.");
    let artifact = artifact.ok_or_else(missing)?;
    let (row, bytes) = view.bytes(artifact).await.map_err(|error| Problem::of(&error))?.ok_or_else(missing)?;
    send(&row, bytes, &headers)
}

/// What may be read: by the link, where there is one, else by the token.
async fn opened(app: &App, artifact: Option<ArtifactRowId>, link: Link, headers: &HeaderMap) -> Result<View, Problem> {
    let forbidden = |text: String| Problem::new(StatusCode::FORBIDDEN, text);
    match (link.expires, link.signature, artifact) {
        (None, None, _) => {
            let principal = bearer::principal(app, headers).await?;
            quota::spend(app, &principal, quota::A_FILE)?;
            principal.view(&app.hub, Scope::ArtifactsRead).map_err(|error| forbidden(error.to_string()))
        }
        (Some(expires), Some(signature), Some(artifact)) => {
            app.auth.links().view(&app.hub, artifact, expires, &signature).map_err(|error| forbidden(error.to_string()))
        }
        _ => Err(forbidden("The link is not as it was given out; ask for a new one.".to_owned())),
    }
}

fn send(row: &ArtifactRow, bytes: Bytes, headers: &HeaderMap) -> Result<Response, Problem> {
    let etag = format!("\"{}\"", row.sha256);
    let kind = HeaderValue::from_str(&row.content_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let common: [(HeaderName, HeaderValue); 5] = [
        (header::ETAG, text(&etag)),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, text(&format!("attachment; filename=\"{}\"", filename(row)))),
    ];
    if known(headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let length = bytes.len();
    // A part of something else than what is here now is of no use.
    let same = headers.get(header::IF_RANGE).is_none_or(|value| value.as_bytes() == etag.as_bytes());
    let wanted = if same { range::wanted(headers, length) } else { Wanted::All };
    match wanted {
        Wanted::All => Ok((common, bytes).into_response()),
        Wanted::Part { from, until } => {
            let place = text(&format!("bytes {from}-{}/{length}", until.saturating_sub(1)));
            // Within the bytes: `range` saw to that.
            let part = bytes.slice(from..until);
            Ok((StatusCode::PARTIAL_CONTENT, common, [(header::CONTENT_RANGE, place)], part).into_response())
        }
        Wanted::Nothing => {
            let detail = "One range within the artifact can be asked for at a time.";
            Err(Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, detail)
                .with(header::CONTENT_RANGE, text(&format!("bytes */{length}"))))
        }
    }
}

/// A header's value of plain letters; empty where something else came in.
fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(""))
}

/// Whether the asker holds these bytes already.
fn known(headers: &HeaderMap, etag: &str) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == etag)
    })
}

/// A name under which the bytes can be kept anywhere: letters, digits and three signs, never a path, never hidden.
fn filename(row: &ArtifactRow) -> String {
    let given = row.filename.as_deref().unwrap_or_default();
    let given = given.rsplit(['/', '\\']).next().unwrap_or_default();
    // Files are kept as they are inside: their wrapping is gone, and so is its name.
    let given = if row.kind.is_file() { given.strip_suffix(".gz").unwrap_or(given) } else { given };
    let plain: String = given
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_') { letter } else { '_' })
        .collect();
    let plain = plain.trim_start_matches(['.', '_']);
    let tail = plain.get(plain.len().saturating_sub(100)..).unwrap_or_default().trim_start_matches('.');
    if tail.is_empty() {
        return format!("{}.{}", row.id, row.kind.name().to_ascii_lowercase());
    }
    tail.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(filename: Option<&str>) -> ArtifactRow {
        ArtifactRow {
            id: ArtifactRowId::from_uuid(uuid::Uuid::from_u128(1)),
            athlete: domain::AthleteId::from_uuid(uuid::Uuid::from_u128(2)),
            sha256: domain::ArtifactId::of(b"0123456789"),
            kind: domain::ArtifactKind::Fit,
            source: domain::SourceSlug::FILE,
            size_bytes: 10,
            content_type: "application/vnd.ant.fit".to_owned(),
            filename: filename.map(str::to_owned),
            fetched_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn sent(name: HeaderName, value: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        send(&row(None), Bytes::from_static(b"0123456789"), &headers).unwrap_or_else(IntoResponse::into_response)
    }

    #[test]
    fn names_are_safe_everywhere() {
        for (given, safe) in [
            (Some("ride.fit"), "ride.fit"),
            (Some("activities/1.fit.gz"), "1.fit"),
            (Some("../../etc/passwd"), "passwd"),
            (Some("C:\\x\\ride.fit"), "ride.fit"),
            (Some("a\"\r\nSet-Cookie: x"), "a___Set-Cookie__x"),
            (Some(".hidden"), "hidden"),
            (Some("Übung 1.gpx"), "bung_1.gpx"),
            (Some("..."), "art_00000000000000000000000000000001.fit"),
            (None, "art_00000000000000000000000000000001.fit"),
        ] {
            assert_eq!(filename(&row(given)), safe, "{given:?}");
        }
        assert_eq!(filename(&row(Some(&"x".repeat(300)))).len(), 100);
    }

    #[tokio::test]
    async fn parts_and_known_bytes_are_answered_as_such() {
        let etag = format!("\"{}\"", domain::ArtifactId::of(b"0123456789"));
        for known in [etag.as_str(), "*", &format!("\"x\", W/{etag}")] {
            assert_eq!(sent(header::IF_NONE_MATCH, known).status(), StatusCode::NOT_MODIFIED);
        }
        assert_eq!(sent(header::IF_NONE_MATCH, "\"x\"").status(), StatusCode::OK);
        let part = sent(header::RANGE, "bytes=2-4");
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.headers().get(header::CONTENT_RANGE).unwrap(), "bytes 2-4/10");
        let body = axum::body::to_bytes(part.into_body(), 100).await.unwrap();
        assert_eq!(&body[..], b"234");
        let beyond = sent(header::RANGE, "bytes=10-");
        assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(beyond.headers().get(header::CONTENT_RANGE).unwrap(), "bytes */10");
    }
}
