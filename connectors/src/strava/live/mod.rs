//! Strava's API: what it is asked, how it answers, and what its notifications say.

mod client;
mod fault;
mod limit;
mod lineage;
mod list;
mod map;
mod oauth;
mod part;
mod push;
mod webhook;

use async_trait::async_trait;
use domain::{Artifact, Channel, ExternalId, SourceSlug};
use secrecy::SecretString;
use url::Url;

use crate::registry::Settings;
use crate::{
    Connector, Cursor, Descriptor, Grant, Listing, Owner, Part, Range, Reply, Session, SourceError, Tokens, Webhook,
};

use client::Client;
use webhook::Hook;

pub use map::map_api;
pub use push::Subscription;

/// Its name: the section of the configuration.
pub const NAME: &str = "strava";

/// Where the API is, unless the configuration says otherwise.
const API_BASE: &str = "https://www.strava.com/api/v3";
/// Where sign-in is, unless the configuration says otherwise.
const OAUTH_BASE: &str = "https://www.strava.com/oauth";

/// What to ask an athlete for. Both kinds of `activity`: where a person unticks private activities and only
/// `activity:read_all` was asked for, no notification comes at all.
const SCOPES: [&str; 4] = ["read", "activity:read", "activity:read_all", "profile:read_all"];

/// In the order of their worth: the detail says most, laps and zones least.
const PARTS: [Part; 4] = [Part::Detail, Part::Streams, Part::Laps, Part::Zones];

const DESCRIPTOR: Descriptor = Descriptor {
    connector: NAME,
    source: SourceSlug::STRAVA,
    channel: Channel::Api,
    official: true,
    parts: &PARTS,
    map: map_api,
    scopes: &SCOPES,
    hidden_scope: Some("activity:read_all"),
};

/// Strava, asked through its API by one application.
#[derive(Debug)]
pub struct Strava {
    descriptor: Descriptor,
    client: Client,
    hook: Hook,
}

impl Strava {
    /// With these settings: `client_id` and `client_secret` of the application, and where they differ from the
    /// defaults `api_base` and `oauth_base`; for notifications `webhook_verify_token` and `subscription_id`.
    ///
    /// # Errors
    /// A sentence for the operator that names the key.
    pub fn open(settings: &Settings) -> Result<Self, String> {
        let base = |key: &str, default: &str| {
            let text = settings.values.get(key).map_or(default, String::as_str);
            crate::http::base(text).map_err(|problem| format!("sources.{NAME}.{key}: {problem}"))
        };
        let missing = |key: &str| {
            format!(
                "sources.{NAME}.{key} is not set: it stands at https://www.strava.com/settings/api, once you have made an application there"
            )
        };
        let client_id = settings.values.get("client_id").filter(|id| !id.is_empty());
        Ok(Self {
            descriptor: DESCRIPTOR,
            client: Client::new(
                base("api_base", API_BASE)?,
                base("oauth_base", OAUTH_BASE)?,
                client_id.ok_or_else(|| missing("client_id"))?.clone(),
                settings.secrets.get("client_secret").ok_or_else(|| missing("client_secret"))?.clone(),
            )?,
            hook: Hook {
                verify_token: settings.secrets.get("webhook_verify_token").cloned(),
                subscription: settings.values.get("subscription_id").cloned(),
            },
        })
    }
}

#[async_trait]
impl Connector for Strava {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Strava has no PKCE.
    fn authorize(&self, redirect: &Url, state: &str, _challenge: &str) -> Option<Url> {
        Some(oauth::authorize(&self.client, redirect, state))
    }

    async fn exchange(&self, code: &SecretString, _redirect: &Url, _verifier: &SecretString) -> Reply<Grant> {
        oauth::exchange(&self.client, code).await
    }

    async fn refresh(&self, tokens: &Tokens) -> Reply<Tokens> {
        oauth::refresh(&self.client, tokens).await
    }

    /// Two calls where only the old way to give a grant back is there; neither is counted by Strava.
    async fn revoke(&self, tokens: &Tokens) -> Reply<()> {
        oauth::revoke(&self.client, tokens).await
    }

    async fn owner(&self, session: &Session<'_>) -> Reply<Owner> {
        let request = self.client.get(&["athlete"], session.tokens);
        self.client.ask(request, session.now).await.read(|answer| {
            let athlete: oauth::Athlete = client::parse(&answer, "the athlete")?;
            athlete.owner().ok_or_else(|| SourceError::Contract("the athlete has no id".to_owned()))
        })
    }

    async fn list(&self, session: &Session<'_>, range: Range, cursor: Option<&Cursor>) -> Reply<Listing> {
        list::page(&self.client, session, range, cursor).await
    }

    async fn fetch(&self, session: &Session<'_>, activity: &ExternalId, part: Part) -> Reply<Option<Artifact>> {
        part::fetch(&self.client, session, activity, part).await
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        Some(&self.hook)
    }
}
