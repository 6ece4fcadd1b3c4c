//! Revoked tokens, known to this process within a second and without a restart.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use hub::{Hub, HubError};
use tokio::sync::Mutex;

/// How long an answer is good.
const FRESH: Duration = Duration::from_secs(1);
/// How long an old answer stands in while the database does not give a new one.
const STALE: Duration = Duration::from_secs(60);

/// The set of revoked tokens, read again by the request that finds it older than a second.
#[derive(Default)]
pub struct Revocations(Mutex<Option<(Instant, HashSet<String>)>>);

impl Revocations {
    /// Whether the token of that `jti` was revoked.
    ///
    /// # Errors
    /// Nobody knows: the database has not answered for a minute.
    pub async fn contain(&self, hub: &Hub, jti: &str) -> Result<bool, HubError> {
        let mut known = self.0.lock().await;
        let age = known.as_ref().map(|(read, _)| read.elapsed());
        if age.is_none_or(|age| age >= FRESH) {
            match hub.revoked_tokens().await {
                Ok(revoked) => *known = Some((Instant::now(), revoked.into_iter().collect())),
                Err(error) if age.is_none_or(|age| age >= STALE) => return Err(error),
                Err(error) => tracing::warn!(%error, "revoked tokens could not be read again; the last answer stands"),
            }
        }
        Ok(known.as_ref().is_some_and(|(_, revoked)| revoked.contains(jti)))
    }
}
