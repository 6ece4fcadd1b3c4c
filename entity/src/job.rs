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
    /// `ready`, `running` or `dead`; what is done is gone.
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
    /// Grows with every claim.
    pub fence: i64,
    /// Asked for again while it ran.
    pub again: bool,
    /// Since when.
    pub created_at: i64,
    /// For which account.
    pub account_id: Option<Uuid>,
    /// For which athlete.
    pub athlete_id: Option<Uuid>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
