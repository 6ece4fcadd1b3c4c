//! What sources sent to our doors.

use sea_orm::entity::prelude::*;

/// One notification, verbatim.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// To which connector.
    #[sea_orm(column_type = "Text")]
    pub connector: String,
    /// Of the body: the same delivery twice is one row.
    #[sea_orm(column_type = "Blob")]
    pub digest: Vec<u8>,
    /// The body.
    #[sea_orm(column_type = "Blob")]
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: DateTimeUtc,
    /// When it was dealt with.
    pub handled_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
