//! From records that wait to activities that stand: load the neighbourhood, judge it, check the plan, apply it, and
//! write down what changed.

mod apply;
mod chronicle;
mod neighbourhood;
mod occasion;
mod run;
mod sweep;

use domain::{ActivityId, AthleteId, RecordId};
use entity::{activity, source_record};
use reconcile::Plan;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

pub(crate) use apply::{Settled, TRIES, too_fast};
pub(crate) use chronicle::changes;
pub(crate) use occasion::{Occasion, Why};
pub use run::RunRequest;
pub(crate) use run::{Run, from_row as run_from_row};
pub(crate) use sweep::Sweep;

use crate::store::{database_error, micros, policy};
use crate::{Athletes, FieldChange, Hub, HubError, TimeRange};

/// Records that are reconciled in one transaction, their neighbours aside.
const AT_ONCE: u64 = 500;

/// Which records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Those that wait for it and what they can influence.
    Pending,
    /// All of the athlete's.
    Full,
}

/// What reconciling did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Records looked at.
    pub records: u64,
    /// Rows of records read to find them: those that proved to be no neighbours, too.
    pub records_read: u64,
    /// Activities created, changed or retired.
    pub activities_changed: u64,
    /// Activities merged away.
    pub merges: u64,
    /// Activities that came out of others.
    pub splits: u64,
}

impl Reconciled {
    pub(crate) fn count(&mut self, settled: &Settled) {
        let plan = &settled.plan;
        self.activities_changed += (plan.create.len() + plan.update.len() + plan.retire.len()) as u64;
        self.merges += plan.retire.len() as u64;
        self.splits += settled.splits;
        self.records_read += settled.read;
    }
}

/// What a person's "look again" found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reexamined {
    /// The id that answers now.
    pub activity: ActivityId,
    /// Whether anything changed. If not, nothing was written.
    pub changed: bool,
    /// The fields that changed.
    pub changes: Vec<FieldChange>,
}

impl Hub {
    /// Runs the engine over one athlete's records: those that wait for it, or all.
    ///
    /// # Errors
    /// `Internal` where a plan fails its checks: nothing is written then.
    pub async fn reconcile(&self, athlete: AthleteId, mode: Mode) -> Result<Reconciled, HubError> {
        match mode {
            Mode::Pending => self.reconcile_pending(athlete).await,
            Mode::Full => self.reconcile_whole(Athletes::Only([athlete].into()), &|_| {}, &|| false).await,
        }
    }

    async fn reconcile_pending(&self, athlete: AthleteId) -> Result<Reconciled, HubError> {
        let mut done = Reconciled::default();
        let occasion = Occasion::own(Why::Records, &self.policy);
        loop {
            let waiting = self.waiting(athlete).await?;
            if waiting.is_empty() {
                return Ok(done);
            }
            let settled = self.settle(athlete, &waiting, &occasion).await?;
            done.count(&settled);
            done.records += settled.records.len() as u64;
        }
    }

    /// What looking at the athlete's activities that begin in that range again would change, and why. Writes nothing.
    ///
    /// # Errors
    /// As [`Hub::reconcile`].
    pub async fn preview(&self, athlete: AthleteId, range: Option<TimeRange>) -> Result<Plan, HubError> {
        let occasion = Occasion { write: false, ..Occasion::own(self.why_all().await?, &self.policy) };
        let mut whole = Plan::default();
        let mut sweep = Sweep::over(Athletes::Only([athlete].into()), range);
        while let Some((settled, _)) = self.step(&mut sweep, &occasion).await? {
            let plan = settled.plan;
            whole.create.extend(plan.create);
            whole.update.extend(plan.update);
            whole.retire.extend(plan.retire);
            whole.unchanged += plan.unchanged;
            whole.matches.extend(plan.matches);
            whole.candidates.extend(plan.candidates);
        }
        Ok(whole)
    }

