//! Tokens that were issued: what is kept of them is enough to list and to revoke, never to use.

use chrono::{DateTime, Utc};

/// A token to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Its `jti`.
    pub jti: String,
    /// Its `sub`.
    pub client_id: String,
    /// Its scopes, space separated.
    pub scope: String,
    /// Its athletes: ids, space separated, or `*`.
    pub athletes: String,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A token as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// What was issued.
    pub token: NewToken,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}
