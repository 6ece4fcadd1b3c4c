//! People's decisions.

use sea_orm::entity::prelude::*;

/// A person's decision.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ruling")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose activities it is about.
    pub athlete_id: Uuid,
    /// What was decided, as a document.
    #[sea_orm(column_type = "Text")]
    pub decision: String,
    /// Who decided.
    #[sea_orm(column_type = "Text")]
    pub actor: String,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
