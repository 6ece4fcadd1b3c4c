//! One change of a canonical activity.

use sea_orm::entity::prelude::*;

/// A row of `activity_revision`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_revision")]
pub struct Model {
    /// Its place among all changes: in the order in which they were committed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// Whose.
    pub athlete_id: Uuid,
    /// Which activity.
    pub activity_id: Uuid,
    /// The how-manieth of the activity.
    pub revision: i32,
    /// When.
    pub at: i64,
    /// Why.
    pub cause: String,
    /// On whose word.
    pub actor: String,
    /// The reason that was given.
    pub reason: Option<String>,
    /// How the activity stood after it.
    pub status: String,
    /// Whether the activity stands no longer: it was merged away, or nothing is left of it.
    pub gone: bool,
    /// The activity that holds its records since.
    pub merged_into: Option<Uuid>,
    /// The decision that it carries out.
    pub decision_id: Option<Uuid>,
    /// What changed; empty for the first, which walking back from the present tells.
    pub document: Option<String>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
