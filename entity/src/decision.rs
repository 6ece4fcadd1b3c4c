//! What a person decided, as one deed.

use sea_orm::entity::prelude::*;

/// A row of `decision`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose activities it is about.
    pub athlete_id: Uuid,
    /// What kind of deed.
    pub kind: String,
    /// Who decided.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: i64,
    /// The decision that it takes back.
    pub undoes: Option<Uuid>,
    /// The decision that took it back.
    pub undone_by: Option<Uuid>,
    /// The rulings that it added and those that it removed, whole.
    pub document: String,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
