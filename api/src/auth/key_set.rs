//! The keys of an identity provider: a JWK set (RFC 7517), read again without a restart.
//!
//! A token names its key, and the key says by which algorithm it is used: never the token. However many keys that are
//! not known are named, the set is read once a minute at most.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use tokio::sync::Mutex;

/// How long what was read is good, and how long a reading that failed is not tried again.
const FRESH: TimeDelta = TimeDelta::seconds(60);
/// How long a reading may take; tokens wait for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// The least size of an RSA key: 2048 bits, in characters of base64 without padding.
const LEAST_MODULUS: usize = 342;

/// Reads the set's text, wherever it is.
pub type Read = Box<dyn Fn() -> BoxFuture<'static, Result<Vec<u8>, String>> + Send + Sync>;

/// A key and the one algorithm that it is used with.
#[derive(Debug)]
pub(super) struct Key {
    pub algorithm: Algorithm,
    pub check: DecodingKey,
}

/// A set of keys.
pub struct KeySet {
    read: Read,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, Arc<Key>>,
    asked: Option<DateTime<Utc>>,
}

impl Known {
    /// A clock that was set back makes nothing good for longer.
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.asked.is_some_and(|asked| (now - asked).abs() < FRESH)
    }
}

impl KeySet {
    /// The set that is read there; nothing is read yet.
    pub fn of(read: Read) -> Self {
        Self { read, known: Mutex::default() }
    }

    /// Whether there is a set with keys of use.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn check(&self) -> Result<(), String> {
        (self.read)().await.and_then(|text| parse(&text)).map(drop)
    }

    /// The key of that name, if the set has it now. What was known stays known while the set cannot be read.
    pub(super) async fn key(self: &Arc<Self>, name: &str, now: DateTime<Utc>) -> Option<Arc<Key>> {
        if !self.known.lock().await.is_fresh(now) {
            let set = Arc::clone(self);
            // On its own: somebody who hangs up in between does not end it for everybody else.
            let _ = tokio::spawn(async move { set.renew(now).await }).await;
        }
        self.known.lock().await.keys.get(name).cloned()
    }

    async fn renew(&self, now: DateTime<Utc>) {
        let mut known = self.known.lock().await;
        // Whoever waited for the one who read has what was read.
        if known.is_fresh(now) {
            return;
        }
        known.asked = Some(now);
        let read = match tokio::time::timeout(PATIENCE, (self.read)()).await {
            Ok(read) => read.and_then(|text| parse(&text)),
            Err(_) => Err("no answer in time".to_owned()),
        };
        match read {
            Ok(keys) => known.keys = keys,
            Err(reason) => tracing::warn!(reason, "the keys by auth.jwks cannot be read; those known go on"),
        }
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// The keys that can be used, by name. What else a set may hold is passed over, as RFC 7517 §5 asks; a name that is
/// given twice names nothing.
pub(super) fn parse(text: &[u8]) -> Result<HashMap<String, Arc<Key>>, String> {
    let document: Document = serde_json::from_slice(text).map_err(|_| "it is no JWK set".to_owned())?;
    let mut keys: HashMap<String, Option<Arc<Key>>> = HashMap::new();
    for value in document.keys {
        let Some((name, key)) = serde_json::from_value::<Jwk>(value).ok().and_then(usable) else { continue };
        keys.entry(name).and_modify(|known| *known = None).or_insert(Some(Arc::new(key)));
    }
    let keys: HashMap<_, _> = keys.into_iter().filter_map(|(name, key)| Some((name, key?))).collect();
    if keys.is_empty() {
        return Err("it has no key for RS256, ES256 or EdDSA with a name (kid) of its own".to_owned());
    }
    Ok(keys)
}

fn usable(jwk: Jwk) -> Option<(String, Key)> {
    let common = &jwk.common;
    let signs = common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let verifies = common.key_operations.as_ref().is_none_or(|deeds| deeds.contains(&KeyOperations::Verify));
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) if key.n.len() >= LEAST_MODULUS => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let said = match common.key_algorithm {
        None => algorithm,
        Some(KeyAlgorithm::RS256) => Algorithm::RS256,
        Some(KeyAlgorithm::ES256) => Algorithm::ES256,
        Some(KeyAlgorithm::EdDSA) => Algorithm::EdDSA,
        Some(_) => return None,
    };
    let name = common.key_id.clone().filter(|name| !name.is_empty())?;
    let check = DecodingKey::from_jwk(&jwk).ok()?;
    (signs && verifies && said == algorithm).then_some((name, Key { algorithm, check }))
}

#[cfg(test)]
mod tests;
