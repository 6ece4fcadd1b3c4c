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
    /// Not used: `backfill` says how far its history was read.
    pub cursor: Option<String>,
    /// Since when.
    pub created_at: i64,
    /// What a person should do.
    pub reason: Option<String>,
    /// How far its history was read.
    pub backfill: Option<String>,
    /// The number of its connector's call that was its last.
    pub turn: i64,
    /// Nothing of it is worked on before.
    pub not_before: i64,
    /// When the last round that was read to its end began.
    pub polled_at: Option<i64>,
    /// When the last sweep of its recent history began.
    pub swept_at: Option<i64>,
    /// When the last sweep of its whole history began.
    pub swept_whole_at: Option<i64>,
    /// The hour, since 1970, in which notifications last caused calls.
    pub notified_hour: i64,
    /// How many in that hour.
    pub notified_calls: i64,
    /// Unexpected answers in a row.
    pub surprises: i64,
    /// The last cool-down, in seconds.
    pub cooldown_s: i64,
    /// The day since 1970 for which it is counted how often clients asked for it.
    pub asked_day: i64,
    /// How often.
    pub asked: i64,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
