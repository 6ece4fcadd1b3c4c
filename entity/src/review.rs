//! A pair of records that waits for a person.

use sea_orm::entity::prelude::*;

/// A row of `review`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    /// Derived from the pair.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// The record with the smaller id.
    pub a: Uuid,
    /// The other.
    pub b: Uuid,
    /// Since when.
    pub created_at: i64,
    /// The judgement.
    pub document: String,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
