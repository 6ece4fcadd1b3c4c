//! Connecting: a person is sent to the source and comes back with a code, or brings tokens made elsewhere.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use chrono::Duration;
use connectors::{Owner, Session, Tokens};
use domain::{AccountId, AthleteId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest, Sha256};
use url::Url;

use super::{lacking, soon};
use crate::planner::Urgency;
use crate::sources::LiveSource;
use crate::store::account::{self, Field, Invitation};
use crate::store::{database_error, micros};
use crate::work::Listed;
use crate::{AccountRow, Athletes, Hub, HubError};

/// How long a person may take to come back, in minutes.
const INVITATION_MIN: i64 = 15;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random() -> Result<String, HubError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| HubError::Internal { deed: "draw a secret", cause: error.to_string().into() })?;
    Ok(hex(&bytes))
}

/// PKCE's S256 (RFC 7636).
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

impl Hub {
    /// Begins to connect an athlete: gives the address at which the source asks for consent. It brings the person back
    /// to `redirect` once, within a quarter of an hour.
    ///
    /// # Errors
    /// `Invalid` for a source that is not enabled or has no such address; `NotFound` for an unknown athlete.
    pub async fn begin_connect(&self, athlete: AthleteId, connector: &str, redirect: &Url) -> Result<Url, HubError> {
        let failed = || database_error("begin to connect");
        let source = self.live_source(connector)?;
        self.athlete_named(&athlete.to_string()).await?;
        let (state, verifier) = (random()?, random()?);
        let address = source.connector.authorize(redirect, &state, &challenge(&verifier)).ok_or_else(|| {
            HubError::Invalid(format!("{connector} cannot be connected in a browser: adopt tokens instead"))
        })?;
        let digest = Sha256::digest(&state).to_vec();
        let row = Invitation {
            sealed: self.live.keys.seal(verifier.as_bytes(), &digest)?,
            digest,
            athlete_id: athlete.uuid(),
            connector: source.name().to_owned(),
            redirect: redirect.to_string(),
            expires_at: soon(self.clock.now(), Duration::minutes(INVITATION_MIN)),
        };
        account::invite(&self.database.write, row).await.map_err(failed())?;
        Ok(address)
    }

    /// Ends it: `state`, `code` and, where the source says so there, the granted `scope` come back with the person.
    ///
    /// # Errors
    /// `Invalid` for a state that is not known, was used, or is too old; and where the source refuses the code.
    pub async fn finish_connect(
        &self,
        connector: &str,
        state: &str,
        code: &SecretString,
        scope: Option<&str>,
    ) -> Result<AccountRow, HubError> {
        let failed = || database_error("end a connection");
        let source = self.live_source(connector)?;
        let digest = Sha256::digest(state).to_vec();
        let transaction = self.database.begin().await?;
        let now = micros(self.clock.now());
        let invited = account::accept(&transaction, &digest, now).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        let invited = invited.filter(|row| row.connector == source.name()).ok_or_else(|| {
            HubError::Invalid("this answer belongs to no connection that was begun here lately: begin again".to_owned())
        })?;
        let verifier = self.live.keys.open(&invited.sealed, &digest)?;
        let verifier = SecretString::from(String::from_utf8_lossy(&verifier).into_owned());
        let redirect = Url::parse(&invited.redirect)
            .map_err(|error| HubError::Internal { deed: "read where an answer came", cause: error.into() })?;
        let reply = source.connector.exchange(code, &redirect, &verifier).await;
        self.learn(source.name(), &reply).await?;
        let grant = reply.outcome.map_err(|error| refused(connector, &error))?;
        let scopes = scope.map_or(grant.scopes, words);
        let athlete = AthleteId::from_uuid(invited.athlete_id);
        self.connect(source, athlete, grant.tokens, grant.owner, &scopes).await
    }

    /// Connects an athlete by tokens made elsewhere. Where they hold no access token that lives, they are refreshed.
    ///
    /// # Errors
    /// `Invalid` where the source does not take them.
    pub async fn adopt_tokens(
        &self,
        athlete: AthleteId,
        connector: &str,
        tokens: Tokens,
    ) -> Result<AccountRow, HubError> {
        let source = self.live_source(connector)?;
        self.athlete_named(&athlete.to_string()).await?;
        self.connect(source, athlete, tokens, None, &[]).await
    }

