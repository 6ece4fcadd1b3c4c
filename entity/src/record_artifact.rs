//! Which artifacts a record was read from.

use sea_orm::entity::prelude::*;

/// One of a record's artifacts.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_artifact")]
pub struct Model {
    /// The record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: Uuid,
    /// What the artifact is; a record has one of each kind.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub kind: String,
    /// The artifact.
    pub artifact_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
