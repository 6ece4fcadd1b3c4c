//! Athletes.

use sea_orm::entity::prelude::*;

/// An athlete.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "athlete")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The name; no two athletes share one.
    #[sea_orm(column_type = "Text", unique)]
    pub display_name: String,
    /// Grows with every change of what the athlete holds.
    pub generation: i64,
    /// Since when.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
