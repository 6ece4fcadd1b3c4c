//! Laps and time series of an activity, read from the artifact that its provenance points to.

use connectors::Unreadable;
use connectors::series::{self, Lap, Streams};
use domain::{Activity, ArtifactKind, Field, Origin};
use tokio::sync::Semaphore;

use super::{ArtifactRow, RecordRow, View};
use crate::HubError;

/// How many artifacts are read into series at once, whoever asks: more only contend for the processors and for memory.
static READERS: Semaphore = Semaphore::const_new(2);

/// The time series of an activity and where they were read.
#[derive(Debug, Clone)]
pub struct StreamSet {
    /// The record that the policy chose.
    pub record: RecordRow,
    /// Which of its artifacts tells them.
    pub artifact: ArtifactRow,
    /// The series.
    pub streams: Streams,
}

impl View {
    /// The laps of an activity, of the record that the policy chose for `LAPS`; none where it only counts them.
    ///
    /// # Errors
    /// As [`View::bytes`]; `Internal` where the artifact cannot be read any more.
    pub async fn laps(&self, activity: &Activity) -> Result<Vec<Lap>, HubError> {
        let read = self.series(activity, Field::Laps, series::tells_laps, series::laps).await?;
        Ok(read.map(|(_, _, laps)| laps).unwrap_or_default())
    }

    /// The time series of an activity, of the record that the policy chose for `STREAMS`; `None` where it has none.
    ///
    /// # Errors
    /// As [`View::laps`].
    pub async fn streams(&self, activity: &Activity) -> Result<Option<StreamSet>, HubError> {
        let read = self.series(activity, Field::Streams, series::tells_streams, series::streams).await?;
        Ok(read.map(|(record, artifact, streams)| StreamSet { record, artifact, streams }))
    }

    async fn series<T: Send + 'static>(
        &self,
        activity: &Activity,
        field: Field,
        tells: fn(ArtifactKind) -> bool,
        read: fn(ArtifactKind, u16, &[u8]) -> Result<T, Unreadable>,
    ) -> Result<Option<(RecordRow, ArtifactRow, T)>, HubError> {
        // A person's number is no laps.
        let Some(Origin::Record { record, at }) =
            activity.fields.get(&field).map(|resolved| &resolved.provenance.origin)
        else {
            return Ok(None);
        };
        let Some(row) = self.records_by_id(&[*record]).await?.remove(record) else { return Ok(None) };
        // The field may point to where they are counted; a recording's file stands behind the documents.
        let told = Some(at.artifact).filter(|kind| tells(*kind));
        let kind = told.or_else(|| row.record.artifacts.keys().rev().copied().find(|kind| tells(*kind)));
        let Some((kind, id)) = kind.and_then(|kind| Some((kind, row.record.artifacts.get(&kind)?))) else {
            return Ok(None);
        };
        let id = domain::ArtifactRowId::of(row.record.athlete, id);
        let failed = |cause| HubError::Internal { deed: "read laps and time series", cause };
        let turn = READERS.acquire().await.map_err(|error| failed(error.into()))?;
        let Some((artifact, bytes)) = self.bytes(id).await? else { return Ok(None) };
        let session = row.record.keys.session_index;
        // A reader that panics costs this answer and no other.
        let read = tokio::task::spawn_blocking(move || read(kind, session, &bytes)).await;
        drop(turn);
        match read.map_err(|error| failed(error.into()))? {
            Ok(content) => Ok(Some((row, artifact, content))),
            Err(unreadable) => Err(failed(format!("artifact {id}: {unreadable}").into())),
        }
    }
}
