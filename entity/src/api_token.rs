//! Tokens that were issued.

use sea_orm::entity::prelude::*;

/// A token: enough to list and to revoke it, never to use it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// The token's `jti`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub jti: String,
    /// Its `sub`.
    #[sea_orm(column_type = "Text")]
    pub client_id: String,
    /// Its scopes, space separated.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// Its athletes: ids, space separated, or `*`.
    #[sea_orm(column_type = "Text")]
    pub athletes: String,
    /// When it was issued.
    pub issued_at: DateTimeUtc,
    /// When it ends.
    pub expires_at: DateTimeUtc,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
