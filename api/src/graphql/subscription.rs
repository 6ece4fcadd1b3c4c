//! What is told as it happens.
//!
//! A subscription is executed once to learn what it listens to, and then once for each thing that happens: so every
//! event is read anew, by the same resolvers and within the same bounds as a query.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, ID, Subscription as Root};
use domain::{AthleteId, ReconciliationRunId};
use futures::stream::{Iter, iter};
use hub::{AccountRow, Cursor, RevisionRow, RunRow};

use super::account::{self, SourceAccount};
use super::athlete::Athlete;
use super::change::Change;
use super::context::reader;
use super::error::Failure;
use super::node::parsed;
use super::run::ReconciliationRun;

/// What a subscription listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Changes of that athlete's activities, or of all that the token speaks for.
    Changes(Option<AthleteId>),
    /// One run.
    Run(ReconciliationRunId),
    /// Accounts of that athlete, or of all that the token speaks for.
    Accounts(Option<AthleteId>),
}

/// Where a subscription says what it listens to, when it is executed without anything that happened.
#[derive(Debug, Clone, Default)]
pub struct Listening(Arc<Mutex<Vec<Source>>>);

impl Listening {
    /// All that was said.
    pub fn sources(&self) -> Vec<Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, source: Source) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(source);
    }
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Happened {
    /// An activity changed.
    Change(Cursor, RevisionRow),
    /// A run went on.
    Run(RunRow),
    /// An account stands otherwise.
    Account(Box<AccountRow>),
}

/// One thing, or nothing.
type Told<T> = Iter<std::option::IntoIter<T>>;

/// What happened, if something did; else notes what is listened to.
fn happened(ctx: &Context<'_>, source: Source) -> Option<Happened> {
    let happened = ctx.data_opt::<Happened>().cloned();
    if let (None, Some(listening)) = (&happened, ctx.data_opt::<Listening>()) {
        listening.add(source);
    }
    happened
}

/// All that is told as it happens.
#[derive(Default)]
pub struct Subscription;

/// What is told as it happens, over a WebSocket. One field at a time.
#[Root]
impl Subscription {
    /// Every change from now on, in the order in which it was committed. Whoever was away reads `changes` behind the last
    /// cursor first. Needs the scope activities:read.
    async fn activity_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this athlete; of all that the token speaks for where absent.")] athlete_id: Option<
            ID,
        >,
    ) -> Result<Told<Change>, Failure> {
        reader(ctx)?;
        let athlete = Athlete::narrowed(ctx, athlete_id.as_ref()).await?;
        Ok(iter(match happened(ctx, Source::Changes(athlete)) {
            Some(Happened::Change(cursor, row)) => Some(Change::of(cursor, row)),
            _ => None,
        }))
    }

    /// Every account that is connected, or stands otherwise, from now on: its state, its last success, how far its
    /// history is. Needs the scope accounts:read.
    async fn account_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this athlete; of all that the token speaks for where absent.")] athlete_id: Option<
            ID,
        >,
    ) -> Result<Told<SourceAccount>, Failure> {
        let athlete = account::narrowed(ctx, athlete_id.as_ref()).await?;
        Ok(iter(match happened(ctx, Source::Accounts(athlete)) {
            Some(Happened::Account(row)) => Some(SourceAccount(*row)),
            _ => None,
        }))
    }

    /// How a run stands: at once, whenever that changes, and for the last time when it has ended. Needs the scope
    /// activities:read.
    async fn reconciliation_run_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the run.")] run_id: ID,
    ) -> Result<Told<ReconciliationRun>, Failure> {
        let known = match parsed(&run_id) {
            Some(id) => reader(ctx)?.view().reconciliation_run(id).await?,
            None => reader(ctx).map(|_| None)?,
        };
        let known = known.ok_or_else(|| Failure::missing("reconciliation run", &run_id))?;
        Ok(iter(match happened(ctx, Source::Run(known.id)) {
            Some(Happened::Run(row)) => Some(ReconciliationRun(row)),
            _ => None,
        }))
    }
}
