//! Rounds of asking a source.

use sea_orm::entity::prelude::*;

/// One round of asking a source for what changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_run")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which account.
    pub account_id: Uuid,
    /// How it stands.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Where it stopped.
    #[sea_orm(column_type = "Text", nullable)]
    pub cursor: Option<String>,
    /// Records that were not there.
    pub records_new: i64,
    /// Records that changed.
    pub records_updated: i64,
    /// Records that were there already.
    pub records_unchanged: i64,
    /// When it began.
    pub started_at: DateTimeUtc,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
    /// Why it failed.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
