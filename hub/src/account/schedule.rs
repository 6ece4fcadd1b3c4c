//! What is due: rounds through what is recent, sweeps through what is old.

use chrono::{DateTime, Duration, Utc};
use domain::{AccountId, AthleteId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition};

use crate::planner::Urgency;
use crate::sources::LiveSource;
use crate::store::account::{self, Field};
use crate::store::{database_error, delivery, instant, job, micros, record};
use crate::work::{Aside, Job, Listed};
use crate::{AccountRow, AccountState, Hub, HubError};

/// How often what is recent is compared whole, and how far back that reaches, in days.
const SWEEP: (i64, i64) = (1, 14);
/// How often the whole history is compared, in days.
const WHOLE_SWEEP: i64 = 30;
/// How long notifications are kept, in days: long enough to see what a source told, and to know a repetition.
const DELIVERIES: i64 = 30;

/// Accounts that are worked on.
fn worked_on(connector: &str) -> Condition {
    let states = AccountState::WORKED_ON.map(AccountState::name);
    Condition::all().add(Field::Connector.eq(connector)).add(Field::State.is_in(states))
}

impl Hub {
    /// Puts what is due into the queue, and takes back what dead workers held.
    pub(crate) async fn tick(&self) -> Result<(), HubError> {
        let failed = || database_error("look for what is due");
        let now = self.clock.now();
        job::reap(&self.database.write, now).await.map_err(failed())?;
        for source in self.live.sources.values() {
            let due = worked_on(source.name())
                .add(Condition::any().add(Field::NextAttemptAt.is_null()).add(Field::NextAttemptAt.lte(micros(now))));
            for row in account::find(&self.database.write, due).await.map_err(failed())? {
                self.round(source, &row, now).await?;
            }
        }
        Ok(())
    }

    /// Gives to the engine what was only kept of sources that are trusted by now.
    pub(crate) async fn release_held(&self) -> Result<(), HubError> {
        for source in self.live.sources.values().filter(|source| !source.store_only) {
            let descriptor = source.connector.descriptor();
            let (slug, channel) = (&descriptor.source, descriptor.channel);
            let failed = || database_error("release what was only kept");
            let athletes = record::holders(&self.database.read, slug, channel).await.map_err(failed())?;
            // Every command opens a hub: most find nothing, and wait for no writer.
            if athletes.is_empty() {
                continue;
            }
            let transaction = self.database.begin().await?;
            record::release(&transaction, slug, channel).await.map_err(failed())?;
            let jobs: Result<Vec<_>, HubError> =
                athletes.into_iter().map(|athlete| self.reconcile_job(athlete)).collect();
            job::push(&transaction, jobs?, self.clock.now()).await.map_err(failed())?;
            transaction.commit().await.map_err(failed())?;
        }
        Ok(())
    }

    /// Removes what must not be kept any longer: what came to an athlete by a source, and old notifications.
    async fn expire(&self, source: &LiveSource, row: &account::Model, now: DateTime<Utc>) -> Result<(), HubError> {
        let expired = delivery::expire(&self.database.write, micros(now - Duration::days(DELIVERIES))).await;
        expired.map_err(database_error("forget old notifications"))?;
        if let Some(retention) = source.retention {
            let (descriptor, athlete) = (source.connector.descriptor(), AthleteId::from_uuid(row.athlete_id));
            self.purge(athlete, &descriptor.source, descriptor.channel, Some(now - retention)).await?;
        }
        Ok(())
    }

    async fn round(&self, source: &LiveSource, row: &account::Model, now: DateTime<Utc>) -> Result<(), HubError> {
        let shown = AccountRow::of(row)?;
        let due = |last: Option<i64>, days: i64| instant(last.unwrap_or(row.created_at)) + Duration::days(days) <= now;
        if due(row.swept_at, SWEEP.0) {
            self.expire(source, row, now).await?;
        }
        let mut changes = vec![(Field::NextAttemptAt, Expr::value(micros(now + source.poll_interval)))];
        let after = self.recent_from(&shown, source);
        let mut jobs = vec![self.list_job(source, shown.id, Urgency::Recent, Listed::Recent, (after, None))?];
        if due(row.swept_whole_at, WHOLE_SWEEP) {
            let range = (source.backfill_since, Some(now));
            jobs.push(self.list_job(source, shown.id, Urgency::Sweep, Listed::Sweep, range)?);
            changes.push((Field::SweptWholeAt, Expr::value(micros(now))));
            changes.push((Field::SweptAt, Expr::value(micros(now))));
        } else if due(row.swept_at, SWEEP.0) {
            let range = (Some(now - Duration::days(SWEEP.1)), None);
            jobs.push(self.list_job(source, shown.id, Urgency::Sweep, Listed::Sweep, range)?);
            changes.push((Field::SweptAt, Expr::value(micros(now))));
        }
        let aside = Aside { jobs, account: Some((row.id, changes)), ..Aside::default() };
        self.write_aside(aside).await
    }

    /// The first page of a walk through an account's list.
    pub(crate) fn list_job(
        &self,
        source: &LiveSource,
        id: AccountId,
        urgency: Urgency,
        listed: Listed,
        (after, before): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    ) -> Result<job::New, HubError> {
        let account = id.uuid();
        let job =
            Job::List { account, listed, cursor: None, after, before, began: None, met: Vec::new(), refused: None };
        self.account_job(source.name(), id, urgency.priority(0), &job)
    }

    /// When the next round of some account is due.
    pub(crate) async fn next_round(&self) -> Result<Option<DateTime<Utc>>, HubError> {
        let mut next: Option<DateTime<Utc>> = None;
        for connector in self.live.sources.keys() {
            let rows = account::find(&self.database.read, worked_on(connector)).await;
            let rows = rows.map_err(database_error("look for what is due"))?;
            let due = rows.iter().filter_map(|row| row.next_attempt_at).map(instant).min();
            next = [next, due].into_iter().flatten().min();
        }
        Ok(next)
    }

    /// When the first account of a connector that rests may be worked on again.
    pub(crate) async fn next_account(&self, connector: &str) -> Result<Option<DateTime<Utc>>, HubError> {
        let rows = account::find(&self.database.read, worked_on(connector)).await;
        let rows = rows.map_err(database_error("look for accounts"))?;
        let now = self.clock.now();
        Ok(rows.iter().map(|row| instant(row.not_before)).filter(|at| *at > now).min())
    }
}
