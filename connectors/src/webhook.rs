//! Notifications: bytes in, facts out. Pure, and free of any HTTP framework.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::ExternalId;

use crate::{RawActivity, WebhookError};

/// A request to a webhook's address, as received.
#[derive(Debug, Clone)]
pub struct WebhookRequest {
    /// The parameters after the question mark.
    pub query: BTreeMap<String, String>,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, whole.
    pub body: Bytes,
}

/// What a notification says. All of it is hearsay until the source confirms it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// An activity was made or changed.
    Changed {
        /// Whose, by the source's id.
        owner: String,
        /// Which.
        activity: ExternalId,
    },
    /// The whole activity came with it.
    Delivered {
        /// Whose.
        owner: String,
        /// The activity, verbatim.
        activity: RawActivity,
    },
    /// An activity is said to be gone.
    Removed {
        /// Whose.
        owner: String,
        /// Which.
        activity: ExternalId,
    },
    /// The athlete is said to have withdrawn access.
    Deauthorized {
        /// Who.
        owner: String,
    },
}

/// A source's notifications.
pub trait Webhook: Send + Sync {
    /// The answer to a subscription's handshake (JSON), or `None` where the request is none.
    ///
    /// # Errors
    /// `Forged` for a wrong verify token, `Unreadable` for a challenge that cannot be echoed.
    fn handshake(&self, request: &WebhookRequest) -> Result<Option<Bytes>, WebhookError>;

    /// What a request says.
    ///
    /// # Errors
    /// `Forged` for a wrong subscription, `Unreadable` for a body that is no notification.
    fn receive(&self, request: &WebhookRequest) -> Result<Vec<Notification>, WebhookError>;
}
