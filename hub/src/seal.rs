//! Secrets at rest: XChaCha20-Poly1305, a random nonce each, bound to whose they are.
//!
//! What is sealed begins with a version and the id of its key, so that keys can be changed: the first key seals, every
//! key opens.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest, Sha256};

use crate::HubError;

const VERSION: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 24;
/// A key is a text of at least so many characters.
const SHORTEST: usize = 32;

/// The keys that seal and open.
pub(crate) struct Keys(Vec<([u8; KEY_ID], XChaCha20Poly1305)>);

impl Keys {
    /// These keys, the first of which seals.
    pub(crate) fn of(texts: &[SecretString]) -> Result<Self, HubError> {
        let mut keys = Vec::with_capacity(texts.len());
        for text in texts {
            let text = text.expose_secret().trim();
            if text.len() < SHORTEST {
                return Err(HubError::Invalid(format!("secrets.key: a key has at least {SHORTEST} characters")));
            }
            let derived = |purpose: &str| Sha256::new().chain_update(purpose).chain_update(text).finalize();
            let mut id = [0; KEY_ID];
            id.iter_mut().zip(derived("datahub key id\0")).for_each(|(to, from)| *to = from);
            let key: [u8; 32] = derived("datahub credential key\0").into();
            keys.push((id, XChaCha20Poly1305::new(&key.into())));
        }
        Ok(Self(keys))
    }

    /// Seals a secret for whom `bound` names.
    pub(crate) fn seal(&self, secret: &[u8], bound: &[u8]) -> Result<Vec<u8>, HubError> {
        let Some((id, cipher)) = self.0.first() else {
            return Err(HubError::Invalid("secrets.key is not set: credentials cannot be kept without it".to_owned()));
        };
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)
            .map_err(|error| HubError::Internal { deed: "draw a nonce", cause: error.to_string().into() })?;
        let payload = Payload { msg: secret, aad: bound };
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| HubError::Internal { deed: "seal a secret", cause: "the cipher refused".into() })?;
        let mut whole = vec![VERSION];
        whole.extend_from_slice(id);
        whole.extend_from_slice(&nonce);
        whole.extend_from_slice(&sealed);
        Ok(whole)
    }

    /// Opens what was sealed for the same.
    pub(crate) fn open(&self, sealed: &[u8], bound: &[u8]) -> Result<Vec<u8>, HubError> {
        let refused = || {
            HubError::Invalid(
                "stored credentials cannot be opened with secrets.key: give the key that sealed them (several may be \
                 given, one a line); nothing was changed"
                    .to_owned(),
            )
        };
        let rest = sealed.strip_prefix(&[VERSION]).ok_or_else(refused)?;
        let (id, rest) = rest.split_at_checked(KEY_ID).ok_or_else(refused)?;
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or_else(refused)?;
        let (_, cipher) = self.0.iter().find(|(known, _)| known == id).ok_or_else(refused)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| refused())?;
        cipher.decrypt(&XNonce::from(nonce), Payload { msg: text, aad: bound }).map_err(|_| refused())
    }

    /// Whether it was sealed by the key that seals now.
    pub(crate) fn is_current(&self, sealed: &[u8]) -> bool {
        let id = sealed.get(1..=KEY_ID);
        self.0.first().is_some_and(|(current, _)| id == Some(current.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> SecretString {
        text.repeat(40).into()
    }

    #[test]
    fn what_was_sealed_opens_only_for_whom_and_with_what_it_was_sealed() {
        let old = Keys::of(&[key("a")]).unwrap();
        let sealed = old.seal(b"token", b"acc_1/strava").unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"token"));
        assert_eq!(old.open(&sealed, b"acc_1/strava").unwrap(), b"token");
        assert!(old.open(&sealed, b"acc_2/strava").is_err(), "moved to another row");
        let both = Keys::of(&[key("b"), key("a")]).unwrap();
        assert_eq!(both.open(&sealed, b"acc_1/strava").unwrap(), b"token");
        assert!(!both.is_current(&sealed) && old.is_current(&sealed));
        let other = Keys::of(&[key("b")]).unwrap();
        assert!(other.open(&sealed, b"acc_1/strava").unwrap_err().to_string().contains("secrets.key"));
        let mut broken = sealed.clone();
        *broken.last_mut().unwrap() ^= 1;
        assert!(old.open(&broken, b"acc_1/strava").is_err());
        assert!(old.open(&sealed[..20], b"acc_1/strava").is_err());
        assert_ne!(old.seal(b"token", b"x").unwrap(), old.seal(b"token", b"x").unwrap());
        assert!(Keys::of(&["short".into()]).is_err());
    }
}
