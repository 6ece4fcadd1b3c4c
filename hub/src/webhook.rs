//! Notifications: kept with the work that they ask for in one transaction, and believed only once the source confirms.

use bytes::Bytes;
use connectors::{Notification, WebhookError, WebhookRequest};
use domain::{AccountId, ExternalId};
use sea_orm::{ColumnTrait, Condition, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::planner::Urgency;
use crate::sources::LiveSource;
use crate::store::account::{self, Field};
use crate::store::{bulk, database_error, delivery, job, micros};
use crate::work::{Aside, Job, Trouble, Why};
use crate::{AccountRow, Hub, HubError};

/// What became of a request to a webhook's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It is kept, or told nothing that concerns us: the answer is the same.
    Taken,
    /// It is a handshake: the JSON to answer with.
    Handshake(Bytes),
    /// It is not from the source: nothing is kept.
    Forged,
    /// It is no notification: nothing is kept.
    Unreadable,
}

impl From<WebhookError> for Received {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::Forged => Self::Forged,
            WebhookError::Unreadable => Self::Unreadable,
        }
    }
}

impl Hub {
    /// Answers a subscription's handshake.
    ///
    /// # Errors
    /// `NotFound` for a connector that takes no notifications.
    pub fn handshake(&self, connector: &str, request: &WebhookRequest) -> Result<Received, HubError> {
        let source = self.live_source(connector)?;
        let webhook = source.connector.webhook().ok_or_else(|| no_webhook(connector))?;
        Ok(match webhook.handshake(request) {
            Ok(Some(answer)) => Received::Handshake(answer),
            Ok(None) => Received::Unreadable,
            Err(error) => error.into(),
        })
    }

    /// Takes a notification: what it says and the work that it asks for are durable when this returns. The same twice
    /// is kept once; whose owner is unknown is not kept.
    ///
    /// # Errors
    /// `NotFound` for a connector that takes no notifications, `Unavailable` where the database does not answer.
    pub async fn receive(&self, connector: &str, request: &WebhookRequest) -> Result<Received, HubError> {
        let source = self.live_source(connector)?;
        let webhook = source.connector.webhook().ok_or_else(|| no_webhook(connector))?;
        let said = match webhook.receive(request) {
            Ok(said) => said,
            Err(error) => return Ok(error.into()),
        };
        let id = self.mint(self.clock.now());
        let mut jobs = Vec::new();
        let mut first = None;
        for notification in &said {
            for account in self.owned_by(source.name(), owner_of(notification)).await? {
                first = first.or(Some(account.id));
                jobs.extend(self.asked_for(source, &account, notification, id)?);
            }
        }
        let Some(account) = first else { return Ok(Received::Taken) };
        let failed = || database_error("keep a notification");
        let now = self.clock.now();
        let transaction = self.database.begin().await?;
        const COLUMNS: [&str; 6] = ["id", "source", "digest", "body", "received_at", "account_id"];
        let row = vec![
            Value::from(id),
            Value::from(source.name()),
            Value::from(Sha256::digest(&request.body).to_vec()),
            Value::from(request.body.to_vec()),
            Value::from(micros(now)),
            Value::from(account.uuid()),
        ];
        let fresh = bulk::insert(&transaction, "webhook_delivery", &COLUMNS, vec![row], "(source, digest) DO NOTHING");
        if fresh.await.map_err(failed())? == 1 {
            job::push(&transaction, jobs, now).await.map_err(failed())?;
        }
        transaction.commit().await.map_err(failed())?;
        metrics::counter!("datahub_notifications_total", "connector" => source.name()).increment(1);
        self.live.wake.notify_waiters();
        Ok(Received::Taken)
    }

