//! Who asks: the bearer token of the one Authorization header. Tokens in addresses, bodies and cookies do not count.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

use super::problem::Problem;
use crate::auth::{Principal, TokenError};
use crate::boot::App;

/// Why nobody is known to ask.
#[derive(Debug)]
pub enum Stranger {
    /// No token, or none that counts.
    Unauthenticated(String),
    /// Whether it was revoked cannot be told.
    Unavailable,
}

/// Who asks.
///
/// # Errors
/// Nobody that is known.
pub async fn principal(app: &App, headers: &HeaderMap) -> Result<Principal, Stranger> {
    let refused = |text: &str| Stranger::Unauthenticated(text.to_owned());
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
        return Err(refused("Send one header `Authorization: Bearer TOKEN`; `datahub token issue` makes a token."));
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, token)| token)
        .ok_or_else(|| refused("The Authorization header is not of the form `Bearer TOKEN`."))?;
    let now = app.hub.clock().now();
    let principal = app.auth.verify(token, now).await.map_err(|error| refused(&error.to_string()))?;
    match app.revocations.contain(&app.hub, &principal.jti).await {
        Ok(false) => Ok(principal),
        Ok(true) => Err(refused(&TokenError::Revoked.to_string())),
        Err(error) => {
            tracing::error!(%error, "revoked tokens could not be read");
            Err(Stranger::Unavailable)
        }
    }
}

/// The challenge that goes with a refusal.
pub const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"datahub\"");

impl From<Stranger> for Problem {
    fn from(stranger: Stranger) -> Self {
        match stranger {
            Stranger::Unauthenticated(detail) => {
                Self::new(StatusCode::UNAUTHORIZED, detail).with(header::WWW_AUTHENTICATE, CHALLENGE)
            }
            Stranger::Unavailable => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "The hub cannot answer this now; try again in a moment.")
                    .with(header::RETRY_AFTER, HeaderValue::from_static("5"))
            }
        }
    }
}
