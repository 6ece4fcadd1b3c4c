//! An account's secrets, encrypted.

use sea_orm::entity::prelude::*;

/// A row of `credential`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The secrets, bound to their account.
    pub sealed: Vec<u8>,
    /// When the access token ends.
    pub expires_at: Option<i64>,
    /// Grows with every rotation.
    pub version: i64,
    /// Who refreshes them.
    pub holder: Option<String>,
    /// Until when.
    pub held_until: i64,
    /// Refreshes begun since the last that was kept.
    pub begun: i64,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
