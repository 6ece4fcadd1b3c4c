//! What there is to do.

use chrono::{DateTime, Utc};
use domain::{AccountId, AthleteId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::OWN_QUEUE;
use crate::planner::Urgency;
use crate::store::job::New;
use crate::{Hub, HubError};

/// A piece of work. What it names are ids; secrets and content never stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Job {
    /// One page of the list.
    List {
        account: Uuid,
        listed: Listed,
        #[serde(default)]
        cursor: Option<String>,
        #[serde(default)]
        after: Option<DateTime<Utc>>,
        #[serde(default)]
        before: Option<DateTime<Utc>>,
        /// When its first page was asked for.
        #[serde(default)]
        began: Option<DateTime<Utc>>,
        /// What a sweep met so far; what a backfill's last page held.
        #[serde(default)]
        met: Vec<String>,
        /// The version of the tokens that the source refused.
        #[serde(default)]
        refused: Option<i64>,
    },
    /// One part of one activity.
    Fetch {
        account: Uuid,
        activity: String,
        part: String,
        why: Why,
        /// How often it was not there yet.
        #[serde(default)]
        absent: u8,
        /// The version of the tokens that the source refused.
        #[serde(default)]
        refused: Option<i64>,
    },
    /// A notification that brought whole activities.
    Take { connector: String, delivery: Uuid },
    /// A refresh that must fail before the athlete is believed to have withdrawn access.
    Doubt { account: Uuid },
    /// The engine over what waits.
    Reconcile { athlete: Uuid },
}

/// Which walk through the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Listed {
    Backfill,
    Recent,
    Sweep,
}

/// Why a part is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// The list shows it.
    Listed,
    /// A notification told of it.
    Notified,
    /// It is said to be gone, or no longer in the list.
    Missing,
}

impl Job {
    /// What makes two of them one.
    fn dedupe(&self) -> String {
        match self {
            Self::List { account, listed, .. } => format!("list/{}/{listed:?}", account.simple()),
            // By its reason: one that a notification caused may be left to the next round, one that a list showed may not.
            Self::Fetch { account, activity, part, why, .. } => {
                format!("fetch/{}/{activity}/{part}/{why:?}", account.simple())
            }
            Self::Take { delivery, .. } => format!("take/{}", delivery.simple()),
            Self::Doubt { account } => format!("doubt/{}", account.simple()),
            Self::Reconcile { athlete } => format!("reconcile/{}", athlete.simple()),
        }
    }

    /// The version of the tokens that the source refused when it was asked for this.
    pub(crate) const fn refused(&self) -> Option<i64> {
        match self {
            Self::List { refused, .. } | Self::Fetch { refused, .. } => *refused,
            _ => None,
        }
    }

    /// The same job, which knows that those tokens were refused.
    pub(crate) fn after_refusal(mut self, of: i64) -> Self {
        if let Self::List { refused, .. } | Self::Fetch { refused, .. } = &mut self {
            *refused = Some(of);
        }
        self
    }

    /// Whether carrying it out begins with a call to its source, as far as can be seen beforehand.
    pub(crate) const fn is_sure_to_call(&self) -> bool {
        match self {
            Self::List { .. } => true,
            // What a notification caused may be left to the next round.
            Self::Fetch { why, .. } => !matches!(why, Why::Notified),
            Self::Take { .. } | Self::Doubt { .. } | Self::Reconcile { .. } => false,
        }
    }

    pub(crate) fn text(&self) -> Result<String, HubError> {
        serde_json::to_string(self)
            .map_err(|error| HubError::Internal { deed: "write a job down", cause: error.to_string().into() })
    }
}

impl Hub {
    /// A job for an account's connector.
    pub(crate) fn account_job(
        &self,
        connector: &str,
        account: AccountId,
        priority: i32,
        job: &Job,
    ) -> Result<New, HubError> {
        let now = self.clock.now();
        Ok(New {
            id: self.mint(now),
            queue: connector.to_owned(),
            dedupe: job.dedupe(),
            payload: job.text()?,
            priority,
            run_at: now,
            account: Some(account),
            athlete: None,
        })
    }

    /// A job that asks no source.
    pub(crate) fn own_job(&self, athlete: Option<AthleteId>, job: &Job) -> Result<New, HubError> {
        let now = self.clock.now();
        Ok(New {
            id: self.mint(now),
            queue: OWN_QUEUE.to_owned(),
            dedupe: job.dedupe(),
            payload: job.text()?,
            priority: Urgency::Recent.floor(),
            run_at: now,
            account: None,
            athlete,
        })
    }

    /// The engine over what waits of an athlete.
    pub(crate) fn reconcile_job(&self, athlete: AthleteId) -> Result<New, HubError> {
        self.own_job(Some(athlete), &Job::Reconcile { athlete: athlete.uuid() })
    }
}
