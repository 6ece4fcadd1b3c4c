//! Grants and tokens.
//!
//! The `oauth2` library makes the address where a person grants. It cannot read the answers: Strava's refusals are not
//! those of RFC 6749, and a token's end is an instant and not a duration.

use std::borrow::Cow;

use chrono::DateTime;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, RedirectUrl, Scope};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::client::{Client, parse};
use super::{SCOPES, list};
use crate::{Grant, Owner, Reply, SourceError, Tokens};

/// Who granted.
#[derive(Deserialize)]
pub struct Athlete {
    #[serde(default)]
    id: Value,
}

impl Athlete {
    pub fn owner(&self) -> Option<Owner> {
        list::id_of(&self.id).map(|external_id| Owner { external_id })
    }
}

/// The answer of the token address.
#[derive(Deserialize)]
struct Answered {
    access_token: SecretString,
    refresh_token: Option<SecretString>,
    expires_at: Option<f64>,
    athlete: Option<Athlete>,
    scope: Option<String>,
}

impl Answered {
    fn tokens(self, before: Option<&Tokens>) -> Tokens {
        Tokens {
            access: self.access_token,
            refresh: self.refresh_token.or_else(|| before.and_then(|tokens| tokens.refresh.clone())),
            expires_at: self.expires_at.and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0)),
            extra: before.and_then(|tokens| tokens.extra.clone()),
        }
    }
}

/// Where a person grants access.
pub fn authorize(client: &Client, redirect: &Url, state: &str) -> Url {
    BasicClient::new(ClientId::new(client.id.clone()))
        .set_auth_uri(AuthUrl::from_url(client.sign_in_page("authorize")))
        .authorize_url(|| CsrfToken::new(state.to_owned()))
        .set_redirect_uri(Cow::Owned(RedirectUrl::from_url(redirect.clone())))
        // Strava separates scopes by commas, the standard by spaces.
        .add_scope(Scope::new(SCOPES.join(",")))
        .add_extra_param("approval_prompt", "auto")
        .url()
        .0
}

pub async fn exchange(client: &Client, code: &SecretString) -> Reply<Grant> {
    let form = [("grant_type", "authorization_code"), ("code", code.expose_secret())];
    token(client, form).await.read(|answer| {
        let answered: Answered = parse(&answer, "the grant")?;
        let owner = answered.athlete.as_ref().and_then(Athlete::owner);
        let scopes = answered.scope.iter().flat_map(|scope| scope.split([',', ' ']));
        let scopes = scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        Ok(Grant { tokens: answered.tokens(None), owner, scopes })
    })
}

pub async fn refresh(client: &Client, tokens: &Tokens) -> Reply<Tokens> {
    let Some(refresh) = &tokens.refresh else {
        return Reply::of(Err(SourceError::GrantDead("there is no refresh token".to_owned())));
    };
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose_secret())];
    token(client, form).await.read(|answer| {
        let answered: Answered = parse(&answer, "the fresh token")?;
        Ok(answered.tokens(Some(tokens)))
    })
}

async fn token(client: &Client, form: [(&str, &str); 2]) -> super::client::Heard {
    let [grant, proof] = form;
    let form = [("client_id", client.id.as_str()), ("client_secret", client.secret.expose_secret()), grant, proof];
    client.ask_as_application(client.sign_in("token").form(&form)).await
}

/// Gives a grant back: by the address of RFC 7009, which Strava has since June 2026, or where that is not there by the
/// old one, which ends in June 2027. A grant that is dead is given back.
pub async fn revoke(client: &Client, tokens: &Tokens) -> Reply<()> {
    let any = tokens.refresh.as_ref().unwrap_or(&tokens.access);
    let request = client
        .sign_in("revoke")
        .basic_auth(&client.id, Some(client.secret.expose_secret()))
        .form(&[("token", any.expose_secret())]);
    let mut reply = client.ask_as_application(request).await.read(|_| Ok(()));
    if reply.outcome == Err(SourceError::Gone) {
        let request = client.sign_in("deauthorize").bearer_auth(tokens.access.expose_secret());
        reply = client.ask_as_application(request).await.read(|_| Ok(()));
    }
    if matches!(reply.outcome, Err(SourceError::GrantDead(_))) {
        reply.outcome = Ok(());
    }
    reply
}
