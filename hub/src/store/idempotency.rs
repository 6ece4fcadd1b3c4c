//! Requests that are not to have their effect twice.

use entity::idempotency_key::{Column, Entity, Model};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Value};

use super::bulk;

/// Takes a key for a request. Whether it was free.
pub(crate) async fn take(
    connection: &impl ConnectionTrait,
    digest: &[u8],
    request: &[u8],
    begun_at: i64,
) -> Result<bool, DbErr> {
    let row = vec![Value::from(digest.to_vec()), Value::from(request.to_vec()), Value::from(begun_at)];
    let columns = ["digest", "request", "begun_at"];
    let taken = bulk::insert(connection, "idempotency_key", &columns, vec![row], "(digest) DO NOTHING").await?;
    Ok(taken == 1)
}

/// Who has a key.
pub(crate) async fn holder(connection: &impl ConnectionTrait, digest: &[u8]) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(digest.to_vec()).one(connection).await
}

/// Keeps the answer to the request that took a key then. One that took it over since is left alone.
pub(crate) async fn answer(
    connection: &impl ConnectionTrait,
    digest: &[u8],
    begun_at: i64,
    answer: &[u8],
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Answer, Expr::value(answer.to_vec()))
        .filter(Column::Digest.eq(digest.to_vec()))
        .filter(Column::BegunAt.eq(begun_at))
        .exec(connection)
        .await
        .map(drop)
}

/// Lets a key go that was taken then.
pub(crate) async fn release(connection: &impl ConnectionTrait, digest: &[u8], begun_at: i64) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::Digest.eq(digest.to_vec()))
        .filter(Column::BegunAt.eq(begun_at))
        .exec(connection)
        .await
        .map(drop)
}

/// Lets every key go that was taken before an instant, in microseconds.
pub(crate) async fn expire(connection: &impl ConnectionTrait, before: i64) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::BegunAt.lt(before)).exec(connection).await.map(drop)
}

/// Forgets every answer. Who is at work keeps its key.
pub(crate) async fn forget(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Answer.is_not_null()).exec(connection).await.map(drop)
}
