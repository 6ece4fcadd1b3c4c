//! An import's own row: what clients see of it while it goes on.

use domain::{ArtifactRowId, AthleteId, ImportRunId};
use entity::import_run::{Column, Entity};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Value};

use super::{ImportReport, ImportState, Refusal};
use crate::store::{bulk, database_error, micros};
use crate::{Hub, HubError};

impl Hub {
    pub(super) async fn begin_run(&self, athlete: AthleteId, filename: &str) -> Result<ImportRunId, HubError> {
        const COLUMNS: [&str; 10] = [
            "id",
            "athlete_id",
            "filename",
            "state",
            "entries_done",
            "records_new",
            "records_updated",
            "records_unchanged",
            "started_at",
            "seen_at",
        ];
        let now = self.clock.now();
        let run = ImportRunId::from_uuid(self.mint(now));
        let row = vec![
            Value::from(run.uuid()),
            Value::from(athlete.uuid()),
            Value::from(filename),
            Value::from(ImportState::Running.name()),
            Value::from(0_i64),
            Value::from(0_i64),
            Value::from(0_i64),
            Value::from(0_i64),
            Value::from(micros(now)),
            Value::from(micros(now)),
        ];
        bulk::insert(&self.database.write, "import_run", &COLUMNS, vec![row], "")
            .await
            .map_err(database_error("begin an import"))?;
        Ok(run)
    }

    async fn update_run(&self, run: ImportRunId, changes: Vec<(Column, SimpleExpr)>) -> Result<(), HubError> {
        let mut update = Entity::update_many().filter(Column::Id.eq(run.uuid()));
        for (column, value) in changes {
            update = update.col_expr(column, value);
        }
        update.exec(&self.database.write).await.map(drop).map_err(database_error("keep how an import stands"))
    }

    /// Keeps how far it is, and what it refused since.
    pub(super) async fn note(
        &self,
        athlete: AthleteId,
        run: ImportRunId,
        report: &ImportReport,
        total: Option<u64>,
        refused: &[Refusal],
        numbered: &mut i64,
    ) -> Result<(), HubError> {
        const COLUMNS: [&str; 5] = ["run_id", "number", "entry", "reason", "artifact_id"];
        let rows = refused
            .iter()
            .map(|refusal| {
                *numbered += 1;
                vec![
                    Value::from(run.uuid()),
                    Value::from(*numbered),
                    Value::from(refusal.entry.as_str()),
                    Value::from(refusal.reason.as_str()),
                    Value::from(refusal.artifact.map(|id| ArtifactRowId::of(athlete, &id).uuid())),
                ]
            })
            .collect();
        bulk::insert(&self.database.write, "import_refusal", &COLUMNS, rows, "")
            .await
            .map_err(database_error("keep what an import refused"))?;
        let total = total.map(|total| total as i64);
        let mut changes = counts(report);
        changes.push((Column::EntriesTotal, Expr::value(total)));
        self.update_run(run, changes).await
    }

    pub(super) async fn end_run(&self, report: &ImportReport, error: Option<&str>) -> Result<(), HubError> {
        let mut changes = counts(report);
        changes.push((Column::State, Expr::value(report.state.name())));
        changes.push((Column::FinishedAt, Expr::value(micros(self.clock.now()))));
        changes.push((Column::Error, Expr::value(error.map(str::to_owned))));
        self.update_run(report.run, changes).await
    }

    pub(super) async fn fail_run(&self, run: ImportRunId, error: &str) -> Result<(), HubError> {
        let changes = vec![
            (Column::State, Expr::value(ImportState::Failed.name())),
            (Column::FinishedAt, Expr::value(micros(self.clock.now()))),
            (Column::Error, Expr::value(error)),
        ];
        self.update_run(run, changes).await
    }
}

fn counts(report: &ImportReport) -> Vec<(Column, SimpleExpr)> {
    vec![
        (Column::EntriesDone, Expr::value(report.entries as i64)),
        (Column::RecordsNew, Expr::value(report.records_new as i64)),
        (Column::RecordsUpdated, Expr::value(report.records_updated as i64)),
        (Column::RecordsUnchanged, Expr::value(report.records_unchanged as i64)),
    ]
}
