//! Who asks, and what they may see.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use hub::{Athletes, Hub, View};

use super::Scope;

/// Who a verified token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The token's `sub`.
    pub client_id: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// About whom.
    pub athletes: Athletes,
    /// The token's `jti`.
    pub jti: String,
    /// When the token ends.
    pub expires_at: DateTime<Utc>,
}

/// The token lacks a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This needs a token with the scope {0}.")]
pub struct Forbidden(pub Scope);

impl Principal {
    /// Whether the token carries the scope.
    ///
    /// # Errors
    /// It does not.
    pub fn may(&self, scope: Scope) -> Result<(), Forbidden> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(Forbidden(scope)) }
    }

    /// What the token's athletes hold: the one way to a view.
    ///
    /// # Errors
    /// The token does not carry the scope.
    pub fn view(&self, hub: &Hub, scope: Scope) -> Result<View, Forbidden> {
        self.may(scope).map(|()| hub.view(self.athletes.clone()))
    }
}
