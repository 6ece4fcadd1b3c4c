//! Canonical activities.

use sea_orm::entity::prelude::*;

/// A canonical activity: what lists filter and sort by as columns, the rest as one document.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity")]
pub struct Model {
    /// The id that its founding record gave it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub athlete_id: Uuid,
    /// What the hub made of its records.
    #[sea_orm(column_type = "Text")]
    pub status: String,
    /// When it began.
    pub start_at: DateTimeUtc,
    /// From start to end, in thousandths of a second.
    pub elapsed: i64,
    /// How far, in thousandths of a metre.
    pub distance: Option<i64>,
    /// Which sport.
    #[sea_orm(column_type = "Text")]
    pub sport: String,
    /// What the athlete calls it.
    #[sea_orm(column_type = "Text", nullable)]
    pub name: Option<String>,
    /// One bit for each grade of agreement that some field has.
    pub agreements: i32,
    /// Until when it waits for the leading source.
    pub window_closes_at: Option<DateTimeUtc>,
    /// The whole of which it is a leg.
    pub parent_id: Option<Uuid>,
    /// Grows by one with every change.
    pub revision: i32,
    /// When its founding record was first seen.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// Members and fields with all that is known of them.
    #[sea_orm(column_type = "Text")]
    pub document: String,
}

impl ActiveModelBehavior for ActiveModel {}
