//! A person's decision.

use sea_orm::entity::prelude::*;

/// A row of `ruling`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ruling")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose activities it is about.
    pub athlete_id: Uuid,
    /// `SAME`, `DIFFERENT` or `PIN`.
    pub kind: String,
    /// A record that is the same or different.
    pub a: Option<Uuid>,
    /// The other.
    pub b: Option<Uuid>,
    /// The activity whose field is pinned.
    pub activity_id: Option<Uuid>,
    /// The field.
    pub field: Option<String>,
    /// The decision, whole.
    pub document: String,
    /// Who decided.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: i64,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