    /// The accounts of an athlete as the source knows one: it may be linked to several of ours.
    async fn owned_by(&self, connector: &str, owner: &str) -> Result<Vec<AccountRow>, HubError> {
        let condition = Condition::all().add(Field::Connector.eq(connector)).add(Field::ExternalAthleteId.eq(owner));
        let rows = account::find(&self.database.write, condition).await.map_err(database_error("look for an owner"))?;
        let rows: Vec<AccountRow> = rows.iter().map(AccountRow::of).collect::<Result<_, _>>()?;
        Ok(rows.into_iter().filter(|row| row.state.is_worked_on()).collect())
    }

    fn asked_for(
        &self,
        source: &LiveSource,
        account: &AccountRow,
        notification: &Notification,
        delivery: Uuid,
    ) -> Result<Option<job::New>, HubError> {
        let fetch = |activity: &ExternalId, why| {
            let part = source.connector.descriptor().parts.first()?;
            Some(Job::Fetch {
                account: account.id.uuid(),
                activity: activity.to_string(),
                part: part.name().to_owned(),
                why,
                absent: 0,
                refused: None,
            })
        };
        let job = match notification {
            Notification::Changed { activity, .. } => fetch(activity, Why::Notified),
            Notification::Removed { activity, .. } => fetch(activity, Why::Missing),
            Notification::Deauthorized { .. } => Some(Job::Doubt { account: account.id.uuid() }),
            Notification::Delivered { .. } => {
                let job = Job::Take { connector: source.name().to_owned(), delivery };
                return self.own_job(Some(account.athlete), &job).map(Some);
            }
        };
        let priority = Urgency::Webhook.priority(0);
        job.map(|job| self.account_job(source.name(), account.id, priority, &job)).transpose()
    }

    /// Ingests the activities that a notification brought with it.
    pub(crate) async fn take_delivery(&self, claimed: &job::Model, connector: &str, id: Uuid) -> Result<(), Trouble> {
        let source = self.live_source(connector)?;
        let body = delivery::body(&self.database.write, id).await.map_err(database_error("read a notification"))?;
        let (Some(body), Some(webhook)) = (body, source.connector.webhook()) else { return self.finish(claimed).await };
        let request = WebhookRequest { query: [].into(), headers: [].into(), body: body.into() };
        let said = webhook.receive(&request).map_err(|error| HubError::Invalid(error.to_string()))?;
        let mut jobs = Vec::new();
        for notification in said {
            let Notification::Delivered { owner, activity } = notification else { continue };
            for account in self.owned_by(connector, &owner).await? {
                self.ingest(account.athlete, vec![activity.clone()]).await?;
                jobs.push(self.reconcile_job(account.athlete)?);
            }
        }
        Ok(self.write_aside(Aside { done: Some(claimed.clone()), jobs, ..Aside::default() }).await?)
    }

    /// The athlete is said to have withdrawn access: only a refresh that fails proves it.
    pub(crate) async fn doubt(&self, claimed: &job::Model, id: AccountId) -> Result<(), Trouble> {
        let found = account::by_id(&self.database.write, id).await.map_err(database_error("read an account"))?;
        let Some(row) = found else { return self.finish(claimed).await };
        let row = AccountRow::of(&row)?;
        let source = self.live_source(&row.connector)?;
        let known =
            account::secrets(&self.database.write, id.uuid()).await.map_err(database_error("read credentials"))?;
        let version = known.map(|known| known.version);
        match self.fresh(source, id, version).await? {
            Ok(_) => self.finish(claimed).await,
            Err(connectors::SourceError::GrantDead(_) | connectors::SourceError::TokenRefused) => {
                self.revoked(&row).await?;
                Ok(())
            }
            Err(error) => Err(Trouble::Source(error)),
        }
    }
}

fn owner_of(notification: &Notification) -> &str {
    match notification {
        Notification::Changed { owner, .. }
        | Notification::Delivered { owner, .. }
        | Notification::Removed { owner, .. }
        | Notification::Deauthorized { owner } => owner,
    }
}

fn no_webhook(connector: &str) -> HubError {
    HubError::NotFound(format!("{connector} sends no notifications"))
}
