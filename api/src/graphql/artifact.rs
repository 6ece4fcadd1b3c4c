//! Artifacts.

use async_graphql::{Context, ID, Object};
use hub::ArtifactRow;

use super::context::{asker, reader};
use super::error::{Failure, Outcome};
use super::loader::ArtifactKey;
use super::record::SourceRecord;
use super::scalar::{Instant, Json, Long};
use super::source::Source;
use super::word::Word;
use crate::auth::Scope;

/// The largest document that is shown within an answer, in bytes.
const LARGEST_DOCUMENT: i64 = 1 << 20;

/// How long a link lives where nothing else is asked for, in seconds.
const DEFAULT_LIFETIME_S: i32 = 300;

/// An artifact, and the record through which it was found.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The artifact.
    pub row: ArtifactRow,
    record: Option<SourceRecord>,
}

impl Artifact {
    /// An artifact from which that record was read.
    pub const fn read_by(row: ArtifactRow, record: SourceRecord) -> Self {
        Self { row, record: Some(record) }
    }

    /// An artifact found by itself.
    pub const fn alone(row: ArtifactRow) -> Self {
        Self { row, record: None }
    }
}

/// Bytes exactly as a source gave them, stored by content.
#[Object]
impl Artifact {
    /// Opaque; unique among all nodes.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// What it is.
    async fn kind(&self) -> Word<domain::ArtifactKind> {
        Word(self.row.kind)
    }

    /// Whose bytes they are.
    async fn source(&self) -> Source {
        Source(self.row.source.clone())
    }

    /// SHA-256 of the bytes, in hexadecimal digits.
    async fn sha256(&self) -> String {
        self.row.sha256.to_string()
    }

    /// How many bytes it has.
    async fn size_bytes(&self) -> Long {
        Long(self.row.size_bytes)
    }

    /// Its media type, e.g. application/json.
    async fn content_type(&self) -> &str {
        &self.row.content_type
    }

    /// What it was called where it came from, if it was called anything.
    async fn filename(&self) -> Option<&str> {
        self.row.filename.as_deref()
    }

    /// When it was fetched or given.
    async fn fetched_at(&self) -> Instant {
        Instant(self.row.fetched_at)
    }

    /// A record that was read from it; null for bytes that were only kept.
    async fn source_record(&self, ctx: &Context<'_>) -> Outcome<Option<SourceRecord>> {
        if let Some(record) = &self.record {
            return Ok(Some(record.clone()));
        }
        let row = reader(ctx)?.view().record_of_artifact(self.row.id).await?;
        Ok(row.map(|row| SourceRecord::whole(row.into())))
    }

    /// The document, for JSON artifacts up to 1 MiB. Needs the scope artifacts:read.
    async fn json(&self, ctx: &Context<'_>) -> Outcome<Option<Json>> {
        let view = asker(ctx).view(Scope::ArtifactsRead)?;
        if self.row.content_type != domain::MediaType::JSON.0 || self.row.size_bytes > LARGEST_DOCUMENT {
            return Ok(None);
        }
        // Found for all documents of a page at once.
        let Some(stored) = reader(ctx)?.one(ArtifactKey(self.row.id)).await? else { return Ok(None) };
        let bytes = view.bytes_of(&stored).await?;
        // Bytes that call themselves JSON and are none stay what they are: a download.
        let document: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
        Ok(document.and_then(|document| async_graphql::Value::from_json(document).ok()).map(Json))
    }

    /// A signed link that works without a token until it expires, after at most 900 seconds. Needs the scope
    /// artifacts:read.
    async fn download_url(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "For how many seconds the link works, from 1 to 900.",
            default_with = "Some(DEFAULT_LIFETIME_S)"
        )]
        expires_in_s: Option<i32>,
    ) -> Outcome<String> {
        let asker = asker(ctx);
        asker.principal.may(Scope::ArtifactsRead)?;
        let (app, id) = (&asker.app, self.row.id);
        let lifetime_s = expires_in_s.unwrap_or(DEFAULT_LIFETIME_S);
        let query = app.auth.links().query(id, app.hub.clock().now(), lifetime_s.into());
        let query = query.map_err(|error| Failure::Invalid(error.to_string()))?;
        Ok(format!("{}/artifacts/{id}?{query}", app.server.public_url))
    }
}
