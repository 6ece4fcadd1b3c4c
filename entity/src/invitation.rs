//! A connection that a person was sent away for.

use sea_orm::entity::prelude::*;

/// A row of `invitation`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// Of the state that comes back.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
    /// For whom.
    pub athlete_id: Uuid,
    /// Which connector.
    pub connector: String,
    /// Where the answer comes.
    pub redirect: String,
    /// The PKCE verifier, encrypted.
    pub sealed: Vec<u8>,
    /// No longer than that.
    pub expires_at: i64,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
