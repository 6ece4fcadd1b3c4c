//! The durable queue.

use sea_orm::entity::prelude::*;

/// A piece of background work.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which queue.
    #[sea_orm(column_type = "Text")]
    pub queue: String,
    /// At most one live job a queue and key.
    #[sea_orm(column_type = "Text")]
    pub dedupe: String,
    /// What to do.
    #[sea_orm(column_type = "Text")]
    pub document: String,
    /// `ready`, `running`, `done` or `dead`.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Larger goes first.
    pub priority: i32,
    /// How often it was tried.
    pub attempt: i32,
    /// How often it may be.
    pub max_attempts: i32,
    /// Not before.
    pub run_at: DateTimeUtc,
    /// Until when its worker holds it.
    pub lease_until: Option<DateTimeUtc>,
    /// Who holds it.
    #[sea_orm(column_type = "Text", nullable)]
    pub worker: Option<String>,
    /// What went wrong last.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
