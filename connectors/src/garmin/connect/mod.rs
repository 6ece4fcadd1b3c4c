//! Garmin Connect as its own phone app speaks to it. **Unofficial**: Garmin offers this way in to nobody, its terms do
//! not permit it outside the partner programme, and it may end any day. It is off unless the operator says that they
//! know, and it asks little: nothing is tried twice here, and no worker ever signs in.

mod call;
mod fetch;
mod list;
pub mod login;
mod map;
mod refresh;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod tokens;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Artifact, Channel, ExternalId, SourceSlug};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use self::call::{Origins, Told, as_app, judge_json};
use self::tokens::Extra;
use crate::http::{Answer, send};
use crate::registry::Settings;
use crate::{Connector, Cursor, Descriptor, Grant, Listing, Owner, Part, Range, Reply, Session, SourceError, Tokens};

pub use map::map_api;

/// The connector's name.
pub const NAME: &str = "garmin_connect";

/// Opens the connector.
///
/// # Errors
/// A sentence for the operator that names the key.
pub fn open(settings: &Settings) -> Result<Arc<dyn Connector>, String> {
    acknowledged(settings)?;
    let client = call::connect().map_err(|error| error.to_string())?;
    Ok(Arc::new(GarminConnect { descriptor: descriptor(), client, origins: Origins::of(settings)? }))
}

/// Whether the operator has said that they know what this is.
fn acknowledged(settings: &Settings) -> Result<(), String> {
    match settings.values.get("acknowledge_unofficial").map(|text| text.trim()) {
        Some("true") => Ok(()),
        _ => {
            Err("sources.garmin_connect.acknowledge_unofficial: this way into Garmin Connect is unofficial; Garmin's \
                  terms do not permit it outside the partner programme, it may stop working any day, and Garmin may \
                  lock an account that uses it: set it to true if you know and want that"
                .to_owned())
        }
    }
}

fn descriptor() -> Descriptor {
    Descriptor {
        connector: NAME,
        source: SourceSlug::GARMIN,
        channel: Channel::Api,
        official: false,
        parts: &[Part::Detail, Part::File, Part::Splits, Part::Zones],
        map: map_api,
        scopes: &[],
        hidden_scope: None,
    }
}

struct GarminConnect {
    descriptor: Descriptor,
    client: Client,
    origins: Origins,
}

impl GarminConnect {
    /// One call of the API with the session's token.
    async fn get(
        &self,
        session: &Session<'_>,
        path: &[&str],
        query: &[(&str, String)],
        longest: usize,
    ) -> Result<Answer, SourceError> {
        let tokens = session.tokens;
        let url = self.origins.api(Extra::of(tokens).region, path);
        let request = as_app(self.client.get(url)).query(query).bearer_auth(tokens.access.expose_secret());
        send(request, longest).await
    }

    async fn whose(&self, session: &Session<'_>) -> Result<Owner, SourceError> {
        let path = ["userprofile-service", "socialProfile"];
        let answer = self.get(session, &path, &[], crate::http::LONGEST_DOCUMENT).await?;
        let Told::Something(bytes) = judge_json(answer, session.tokens.access.expose_secret(), session.now)? else {
            return Err(SourceError::Contract("Garmin does not say whose the tokens are".to_owned()));
        };
        let profile: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let id = profile.get("profileId").and_then(super::archive::id);
        let external_id = id.ok_or_else(|| SourceError::Contract("Garmin's profile has no profileId".to_owned()))?;
        Ok(Owner { external_id })
    }
}

#[async_trait]
impl Connector for GarminConnect {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Garmin grants this to no other program: there is no page for it. See [`tokens`] and [`login`].
    fn authorize(&self, _redirect: &Url, _state: &str, _challenge: &str) -> Option<Url> {
        None
    }

    async fn exchange(&self, _code: &SecretString, _redirect: &Url, _verifier: &SecretString) -> Reply<Grant> {
        Reply::of(Err(SourceError::Contract(
            "Garmin Connect is not connected in a browser: use `datahub connect garmin`".to_owned(),
        )))
    }

    async fn refresh(&self, tokens: &Tokens) -> Reply<Tokens> {
        Reply::of(refresh::refresh(&self.client, &self.origins, tokens).await)
    }

    /// Garmin has no call for it: forgetting the tokens is all that can be done, and the refresh token ends within 30
    /// days.
    async fn revoke(&self, _tokens: &Tokens) -> Reply<()> {
        Reply::of(Ok(()))
    }

    async fn owner(&self, session: &Session<'_>) -> Reply<Owner> {
        Reply::of(self.whose(session).await)
    }

    async fn list(&self, session: &Session<'_>, range: Range, cursor: Option<&Cursor>) -> Reply<Listing> {
        Reply::of(list::list(self, session, range, cursor).await)
    }

    async fn fetch(&self, session: &Session<'_>, activity: &ExternalId, part: Part) -> Reply<Option<Artifact>> {
        Reply::of(fetch::fetch(self, session, activity, part).await)
    }

    fn children(&self, artifact: &Artifact) -> Vec<ExternalId> {
        fetch::children(artifact)
    }
}
