//! Laps and time series of an activity, read from the artifact that its provenance points to. Who asks finds record and
//! artifact, for many activities at once; what is here reads bytes, for each.

use connectors::Unreadable;
use connectors::series::{self, Lap, Streams};
use domain::{Activity, ArtifactKind, ArtifactRowId, Field, Origin, RecordId};
use tokio::sync::Semaphore;

use super::artifact::Stored;
use super::{RecordRow, View};
use crate::HubError;

/// How many artifacts are read into series at once, whoever asks: more only contend for the processors and for memory.
static READERS: Semaphore = Semaphore::const_new(2);

/// What is told over the length of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Its laps.
    Laps,
    /// Its time series.
    Streams,
}

impl Told {
    const fn field(self) -> Field {
        match self {
            Self::Laps => Field::Laps,
            Self::Streams => Field::Streams,
        }
    }

    fn is_in(self, kind: ArtifactKind) -> bool {
        match self {
            Self::Laps => series::tells_laps(kind),
            Self::Streams => series::tells_streams(kind),
        }
    }

    /// The record that the policy chose to tell it. A person's number is no laps.
    pub fn teller(self, activity: &Activity) -> Option<RecordId> {
        match activity.fields.get(&self.field()).map(|resolved| &resolved.provenance.origin) {
            Some(Origin::Record { record, .. }) => Some(*record),
            _ => None,
        }
    }

    /// Which of that record's artifacts tells it; none where they only count.
    pub fn place(self, activity: &Activity, row: &RecordRow) -> Option<(ArtifactKind, ArtifactRowId)> {
        let Some(Origin::Record { at, .. }) =
            activity.fields.get(&self.field()).map(|resolved| &resolved.provenance.origin)
        else {
            return None;
        };
        // The field may point to where they are counted; a recording's file stands behind the documents.
        let told = Some(at.artifact).filter(|kind| self.is_in(*kind));
        let kind = told.or_else(|| row.record.artifacts.keys().rev().copied().find(|kind| self.is_in(*kind)))?;
        let id = row.record.artifacts.get(&kind)?;
        Some((kind, ArtifactRowId::of(row.record.athlete, id)))
    }
}

impl View {
    /// The laps that a record's artifact tells.
    ///
    /// # Errors
    /// As [`View::bytes`]; `Internal` where the artifact cannot be read any more.
    pub async fn laps(&self, row: &RecordRow, kind: ArtifactKind, from: &Stored) -> Result<Vec<Lap>, HubError> {
        self.series(row, kind, from, series::laps).await
    }

    /// The time series that a record's artifact tells.
    ///
    /// # Errors
    /// As [`View::laps`].
    pub async fn streams(&self, row: &RecordRow, kind: ArtifactKind, from: &Stored) -> Result<Streams, HubError> {
        self.series(row, kind, from, series::streams).await
    }

    async fn series<T: Send + 'static>(
        &self,
        row: &RecordRow,
        kind: ArtifactKind,
        from: &Stored,
        read: fn(ArtifactKind, u16, &[u8]) -> Result<T, Unreadable>,
    ) -> Result<T, HubError> {
        let failed = |cause| HubError::Internal { deed: "read laps and time series", cause };
        let turn = READERS.acquire().await.map_err(|error| failed(error.into()))?;
        let bytes = self.bytes_of(from).await?;
        let session = row.record.keys.session_index;
        // A reader that panics costs this answer and no other.
        let read = tokio::task::spawn_blocking(move || read(kind, session, &bytes)).await;
        drop(turn);
        let unreadable = |error: Unreadable| failed(format!("artifact {}: {error}", from.row.id).into());
        read.map_err(|error| failed(error.into()))?.map_err(unreadable)
    }
}
