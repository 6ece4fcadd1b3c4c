//! Athletes' accounts at sources.

use sea_orm::entity::prelude::*;

/// One athlete's authorised account at one source.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// At which source.
    #[sea_orm(column_type = "Text")]
    pub source: String,
    /// Through which connector.
    #[sea_orm(column_type = "Text")]
    pub connector: String,
    /// The owner's id there.
    #[sea_orm(column_type = "Text")]
    pub external_athlete_id: String,
    /// How it stands.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// What a person should do.
    #[sea_orm(column_type = "Text", nullable)]
    pub state_reason: Option<String>,
    /// What was granted, space separated.
    #[sea_orm(column_type = "Text")]
    pub scopes: String,
    /// Where the last pull stopped.
    #[sea_orm(column_type = "Text", nullable)]
    pub cursor: Option<String>,
    /// Failures since the last success.
    pub consecutive_failures: i32,
    /// Last try.
    pub last_attempt_at: Option<DateTimeUtc>,
    /// Last success.
    pub last_success_at: Option<DateTimeUtc>,
    /// Next try.
    pub next_attempt_at: Option<DateTimeUtc>,
    /// What went wrong last.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// Since when.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
