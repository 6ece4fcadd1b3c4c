//! Artifacts, each as its athlete holds it.

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{ArtifactId, ArtifactKind, ArtifactRowId, AthleteId, RecordId, SourceSlug};
use entity::artifact;

use super::View;
use crate::HubError;
use crate::store::{codec, instant};

/// An artifact as its athlete holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRow {
    /// Its id for this athlete.
    pub id: ArtifactRowId,
    /// Whose.
    pub athlete: AthleteId,
    /// Its name by content.
    pub sha256: ArtifactId,
    /// What it is.
    pub kind: ArtifactKind,
    /// Who gave it.
    pub source: SourceSlug,
    /// Bytes, uncompressed.
    pub size_bytes: i64,
    /// Its document type.
    pub content_type: String,
    /// The name it had.
    pub filename: Option<String>,
    /// When it was received.
    pub fetched_at: DateTime<Utc>,
}

/// An artifact whose bytes can be had without asking the database again.
#[derive(Debug)]
pub struct Stored {
    /// What is told of it.
    pub row: ArtifactRow,
    place: artifact::Model,
}

fn from_row(row: &artifact::Model) -> Result<ArtifactRow, HubError> {
    let bad = |cause: &str| codec::unreadable("read an artifact's row", row.id, cause.to_owned());
    let digest: [u8; 32] = row.sha256.as_slice().try_into().map_err(|_| bad("its digest is none"))?;
    Ok(ArtifactRow {
        id: ArtifactRowId::from_uuid(row.id),
        athlete: AthleteId::from_uuid(row.athlete_id),
        sha256: ArtifactId::from_bytes(digest),
        kind: ArtifactKind::from_name(&row.kind).ok_or_else(|| bad("an unknown kind"))?,
        source: SourceSlug::parse(&row.source).map_err(|error| bad(&error.to_string()))?,
        size_bytes: row.size_bytes,
        content_type: row.content_type.clone(),
        filename: row.filename.clone(),
        fetched_at: instant(row.fetched_at),
    })
}

impl View {
    /// The artifacts of these records, by kind.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn artifacts_of(&self, records: &[RecordId]) -> Result<HashMap<RecordId, Vec<ArtifactRow>>, HubError> {
        let records = self.records_by_id(records).await?;
        let held = |row: &super::RecordRow| -> Vec<ArtifactRowId> {
            row.record.artifacts.values().map(|id| ArtifactRowId::of(row.record.athlete, id)).collect()
        };
        let wanted: Vec<ArtifactRowId> = records.values().flat_map(held).collect();
        let rows = self.artifacts_by_id(&wanted).await?;
        let of = |(id, row): (&RecordId, &super::RecordRow)| {
            (*id, held(row).iter().filter_map(|artifact| rows.get(artifact).cloned()).collect())
        };
        Ok(records.iter().map(of).collect())
    }

    /// Several artifacts by the ids that their athletes hold them under.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn artifacts_by_id(
        &self,
        ids: &[ArtifactRowId],
    ) -> Result<HashMap<ArtifactRowId, ArtifactRow>, HubError> {
        let rows = self.artifact_rows(ids).await?;
        rows.iter().map(|row| from_row(row).map(|row| (row.id, row))).collect()
    }

    /// Several artifacts with the places of their bytes.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn stored(&self, ids: &[ArtifactRowId]) -> Result<HashMap<ArtifactRowId, Stored>, HubError> {
        let rows = self.artifact_rows(ids).await?;
        let stored = |place| from_row(&place).map(|row| (row.id, Stored { row, place }));
        rows.into_iter().map(stored).collect()
    }

    async fn artifact_rows(&self, ids: &[ArtifactRowId]) -> Result<Vec<artifact::Model>, HubError> {
        let ids = ids.iter().map(|id| id.uuid());
        self.rows::<artifact::Entity>(artifact::Column::Id, ids, artifact::Column::AthleteId).await
    }

    /// A record that was read from the artifact; `None` for one that was only kept.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn record_of_artifact(&self, id: ArtifactRowId) -> Result<Option<super::RecordRow>, HubError> {
        let rows = self.artifact_rows(&[id]).await?;
        let Some(record) = rows.first().and_then(|row| row.record_id).map(RecordId::from_uuid) else {
            return Ok(None);
        };
        Ok(self.records_by_id(&[record]).await?.remove(&record))
    }

    /// An artifact's bytes, uncompressed, their hash checked.
    ///
    /// # Errors
    /// `Internal` where the bytes are not what they were: damaged ones are never given.
    pub async fn bytes(&self, id: ArtifactRowId) -> Result<Option<(ArtifactRow, Bytes)>, HubError> {
        let Some(stored) = self.stored(&[id]).await?.remove(&id) else { return Ok(None) };
        let bytes = self.bytes_of(&stored).await?;
        Ok(Some((stored.row, bytes)))
    }

    /// The same of one that was found already.
    ///
    /// # Errors
    /// As [`View::bytes`].
    pub async fn bytes_of(&self, stored: &Stored) -> Result<Bytes, HubError> {
        self.hub.artifact_bytes(&stored.place).await
    }
}
