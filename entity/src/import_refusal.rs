//! What imports refused.

use sea_orm::entity::prelude::*;

/// An entry that could not be taken in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_refusal")]
pub struct Model {
    /// The import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    /// Its place among the refused, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// Which entry.
    #[sea_orm(column_type = "Text")]
    pub entry: String,
    /// What is wrong.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Its bytes, where they were kept.
    pub artifact_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
