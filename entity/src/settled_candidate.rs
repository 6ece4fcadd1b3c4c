//! A pair of records that waited for a person and waits no longer.

use sea_orm::entity::prelude::*;

/// A row of `settled_candidate`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "settled_candidate")]
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
    /// Since when it waited.
    pub created_at: i64,
    /// The judgement.
    pub document: String,
    /// `SAME`, `DIFFERENT` or `EXPIRED`.
    pub decision: String,
    /// Since when it waits no longer.
    pub decided_at: i64,
    /// Who decided; nobody where it settled itself.
    pub decided_by: Option<String>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
