//! Notifications as received.

use entity::webhook_delivery::{Column, Entity};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

/// A notification's body.
pub(crate) async fn body(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Vec<u8>>, DbErr> {
    Ok(Entity::find_by_id(id).one(connection).await?.map(|row| row.body))
}

/// Removes what was received before an instant, in microseconds.
pub(crate) async fn expire(connection: &impl ConnectionTrait, before: i64) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::ReceivedAt.lt(before)).exec(connection).await.map(drop)
}

/// Removes what was received for an account.
pub(crate) async fn forget(connection: &impl ConnectionTrait, account: Uuid) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::AccountId.eq(account)).exec(connection).await.map(drop)
}
