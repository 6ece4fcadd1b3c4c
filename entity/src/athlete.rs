//! An athlete.

use sea_orm::entity::prelude::*;

/// A row of `athlete`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "athlete")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The name; unique.
    pub display_name: String,
    /// Since when.
    pub created_at: i64,
    /// Grows whenever a record or a ruling of the athlete changes.
    pub generation: i64,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
