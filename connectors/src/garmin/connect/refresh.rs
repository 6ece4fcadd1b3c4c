//! Fresh tokens for old ones. Never by a password: a worker has none, and a program that signs in by itself locks its
//! owner out.

use chrono::Duration;
use reqwest::Client;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::call::{Origins, as_app, date, is_page, retry_after};
use super::tokens::{self, Extra, Made, Region, SIGN_IN_AGAIN};
use crate::http::{Answer, LONGEST_DOCUMENT, send};
use crate::{SourceError, Tokens};

/// Renews tokens with the client id they were issued to. The answer's refresh token replaces the old one, which is
/// dead from then on.
///
/// # Errors
/// `GrantDead` where a person must sign in again, `LockedOut` where Garmin shuts the door for now, and what
/// [`issued`] says.
pub async fn refresh(client: &Client, origins: &Origins, tokens: &Tokens) -> Result<Tokens, SourceError> {
    let Extra { made, region } = Extra::of(tokens);
    let Made::Di { client_id } = made else {
        return Err(SourceError::GrantDead(format!("tokens of the old kind end and are not renewed: {SIGN_IN_AGAIN}")));
    };
    let Some(old) = &tokens.refresh else {
        return Err(SourceError::GrantDead(format!("there is no refresh token: {SIGN_IN_AGAIN}")));
    };
    let form =
        [("grant_type", "refresh_token"), ("client_id", client_id.as_str()), ("refresh_token", old.expose_secret())];
    let request = as_app(client.post(origins.token(region))).basic_auth(&client_id, Some("")).form(&form);
    let answer = send(request, LONGEST_DOCUMENT).await?;
    let fresh = issued(&answer, &client_id, region)?.ok_or_else(|| {
        SourceError::GrantDead(format!(
            "Garmin does not renew the tokens any more; another program may have renewed them, or they are older than 30 days: {SIGN_IN_AGAIN}"
        ))
    })?;
    // An answer without a refresh token leaves the old one in force.
    Ok(Tokens { refresh: fresh.refresh.or_else(|| tokens.refresh.clone()), ..fresh })
}

/// The tokens in an answer of the token endpoint; `None` where it refuses what was given for them.
///
/// # Errors
/// `RateLimited`, `LockedOut` for a challenge, `Unavailable`, `Contract` for tokens without a token.
pub fn issued(answer: &Answer, client_id: &str, region: Region) -> Result<Option<Tokens>, SourceError> {
    // Nobody tells the time here: the answer's own date has to do.
    let now = date(&answer.headers);
    let body = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    match answer.status.as_u16() {
        429 => Err(SourceError::RateLimited { until: now.and_then(|now| retry_after(&answer.headers, now)) }),
        500..=599 => Err(SourceError::Unavailable(format!(
            "Garmin's token service has trouble of its own ({})",
            answer.status.as_u16()
        ))),
        _ if is_page(answer) => Err(SourceError::LockedOut(format!(
            "its bot protection stands before the token service; if it still does tomorrow, {SIGN_IN_AGAIN}"
        ))),
        200..=299 if answer.body.is_empty() => {
            Err(SourceError::Unavailable("Garmin's token service answered nothing".to_owned()))
        }
        200..=299 => {
            let text =
                |key: &str| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
            let access = text("access_token").ok_or_else(|| {
                SourceError::Contract("Garmin's token service answered without an access token".to_owned())
            })?;
            let mut tokens = tokens::di(access, text("refresh_token"), client_id.to_owned(), region);
            let lifetime =
                body.get("expires_in").and_then(Value::as_i64).filter(|seconds| (1..=31_536_000).contains(seconds));
            tokens.expires_at = tokens.expires_at.or_else(|| Some(now? + Duration::seconds(lifetime?)));
            Ok(Some(tokens))
        }
        400 | 401 => Ok(None),
        403 => Err(SourceError::LockedOut(format!("it refuses to renew tokens from here (403): {SIGN_IN_AGAIN}"))),
        status => Err(SourceError::Contract(format!("Garmin's token service answered {status}"))),
    }
}
