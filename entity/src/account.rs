//! One athlete's authorised account at one source, through one connector.

use sea_orm::entity::prelude::*;

/// A row of `account`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// Which source.
    pub source: String,
    /// Through which connector.
    pub connector: String,
    /// How it stands.
    pub state: String,
    /// The athlete's id there.
    pub external_athlete_id: Option<String>,
    /// What was granted, space separated.
    pub scopes: String,
    /// When it last worked.
    pub last_success_at: Option<i64>,
    /// When it was last tried.
    pub last_attempt_at: Option<i64>,
    /// When it is tried next.
    pub next_attempt_at: Option<i64>,
    /// How often it failed since.
    pub consecutive_failures: i32,
    /// How.
    pub last_error: Option<String>,
    /// How far its history was read.
    pub cursor: Option<String>,
    /// Since when.
    pub created_at: i64,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
