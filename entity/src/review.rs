//! Pairs of records that wait for a person.

use sea_orm::entity::prelude::*;

/// A pair that waits.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    /// Derived from the pair.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// The record with the smaller id.
    pub record_a: Uuid,
    /// The other.
    pub record_b: Uuid,
    /// Since when both are known.
    pub created_at: DateTimeUtc,
    /// The judgement.
    #[sea_orm(column_type = "Text")]
    pub document: String,
}

impl ActiveModelBehavior for ActiveModel {}
