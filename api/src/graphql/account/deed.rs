//! What may be done about accounts.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use hub::AccountRow;

use super::SourceAccount;
use crate::auth::Scope;
use crate::graphql::activity::DateTimeRange;
use crate::graphql::context::{Asker, asker};
use crate::graphql::error::{Failure, Outcome};
use crate::graphql::node::parsed;
use crate::graphql::scalar::Long;

/// An account to fetch now.
#[derive(Debug, InputObject)]
pub struct SyncAccountInput {
    /// The id of the account.
    account_id: ID,
}

/// The account, its round queued.
#[derive(SimpleObject)]
pub struct SyncAccountPayload {
    /// The account as it stands now.
    account: SourceAccount,
}

/// An account whose history to fetch.
#[derive(Debug, InputObject)]
pub struct BackfillAccountInput {
    /// The id of the account.
    account_id: ID,
    /// Activities that begin in it; all of them where absent.
    range: Option<DateTimeRange>,
}

/// The account, its history queued.
#[derive(SimpleObject)]
pub struct BackfillAccountPayload {
    /// The account as it stands now.
    account: SourceAccount,
}

/// An account to leave alone, or no longer.
#[derive(Debug, InputObject)]
pub struct SetAccountPausedInput {
    /// The id of the account.
    account_id: ID,
    /// True to leave it alone, false to take it up again.
    paused: bool,
    /// Why, in 1 to 1000 characters, for whoever asks later.
    reason: String,
}

/// The account as it stands.
#[derive(SimpleObject)]
pub struct SetAccountPausedPayload {
    /// The account as it stands now.
    account: SourceAccount,
}

/// An account to give back.
#[derive(Debug, InputObject)]
pub struct DisconnectAccountInput {
    /// The id of the account.
    account_id: ID,
    /// Also delete the records and artifacts that came through it.
    purge: bool,
    /// Why, in 1 to 1000 characters, for whoever asks later.
    reason: String,
}

/// The account, given back.
#[derive(SimpleObject)]
pub struct DisconnectAccountPayload {
    /// The account as it stands now.
    account: SourceAccount,
    /// How many records were deleted with it.
    records_purged: Long,
    /// Whether the source took the grant back; where it did not, the athlete can do so on its site.
    revoked_there: bool,
}

/// An account that the asker may do something about.
async fn mine(asker: &Asker, id: &ID) -> Outcome<AccountRow> {
    let view = asker.view(Scope::AccountsWrite)?;
    let named = parsed(id).ok_or_else(|| Failure::missing("account", id))?;
    Ok(asker.app.hub.account(view.scope(), named).await?)
}

/// The same account as it stands now.
async fn now(asker: &Asker, account: &AccountRow) -> Outcome<SourceAccount> {
    Ok(SourceAccount(asker.app.hub.account(&asker.principal.athletes, account.id).await?))
}

/// Deeds about accounts.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Asks the source for what is new, now, before everything that no person waits for; up to 48 times a day. Needs
    /// the scope accounts:write.
    async fn sync_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] input: SyncAccountInput,
    ) -> Outcome<SyncAccountPayload> {
        let asker = asker(ctx);
        let account = mine(asker, &input.account_id).await?;
        asker.app.hub.sync_for_client(&account).await?;
        Ok(SyncAccountPayload { account: now(asker, &account).await? })
    }

    /// Fetches history, within the source's limits; counts as 12 of the 48 times a day. Needs the scope accounts:write.
    async fn backfill_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account, and how far back.")] input: BackfillAccountInput,
    ) -> Outcome<BackfillAccountPayload> {
        let asker = asker(ctx);
        let account = mine(asker, &input.account_id).await?;
        let range = input.range.map(DateTimeRange::read);
        let (from, until) = range.map_or((None, None), |range| (range.from, range.until));
        asker.app.hub.backfill_for_client(&account, from, until).await?;
        Ok(BackfillAccountPayload { account: now(asker, &account).await? })
    }

    /// Leaves an account alone, or takes it up again. Needs the scope accounts:write.
    async fn set_account_paused(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account, and why.")] input: SetAccountPausedInput,
    ) -> Outcome<SetAccountPausedPayload> {
        let asker = asker(ctx);
        let account = mine(asker, &input.account_id).await?;
        let account = asker.app.hub.set_account_paused(&account, input.paused, &input.reason).await?;
        Ok(SetAccountPausedPayload { account: SourceAccount(account) })
    }

    /// Gives the grant back at the source and forgets its tokens; deletes what came through it, where asked. Activities
    /// are computed again from the rest and keep their ids. Needs the scope accounts:write.
    async fn disconnect_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account, what becomes of its records, and why.")] input: DisconnectAccountInput,
    ) -> Outcome<DisconnectAccountPayload> {
        let asker = asker(ctx);
        let account = mine(asker, &input.account_id).await?;
        let done = asker.app.hub.disconnect_account(&account, input.purge, &input.reason).await?;
        if let Ok(reader) = asker.reader() {
            reader.forget();
        }
        Ok(DisconnectAccountPayload {
            account: SourceAccount(done.account),
            records_purged: Long::count(done.records_purged),
            revoked_there: done.revoked_there,
        })
    }
}
