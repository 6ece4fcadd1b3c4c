//! Why the records of an activity are one.

use sea_orm::entity::prelude::*;

/// A pair of records in one activity, and how it was judged.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "match_evidence")]
pub struct Model {
    /// The record with the smaller id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_a: Uuid,
    /// The other.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_b: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// The judgement.
    #[sea_orm(column_type = "Text")]
    pub document: String,
}

impl ActiveModelBehavior for ActiveModel {}