    /// Why all activities are looked at again: because the policy is not the one they were last looked at by, or because
    /// somebody asked.
    pub(crate) async fn why_all(&self) -> Result<Why, HubError> {
        let applied = policy::applied(&self.database.write).await.map_err(database_error("read the policy applied"))?;
        let same = applied.is_none_or(|applied| applied == policy::digest(&self.policy));
        Ok(if same { Why::Forced } else { Why::Policy })
    }

    /// Runs the engine over everybody's records, athlete after athlete. Memory follows the largest neighbourhood. Asks
    /// `interrupted` before each part; what was written stays, and running it again ends where one run would have.
    ///
    /// # Errors
    /// As [`Hub::reconcile`].
    pub async fn reconcile_all(
        &self,
        progress: &(dyn Fn(&Reconciled) + Send + Sync),
        interrupted: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<Reconciled, HubError> {
        let done = self.reconcile_whole(Athletes::All, progress, interrupted).await?;
        if !interrupted() {
            self.policy_is_applied().await?;
        }
        Ok(done)
    }

    async fn reconcile_whole(
        &self,
        athletes: Athletes,
        progress: &(dyn Fn(&Reconciled) + Send + Sync),
        interrupted: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<Reconciled, HubError> {
        let occasion = Occasion::own(self.why_all().await?, &self.policy);
        let mut done = Reconciled::default();
        let mut sweep = Sweep::over(athletes, None);
        while !interrupted() {
            let Some((settled, records)) = self.step(&mut sweep, &occasion).await? else { break };
            done.count(&settled);
            done.records += records;
            progress(&done);
        }
        Ok(done)
    }

    /// Remembers that all activities were looked at by the policy in force.
    pub(crate) async fn policy_is_applied(&self) -> Result<(), HubError> {
        policy::apply(&self.database.write, &self.policy).await.map_err(database_error("keep the policy applied"))
    }

    /// Looks at an activity and its neighbours again, because somebody asked. Nothing changed, nothing written.
    ///
    /// # Errors
    /// `NotFound` for an id that leads to no activity of this athlete.
    pub async fn reconcile_activity(
        &self,
        athlete: AthleteId,
        activity: ActivityId,
        actor: &str,
        reason: Option<&str>,
    ) -> Result<Reexamined, HubError> {
        let reason = reason.map(crate::reason).transpose()?;
        let members = self.members_of(athlete, activity).await?;
        let occasion = Occasion { actor, reason, ..Occasion::own(Why::Forced, &self.policy) };
        let touched: Vec<RecordId> = members.iter().map(|(record, _)| *record).collect();
        let settled = self.settle(athlete, &touched, &occasion).await?;
        let founder = members.iter().map(|(record, _)| *record).find(|one| ActivityId::founded_by(*one) == activity);
        let held =
            |one: &domain::Activity| founder.or(touched.first().copied()).is_some_and(|r| one.members.contains(&r));
        let plan = &settled.plan;
        let changes = match plan.update.iter().find(|(_, after)| held(after)) {
            Some((before, after)) => changes(&before.fields, &after.fields, &settled.sources),
            None => Vec::new(),
        };
        let after = plan.create.iter().chain(plan.update.iter().map(|(_, after)| after)).find(|one| held(one));
        let standing = members.first().and_then(|(_, activity)| *activity).unwrap_or(activity);
        Ok(Reexamined { activity: after.map_or(standing, |after| after.id), changed: after.is_some(), changes })
    }

    /// Some of the records that wait, by time, so that neighbours come together.
    async fn waiting(&self, athlete: AthleteId) -> Result<Vec<RecordId>, HubError> {
        let ids: Vec<Uuid> = source_record::Entity::find()
            .select_only()
            .column(source_record::Column::Id)
            .filter(source_record::Column::AthleteId.eq(athlete.uuid()))
            // Bare, so that SQLite sees that the partial index on it serves.
            .filter(Expr::cust("waits"))
            .filter(source_record::Column::IsHeld.eq(false))
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
        let occasion = Occasion::own(Why::Window, &self.policy);
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
                self.settle(AthleteId::from_uuid(*athlete), &touched, &occasion).await?;
                closed += part.len() as u64;
            }
        }
        Ok(closed)
    }
}
