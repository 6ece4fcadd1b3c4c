//! How a connector stands.

use sea_orm::entity::prelude::*;

/// A row of `source_state`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source_state")]
pub struct Model {
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub connector: String,
    /// Calls ever made.
    pub calls: i64,
    /// No call before.
    pub next_call_at: i64,
    /// Nor before: the source said so.
    pub blocked_until: i64,
    /// Why the source switched the application off.
    pub suspended: Option<String>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
