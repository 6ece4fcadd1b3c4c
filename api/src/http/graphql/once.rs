//! Mutations under an `Idempotency-Key` (the header of draft-ietf-httpapi-idempotency-key-header): sent again, they have
//! the effect that they had, and get the answer that they got.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::Duration;
use hub::{HubError, Once, Ticket};
use sha2::{Digest as _, Sha256};
use tracing::Instrument as _;

use super::{Admitted, Answer};
use crate::auth::Principal;
use crate::boot::App;
use crate::graphql::error::Code;

const HEADER: &str = "idempotency-key";
/// Says that an answer is the one of an earlier request.
pub(super) const AGAIN: (HeaderName, HeaderValue) =
    (HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
/// The longest key, in bytes.
const LONGEST: usize = 255;
/// Beside the longest that a request is executed: who has not answered after that has died.
const GRACE: Duration = Duration::seconds(20);

/// A client's key for a request.
#[derive(Debug)]
pub(super) struct Key {
    digest: [u8; 32],
    request: [u8; 32],
}

/// What is sent for a request under a key.
#[derive(Debug)]
pub(super) enum Sent {
    /// It was executed now, or could not be.
    Now(Answer, Option<Code>),
    /// It had been executed before: the answer of then, as JSON.
    Again(Vec<u8>),
    /// It is not executed, and why.
    Conflict(&'static str),
}

impl Key {
    /// The key of a request, where it has one. It is the client's own: another's is another, and one that was used with
    /// other rights or for other athletes was used for another request.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn of(headers: &HeaderMap, principal: &Principal, body: &[u8]) -> Result<Option<Self>, &'static str> {
        let mut given = headers.get_all(HEADER).iter();
        let Some(key) = given.next() else { return Ok(None) };
        if given.next().is_some() {
            return Err("A request has one Idempotency-Key.");
        }
        let key = key.as_bytes();
        if !(1..=LONGEST).contains(&key.len()) || !key.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return Err("An Idempotency-Key has 1 to 255 letters of ASCII.");
        }
        let rights = format!("{:?} {:?}", principal.scopes, principal.athletes);
        let digest = |parts: [&[u8]; 2]| -> [u8; 32] {
            let length = u64::try_from(parts[0].len()).unwrap_or(u64::MAX).to_be_bytes();
            parts
                .iter()
                .fold(Sha256::new_with_prefix(length), |digest, part| digest.chain_update(part))
                .finalize()
                .into()
        };
        let digest_of_key = digest([principal.client_id.as_bytes(), key]);
        Ok(Some(Self { digest: digest_of_key, request: digest([rights.as_bytes(), body]) }))
    }

    /// Executes a mutation, unless it was. Once begun, it comes to its end whether or not the client still listens.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer; nothing was executed then.
    pub async fn execute(self, admitted: Admitted, app: App, principal: Principal, id: &str) -> Result<Sent, HubError> {
        let work = self.executed(admitted, app, principal, id.to_owned());
        let ended = tokio::spawn(work.in_current_span()).await;
        ended.map_err(|error| HubError::Internal { deed: "execute a mutation", cause: error.into() })?
    }

    async fn executed(self, admitted: Admitted, app: App, principal: Principal, id: String) -> Result<Sent, HubError> {
        let lease = Duration::from_std(app.limits.timeout).unwrap_or(Duration::MAX).checked_add(&GRACE);
        let ticket = match app.hub.once(self.digest, self.request, lease.unwrap_or(Duration::MAX)).await? {
            Once::Now(ticket) => ticket,
            Once::Done(answer) => return Ok(Sent::Again(answer)),
            Once::UnderWay => {
                return Ok(Sent::Conflict(
                    "The request of this Idempotency-Key is under way; send it again in a second.",
                ));
            }
            Once::Other => {
                return Ok(Sent::Conflict("This Idempotency-Key was used for another request; take a new one."));
            }
        };
        let hub = app.hub.clone();
        let (answer, code) = admitted.execute(app, principal, &id).await;
        settle(&hub, &ticket, &answer).await;
        Ok(Sent::Now(answer, code))
    }
}

/// Keeps the answer of what was executed. What was not, or may succeed when it is sent again, is free to be.
async fn settle(hub: &hub::Hub, ticket: &Ticket, answer: &Answer) {
    let may_succeed = [Code::Unavailable, Code::Internal, Code::RateLimited];
    let is_open = answer.data.is_none() || answer.codes().any(|code| may_succeed.contains(&code));
    let settled = match answer.json() {
        Ok(json) if !is_open => hub.done(ticket, &json).await,
        _ => hub.undone(ticket).await,
    };
    if let Err(error) = settled {
        tracing::warn!(%error, "a request may have its effect again: its idempotency key could not be settled");
    }
}
