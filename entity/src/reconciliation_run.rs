//! One run of the engine that somebody asked for.

use sea_orm::entity::prelude::*;

/// A row of `reconciliation_run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reconciliation_run")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose activities; everybody's where empty.
    pub athlete_id: Option<Uuid>,
    /// Activities that begin at this instant or later.
    pub range_from: Option<i64>,
    /// Activities that begin before this instant.
    pub range_until: Option<i64>,
    /// How it stands.
    pub state: String,
    /// Who asked for it.
    pub requested_by: String,
    /// Why.
    pub reason: Option<String>,
    /// Records to look at.
    pub records_total: i64,
    /// Records looked at.
    pub records_done: i64,
    /// Activities that changed.
    pub activities_changed: i64,
    /// Activities that were merged away.
    pub merges: i64,
    /// Activities that came out of others.
    pub splits: i64,
    /// When it was asked for.
    pub created_at: i64,
    /// When it began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// When whoever runs it last said so.
    pub seen_at: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
