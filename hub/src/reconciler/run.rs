//! Runs of the engine that somebody asked for: queued, carried out, watched, taken up again.
//!
//! Whoever carries a run out says so every half a minute. One that nobody has spoken for in five minutes was left by a
//! process that ended: it is taken up again from the start, which costs a comparison for what is done already.

use std::time::Duration;

use domain::{AthleteId, ImportRunId, ReconciliationRunId};
use entity::reconciliation_run::{Column, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
};
use tokio::task::JoinHandle;

use super::{Occasion, Reconciled, Sweep};
use crate::store::{bulk, codec, database_error, instant, micros};
use crate::{Athletes, Hub, HubError, RunRow, RunState, TimeRange};

/// How often whoever carries a run out says so.
const BEAT: Duration = Duration::from_secs(30);

/// After how long without a word a run counts as left, in microseconds: ten beats.
const LEFT_AFTER: i64 = 300 * 1_000_000;

/// Under this number runs are queued one after the other on PostgreSQL.
const QUEUE_LOCK: i64 = 0x6461_7461_7175_6575;

/// What to look at again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunRequest {
    /// Whose activities; everybody's where absent.
    pub athlete: Option<AthleteId>,
    /// Activities that begin in this range, by the earliest start that a record ever told.
    pub range: Option<TimeRange>,
}

/// Which kind of run, for its heartbeat.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    Import(ImportRunId),
    Reconciliation(ReconciliationRunId),
}

/// Says that a run is being carried out for as long as this lives.
pub(crate) struct Heartbeat(JoinHandle<()>);

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A run that a row tells of.
pub(crate) fn from_row(row: Model) -> Result<RunRow, HubError> {
    let state = RunState::from_name(&row.state)
        .ok_or_else(|| codec::unreadable("read a run", row.id, "an unknown state".to_owned()))?;
    Ok(RunRow {
        id: ReconciliationRunId::from_uuid(row.id),
        athlete: row.athlete_id.map(AthleteId::from_uuid),
        range: TimeRange { from: row.range_from.map(instant), until: row.range_until.map(instant) },
        state,
        requested_by: row.requested_by,
        reason: row.reason,
        records_total: row.records_total,
        records_done: row.records_done,
        activities_changed: row.activities_changed,
        merges: row.merges,
        splits: row.splits,
        created_at: instant(row.created_at),
        started_at: row.started_at.map(instant),
        finished_at: row.finished_at.map(instant),
        error: row.error,
    })
}

impl Hub {
    /// Queues a run; it is carried out by [`Hub::run_reconciliation`]. Asked for again, by the same and in the same
    /// words, while it waits to be begun, it is that run: whoever lost the answer asks once more and starts nothing.
    ///
    /// # Errors
    /// `Invalid` for a range that ends before it begins, `NotFound` for an unknown athlete.
    pub async fn queue_reconciliation(
        &self,
        request: &RunRequest,
        actor: &str,
        reason: Option<&str>,
    ) -> Result<RunRow, HubError> {
        let reason = reason.map(crate::reason).transpose()?;
        if let Some(TimeRange { from: Some(from), until: Some(until) }) = request.range
            && from >= until
        {
            return Err(HubError::Invalid("the range ends before it begins".to_owned()));
        }
        if let Some(athlete) = request.athlete {
            let known = crate::store::athlete::generation(&self.database.read, athlete).await;
            if known.map_err(database_error("look for an athlete"))?.is_none() {
                return Err(HubError::NotFound(format!("there is no athlete {athlete}")));
            }
        }
        const COLUMNS: [&str; 13] = [
            "id",
            "athlete_id",
            "range_from",
            "range_until",
            "state",
            "requested_by",
            "reason",
            "records_total",
            "records_done",
            "activities_changed",
            "merges",
            "splits",
            "created_at",
        ];
        let failed = || database_error("queue a run");
        let transaction = self.database.begin().await?;
        if transaction.get_database_backend() == DbBackend::Postgres {
            // On SQLite whoever begins to write is alone.
            let lock = format!("SELECT pg_advisory_xact_lock({QUEUE_LOCK})");
            transaction.execute_unprepared(&lock).await.map_err(failed())?;
        }
        let athlete = request.athlete.map(AthleteId::uuid);
        let from = request.range.and_then(|range| range.from).map(micros);
        let until = request.range.and_then(|range| range.until).map(micros);
        let waits = Entity::find()
            .filter(Column::State.eq(RunState::Queued.name()))
            .filter(Column::RequestedBy.eq(actor))
            .filter(same(Column::AthleteId, athlete))
            .filter(same(Column::RangeFrom, from))
            .filter(same(Column::RangeUntil, until))
            .filter(same(Column::Reason, reason));
        if let Some(row) = waits.one(&transaction).await.map_err(failed())? {
            return from_row(row);
        }
        let now = self.clock.now();
        let id = ReconciliationRunId::from_uuid(self.mint(now));
        let row = vec![
            Value::from(id.uuid()),
            Value::from(athlete),
            Value::from(from),
            Value::from(until),
            Value::from(RunState::Queued.name()),
            Value::from(actor),
            Value::from(reason),
            Value::from(0_i64),
            Value::from(0_i64),
            Value::from(0_i64),
            Value::from(0_i64),
            Value::from(0_i64),
            Value::from(micros(now)),
        ];
        bulk::insert(&transaction, "reconciliation_run", &COLUMNS, vec![row], "").await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        self.run_row(id).await
    }

