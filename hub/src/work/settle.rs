//! A job carried out, and what becomes of it and of its account where that fails.

use chrono::{DateTime, Duration, Utc};
use connectors::SourceError;
use domain::{AccountId, AthleteId};
use sea_orm::sea_query::{Expr, SimpleExpr};

use super::Aside;
use super::backoff::pause;
use super::job::Job;
use crate::account::AccountState;
use crate::planner::Counted;
use crate::store::account::{self, Field};
use crate::store::{database_error, job, micros};
use crate::{Hub, HubError, Mode};

/// The first cool-down after a lock-out, in seconds; each is twice the last.
const COOLDOWN_S: i64 = 2 * 3_600;
/// The longest.
const LONGEST_COOLDOWN_S: i64 = 24 * 3_600;
/// The first pause after "too many calls" from a source that tells no limits, in seconds, where it says how long to wait
/// and where it does not. Each is twice the last.
const TOO_MANY_S: (i64, i64) = (60, 900);
/// After so many unexpected answers in a row somebody must look.
const ALARMING: i64 = 3;

/// Why a job was not done.
pub(crate) enum Trouble {
    /// It may not be done before.
    NotBefore(DateTime<Utc>),
    /// The same, and it goes on from another document.
    Later(DateTime<Utc>, Box<Job>),
    /// Its source failed us.
    Source(SourceError),
    /// We did.
    Hub(HubError),
}

impl From<HubError> for Trouble {
    fn from(error: HubError) -> Self {
        Self::Hub(error)
    }
}

/// What a success changes of an account.
pub(crate) fn success(now: DateTime<Utc>) -> Vec<(Field, SimpleExpr)> {
    let back =
        "CASE WHEN state IN ('RATE_LIMITED', 'BACKING_OFF', 'LOCKED_OUT', 'SUSPENDED') THEN 'ACTIVE' ELSE state END";
    vec![
        (Field::State, Expr::cust(back)),
        (Field::Reason, Expr::cust("CASE WHEN state = 'ACTIVE' THEN reason ELSE NULL END")),
        (Field::LastSuccessAt, Expr::value(micros(now))),
        (Field::ConsecutiveFailures, Expr::value(0_i32)),
        (Field::LastError, Expr::value(Option::<String>::None)),
        (Field::NotBefore, Expr::value(0_i64)),
        (Field::CooldownS, Expr::value(0_i64)),
        (Field::Surprises, Expr::value(0_i64)),
    ]
}

impl Hub {
    /// Carries a claimed job out, with the call that was counted for it; whatever goes wrong is settled and written down.
    pub(super) async fn run(
        &self,
        claimed: job::Model,
        what: serde_json::Result<Job>,
        mut call: Option<Counted>,
    ) -> Result<(), HubError> {
        let outcome = match what {
            Ok(what) => self.do_job(&claimed, what, &mut call).await,
            Err(error) => Err(Trouble::Hub(HubError::Invalid(format!("the job cannot be read: {error}")))),
        };
        if let Some(call) = call {
            self.uncount(call).await?;
        }
        match outcome {
            Ok(()) => Ok(()),
            Err(trouble) => self.give_back(&claimed, trouble).await,
        }
    }

    async fn do_job(&self, claimed: &job::Model, what: Job, call: &mut Option<Counted>) -> Result<(), Trouble> {
        match what {
            Job::Reconcile { athlete } => {
                self.reconcile(AthleteId::from_uuid(athlete), Mode::Pending).await?;
                self.finish(claimed).await
            }
            Job::List { .. } => self.list(claimed, what, call).await,
            Job::Fetch { .. } => self.fetch(claimed, what, call).await,
            Job::Take { connector, delivery } => self.take_delivery(claimed, &connector, delivery).await,
            Job::Doubt { account } => self.doubt(claimed, AccountId::from_uuid(account)).await,
        }
    }

    /// Ends a job that writes nothing else.
    pub(crate) async fn finish(&self, claimed: &job::Model) -> Result<(), Trouble> {
        Ok(self.write_aside(Aside { done: Some(claimed.clone()), ..Aside::default() }).await?)
    }

    /// Writes what stands beside nothing else.
    pub(crate) async fn write_aside(&self, aside: Aside) -> Result<(), HubError> {
        let transaction = self.database.begin().await?;
        aside.write(&transaction, self.clock.now()).await?;
        transaction.commit().await.map_err(database_error("write what follows"))
    }

