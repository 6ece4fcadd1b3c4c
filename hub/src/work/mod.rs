//! The durable work: what is done later, again after a failure, and never twice in effect.
//!
//! One table is the queue of every connector and of the hub itself; a connector's trouble delays only its own. A job
//! makes at most one call to its source, so that whoever plans calls plans jobs. What a job finds and that it is done
//! are written in one transaction, which is refused where another holds the job by then.

mod backoff;
mod job;
mod settle;
mod worker;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::SimpleExpr;
use uuid::Uuid;

pub(crate) use job::{Job, Listed, Why};
pub(crate) use settle::{Trouble, success};

use crate::store::{self, account, database_error, instant};
use crate::{Hub, HubError};

/// The queue of work that asks no source.
pub(crate) const OWN_QUEUE: &str = "hub";

/// What is written in the transaction of something else.
#[derive(Default)]
pub(crate) struct Aside {
    /// The job that is done with it.
    pub(crate) done: Option<store::job::Model>,
    /// The jobs that follow.
    pub(crate) jobs: Vec<store::job::New>,
    /// What changes of an account.
    pub(crate) account: Option<(Uuid, Vec<(account::Field, SimpleExpr)>)>,
    /// Whether records that are new are only kept: the engine does not look at them.
    pub(crate) hold: bool,
}

impl Aside {
    pub(crate) const fn is_empty(&self) -> bool {
        self.done.is_none() && self.jobs.is_empty() && self.account.is_none()
    }

    pub(crate) async fn write(self, transaction: &DatabaseTransaction, now: DateTime<Utc>) -> Result<(), HubError> {
        let failed = || database_error("write what follows");
        if let Some(job) = &self.done
            && !store::job::done(transaction, job).await.map_err(failed())?
        {
            return Err(HubError::Conflict("another worker holds this job by now".to_owned()));
        }
        store::job::push(transaction, self.jobs, now).await.map_err(failed())?;
        if let Some((id, changes)) = self.account {
            account::change(transaction, id, changes).await.map_err(failed())?;
        }
        Ok(())
    }
}

/// A job that failed too often and was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// Its id.
    pub id: Uuid,
    /// Which queue: a connector, or `hub`.
    pub queue: String,
    /// What was to be done, as JSON: ids and no secrets.
    pub document: String,
    /// How it failed the last time.
    pub error: Option<String>,
    /// Since when it waits.
    pub created_at: DateTime<Utc>,
}

/// How many jobs there are of a queue in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCount {
    /// Which queue: a connector, or `hub`.
    pub queue: String,
    /// `ready`, `running` or `dead`.
    pub state: String,
    /// How many.
    pub jobs: u64,
}

impl Hub {
    /// The jobs that were put aside, oldest first, at most a thousand.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn dead_jobs(&self) -> Result<Vec<DeadJob>, HubError> {
        let rows =
            store::job::dead(&self.database.read).await.map_err(database_error("list jobs that were put aside"))?;
        let shown = |row: store::job::Model| DeadJob {
            id: row.id,
            queue: row.queue,
            document: row.payload,
            error: row.error,
            created_at: instant(row.created_at),
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    /// Gives one job that was put aside, or all, back to the queue; how many.
    ///
    /// # Errors
    /// `Conflict` where a newer job does the same already.
    pub async fn replay(&self, job: Option<Uuid>) -> Result<u64, HubError> {
        let now = store::micros(self.clock.now());
        let given = store::job::replay(&self.database.write, job, now).await.map_err(|error| {
            if matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))) {
                return HubError::Conflict("a newer job does the same already".to_owned());
            }
            database_error("replay jobs")(error)
        })?;
        self.live.wake.notify_waiters();
        Ok(given)
    }

    /// How many jobs there are, by queue and state.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn job_counts(&self) -> Result<Vec<JobCount>, HubError> {
        let rows = store::job::counts(&self.database.read).await.map_err(database_error("count jobs"))?;
        Ok(rows.into_iter().map(|(queue, state, jobs)| JobCount { queue, state, jobs: jobs.unsigned_abs() }).collect())
    }
}
