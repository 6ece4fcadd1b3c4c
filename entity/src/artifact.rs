//! Bytes as one athlete holds them.

use sea_orm::entity::prelude::*;

/// A row of `artifact`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "artifact")]
pub struct Model {
    /// Derived from athlete and content.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// SHA-256 of the uncompressed bytes.
    pub sha256: Vec<u8>,
    /// What they are.
    pub kind: String,
    /// Who gave them.
    pub source: String,
    /// How many, uncompressed.
    pub size_bytes: i64,
    /// Their document type.
    pub content_type: String,
    /// The name they had.
    pub filename: Option<String>,
    /// When they were received.
    pub fetched_at: i64,
    /// The record that was read from them; empty for bytes that were only kept.
    pub record_id: Option<Uuid>,
    /// The object that holds them.
    pub object: String,
    /// Where in it they begin.
    pub object_offset: i64,
    /// How many bytes they take there.
    pub stored_bytes: i64,
    /// `plain` or `zstd`.
    pub encoding: String,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
