//! Strava's notifications. They are unsigned, may come twice, late, in any order or never, and say little: what
//! happened to which activity of whom.

use bytes::Bytes;
use domain::ExternalId;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::list::id_of;
use crate::{Notification, Webhook, WebhookError, WebhookRequest};

/// The longest challenge that is echoed; Strava's have 32 characters.
const LONGEST_CHALLENGE: usize = 256;

/// What notifications are held against.
#[derive(Debug)]
pub struct Hook {
    /// What Strava must say in the handshake.
    pub verify_token: Option<SecretString>,
    /// The subscription's number. Before it is known nothing can be told from a forgery.
    pub subscription: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    object_type: String,
    #[serde(default)]
    aspect_type: String,
    #[serde(default)]
    object_id: Value,
    #[serde(default)]
    owner_id: Value,
    #[serde(default)]
    subscription_id: Value,
    updates: Option<Map<String, Value>>,
}

impl Event {
    /// Whether an athlete has withdrawn access: `"false"`, and once `false` itself.
    fn withdraws(&self) -> bool {
        let authorized = self.updates.as_ref().and_then(|updates| updates.get("authorized"));
        self.aspect_type == "delete"
            || matches!(authorized, Some(Value::Bool(false)))
            || authorized.and_then(Value::as_str).is_some_and(|word| word.eq_ignore_ascii_case("false"))
    }
}

impl Webhook for Hook {
    fn handshake(&self, request: &WebhookRequest) -> Result<Option<Bytes>, WebhookError> {
        let parameter = |name: &str| request.query.get(name).map(String::as_str);
        let Some(challenge) = parameter("hub.challenge") else { return Ok(None) };
        let expected = self.verify_token.as_ref().ok_or(WebhookError::Forged)?;
        let given = parameter("hub.verify_token").unwrap_or_default();
        if parameter("hub.mode") != Some("subscribe") || !same(expected.expose_secret(), given) {
            return Err(WebhookError::Forged);
        }
        if challenge.len() > LONGEST_CHALLENGE || !challenge.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(WebhookError::Unreadable);
        }
        Ok(Some(Bytes::from(json!({ "hub.challenge": challenge }).to_string())))
    }

    fn receive(&self, request: &WebhookRequest) -> Result<Vec<Notification>, WebhookError> {
        let event: Event = serde_json::from_slice(&request.body).map_err(|_| WebhookError::Unreadable)?;
        let subscription = id_of(&event.subscription_id);
        if subscription.is_none() || subscription != self.subscription {
            return Err(WebhookError::Forged);
        }
        let owner = id_of(&event.owner_id).ok_or(WebhookError::Unreadable)?;
        let activity = || id_of(&event.object_id).map(ExternalId::new).ok_or(WebhookError::Unreadable);
        Ok(match (event.object_type.as_str(), event.aspect_type.as_str()) {
            ("activity", "delete") => vec![Notification::Removed { owner, activity: activity()? }],
            ("activity", _) => vec![Notification::Changed { owner, activity: activity()? }],
            ("athlete", _) if event.withdraws() => vec![Notification::Deauthorized { owner }],
            // What we have no use for, and what there may be some day.
            _ => Vec::new(),
        })
    }
}

/// Whether two texts are the same, in a time that says nothing of where they differ: their digests are compared.
fn same(a: &str, b: &str) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}
