//! Requests that are not to have their effect twice.

use sea_orm::entity::prelude::*;

/// A row of `idempotency_key`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// SHA-256 of whose key it is, and of the key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
    /// SHA-256 of what was asked with it.
    pub request: Vec<u8>,
    /// Since when it is worked on, or when that began.
    pub begun_at: i64,
    /// What was answered; absent while it is worked on.
    pub answer: Option<Vec<u8>>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
