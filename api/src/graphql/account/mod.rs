//! Accounts at live sources.

mod deed;

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::{AccountId, AthleteId};
use hub::{AccountRow, AccountState, HubError, SourceOutlook};

use super::athlete::Athlete;
use super::context::asker;
use super::error::{Failure, Outcome};
use super::node::parsed;
use super::scalar::{Instant, Long, SourceSlug};
use super::source::{Connector, Source};
use super::word::Word;
use crate::auth::Scope;
pub use deed::AccountMutation;

/// An account.
#[derive(Debug, Clone)]
pub struct SourceAccount(pub AccountRow);

/// How far history has been fetched.
#[derive(Debug, SimpleObject)]
pub struct BackfillProgress {
    /// The earliest start that is wanted; all of it where null.
    from: Option<Instant>,
    /// The latest start that is wanted.
    to: Option<Instant>,
    /// The start down to which the list has been walked.
    cursor: Option<Instant>,
    /// How many activities the list has told of.
    records_seen: Long,
    /// Whether all that is wanted has been fetched.
    complete: bool,
}

/// Calls to a source that wait.
#[derive(Debug, SimpleObject)]
pub struct RemainingCalls {
    /// How many.
    calls: Long,
    /// Those among them that fetch history.
    backfill_calls: Long,
    /// When they will have been made, as far as the source's limits decide it.
    done_at: Instant,
}

/// What the source allows this application, for all athletes together, as it last told.
#[derive(Debug, SimpleObject)]
pub struct RateLimitState {
    /// Calls that are allowed within the short window.
    short_limit: Option<i32>,
    /// Those of them that were made.
    short_used: Option<i32>,
    /// Calls that are allowed within a day.
    daily_limit: Option<i32>,
    /// Those of them that were made.
    daily_used: Option<i32>,
    /// When more may be asked, or the short window begins anew.
    resets_at: Option<Instant>,
}

impl RateLimitState {
    /// The strictest of the short limits and of the daily ones; nothing where none is known.
    fn of(outlook: &SourceOutlook) -> Option<Self> {
        const DAY_S: i64 = 86_400;
        let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let fullest = |daily: bool| {
            let some = outlook.limits.iter().filter(|limit| (limit.window_s >= DAY_S) == daily);
            some.max_by_key(|limit| u64::from(limit.used) * 1_000_000 / u64::from(limit.allowed.max(1)))
        };
        let (short, daily) = (fullest(false), fullest(true));
        let resets_at = outlook.next_call_at.or_else(|| short.or(daily).map(|limit| limit.resets_at));
        (!outlook.limits.is_empty()).then(|| Self {
            short_limit: short.map(|limit| count(limit.allowed)),
            short_used: short.map(|limit| count(limit.used)),
            daily_limit: daily.map(|limit| count(limit.allowed)),
            daily_used: daily.map(|limit| count(limit.used)),
            resets_at: resets_at.map(Instant),
        })
    }
}

