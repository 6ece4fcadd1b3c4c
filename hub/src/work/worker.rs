//! Who does the work: a few hands for each queue, none of them another's.

use std::time::Duration as Pause;

use chrono::{DateTime, Duration, Utc};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::OWN_QUEUE;
use crate::store::{database_error, instant, job};
use crate::{AccountState, Hub, HubError};

/// Hands for each queue.
const HANDS: usize = 2;
/// A worker that says nothing for so long has died.
const LEASE_S: i64 = 300;
/// How often the table is looked at where nobody calls.
const LOOK: Pause = Pause::from_secs(2);

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
            let (mut worked, mut next) = (false, self.next_round().await?);
            for queue in self.queues() {
                loop {
                    match self.work_once(queue).await? {
                        Found::Work => worked = true,
                        Found::Nothing(at) => {
                            next = [next, at].into_iter().flatten().min();
                            break;
                        }
                    }
                }
            }
            if !worked {
                return Ok(next);
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
            let (urgency, at) = self.allowed(queue).await?;
            next = at;
            match urgency {
                Some(urgency) => least = urgency.floor(),
                None => return Ok(Found::Nothing(next)),
            }
        }
        let until = now + Duration::seconds(LEASE_S);
        let worker = self.mint(now).simple().to_string();
        let states = AccountState::WORKED_ON.map(AccountState::name);
        let claimed = job::claim(&self.database.write, queue, least, &states, &worker, (now, until)).await;
        let Some(claimed) = claimed.map_err(failed())? else {
            let due = job::next(&self.database.write, queue).await.map_err(failed())?.map(instant);
            let accounts = self.next_account(queue).await?;
            let later = [next, due, accounts].into_iter().flatten().filter(|at| *at > now).min();
            return Ok(Found::Nothing(later));
        };
        self.run(claimed).await?;
        Ok(Found::Work)
    }
}
