//! Fresh tokens: refreshed before they end, by one at a time across all replicas, and kept before they are used.
//!
//! A refresh may kill the token that it was asked with. So it is counted as begun before the source is asked, and what
//! came is kept before anyone uses it: whoever finds a refresh that was begun and never kept tries once with what there
//! is, and a grant that turns out to be dead becomes the person's to renew. Nothing dies in silence.

use chrono::{DateTime, Duration, Utc};
use connectors::{SourceError, Tokens};
use domain::AccountId;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::sources::LiveSource;
use crate::store::{account, database_error, instant, micros};
use crate::{Hub, HubError};

/// A token is refreshed when less than this is left of it.
const MARGIN_S: i64 = 600;
/// Longer than any call to a source: who held the lease is gone by then.
const LEASE_S: i64 = 90;
/// How long whoever waits for another's refresh sleeps between two looks.
const LOOK: std::time::Duration = std::time::Duration::from_millis(20);
/// After so many looks something is wrong.
const LOOKS: u32 = 3_000;

/// Tokens that are good now, and which they are.
pub(crate) struct Fresh {
    pub(crate) tokens: Tokens,
    pub(crate) version: i64,
}

#[derive(Serialize, Deserialize)]
struct Document {
    access: String,
    refresh: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    extra: Option<String>,
}

/// Whom secrets are sealed for.
fn bound(account: AccountId, connector: &str) -> Vec<u8> {
    format!("{account}/{connector}").into_bytes()
}

impl Hub {
    pub(crate) fn seal_tokens(&self, id: AccountId, connector: &str, tokens: &Tokens) -> Result<Vec<u8>, HubError> {
        let open = |secret: &SecretString| secret.expose_secret().to_owned();
        let document = Document {
            access: open(&tokens.access),
            refresh: tokens.refresh.as_ref().map(open),
            expires_at: tokens.expires_at,
            extra: tokens.extra.as_ref().map(open),
        };
        let text = serde_json::to_vec(&document)
            .map_err(|error| HubError::Internal { deed: "seal tokens", cause: error.to_string().into() })?;
        self.live.keys.seal(&text, &bound(id, connector))
    }

    fn open_tokens(&self, id: AccountId, connector: &str, sealed: &[u8]) -> Result<Tokens, HubError> {
        let text = self.live.keys.open(sealed, &bound(id, connector))?;
        // serde_json's error could quote the secret.
        let document: Document = serde_json::from_slice(&text)
            .map_err(|_| HubError::Internal { deed: "open tokens", cause: "they are no document of ours".into() })?;
        Ok(Tokens {
            access: document.access.into(),
            refresh: document.refresh.map(SecretString::from),
            expires_at: document.expires_at,
            extra: document.extra.map(SecretString::from),
        })
    }

    /// Opens every credential once, so that a wrong key is found before anything is done, and seals those anew whose
    /// key is no longer the first.
    pub(crate) async fn check_credentials(&self) -> Result<(), HubError> {
        let failed = || database_error("check the credentials");
        for (row, secrets) in account::all_secrets(&self.database.write).await.map_err(failed())? {
            let id = AccountId::from_uuid(row.id);
            let text = self.live.keys.open(&secrets.sealed, &bound(id, &row.connector))?;
            if !self.live.keys.is_current(&secrets.sealed) {
                let sealed = self.live.keys.seal(&text, &bound(id, &row.connector))?;
                account::reseal(&self.database.write, &secrets, sealed).await.map_err(failed())?;
            }
        }
        Ok(())
    }

    /// An account's tokens as they are kept; `None` where there are none.
    pub(crate) async fn kept_tokens(&self, id: AccountId, connector: &str) -> Result<Option<Tokens>, HubError> {
        let known =
            account::secrets(&self.database.write, id.uuid()).await.map_err(database_error("read credentials"))?;
        known.map(|known| self.open_tokens(id, connector, &known.sealed)).transpose()
    }

    /// An account's tokens, fresh: refreshed where they are about to end, or where `refused` names the version that the
    /// source refused.
    pub(crate) async fn fresh(
        &self,
        source: &LiveSource,
        id: AccountId,
        refused: Option<i64>,
    ) -> Result<Result<Fresh, SourceError>, HubError> {
        let failed = || database_error("read credentials");
        for _ in 0..LOOKS {
            let known = account::secrets(&self.database.read, id.uuid()).await.map_err(failed())?;
            let Some(known) = known else {
                return Ok(Err(SourceError::GrantDead("there are no tokens: connect the account again".to_owned())));
            };
            let now = self.clock.now();
            let ends = known.expires_at.is_some_and(|ends| instant(ends) - now < Duration::seconds(MARGIN_S));
            if !ends && refused != Some(known.version) {
                let tokens = self.open_tokens(id, source.name(), &known.sealed)?;
                return Ok(Ok(Fresh { tokens, version: known.version }));
            }
            let holder = self.mint(now).simple().to_string();
            let until = micros(now + Duration::seconds(LEASE_S));
            let leased = account::lease(&self.database.write, &known, &holder, micros(now), until);
            if leased.await.map_err(failed())? {
                return self.refresh(source, id, &known, &holder).await;
            }
            // Somebody else refreshes: wait for what that gives.
            tokio::time::sleep(LOOK).await;
        }
        Ok(Err(SourceError::Unavailable("another refresh of these tokens does not end".to_owned())))
    }

    /// Refreshes, and keeps what came before anyone can use it. The caller holds the lease.
    async fn refresh(
        &self,
        source: &LiveSource,
        id: AccountId,
        known: &account::Credential,
        holder: &str,
    ) -> Result<Result<Fresh, SourceError>, HubError> {
        let failed = || database_error("keep refreshed tokens");
        let tokens = self.open_tokens(id, source.name(), &known.sealed)?;
        let reply = source.connector.refresh(&tokens).await;
        metrics::counter!("datahub_refreshes_total", "connector" => source.name(),
            "outcome" => if reply.outcome.is_ok() { "fresh" } else { "failed" })
        .increment(1);
        self.learn(source.name(), &reply).await?;
        match reply.outcome {
            Ok(tokens) => {
                let sealed = self.seal_tokens(id, source.name(), &tokens)?;
                let ends = tokens.expires_at.map(micros);
                let kept = account::rotate(&self.database.write, known, holder, sealed, ends).await.map_err(failed())?;
                if !kept {
                    // The lease ran out and another refreshed: what is kept is what counts.
                    return Ok(Err(SourceError::Unavailable("a refresh took longer than its lease".to_owned())));
                }
                Ok(Ok(Fresh { tokens, version: known.version + 1 }))
            }
            Err(error) => {
                account::release(&self.database.write, id.uuid(), holder).await.map_err(failed())?;
                if known.begun > 0 && matches!(error, SourceError::GrantDead(_)) {
                    tracing::error!(account = %id, "a refresh was cut off before its answer was kept, and the grant is dead");
                }
                Ok(Err(error))
            }
        }
    }
}
