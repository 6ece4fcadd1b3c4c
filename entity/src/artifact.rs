//! Artifacts.

use sea_orm::entity::prelude::*;

/// Bytes as one athlete holds them, and where they are.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "artifact")]
pub struct Model {
    /// Derived from the athlete and the content.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// The digest of the bytes, uncompressed.
    #[sea_orm(column_type = "Blob")]
    pub sha256: Vec<u8>,
    /// What they are.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Who gave them.
    #[sea_orm(column_type = "Text")]
    pub source: String,
    /// How many, uncompressed.
    pub size_bytes: i64,
    /// Their document type.
    #[sea_orm(column_type = "Text")]
    pub content_type: String,
    /// The name they had.
    #[sea_orm(column_type = "Text", nullable)]
    pub filename: Option<String>,
    /// When they were received.
    pub fetched_at: DateTimeUtc,
    /// The object that holds them.
    #[sea_orm(column_type = "Text")]
    pub object: String,
    /// Where in it they begin.
    pub offset_bytes: i64,
    /// How many bytes they take there.
    pub stored_bytes: i64,
    /// How they are encoded there.
    #[sea_orm(column_type = "Text")]
    pub encoding: String,
}

impl ActiveModelBehavior for ActiveModel {}
