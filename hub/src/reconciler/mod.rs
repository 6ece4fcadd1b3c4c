//! From records to what stands: load a neighbourhood, judge it, check the plan, apply it.

mod apply;
mod neighbourhood;

use std::collections::HashSet;

use domain::{AthleteId, RecordId};
use entity::{activity, source_record};
use reconcile::Plan;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::store::{database_error, micros};
use crate::{Hub, HubError};

/// Records that are reconciled in one transaction, their neighbours aside.
const AT_ONCE: u64 = 500;

/// Which records, and whether to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Those that wait for it and what they can influence; write.
    Pending,
    /// All of the athlete's; write.
    Full,
    /// All of the athlete's; write nothing, give the plan.
    Preview,
}

/// What reconciling did, or would do.
#[derive(Debug, Clone, Default)]
pub struct Reconciled {
    /// Records looked at.
    pub records: u64,
    /// Activities created, changed or retired.
    pub activities_changed: u64,
    /// The plan itself, for a preview.
    pub plan: Option<Plan>,
}

impl Reconciled {
    fn count(&mut self, plan: &Plan) {
        self.activities_changed += (plan.create.len() + plan.update.len() + plan.retire.len()) as u64;
    }
}

impl Hub {
    /// Runs the engine over one athlete's records: those that wait for it, or all.
    ///
    /// # Errors
    /// `Internal` where a plan fails its checks: nothing is written then.
    pub async fn reconcile(&self, athlete: AthleteId, mode: Mode) -> Result<Reconciled, HubError> {
        match mode {
            Mode::Pending => self.reconcile_pending(athlete).await,
            Mode::Full => self.reconcile_all(athlete, true).await,
            Mode::Preview => self.reconcile_all(athlete, false).await,
        }
    }

    async fn reconcile_pending(&self, athlete: AthleteId) -> Result<Reconciled, HubError> {
        let mut done = Reconciled::default();
        loop {
            let waiting = self.waiting(athlete).await?;
            if waiting.is_empty() {
                return Ok(done);
            }
            let (plan, records) = self.settle(athlete, &waiting, true).await?;
            done.count(&plan);
            done.records += records.len() as u64;
        }
    }

    async fn reconcile_all(&self, athlete: AthleteId, write: bool) -> Result<Reconciled, HubError> {
        let ids: Vec<Uuid> = source_record::Entity::find()
            .select_only()
            .column(source_record::Column::Id)
            .filter(source_record::Column::AthleteId.eq(athlete.uuid()))
            .order_by_asc(source_record::Column::SpansFrom)
            .order_by_asc(source_record::Column::Id)
            .into_tuple()
            .all(&self.database.read)
            .await
            .map_err(database_error("list an athlete's records"))?;
        let mut done = Reconciled::default();
        let mut whole = Plan::default();
        let mut seen: HashSet<RecordId> = HashSet::with_capacity(ids.len());
        let mut rest = ids.into_iter().map(RecordId::from_uuid);
        loop {
            let touched: Vec<RecordId> = rest.by_ref().filter(|id| !seen.contains(id)).take(AT_ONCE as usize).collect();
            if touched.is_empty() {
                done.plan = (!write).then_some(whole);
                return Ok(done);
            }
            let (plan, records) = self.settle(athlete, &touched, write).await?;
            done.count(&plan);
            done.records += records.iter().filter(|id| seen.insert(**id)).count() as u64;
            if !write {
                whole.create.extend(plan.create);
                whole.update.extend(plan.update);
                whole.retire.extend(plan.retire);
                whole.unchanged += plan.unchanged;
                whole.matches.extend(plan.matches);
                whole.candidates.extend(plan.candidates);
            }
        }
    }

    /// Some of the records that wait, by time, so that neighbours come together.
    async fn waiting(&self, athlete: AthleteId) -> Result<Vec<RecordId>, HubError> {
        let ids: Vec<Uuid> = source_record::Entity::find()
            .select_only()
            .column(source_record::Column::Id)
            .filter(source_record::Column::AthleteId.eq(athlete.uuid()))
            // Bare, so that SQLite sees that the partial index on it serves.
            .filter(Expr::cust("waits"))
            .order_by_asc(source_record::Column::SpansFrom)
            .order_by_asc(source_record::Column::Id)
            .limit(AT_ONCE)
            .into_tuple()
            .all(&self.database.write)
            .await
            .map_err(database_error("look for records that wait"))?;
        Ok(ids.into_iter().map(RecordId::from_uuid).collect())
    }

    /// Settles the activities whose window has closed; gives how many.
    ///
    /// # Errors
    /// As [`Hub::reconcile`].
    pub async fn close_windows(&self) -> Result<u64, HubError> {
        let now = self.clock.now();
        let rows: Vec<(Uuid, Uuid)> = activity::Entity::find()
            .select_only()
            .columns([activity::Column::AthleteId, activity::Column::Id])
            .filter(activity::Column::WindowClosesAt.lte(micros(now)))
            .order_by_asc(activity::Column::AthleteId)
            .into_tuple()
            .all(&self.database.read)
            .await
            .map_err(database_error("look for windows that close"))?;
        let mut closed = 0;
        for one in rows.chunk_by(|a, b| a.0 == b.0) {
            for part in one.chunks(AT_ONCE as usize) {
                let Some((athlete, _)) = part.first() else { continue };
                let members: Vec<Uuid> = source_record::Entity::find()
                    .select_only()
                    .column(source_record::Column::Id)
                    .filter(source_record::Column::ActivityId.is_in(part.iter().map(|(_, id)| *id)))
                    .into_tuple()
                    .all(&self.database.read)
                    .await
                    .map_err(database_error("read the records of activities"))?;
                let touched: Vec<RecordId> = members.into_iter().map(RecordId::from_uuid).collect();
                self.settle(AthleteId::from_uuid(*athlete), &touched, true).await?;
                closed += part.len() as u64;
            }
        }
        Ok(closed)
    }
}