    /// The runs that wait to be carried out, oldest first: those queued, and those left by a process that ended. A
    /// server takes them up when it starts, and looks again every few minutes.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn waiting_runs(&self) -> Result<Vec<ReconciliationRunId>, HubError> {
        let ids: Vec<uuid::Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(self.is_free())
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .into_tuple()
            .all(&self.database.read)
            .await
            .map_err(database_error("look for runs that wait"))?;
        Ok(ids.into_iter().map(ReconciliationRunId::from_uuid).collect())
    }

    fn is_free(&self) -> Condition {
        let left = micros(self.clock.now()).saturating_sub(LEFT_AFTER);
        Condition::any()
            .add(Column::State.eq(RunState::Queued.name()))
            .add(Condition::all().add(Column::State.eq(RunState::Running.name())).add(Column::SeenAt.lt(left)))
    }

    /// Carries a run out and gives how it ended; `None` where another process has it, or it ended before. `progress`
    /// is called after every part; `cancelled` is asked before each, and what was written stays: run again, it ends
    /// where one run would have.
    ///
    /// # Errors
    /// As [`Hub::reconcile`]; the run keeps the error's sentence.
    pub async fn run_reconciliation(
        &self,
        id: ReconciliationRunId,
        progress: &(dyn Fn(&RunRow) + Send + Sync),
        cancelled: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<Option<RunRow>, HubError> {
        let now = micros(self.clock.now());
        let claimed = Entity::update_many()
            .col_expr(Column::State, Expr::value(RunState::Running.name()))
            .col_expr(Column::StartedAt, Expr::value(now))
            .col_expr(Column::SeenAt, Expr::value(now))
            .filter(Column::Id.eq(id.uuid()))
            .filter(self.is_free())
            .exec(&self.database.write)
            .await
            .map_err(database_error("begin a run"))?;
        if claimed.rows_affected == 0 {
            return Ok(None);
        }
        let beat = self.beat(Run::Reconciliation(id));
        let result = self.carry_out(id, progress, cancelled).await;
        drop(beat);
        let (state, error) = match &result {
            Ok(true) => (RunState::Succeeded, None),
            Ok(false) => (RunState::Cancelled, None),
            Err(error) => (RunState::Failed, Some(error.to_string())),
        };
        let ended = vec![
            (Column::State, Expr::value(state.name())),
            (Column::FinishedAt, Expr::value(micros(self.clock.now()))),
            (Column::Error, Expr::value(error)),
        ];
        self.note_run(id, ended).await?;
        result?;
        self.run_row(id).await.map(Some)
    }

    /// Cancels a run that nobody has begun; whether it did. One that runs is cancelled by whoever carries it out.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn cancel_queued(&self, id: ReconciliationRunId) -> Result<bool, HubError> {
        let update = Entity::update_many()
            .col_expr(Column::State, Expr::value(RunState::Cancelled.name()))
            .col_expr(Column::FinishedAt, Expr::value(micros(self.clock.now())))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::State.eq(RunState::Queued.name()));
        let done = update.exec(&self.database.write).await.map_err(database_error("cancel a run"))?;
        Ok(done.rows_affected == 1)
    }

    /// Whether it came to the end.
    async fn carry_out(
        &self,
        id: ReconciliationRunId,
        progress: &(dyn Fn(&RunRow) + Send + Sync),
        cancelled: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<bool, HubError> {
        let mut row = self.run_row(id).await?;
        let range = Some(row.range).filter(|range| range.from.is_some() || range.until.is_some());
        let (actor, reason) = (row.requested_by.clone(), row.reason.clone());
        let why = self.why_all().await?;
        let occasion = Occasion { actor: &actor, reason: reason.as_deref(), ..Occasion::own(why, &self.policy) };
        let athletes = row.athlete.map_or(Athletes::All, |athlete| Athletes::Only([athlete].into()));
        let mut sweep = Sweep::over(athletes, range);
        let mut done = Reconciled::default();
        row.records_total = self.extent(&sweep).await? as i64;
        self.note_run(id, counts(&row)).await?;
        loop {
            if cancelled() {
                return Ok(false);
            }
            let Some((settled, records)) = self.step(&mut sweep, &occasion).await? else { break };
            done.count(&settled);
            done.records += records;
            row.records_done = done.records as i64;
            row.activities_changed = done.activities_changed as i64;
            (row.merges, row.splits) = (done.merges as i64, done.splits as i64);
            self.note_run(id, counts(&row)).await?;
            progress(&row);
        }
        if row.athlete.is_none() && range.is_none() {
            self.policy_is_applied().await?;
        }
        Ok(true)
    }

    async fn run_row(&self, id: ReconciliationRunId) -> Result<RunRow, HubError> {
        let found = Entity::find_by_id(id.uuid()).one(&self.database.write).await;
        let found = found.map_err(database_error("read a run"))?;
        from_row(found.ok_or_else(|| HubError::NotFound(format!("there is no run {id}")))?)
    }

    async fn note_run(&self, id: ReconciliationRunId, changes: Vec<(Column, SimpleExpr)>) -> Result<(), HubError> {
        let mut update = Entity::update_many().filter(Column::Id.eq(id.uuid()));
        for (column, value) in changes {
            update = update.col_expr(column, value);
        }
        update.exec(&self.database.write).await.map(drop).map_err(database_error("keep how a run stands"))
    }

    /// Says that a run is being carried out until what is given is dropped.
    pub(crate) fn beat(&self, run: Run) -> Heartbeat {
        let hub = self.clone();
        Heartbeat(tokio::spawn(async move {
            loop {
                tokio::time::sleep(BEAT).await;
                if let Err(error) = hub.say_alive(run).await {
                    tracing::warn!(%error, "a run could not be kept alive");
                }
            }
        }))
    }

    async fn say_alive(&self, run: Run) -> Result<(), HubError> {
        use entity::import_run;
        let failed = database_error("keep a run alive");
        let now = Expr::value(micros(self.clock.now()));
        match run {
            Run::Reconciliation(id) => self.note_run(id, vec![(Column::SeenAt, now)]).await,
            Run::Import(id) => {
                let update = import_run::Entity::update_many().col_expr(import_run::Column::SeenAt, now);
                let only = update.filter(import_run::Column::Id.eq(id.uuid()));
                only.exec(&self.database.write).await.map(drop).map_err(failed)
            }
        }
    }

    /// Marks the imports that a process left when it ended as failed. What they wrote stays; brought in again, it is
    /// passed over. Done at every start, and before every import. Gives how many.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn end_dead_runs(&self) -> Result<u64, HubError> {
        use entity::import_run::{Column, Entity};
        let now = micros(self.clock.now());
        let silent = Condition::any()
            .add(Column::SeenAt.lt(now.saturating_sub(LEFT_AFTER)))
            // Begun by a version that did not say so.
            .add(Column::SeenAt.is_null().and(Column::StartedAt.lt(now.saturating_sub(LEFT_AFTER))));
        let update = Entity::update_many()
            .col_expr(Column::State, Expr::value(RunState::Failed.name()))
            .col_expr(Column::FinishedAt, Expr::value(now))
            .col_expr(
                Column::Error,
                Expr::value("its process ended before it did: bring it in again, and what was written is passed over"),
            )
            .filter(Column::State.eq(RunState::Running.name()))
            .filter(silent);
        let done = update.exec(&self.database.write).await.map_err(database_error("end imports that were left"))?;
        Ok(done.rows_affected)
    }
}

/// Whether a column holds that value, or nothing where there is none.
fn same<T: Into<Value>>(column: Column, value: Option<T>) -> SimpleExpr {
    match value {
        Some(value) => column.eq(value),
        None => column.is_null(),
    }
}

fn counts(row: &RunRow) -> Vec<(Column, SimpleExpr)> {
    vec![
        (Column::RecordsTotal, Expr::value(row.records_total)),
        (Column::RecordsDone, Expr::value(row.records_done)),
        (Column::ActivitiesChanged, Expr::value(row.activities_changed)),
        (Column::Merges, Expr::value(row.merges)),
        (Column::Splits, Expr::value(row.splits)),
    ]
}
