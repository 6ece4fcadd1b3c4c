//! An entry that an import could not take in.

use sea_orm::entity::prelude::*;

/// A row of `import_refusal`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_refusal")]
pub struct Model {
    /// Which import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    /// The how-manieth of it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// Which entry.
    pub entry: String,
    /// What is wrong with it.
    pub reason: String,
    /// Its bytes, where they were kept.
    pub artifact_id: Option<Uuid>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
