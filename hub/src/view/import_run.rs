//! Imports as they stand.

use chrono::{DateTime, Utc};
use domain::{ArtifactRowId, AthleteId, ImportRunId};
use entity::{import_refusal, import_run};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{ArtifactRow, View, unread};
use crate::store::{codec, instant};
use crate::{HubError, ImportState, Refusal};

/// An import as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRunRow {
    /// Its id.
    pub id: ImportRunId,
    /// Whose.
    pub athlete: AthleteId,
    /// What was given.
    pub filename: String,
    /// How it stands.
    pub state: ImportState,
    /// Entries to come, where known.
    pub entries_total: Option<i64>,
    /// Entries done.
    pub entries_done: i64,
    /// Records that were not there.
    pub records_new: i64,
    /// Records that changed.
    pub records_updated: i64,
    /// Records that were there already.
    pub records_unchanged: i64,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<String>,
}

fn from_row(row: import_run::Model) -> Result<ImportRunRow, HubError> {
    let state = ImportState::from_name(&row.state)
        .ok_or_else(|| codec::unreadable("read an import", row.id, "an unknown state".to_owned()))?;
    Ok(ImportRunRow {
        id: ImportRunId::from_uuid(row.id),
        athlete: AthleteId::from_uuid(row.athlete_id),
        filename: row.filename,
        state,
        entries_total: row.entries_total,
        entries_done: row.entries_done,
        records_new: row.records_new,
        records_updated: row.records_updated,
        records_unchanged: row.records_unchanged,
        started_at: row.started_at.map(instant),
        finished_at: row.finished_at.map(instant),
        error: row.error,
    })
}

impl View {
    /// An import.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn import_run(&self, id: ImportRunId) -> Result<Option<ImportRunRow>, HubError> {
        let column = import_run::Column::Id;
        let rows = self.rows::<import_run::Entity>(column, [id.uuid()], import_run::Column::AthleteId).await?;
        rows.into_iter().next().map(from_row).transpose()
    }

    /// What an import refused, in the order in which it met them. Another athlete's import refused nothing.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn refusals(&self, id: ImportRunId, first: u32) -> Result<Vec<(Refusal, Option<ArtifactRow>)>, HubError> {
        let own_run = Query::select()
            .column(import_run::Column::Id)
            .from(import_run::Entity)
            .and_where(import_run::Column::Id.eq(id.uuid()))
            .and_where(self.check(import_run::Column::AthleteId))
            .take();
        let rows = import_refusal::Entity::find()
            .filter(import_refusal::Column::RunId.in_subquery(own_run))
            .order_by_asc(import_refusal::Column::Number)
            .limit(u64::from(first))
            .all(self.read())
            .await
            .map_err(unread)?;
        let kept: Vec<ArtifactRowId> =
            rows.iter().filter_map(|row| row.artifact_id).map(ArtifactRowId::from_uuid).collect();
        let artifacts = self.artifacts_by_id(&kept).await?;
        let refusal = |row: import_refusal::Model| {
            let artifact = row.artifact_id.and_then(|id| artifacts.get(&ArtifactRowId::from_uuid(id)).cloned());
            let sha256 = artifact.as_ref().map(|artifact| artifact.sha256);
            (Refusal { entry: row.entry, reason: row.reason, artifact: sha256 }, artifact)
        };
        Ok(rows.into_iter().map(refusal).collect())
    }
}
