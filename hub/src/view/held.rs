//! All that one athlete holds, by id: an export keeps the ids and reads what they name page by page.

use domain::{ActivityId, ArtifactRowId, AthleteId, ImportRunId, ReconciliationRunId, RecordId};
use entity::{activity, artifact, import_run, reconciliation_run, source_record};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{View, unread};
use crate::HubError;

impl View {
    /// The ids of an athlete's activities, by start.
    pub(crate) async fn activity_ids(&self, athlete: AthleteId) -> Result<Vec<ActivityId>, HubError> {
        use activity::Column::{AthleteId, Id, StartAt};
        let ids = self.ids::<activity::Entity>(athlete, [AthleteId, StartAt, Id]).await?;
        Ok(ids.into_iter().map(ActivityId::from_uuid).collect())
    }

    /// The ids of an athlete's records, by their earliest start.
    pub(crate) async fn record_ids(&self, athlete: AthleteId) -> Result<Vec<RecordId>, HubError> {
        use source_record::Column::{AthleteId, Id, SpansFrom};
        let ids = self.ids::<source_record::Entity>(athlete, [AthleteId, SpansFrom, Id]).await?;
        Ok(ids.into_iter().map(RecordId::from_uuid).collect())
    }

    /// The ids of an athlete's artifacts, by when they were received.
    pub(crate) async fn artifact_ids(&self, athlete: AthleteId) -> Result<Vec<ArtifactRowId>, HubError> {
        use artifact::Column::{AthleteId, FetchedAt, Id};
        let ids = self.ids::<artifact::Entity>(athlete, [AthleteId, FetchedAt, Id]).await?;
        Ok(ids.into_iter().map(ArtifactRowId::from_uuid).collect())
    }

    /// The ids of an athlete's imports, by begin.
    pub(crate) async fn import_ids(&self, athlete: AthleteId) -> Result<Vec<ImportRunId>, HubError> {
        use import_run::Column::{AthleteId, Id, StartedAt};
        let ids = self.ids::<import_run::Entity>(athlete, [AthleteId, StartedAt, Id]).await?;
        Ok(ids.into_iter().map(ImportRunId::from_uuid).collect())
    }

    /// The ids of the runs of the engine over an athlete's activities alone, by when they were asked for.
    pub(crate) async fn run_ids(&self, athlete: AthleteId) -> Result<Vec<ReconciliationRunId>, HubError> {
        use reconciliation_run::Column::{AthleteId, CreatedAt, Id};
        let ids = self.ids::<reconciliation_run::Entity>(athlete, [AthleteId, CreatedAt, Id]).await?;
        Ok(ids.into_iter().map(ReconciliationRunId::from_uuid).collect())
    }

    /// The ids of a table's rows: its column of athletes, what they are ordered by, and the id.
    async fn ids<E: EntityTrait>(
        &self,
        whose: AthleteId,
        [athlete, order, id]: [E::Column; 3],
    ) -> Result<Vec<Uuid>, HubError> {
        let own = E::find().select_only().column(id).filter(self.own_of(Some(whose), athlete));
        own.order_by_asc(order).order_by_asc(id).into_tuple().all(self.read()).await.map_err(unread)
    }
}
