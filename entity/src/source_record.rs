//! What one channel of one source says about one activity.

use sea_orm::entity::prelude::*;

/// A row of `source_record`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source_record")]
pub struct Model {
    /// Derived from athlete, source, channel and external id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// Which source.
    pub source: String,
    /// By which channel.
    pub channel: String,
    /// Its id in the source's namespace.
    pub external_id: String,
    /// When the hub first saw it.
    pub first_seen_at: i64,
    /// When its present content was fetched.
    pub fetched_at: i64,
    /// Grows by one with its content.
    pub revision: i32,
    /// The earliest start that it ever told.
    pub spans_from: i64,
    /// The latest end that it ever told.
    pub spans_until: i64,
    /// Whether it spans more than two days.
    pub is_wide: bool,
    /// Of its artifacts and the mappings that read them.
    pub digest: Vec<u8>,
    /// Whether it waits for the engine.
    pub waits: bool,
    /// Whether it is only kept, and the engine does not look at it.
    pub is_held: bool,
    /// The activity that holds it.
    pub activity_id: Option<Uuid>,
    /// The id of the activity that it founds, if it does.
    pub founds: Uuid,
    /// One bit an artifact kind.
    pub artifact_kinds: i32,
    /// Its original file.
    pub file_sha256: Option<Vec<u8>>,
    /// What its FIT file says of its making.
    pub fit_key: Option<String>,
    /// The record that it claims to be a copy of, as `source/id`.
    pub lineage_key: Option<String>,
    /// The whole of which it is a leg.
    pub parent_external_id: Option<String>,
    /// When its source stopped showing it.
    pub withdrawn_at: Option<i64>,
    /// All else that it says.
    pub document: String,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
