//! Asking a source: pages of its list, parts of its activities. Each is one call, one job and one transaction.

mod fetch;
mod list;

use connectors::{Part, Reply, SourceError};
use domain::{AccountId, ExternalId};

use crate::credentials::Fresh;
use crate::planner::{Counted, Urgency};
use crate::sources::LiveSource;
use crate::store::{account, database_error, job};
use crate::work::{Job, Trouble, Why};
use crate::{AccountRow, Hub, HubError};

/// An account and its source, for the time of a job.
struct At<'a> {
    source: &'a LiveSource,
    row: AccountRow,
    urgency: Urgency,
}

impl Hub {
    async fn at(&self, claimed: &job::Model, id: uuid::Uuid) -> Result<At<'_>, Trouble> {
        let found = account::by_id(&self.database.read, AccountId::from_uuid(id)).await;
        let row = found.map_err(database_error("read an account"))?;
        let row = row.ok_or_else(|| HubError::NotFound("the account of this job is gone".to_owned()))?;
        let row = AccountRow::of(&row)?;
        let source = self.live_source(&row.connector)?;
        Ok(At { source, row, urgency: Urgency::of_priority(claimed.priority) })
    }

    /// A token that is fresh, and a call that is counted: the one that was counted when the job was claimed, or another.
    async fn ready_to_call(&self, at: &At<'_>, call: &mut Option<Counted>) -> Result<Fresh, Trouble> {
        let fresh = self.fresh(at.source, at.row.id, None).await?.map_err(Trouble::Source)?;
        let counted = match call.take() {
            Some(counted) => Ok(counted),
            None => self.reserve(at.source.name(), at.row.id, at.urgency).await?,
        };
        counted.map_err(Trouble::NotBefore)?.make();
        Ok(fresh)
    }

    /// What an answer gave. Where the tokens of that version were refused the first time, fresh ones are made and the
    /// job asks again with them. It keeps in mind that it was refused: a source that refuses every token would be
    /// asked for fresh ones without end.
    async fn heard<T>(&self, at: &At<'_>, reply: Reply<T>, version: i64, what: &Job) -> Result<T, Trouble> {
        self.learn(at.source.name(), &reply).await?;
        match reply.outcome {
            Err(SourceError::TokenRefused) if what.refused().is_none() => {
                self.fresh(at.source, at.row.id, Some(version)).await?.map_err(Trouble::Source)?;
                Err(Trouble::Later(self.clock.now(), Box::new(what.clone().after_refusal(version))))
            }
            outcome => outcome.map_err(Trouble::Source),
        }
    }

    fn part_job(
        &self,
        at: &At<'_>,
        urgency: Urgency,
        number: usize,
        part: Part,
        activity: &ExternalId,
        why: Why,
    ) -> Result<job::New, HubError> {
        let account = at.row.id;
        let job = Job::Fetch {
            account: account.uuid(),
            activity: activity.to_string(),
            part: part.name().to_owned(),
            why,
            absent: 0,
            refused: None,
        };
        self.account_job(at.source.name(), account, urgency.priority(number + 1), &job)
    }

    /// Asks for an activity that is said to be gone. `None` where the source has no parts to ask for.
    fn missing_job(&self, at: &At<'_>, urgency: Urgency, activity: &ExternalId) -> Result<Option<job::New>, HubError> {
        let part = at.source.connector.descriptor().parts.first();
        part.map(|part| self.part_job(at, urgency, 0, *part, activity, Why::Missing)).transpose()
    }
}
