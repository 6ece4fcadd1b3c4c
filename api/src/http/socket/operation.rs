//! One operation of a socket, from its request to its last answer.

use std::time::Duration;

use futures::future::BoxFuture;
use hub::{AccountRow, Athletes, HubError, PageRequest, RunState, View};
use serde_json::Value;
use tokio::sync::oneshot;

use super::message;
use super::queue::Turn;
use crate::auth::{Principal, Scope};
use crate::boot::App;
use crate::graphql::error::{Code, request_error};
use crate::graphql::subscription::{Happened, Source};
use crate::http::graphql::{Admitted, Answer, Refusal, admit, body};
use crate::http::quota;

/// How often a run and accounts are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Changes that are read at a time.
const PAGE: u32 = 100;

/// Where an operation's messages go. Gives false where nobody takes them any more.
pub trait Outlet: Send + Sync {
    /// Sends a message; the last one ends the operation.
    fn send(&self, text: String, is_last: bool) -> BoxFuture<'_, bool>;

    /// Waits for leave to work out an answer, which is held until it is sent.
    fn turn(&self) -> BoxFuture<'_, Turn>;
}

/// Held by an operation until it stands.
pub type Stands = oneshot::Sender<()>;

/// An operation.
pub struct Operation {
    /// The product.
    pub app: App,
    /// Who asks.
    pub principal: Principal,
    /// The socket's request.
    pub request: String,
    /// Its name.
    pub id: String,
}

impl Operation {
    /// Carries it out. `stands` is dropped once it is refused, under way, or listening: from then on it misses nothing.
    pub async fn run(self, payload: Value, stands: Stands, out: &dyn Outlet) {
        let admitted = match self.admit(payload) {
            Ok(admitted) => admitted,
            Err(answer) => {
                drop(stands);
                out.send(message::error(&self.id, &answer), true).await;
                return;
            }
        };
        if admitted.subscribes() {
            match admitted.listens(self.app.clone(), self.principal.clone(), &self.request).await {
                Ok(source) => self.listen(source, &admitted, stands, out).await,
                Err((answer, _)) => {
                    drop(stands);
                    out.send(message::error(&self.id, &answer), true).await;
                }
            }
            return;
        }
        drop(stands);
        let _turn = out.turn().await;
        let (answer, code) = admitted.execute(self.app.clone(), self.principal.clone(), &self.request).await;
        match code {
            Some(_) => out.send(message::error(&self.id, &answer), true).await,
            None => {
                out.send(message::next(&self.id, &answer), false).await
                    && out.send(message::complete(&self.id), true).await
            }
        };
    }

    /// Lets it in, for the points that it costs. What it is told of later costs nothing: that is the hub's doing.
    fn admit(&self, payload: Value) -> Result<Admitted, Answer> {
        quota::spend(&self.app, &self.principal, 1).map_err(|slow| Answer::refused(slow.refuse()))?;
        let wrong = |text| Answer::refused(request_error(Code::BadUserInput, text));
        let request = body::understood(payload).map_err(wrong)?;
        admit(&self.app, &self.principal, request).map_err(|refusal| match refusal {
            Refusal::Ever(answer, _) => answer,
            Refusal::Now(slow) => Answer::refused(slow.refuse()),
        })
    }

    /// Tells what happens until it ends, or nobody listens any more.
    async fn listen(&self, source: Source, admitted: &Admitted, stands: Stands, out: &dyn Outlet) {
        let ended = match source {
            Source::Changes(athlete) => self.changes(athlete, admitted, stands, out).await,
            Source::Run(run) => {
                drop(stands);
                self.run_progress(run, admitted, out).await
            }
            Source::Accounts(athlete) => self.accounts(athlete, admitted, stands, out).await,
        };
        if let Err(error) = ended {
            tracing::error!(request_id = self.request, %error, "a subscription ended");
            let text =
                format!("The hub cannot go on with this; subscribe again in a moment. Request {}.", self.request);
            out.send(message::error(&self.id, &Answer::refused(request_error(Code::Unavailable, text))), true).await;
        }
    }

    fn view(&self) -> View {
        // Listening was allowed by the resolver, with this very scope; without it there is nothing to see.
        let view = self.principal.view(&self.app.hub, Scope::ActivitiesRead);
        view.unwrap_or_else(|_| self.app.hub.view(Athletes::Only([].into())))
    }

    async fn tell(&self, happened: Happened, admitted: &Admitted, out: &dyn Outlet) -> bool {
        let _turn = out.turn().await;
        let answer = admitted.clone().told(self.app.clone(), self.principal.clone(), &self.request, happened).await;
        out.send(message::next(&self.id, &answer), false).await
    }

    async fn changes(
        &self,
        athlete: Option<domain::AthleteId>,
        admitted: &Admitted,
        stands: Stands,
        out: &dyn Outlet,
    ) -> Result<(), HubError> {
        let view = self.view();
        let mut bell = self.app.hub.watch();
        let newest = PageRequest { last: Some(1), ..PageRequest::default() };
        let mut after = view.changes(athlete, &newest).await?.items.pop().map(|(cursor, _)| cursor);
        drop(stands);
        loop {
            let page = PageRequest { first: Some(PAGE), after: after.clone(), ..PageRequest::default() };
            let page = view.changes(athlete, &page).await?;
            for (cursor, row) in page.items {
                after = Some(cursor.clone());
                if !self.tell(Happened::Change(cursor, row), admitted, out).await {
                    return Ok(());
                }
            }
            if !page.has_next && bell.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    async fn accounts(
        &self,
        athlete: Option<domain::AthleteId>,
        admitted: &Admitted,
        stands: Stands,
        out: &dyn Outlet,
    ) -> Result<(), HubError> {
        let standing = async || -> Result<Vec<AccountRow>, HubError> {
            let mut rows = self.app.hub.accounts(&self.principal.athletes).await?;
            rows.retain(|row| athlete.is_none_or(|athlete| row.athlete == athlete));
            Ok(rows)
        };
        let mut known = standing().await?;
        drop(stands);
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            let now = standing().await?;
            for row in now.iter().filter(|row| !known.contains(row)) {
                if !self.tell(Happened::Account(Box::new(row.clone())), admitted, out).await {
                    return Ok(());
                }
            }
            known = now;
        }
    }

    async fn run_progress(
        &self,
        run: domain::ReconciliationRunId,
        admitted: &Admitted,
        out: &dyn Outlet,
    ) -> Result<(), HubError> {
        let view = self.view();
        let mut known = None;
        let mut looks = tokio::time::interval(LOOK);
        while let Some(row) = view.reconciliation_run(run).await? {
            let has_ended = !matches!(row.state, RunState::Queued | RunState::Running);
            if known.as_ref() != Some(&row) {
                known = Some(row.clone());
                if !self.tell(Happened::Run(row), admitted, out).await {
                    return Ok(());
                }
            }
            if has_ended {
                break;
            }
            looks.tick().await;
        }
        out.send(message::complete(&self.id), true).await;
        Ok(())
    }
}
