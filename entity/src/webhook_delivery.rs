//! A notification as received.

use sea_orm::entity::prelude::*;

/// A row of `webhook_delivery`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who sent it.
    pub source: String,
    /// Of its body: the same twice is one.
    pub digest: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
    /// When.
    pub received_at: i64,
    /// The first account that it is for.
    pub account_id: Option<Uuid>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
