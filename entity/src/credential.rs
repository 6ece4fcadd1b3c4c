//! Sealed credentials.

use sea_orm::entity::prelude::*;

/// What opens an account, encrypted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// Encrypted.
    #[sea_orm(column_type = "Blob")]
    pub sealed: Vec<u8>,
    /// Which key opens it.
    pub key_number: i32,
    /// When it ends.
    pub expires_at: Option<DateTimeUtc>,
    /// Last change.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