    async fn connect(
        &self,
        source: &LiveSource,
        athlete: AthleteId,
        tokens: Tokens,
        owner: Option<Owner>,
        scopes: &[String],
    ) -> Result<AccountRow, HubError> {
        let failed = || database_error("connect an account");
        let (name, descriptor) = (source.name(), source.connector.descriptor());
        let now = self.clock.now();
        let fresh_id = AccountId::from_uuid(self.mint(now));
        let write = &self.database.write;
        let made = account::insert(write, fresh_id, athlete, descriptor.source.as_str(), name, micros(now));
        let made = made.await.map_err(failed())? == 1;
        let own = Condition::all().add(Field::AthleteId.eq(athlete.uuid())).add(Field::Connector.eq(name));
        let known = account::find(write, own).await.map_err(failed())?;
        let known = known.first().map(AccountRow::of).transpose()?;
        let known = known.ok_or_else(|| HubError::NotFound(format!("there is no athlete {athlete}")))?;
        let id = known.id;
        let sealed = self.seal_tokens(id, name, &tokens)?;
        // An access token that is not there must not look as if it lived.
        let ends = if tokens.access.expose_secret().is_empty() { Some(0) } else { tokens.expires_at.map(micros) };
        account::keep_secrets(write, id.uuid(), sealed, ends).await.map_err(failed())?;
        let owner = match owner {
            Some(owner) => Ok(owner),
            None => self.ask_owner(source, id).await,
        };
        let owner = match owner {
            Ok(owner) if known.external_athlete_id.as_ref().is_some_and(|before| *before != owner.external_id) => {
                Err(HubError::Conflict(
                    "this athlete is connected to another person's account there: disconnect it first".to_owned(),
                ))
            }
            owner => owner,
        };
        let owner = match owner {
            Ok(owner) => owner,
            Err(error) => {
                // Nothing half connected stays.
                account::drop_secrets(write, id.uuid()).await.map_err(failed())?;
                if made {
                    account::remove(write, id).await.map_err(failed())?;
                }
                return Err(error);
            }
        };
        let lacking = lacking(descriptor.scopes, scopes);
        let reason = (!lacking.is_empty()).then(|| {
            format!("not granted: {}; what needs it is not fetched: connect again and grant it", lacking.join(", "))
        });
        let changes = vec![
            (Field::State, Expr::value("ACTIVE")),
            (Field::Reason, Expr::value(reason)),
            (Field::ExternalAthleteId, Expr::value(owner.external_id)),
            (Field::Scopes, Expr::value(scopes.join(" "))),
            (Field::ConsecutiveFailures, Expr::value(0_i32)),
            (Field::LastError, Expr::value(Option::<String>::None)),
            (Field::NotBefore, Expr::value(0_i64)),
            (Field::CooldownS, Expr::value(0_i64)),
            (Field::NextAttemptAt, Expr::value(soon(now, source.poll_interval))),
        ];
        account::change(write, id.uuid(), changes).await.map_err(failed())?;
        if known.backfill.as_ref().is_none_or(|backfill| !backfill.complete) {
            let range = (source.backfill_since, None);
            let job = self.list_job(source, id, Urgency::Backfill, Listed::Backfill, range)?;
            self.enqueue(vec![job]).await?;
        }
        self.account(&Athletes::All, id).await
    }

    async fn ask_owner(&self, source: &LiveSource, id: AccountId) -> Result<Owner, HubError> {
        let fresh = self.fresh(source, id, None).await?.map_err(|error| refused(source.name(), &error))?;
        let counted = self.reserve(source.name(), id, Urgency::Person).await?;
        let refusal = |until| HubError::Conflict(format!("the source's limit is reached: try again after {until}"));
        counted.map_err(refusal)?.make();
        let session = Session { tokens: &fresh.tokens, now: self.clock.now() };
        let reply = source.connector.owner(&session).await;
        self.learn(source.name(), &reply).await?;
        reply.outcome.map_err(|error| refused(source.name(), &error))
    }
}

fn words(scope: &str) -> Vec<String> {
    scope.split([',', ' ']).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

fn refused(connector: &str, error: &connectors::SourceError) -> HubError {
    HubError::Invalid(format!("{connector} does not let us in: {error}"))
}