    async fn give_back(&self, claimed: &job::Model, trouble: Trouble) -> Result<(), HubError> {
        let failed = || database_error("give a job back");
        let write = &self.database.write;
        let account = match claimed.account_id {
            Some(id) => account::by_id(write, AccountId::from_uuid(id)).await.map_err(failed())?,
            None => None,
        };
        let now = self.clock.now();
        let error = match trouble {
            Trouble::NotBefore(at) => return job::defer(write, claimed, at, None).await.map_err(failed()),
            Trouble::Later(at, job) => {
                return job::defer(write, claimed, at, Some(job.text()?)).await.map_err(failed());
            }
            Trouble::Hub(error) => {
                let at = now + pause(claimed.id, claimed.attempt);
                return self.fail(claimed, at, &error.to_string()).await;
            }
            Trouble::Source(error) => error,
        };
        let Some(account) = account else { return self.fail(claimed, now, &error.to_string()).await };
        let failures = account.consecutive_failures.saturating_add(1);
        let text = error.to_string();
        let mut changes = Vec::new();
        // A limit that is reached is no failure.
        if !matches!(error, SourceError::RateLimited { .. }) {
            changes.push((Field::ConsecutiveFailures, Expr::value(failures)));
            changes.push((Field::LastError, Expr::value(text.as_str())));
        }
        let mut state = |state: AccountState, reason: Option<String>, at: Option<DateTime<Utc>>| {
            changes.push((Field::State, Expr::value(state.name())));
            changes.push((Field::Reason, Expr::value(reason)));
            if let Some(at) = at {
                changes.push((Field::NotBefore, Expr::value(micros(at))));
                changes.push((Field::NextAttemptAt, Expr::value(micros(at))));
            }
        };
        // `None` spends a try.
        let mut deferred = Some(now);
        match &error {
            SourceError::TokenRefused | SourceError::GrantDead(_) => {
                let reason = format!("connect {} again: {text}", account.connector);
                state(AccountState::NeedsReauthentication, Some(reason), None);
                tracing::error!(account = %AccountId::from_uuid(account.id), connector = account.connector, "a person must connect again");
            }
            SourceError::MissingScope(scope) => {
                let reason = format!("connect {} again and grant {scope}", account.connector);
                state(AccountState::NeedsReauthentication, Some(reason), None);
            }
            SourceError::Suspended(why) => {
                let reason = format!(
                    "the source has switched this application off ({why}): mend it there; asked again by itself"
                );
                state(AccountState::Suspended, Some(reason), None);
            }
            SourceError::LockedOut(why) => {
                let cooldown = (account.cooldown_s * 2).clamp(COOLDOWN_S, LONGEST_COOLDOWN_S);
                let at = now + Duration::seconds(cooldown);
                state(AccountState::LockedOut, Some(why.clone()), Some(at));
                changes.push((Field::CooldownS, Expr::value(cooldown)));
                deferred = Some(at);
            }
            SourceError::RateLimited { until } => {
                let allowed = self.allowed(self.live_source(&account.connector)?.name()).await?;
                let mut at = allowed.next.unwrap_or(now);
                // Nothing tells how much is allowed, and every try may prolong it: they become ever fewer.
                if allowed.is_untold {
                    let first = if until.is_some() { TOO_MANY_S.0 } else { TOO_MANY_S.1 };
                    let pause = (account.cooldown_s * 2).clamp(first, LONGEST_COOLDOWN_S);
                    at = at.max(now + Duration::seconds(pause));
                    changes.push((Field::CooldownS, Expr::value(pause)));
                    changes.push((Field::NotBefore, Expr::value(micros(at))));
                }
                let reason = "the source says that there were too many calls; it is asked again by itself";
                changes.push((Field::State, Expr::value(AccountState::RateLimited.name())));
                changes.push((Field::Reason, Expr::value(reason)));
                changes.push((Field::NextAttemptAt, Expr::value(micros(at))));
                deferred = Some(at);
            }
            SourceError::Unavailable(_) | SourceError::Contract(_) | SourceError::Gone => {
                let at = now + pause(claimed.id, failures.max(claimed.attempt));
                if matches!(error, SourceError::Contract(_)) {
                    let surprises = account.surprises + 1;
                    changes.push((Field::Surprises, Expr::value(surprises)));
                    if surprises >= ALARMING {
                        let reason = "the source answers otherwise than agreed: look for a newer Data Hub";
                        changes.push((Field::Reason, Expr::value(reason)));
                        tracing::error!(connector = account.connector, surprises, "the source answers unexpectedly");
                    }
                } else {
                    changes.push((Field::State, Expr::value(AccountState::BackingOff.name())));
                    changes.push((Field::NotBefore, Expr::value(micros(at))));
                    changes.push((Field::NextAttemptAt, Expr::value(micros(at))));
                }
                // Where nothing of the account works, the fault is not this job's, and it spends no try.
                let own = matches!(error, SourceError::Contract(_)) || account.consecutive_failures == 0;
                if own {
                    deferred = None;
                    self.fail(claimed, at, &text).await?;
                } else {
                    deferred = Some(at);
                }
            }
        }
        if let Some(at) = deferred {
            job::defer(write, claimed, at, None).await.map_err(failed())?;
        }
        account::change(write, account.id, changes).await.map(drop).map_err(failed())
    }

    async fn fail(&self, claimed: &job::Model, at: DateTime<Utc>, error: &str) -> Result<(), HubError> {
        let dead =
            job::fail(&self.database.write, claimed, at, error).await.map_err(database_error("give a job back"))?;
        if dead {
            metrics::counter!("datahub_dead_jobs_total", "queue" => claimed.queue.clone()).increment(1);
            tracing::error!(job = %claimed.id, queue = claimed.queue, error, "a job failed too often and was put aside: replay it once that is mended");
        }
        Ok(())
    }
}