impl SourceAccount {
    /// The account of that id.
    pub async fn find(ctx: &Context<'_>, id: AccountId) -> Outcome<Option<Self>> {
        let view = asker(ctx).view(Scope::AccountsRead)?;
        match asker(ctx).app.hub.account(view.scope(), id).await {
            Ok(row) => Ok(Some(Self(row))),
            Err(HubError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The accounts of the token's athletes that pass.
    pub async fn listed(
        ctx: &Context<'_>,
        athlete: Option<AthleteId>,
        source: Option<&domain::SourceSlug>,
    ) -> Outcome<Vec<Self>> {
        let view = asker(ctx).view(Scope::AccountsRead)?;
        let mut rows = asker(ctx).app.hub.accounts(view.scope()).await?;
        rows.retain(|row| athlete.is_none_or(|athlete| row.athlete == athlete));
        rows.retain(|row| source.is_none_or(|source| row.source == *source));
        Ok(rows.into_iter().map(Self).collect())
    }
}

/// One athlete's authorised account at one source, through one connector.
#[Object]
impl SourceAccount {
    /// Opaque; unique among all nodes.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Whose account it is.
    async fn athlete(&self, ctx: &Context<'_>) -> Outcome<Athlete> {
        let view = asker(ctx).view(Scope::AccountsRead)?;
        let row = view.athletes_by_id(&[self.0.athlete]).await?.remove(&self.0.athlete);
        let missing = || Failure::missing("athlete", &self.0.athlete.to_string());
        row.map(|row| Athlete::of(row.into())).ok_or_else(missing)
    }

    /// At which source.
    async fn source(&self) -> Source {
        Source(self.0.source.clone())
    }

    /// Through which connector.
    async fn connector(&self) -> Outcome<Connector> {
        let missing = || Failure::missing("connector", &self.0.connector);
        Connector::named(&self.0.connector).ok_or_else(missing)
    }

    /// How it stands.
    async fn state(&self) -> Word<AccountState> {
        Word(self.0.state)
    }

    /// What a person should do, when state asks for it.
    async fn state_reason(&self) -> Option<&str> {
        self.0.state_reason.as_deref()
    }

    /// The athlete's id at the source.
    async fn external_athlete_id(&self) -> Option<&str> {
        self.0.external_athlete_id.as_deref()
    }

    /// What was granted.
    async fn scopes(&self) -> &[String] {
        &self.0.scopes
    }

    /// When the source last answered as it should.
    async fn last_success_at(&self) -> Option<Instant> {
        self.0.last_success_at.map(Instant)
    }

    /// When it was last asked.
    async fn last_attempt_at(&self) -> Option<Instant> {
        self.0.last_attempt_at.map(Instant)
    }

    /// When it is asked next.
    async fn next_attempt_at(&self) -> Option<Instant> {
        self.0.next_attempt_at.map(Instant)
    }

    /// Failures since it last worked.
    async fn consecutive_failures(&self) -> i32 {
        i32::try_from(self.0.consecutive_failures).unwrap_or(i32::MAX)
    }

    /// The last failure since it last worked.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// How far history has been fetched; null before it was begun.
    async fn backfill(&self) -> Option<BackfillProgress> {
        self.0.backfill.as_ref().map(|progress| BackfillProgress {
            from: progress.from.map(Instant),
            to: progress.to.map(Instant),
            cursor: progress.walked_to.map(Instant),
            records_seen: Long::count(progress.records_seen),
            complete: progress.complete,
        })
    }

    /// Calls to the source that wait for this account, and when they will have been made, as far as the source's limits
    /// decide it.
    async fn remaining(&self, ctx: &Context<'_>) -> Outcome<Option<RemainingCalls>> {
        let hub = &asker(ctx).app.hub;
        if !hub.live_sources().any(|source| source.connector.descriptor().connector == self.0.connector) {
            return Ok(None);
        }
        let progress = hub.progress(&self.0).await?;
        Ok(Some(RemainingCalls {
            calls: Long::count(progress.calls_left),
            backfill_calls: Long::count(progress.backfill_left),
            done_at: Instant(progress.eta),
        }))
    }

    /// What the source allows this application; null where it has told nothing yet.
    async fn rate_limit(&self, ctx: &Context<'_>) -> Outcome<Option<RateLimitState>> {
        let hub = &asker(ctx).app.hub;
        let Ok(outlook) = hub.source_outlook(&self.0.connector).await else { return Ok(None) };
        Ok(RateLimitState::of(&outlook))
    }

    /// Records that came through it.
    async fn record_count(&self, ctx: &Context<'_>) -> Outcome<Long> {
        Ok(Long::count(asker(ctx).app.hub.account_records(&self.0).await?))
    }
}

/// The athlete that a client narrows a question about accounts to, if to any.
///
/// # Errors
/// There is no such athlete for this token, or it may not read accounts.
pub async fn narrowed(ctx: &Context<'_>, id: Option<&ID>) -> Outcome<Option<AthleteId>> {
    let view = asker(ctx).view(Scope::AccountsRead)?;
    let Some(id) = id else { return Ok(None) };
    let missing = || Failure::missing("athlete", id);
    let named = parsed(id).ok_or_else(missing)?;
    let found = view.athletes_by_id(&[named]).await?;
    Ok(Some(found.get(&named).ok_or_else(missing)?.id))
}

/// The roots of accounts.
#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// The accounts of the athletes that the token speaks for, the first connected first. Needs the scope
    /// accounts:read.
    async fn source_accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this athlete; of all that the token speaks for where absent.")] athlete_id: Option<
            ID,
        >,
        #[graphql(desc = "Only at this source.")] source: Option<SourceSlug>,
    ) -> Outcome<Vec<SourceAccount>> {
        let athlete = narrowed(ctx, athlete_id.as_ref()).await?;
        SourceAccount::listed(ctx, athlete, source.as_ref().map(|source| &source.0)).await
    }
}
