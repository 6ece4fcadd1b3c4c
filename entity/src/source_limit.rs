//! One limit on a connector's calls, and what is used of it.

use sea_orm::entity::prelude::*;

/// A row of `source_limit`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source_limit")]
pub struct Model {
    /// Which connector.
    #[sea_orm(primary_key, auto_increment = false)]
    pub connector: String,
    /// `all`, `reads` or `own`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// The window's length in seconds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub window_s: i64,
    /// When the window that is counted began, in seconds since 1970.
    pub window_start: i64,
    /// Calls allowed in a window.
    pub allowed: i64,
    /// Calls made in the one that is counted.
    pub used: i64,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
