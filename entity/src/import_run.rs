//! One archive or file brought in.

use sea_orm::entity::prelude::*;

/// A row of `import_run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_run")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// What was given: its last path component.
    pub filename: String,
    /// How it stands.
    pub state: String,
    /// Entries to come, where known.
    pub entries_total: Option<i64>,
    /// Entries done.
    pub entries_done: i64,
    /// Records that were not there.
    pub records_new: i64,
    /// Records that changed.
    pub records_updated: i64,
    /// Records that were there already.
    pub records_unchanged: i64,
    /// When it began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
    /// When whoever runs it last said so.
    pub seen_at: Option<i64>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
