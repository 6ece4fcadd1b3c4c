//! Accounts at live sources: connected, shown, paused, given back.

mod asked;
mod connect;
mod row;
mod schedule;

use chrono::{DateTime, Utc};
use domain::AccountId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition};

pub use row::{AccountRow, AccountState, Backfill};

use crate::planner::Urgency;
use crate::store::account::{self, Field};
use crate::store::{database_error, delivery, job, micros, record};
use crate::work::{Aside, Listed};
use crate::{Athletes, Hub, HubError};

/// What disconnecting did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disconnected {
    /// The account as it stands now.
    pub account: AccountRow,
    /// Records that were purged.
    pub records_purged: u64,
    /// Whether the source took the grant back; where it did not, the athlete can do so on its site.
    pub revoked_there: bool,
}

/// How much is left to do for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Jobs that wait or run, each about one call.
    pub calls_left: u64,
    /// Those among them that fetch history.
    pub backfill_left: u64,
    /// When they will be done, as far as the source's limits decide it.
    pub eta: DateTime<Utc>,
}

impl Hub {
    /// The accounts of these athletes, oldest first.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn accounts(&self, athletes: &Athletes) -> Result<Vec<AccountRow>, HubError> {
        let condition = match athletes {
            Athletes::All => Condition::all(),
            Athletes::Only(ids) => Condition::all().add(Field::AthleteId.is_in(ids.iter().map(|id| id.uuid()))),
        };
        let rows = account::find(&self.database.write, condition).await.map_err(database_error("list accounts"))?;
        rows.iter().map(AccountRow::of).collect()
    }

    /// An account of one of these athletes.
    ///
    /// # Errors
    /// `NotFound` where there is none, or it is another's.
    pub async fn account(&self, athletes: &Athletes, id: AccountId) -> Result<AccountRow, HubError> {
        let row = account::by_id(&self.database.write, id).await.map_err(database_error("read an account"))?;
        let row = row.as_ref().map(AccountRow::of).transpose()?;
        row.filter(|row| match athletes {
            Athletes::All => true,
            Athletes::Only(ids) => ids.contains(&row.athlete),
        })
        .ok_or_else(|| HubError::NotFound(format!("there is no account {id}")))
    }

    /// How many records came by an account's way.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn account_records(&self, account: &AccountRow) -> Result<u64, HubError> {
        let Some(channel) = self.channel_of(&account.connector) else { return Ok(0) };
        let count = record::count_of_channel(&self.database.read, account.athlete, &account.source, channel);
        count.await.map_err(database_error("count an account's records"))
    }

    /// Asks for what is recent now, before everything but notifications.
    ///
    /// # Errors
    /// `Conflict` where the account is not worked on: the sentence says what to do.
    pub async fn sync_account(&self, account: &AccountRow) -> Result<(), HubError> {
        self.put(self.news(account)?).await
    }

    fn news(&self, account: &AccountRow) -> Result<Aside, HubError> {
        workable(account)?;
        let source = self.live_source(&account.connector)?;
        let after = self.recent_from(account, source);
        let job = self.list_job(source, account.id, Urgency::Person, Listed::Recent, (after, None))?;
        Ok(Aside { jobs: vec![job], ..Aside::default() })
    }

    /// Reads an account's history again from the start: what is there already is passed over.
    ///
    /// # Errors
    /// As [`Hub::sync_account`].
    pub async fn backfill_account(
        &self,
        account: &AccountRow,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), HubError> {
        self.put(self.history_of(account, from, until)?).await
    }

    fn history_of(
        &self,
        account: &AccountRow,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Aside, HubError> {
        workable(account)?;
        let source = self.live_source(&account.connector)?;
        let range = (from.or(source.backfill_since), until);
        let job = self.list_job(source, account.id, Urgency::Backfill, Listed::Backfill, range)?;
        let change = (Field::Backfill, Expr::value(Option::<String>::None));
        let account = Some((account.id.uuid(), vec![change]));
        Ok(Aside { jobs: vec![job], account, ..Aside::default() })
    }

    pub(crate) async fn enqueue(&self, jobs: Vec<job::New>) -> Result<(), HubError> {
        self.put(Aside { jobs, ..Aside::default() }).await
    }

    async fn put(&self, aside: Aside) -> Result<(), HubError> {
        self.write_aside(aside).await?;
        self.live.wake.notify_waiters();
        Ok(())
    }

    /// How much is left to do for an account, and until when.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn progress(&self, account: &AccountRow) -> Result<Progress, HubError> {
        let waiting = job::waiting_for(&self.database.write, account.id).await.map_err(database_error("count jobs"))?;
        let backfill = waiting.iter().filter(|one| Urgency::of_priority(**one) == Urgency::Backfill).count();
        let eta = self.eta(&account.connector, waiting.len() as u64).await?;
        Ok(Progress { calls_left: waiting.len() as u64, backfill_left: backfill as u64, eta })
    }

    /// Pauses an account, or lets it go on.
    ///
    /// # Errors
    /// `Conflict` for one whose grant is dead: going on needs a new connection. `Invalid` for a reason that says nothing.
    pub async fn set_account_paused(
        &self,
        account: &AccountRow,
        paused: bool,
        reason: &str,
    ) -> Result<AccountRow, HubError> {
        let reason = crate::reason(reason)?;
        let (state, why) = match (account.state, paused) {
            (AccountState::NeedsReauthentication | AccountState::Revoked, _) => {
                return Err(HubError::Conflict(format!(
                    "the account is not connected: connect {} again",
                    account.connector
                )));
            }
            (_, true) => (AccountState::Paused, Some(format!("paused: {reason}"))),
            (AccountState::Paused, false) => (AccountState::Active, None),
            (_, false) => return Ok(account.clone()),
        };
        let changes = vec![
            (Field::State, Expr::value(state.name())),
            (Field::Reason, Expr::value(why)),
            (Field::NextAttemptAt, Expr::value(Option::<i64>::None)),
        ];
        self.change_account(account, changes).await
    }

    pub(crate) async fn change_account(
        &self,
        account: &AccountRow,
        changes: Vec<(Field, sea_orm::sea_query::SimpleExpr)>,
    ) -> Result<AccountRow, HubError> {
        let failed = || database_error("change an account");
        account::change(&self.database.write, account.id.uuid(), changes).await.map_err(failed())?;
        self.live.wake.notify_waiters();
        self.account(&Athletes::All, account.id).await
    }

    /// Gives an account's grant back and stops asking at once; on request, what came through it goes as well.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer; that the source cannot be reached stops nothing. `Invalid` for a
    /// reason that says nothing.
    pub async fn disconnect_account(
        &self,
        account: &AccountRow,
        purge: bool,
        reason: &str,
    ) -> Result<Disconnected, HubError> {
        let reason = crate::reason(reason)?;
        // Stopped first: whatever the source says, nothing more is asked of it.
        let changes = vec![
            (Field::State, Expr::value(AccountState::Revoked.name())),
            (Field::Reason, Expr::value(format!("disconnected: {reason}"))),
            (Field::NextAttemptAt, Expr::value(Option::<i64>::None)),
        ];
        self.change_account(account, changes).await?;
        let revoked_there = self.revoke(account).await;
        let records_purged = self.drop_account(account, purge).await?;
        Ok(Disconnected { account: self.account(&Athletes::All, account.id).await?, records_purged, revoked_there })
    }

    /// Gives a grant back to its source; whether the source took it.
    pub(crate) async fn revoke(&self, account: &AccountRow) -> bool {
        let Ok(source) = self.live_source(&account.connector) else { return false };
        let Ok(Some(tokens)) = self.kept_tokens(account.id, &account.connector).await else { return false };
        let reply = source.connector.revoke(&tokens).await;
        if let Err(error) = &reply.outcome {
            tracing::warn!(connector = account.connector, %error, "the source did not take a grant back");
        }
        reply.outcome.is_ok()
    }

    /// The athlete withdrew access at the source: tokens and data go.
    pub(crate) async fn revoked(&self, account: &AccountRow) -> Result<(), HubError> {
        let changes = vec![
            (Field::State, Expr::value(AccountState::Revoked.name())),
            (Field::Reason, Expr::value("the athlete withdrew access at the source")),
            (Field::NextAttemptAt, Expr::value(Option::<i64>::None)),
        ];
        self.change_account(account, changes).await?;
        self.drop_account(account, true).await.map(drop)
    }

    /// Forgets an account's secrets, jobs and notifications, and what came through it where that is asked for.
    async fn drop_account(&self, account: &AccountRow, purge: bool) -> Result<u64, HubError> {
        let failed = || database_error("forget an account's secrets");
        let purged = match (purge, self.live_source(&account.connector)) {
            (true, Ok(source)) => {
                let descriptor = source.connector.descriptor();
                self.purge(account.athlete, &descriptor.source, descriptor.channel, None).await?.0
            }
            (true, Err(error)) => return Err(error),
            (false, _) => 0,
        };
        let transaction = self.database.begin().await?;
        account::drop_secrets(&transaction, account.id.uuid()).await.map_err(failed())?;
        job::forget(&transaction, Some(account.id), None).await.map_err(failed())?;
        delivery::forget(&transaction, account.id.uuid()).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        Ok(purged)
    }
}

/// Whether an account's jobs run; else what to do.
fn workable(account: &AccountRow) -> Result<(), HubError> {
    if account.state.is_worked_on() {
        return Ok(());
    }
    let reason = account.state_reason.as_deref().unwrap_or("connect it again");
    Err(HubError::Conflict(format!("the account is {}: {reason}", account.state.name())))
}

/// What `scopes` lacks of what a source's connector asks for.
fn lacking<'a>(wanted: &[&'a str], granted: &[String]) -> Vec<&'a str> {
    let missing = |scope: &&&str| !granted.iter().any(|one| one == **scope);
    if granted.is_empty() { Vec::new() } else { wanted.iter().filter(missing).copied().collect() }
}

/// An instant from now, as stored.
fn soon(now: DateTime<Utc>, by: chrono::Duration) -> i64 {
    micros(now + by)
}
