//! Who does the work: a few hands for each queue, none of them another's.

use std::time::Duration as Pause;

use chrono::{DateTime, Duration, Utc};
use domain::AccountId;
use futures::future::try_join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Job, OWN_QUEUE};
use crate::planner::{Counted, Urgency};
use crate::store::{database_error, instant, job};
use crate::{AccountState, Hub, HubError};

/// Hands for each queue.
const HANDS: usize = 2;
/// A worker that says nothing for so long has died.
const LEASE_S: i64 = 300;
/// How often the table is looked at where nobody calls.
const LOOK: Pause = Pause::from_secs(2);

/// What became of a job that was due.
enum Claimed {
    /// It is held; what there is to do; and the call that it makes, counted, where it is sure to make one.
    Held(Box<job::Model>, serde_json::Result<Job>, Option<Counted>),
    /// Its call may not be made yet.
    Deferred,
}

/// What a hand found to do.
enum Found {
    /// A job was done, or given back.
    Work,
    /// Nothing before that instant, where one is known.
    Nothing(Option<DateTime<Utc>>),
}

impl Hub {
    /// Works until told to stop; what is begun is ended. Several processes may work on one database.
    pub async fn work(&self, stopping: watch::Receiver<bool>) {
        let mut hands = JoinSet::new();
        for queue in self.queues() {
            for _ in 0..HANDS {
                let (hub, stopping) = (self.clone(), stopping.clone());
                hands.spawn(async move { hub.hand(queue, stopping).await });
            }
        }
        let (hub, mut stopped) = (self.clone(), stopping);
        hands.spawn(async move {
            while !*stopped.borrow() {
                if let Err(error) = hub.tick().await {
                    tracing::error!(%error, "the round of what is due failed");
                }
                tokio::select! { () = tokio::time::sleep(LOOK) => {}, _ = stopped.changed() => {} }
            }
        });
        while hands.join_next().await.is_some() {}
    }

    /// Does everything that can be done at this instant by the hub's clock, and gives the next instant at which there
    /// is something to do. For clocks that are moved by hand.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn work_until_idle(&self) -> Result<Option<DateTime<Utc>>, HubError> {
        loop {
            self.tick().await?;
            let round = self.next_round().await?;
            // Sources do not wait for each other; the engine comes after them, once for all that they told.
            let mut done = try_join_all(self.live.sources.keys().map(|queue| self.exhaust(queue))).await?;
            done.push(self.exhaust(OWN_QUEUE).await?);
            if !done.iter().any(|(worked, _)| *worked) {
                return Ok(done.into_iter().filter_map(|(_, next)| next).chain(round).min());
            }
        }
    }

    /// Does what can be done of a queue; whether there was anything, and when there is more.
    async fn exhaust(&self, queue: &'static str) -> Result<(bool, Option<DateTime<Utc>>), HubError> {
        let mut worked = false;
        loop {
            match self.work_once(queue).await? {
                Found::Work => worked = true,
                Found::Nothing(next) => return Ok((worked, next)),
            }
        }
    }

    fn queues(&self) -> Vec<&'static str> {
        self.live.sources.keys().copied().chain([OWN_QUEUE]).collect()
    }

    async fn hand(&self, queue: &'static str, mut stopping: watch::Receiver<bool>) {
        while !*stopping.borrow() {
            match self.work_once(queue).await {
                Ok(Found::Work) => continue,
                Ok(Found::Nothing(_)) => {}
                Err(error) => tracing::error!(queue, %error, "a worker failed"),
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {},
                () = self.live.wake.notified() => {},
                _ = stopping.changed() => {},
            }
        }
    }

    /// Claims one job and does it.
    async fn work_once(&self, queue: &'static str) -> Result<Found, HubError> {
        let failed = || database_error("claim a job");
        let now = self.clock.now();
        let (mut least, mut next) = (i32::MIN, None);
        if queue != OWN_QUEUE {
            let allowed = self.allowed(queue).await?;
            next = allowed.next;
            match allowed.least {
                Some(urgency) => least = urgency.floor(),
                None => return Ok(Found::Nothing(next)),
            }
        }
        let Some(claimed) = self.claim(queue, least, now).await? else {
            let due = job::next(&self.database.read, queue).await.map_err(failed())?.map(instant);
            let accounts = self.next_account(queue).await?;
            let later = [next, due, accounts].into_iter().flatten().filter(|at| *at > now).min();
            return Ok(Found::Nothing(later));
        };
        if let Claimed::Held(job, what, call) = claimed {
            self.run(*job, what, call).await?;
        }
        Ok(Found::Work)
    }

    /// Claims the next job of a queue. The call that it is about to make is counted in the same transaction, so that a
    /// call costs one commit less.
    async fn claim(&self, queue: &'static str, least: i32, now: DateTime<Utc>) -> Result<Option<Claimed>, HubError> {
        let failed = || database_error("claim a job");
        let until = now + Duration::seconds(LEASE_S);
        let worker = self.mint(now).simple().to_string();
        let states = AccountState::WORKED_ON.map(AccountState::name);
        let transaction = self.database.begin().await?;
        let found = job::claim(&transaction, queue, least, &states, &worker, (now, until)).await.map_err(failed())?;
        let Some(found) = found else {
            transaction.rollback().await.map_err(failed())?;
            return Ok(None);
        };
        let what = serde_json::from_str::<Job>(&found.payload);
        let calls = what.as_ref().is_ok_and(Job::is_sure_to_call);
        let mut call = None;
        if let Some(account) = found.account_id.filter(|_| calls) {
            let (source, urgency) = (self.live_source(queue)?, Urgency::of_priority(found.priority));
            match self.count_call(&transaction, source, AccountId::from_uuid(account), urgency).await? {
                Ok(counted) => call = Some(counted),
                Err(at) => {
                    job::defer(&transaction, &found, at, None).await.map_err(failed())?;
                    transaction.commit().await.map_err(failed())?;
                    return Ok(Some(Claimed::Deferred));
                }
            }
        }
        transaction.commit().await.map_err(failed())?;
        Ok(Some(Claimed::Held(Box::new(found), what, call)))
    }
}
