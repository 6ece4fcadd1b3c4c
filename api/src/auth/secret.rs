//! The secret behind our own tokens and links: given, or made on first start.

use secrecy::{ExposeSecret as _, SecretString};

use super::AuthError;
use crate::{config, secret};

/// Fewer bytes make a key that can be guessed (RFC 7518 §3.2 asks for as many as the hash has).
const LEAST_BYTES: usize = 32;

/// The secret that was given, or the one that is kept, or a new one.
pub(super) fn open(config: &config::Auth) -> Result<SecretString, AuthError> {
    let secret = match &config.secret {
        Some(secret) => secret.clone(),
        None => secret::kept(&config.made_at)
            .map_err(|cause| AuthError::SecretFile { path: config.made_at.display().to_string(), cause })?,
    };
    if secret.expose_secret().len() < LEAST_BYTES {
        return Err(AuthError::ShortSecret { least: LEAST_BYTES });
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_is_refused() {
        let config = config::Auth {
            secret: Some("x".repeat(31).into()),
            made_at: "unused".into(),
            issuer: "datahub".to_owned(),
            audience: "datahub".to_owned(),
            jwks: None,
        };
        assert!(matches!(open(&config), Err(AuthError::ShortSecret { .. })));
        assert!(open(&config::Auth { secret: Some("x".repeat(32).into()), ..config }).is_ok());
    }
}
