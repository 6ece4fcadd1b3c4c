//! A canonical activity.

use sea_orm::entity::prelude::*;

/// A row of `activity`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity")]
pub struct Model {
    /// The id that its founder gave it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub athlete_id: Uuid,
    /// What the hub made of it.
    pub status: String,
    /// Until when it waits for the leading source.
    pub window_closes_at: Option<i64>,
    /// When it began.
    pub start_at: i64,
    /// Thousandths of a second from start to end.
    pub elapsed: i64,
    /// Millimetres; -1 where it has none.
    pub distance: i64,
    /// Which sport.
    pub sport: String,
    /// Its name.
    pub name: Option<String>,
    /// One bit a grade of agreement that some field has.
    pub agreements: i32,
    /// The whole of which it is a leg.
    pub parent_id: Option<Uuid>,
    /// Grows by one with every change.
    pub revision: i32,
    /// Since when.
    pub created_at: i64,
    /// Last change.
    pub updated_at: i64,
    /// Members and fields, with their provenance.
    pub document: String,
    /// Thousandths of a second from UTC to its local time.
    pub utc_offset: Option<i64>,
    /// Thousandths of a second in motion.
    pub moving: Option<i64>,
    /// Millimetres upwards.
    pub gain: Option<i64>,
    /// Thousandths of a kilocalorie.
    pub energy: Option<i64>,
}

/// Rows are joined by what is asked of them, not by declared relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
