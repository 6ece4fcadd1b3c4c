//! Source records.

use sea_orm::entity::prelude::*;

/// What one channel of one source says about one activity.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source_record")]
pub struct Model {
    /// Derived from athlete, source, channel and external id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub athlete_id: Uuid,
    /// Which namespace its external id belongs to.
    #[sea_orm(column_type = "Text")]
    pub source: String,
    /// How it reached us.
    #[sea_orm(column_type = "Text")]
    pub channel: String,
    /// Its id in the source's own namespace.
    #[sea_orm(column_type = "Text")]
    pub external_id: String,
    /// Where a person can look at it.
    #[sea_orm(column_type = "Text", nullable)]
    pub url: Option<String>,
    /// When the hub first saw it.
    pub first_seen_at: DateTimeUtc,
    /// When its present content was fetched.
    pub fetched_at: DateTimeUtc,
    /// Grows by one whenever its content changed.
    pub revision: i32,
    /// The earliest start that it ever told.
    pub spans_from: DateTimeUtc,
    /// The latest end that it ever told.
    pub spans_until: DateTimeUtc,
    /// Whether that is longer than the engine's reach.
    pub is_wide: bool,
    /// Whether the engine has not yet seen its present revision.
    pub waits: bool,
    /// The activity that holds it.
    pub activity_id: Option<Uuid>,
    /// The id of the activity that it founds.
    #[sea_orm(unique)]
    pub founds: Uuid,
    /// Identity key: the original file.
    #[sea_orm(column_type = "Blob", nullable)]
    pub file_sha256: Option<Vec<u8>>,
    /// Identity key: the recording, by what its FIT file says of its making.
    #[sea_orm(column_type = "Text", nullable)]
    pub fit_key: Option<String>,
    /// Identity key: the record that it claims to be a copy of.
    #[sea_orm(column_type = "Text", nullable)]
    pub copy_of: Option<String>,
    /// Identity key: the record of the whole of which it is a leg.
    #[sea_orm(column_type = "Text", nullable)]
    pub leg_of: Option<String>,
    /// When the source stopped showing it.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub withdrawn_reason: Option<String>,
    /// Of its artifacts: the same digest is the same content.
    #[sea_orm(column_type = "Blob")]
    pub digest: Vec<u8>,
    /// Readings, fingerprints and the rest.
    #[sea_orm(column_type = "Text")]
    pub document: String,
}

impl ActiveModelBehavior for ActiveModel {}
