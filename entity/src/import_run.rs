//! Account exports and files brought in.

use sea_orm::entity::prelude::*;

/// One archive or file brought in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_run")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// What was given.
    #[sea_orm(column_type = "Text")]
    pub filename: String,
    /// How it stands.
    #[sea_orm(column_type = "Text")]
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
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
    /// Why it failed.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
