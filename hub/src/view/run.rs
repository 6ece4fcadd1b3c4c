//! Runs of the engine as they stand.

use domain::ReconciliationRunId;
use entity::reconciliation_run;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::{Athletes, View, unread};
use crate::reconciler::run_from_row;
use crate::{HubError, RunRow};

impl View {
    /// A run. One over everybody's activities is shown to whoever may read everybody's.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn reconciliation_run(&self, id: ReconciliationRunId) -> Result<Option<RunRow>, HubError> {
        let mut mine = Condition::any().add(self.check(reconciliation_run::Column::AthleteId));
        if *self.scope() == Athletes::All {
            mine = mine.add(reconciliation_run::Column::AthleteId.is_null());
        }
        let found = reconciliation_run::Entity::find()
            .filter(reconciliation_run::Column::Id.eq(id.uuid()))
            .filter(mine)
            .one(self.read())
            .await
            .map_err(unread)?;
        found.map(run_from_row).transpose()
    }
}
