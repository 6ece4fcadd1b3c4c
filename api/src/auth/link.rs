//! Links to one artifact that work without a token until they expire.

use chrono::{DateTime, Utc};
use domain::ArtifactRowId;
use hub::{Athletes, Hub, View};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use secrecy::{ExposeSecret as _, SecretString};

use super::AuthError;

/// What the links' key is derived under, so that it signs no tokens.
const PURPOSE: &[u8] = b"datahub artifact links, version 1";
/// The longest that a link lives, in seconds.
const LONGEST_S: i64 = 900;

/// Signs and checks links, with HMAC-SHA256.
pub struct Links {
    sign: EncodingKey,
    check: DecodingKey,
}

/// Why a link does not open anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It was altered, or made with another key.
    #[error("The link's signature does not fit; ask for a new one.")]
    Signature,
    /// Its time is over.
    #[error("The link has expired; ask for a new one.")]
    Expired,
    /// It may not live that long.
    #[error("A link lives 1 to {LONGEST_S} seconds.")]
    Lifetime,
}

impl Links {
    pub(super) fn of(secret: &SecretString) -> Result<Self, AuthError> {
        let root = EncodingKey::from_secret(secret.expose_secret().as_bytes());
        let derived = crypto::sign(PURPOSE, &root, Algorithm::HS256).map_err(AuthError::Key)?;
        Ok(Self {
            sign: EncodingKey::from_secret(derived.as_bytes()),
            check: DecodingKey::from_secret(derived.as_bytes()),
        })
    }

    /// The query of a link to that artifact: when it expires, and the signature over both.
    ///
    /// # Errors
    /// [`LinkError::Lifetime`] for a lifetime outside 1 to 900 seconds.
    pub fn query(&self, artifact: ArtifactRowId, now: DateTime<Utc>, lifetime_s: i64) -> Result<String, LinkError> {
        if !(1..=LONGEST_S).contains(&lifetime_s) {
            return Err(LinkError::Lifetime);
        }
        let expires = now.timestamp().saturating_add(lifetime_s);
        let signature = crypto::sign(&message(artifact, expires), &self.sign, Algorithm::HS256)
            .map_err(|_| LinkError::Signature)?;
        Ok(format!("expires={expires}&signature={signature}"))
    }

    /// The view through which a link that opens that artifact reads it, and nothing else.
    ///
    /// # Errors
    /// The link does not open it.
    pub fn view(&self, hub: &Hub, artifact: ArtifactRowId, expires: i64, signature: &str) -> Result<View, LinkError> {
        self.check(artifact, expires, signature, hub.clock().now())?;
        Ok(hub.view(Athletes::All))
    }

    /// Whether that link opens that artifact now. The signature is compared in constant time, and before the clock.
    ///
    /// # Errors
    /// It does not.
    fn check(
        &self,
        artifact: ArtifactRowId,
        expires: i64,
        signature: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LinkError> {
        let fits = crypto::verify(signature, &message(artifact, expires), &self.check, Algorithm::HS256);
        if !fits.unwrap_or(false) {
            return Err(LinkError::Signature);
        }
        // A link made for longer than links live was not made by us, whatever its signature says.
        let left = expires.saturating_sub(now.timestamp());
        if (1..=LONGEST_S).contains(&left) { Ok(()) } else { Err(LinkError::Expired) }
    }
}

/// What is signed: the method, the one object, the end.
fn message(artifact: ArtifactRowId, expires: i64) -> Vec<u8> {
    format!("GET\n/artifacts/{artifact}\n{expires}").into_bytes()
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_link_opens_one_artifact_until_it_ends_and_nothing_else() {
        let links = Links::of(&"s".repeat(32).into()).unwrap();
        let other = Links::of(&"t".repeat(32).into()).unwrap();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let artifact = ArtifactRowId::from_uuid(Uuid::from_u128(1));
        let foreign = ArtifactRowId::from_uuid(Uuid::from_u128(2));
        let query = links.query(artifact, now, 300).unwrap();
        let (expires, signature) = query.strip_prefix("expires=").unwrap().split_once("&signature=").unwrap();
        let expires: i64 = expires.parse().unwrap();
        assert_eq!(expires, now.timestamp() + 300);
        assert_eq!(links.check(artifact, expires, signature, now), Ok(()));
        assert_eq!(links.check(artifact, expires, signature, now + Duration::seconds(299)), Ok(()));
        assert_eq!(links.check(artifact, expires, signature, now + Duration::seconds(300)), Err(LinkError::Expired));
        assert_eq!(links.check(foreign, expires, signature, now), Err(LinkError::Signature));
        assert_eq!(links.check(artifact, expires + 1, signature, now), Err(LinkError::Signature));
        assert_eq!(links.check(artifact, expires, "", now), Err(LinkError::Signature));
        assert_eq!(links.check(artifact, expires, &signature[1..], now), Err(LinkError::Signature));
        assert_eq!(other.check(artifact, expires, signature, now), Err(LinkError::Signature));
        for lifetime in [0, -1, 901, i64::MAX] {
            assert_eq!(links.query(artifact, now, lifetime), Err(LinkError::Lifetime));
        }
    }
}
