//! A piece of durable work.

use sea_orm::entity::prelude::*;

/// A row of `job`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which queue.
    pub queue: String,
    /// At most one live job of a queue has it.
    pub dedupe: Option<String>,
    /// What to do.
    pub payload: String,
    /// `ready`, `running`, `done` or `dead`.
    pub state: String,
    /// The larger first.
    pub priority: i32,
    /// How often it was tried.
    pub attempt: i32,
    /// How often it may be.
    pub max_attempts: i32,
    /// Not before.
    pub run_at: i64,
    /// Until when its worker holds it.
    pub lease_until: Option<i64>,
    /// Who holds it.
    pub worker: Option<String>,
    /// How it last failed.
    pub error: Option<String>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
