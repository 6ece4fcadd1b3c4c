//! What a source allows, and what is used of it.

use domain::AccountId;
use entity::{source_limit, source_state};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Value};

use super::bulk;

/// One limit as kept.
pub(crate) use entity::source_limit::Model as Limit;
/// A connector's state as kept.
pub(crate) use entity::source_state::Model as State;

/// A connector's state and limits.
pub(crate) async fn read(
    connection: &impl ConnectionTrait,
    connector: &str,
) -> Result<(Option<State>, Vec<Limit>), DbErr> {
    let state = source_state::Entity::find_by_id(connector).one(connection).await?;
    let limits = source_limit::Entity::find()
        .filter(source_limit::Column::Connector.eq(connector))
        .order_by_asc(source_limit::Column::WindowS)
        .all(connection)
        .await?;
    Ok((state, limits))
}

/// Counts a call; its row stays locked until the transaction ends, so that all calls of a connector follow each other.
pub(crate) async fn count(connection: &impl ConnectionTrait, connector: &str) -> Result<(), DbErr> {
    let row = vec![Value::from(connector), Value::from(1_i64), Value::from(0_i64), Value::from(0_i64)];
    let conflict = "(connector) DO UPDATE SET calls = source_state.calls + 1";
    let columns = ["connector", "calls", "next_call_at", "blocked_until"];
    bulk::insert(connection, "source_state", &columns, vec![row], conflict).await.map(drop)
}

/// Takes a counted call back; the row stays locked as in [`count`].
pub(crate) async fn uncount(connection: &impl ConnectionTrait, connector: &str) -> Result<(), DbErr> {
    let update = source_state::Entity::update_many()
        .col_expr(source_state::Column::Calls, Expr::col(source_state::Column::Calls).sub(1))
        .filter(source_state::Column::Connector.eq(connector));
    update.exec(connection).await.map(drop)
}

/// Makes sure that a connector has a state.
pub(crate) async fn ensure(connection: &impl ConnectionTrait, connector: &str) -> Result<(), DbErr> {
    let row = vec![Value::from(connector), Value::from(0_i64), Value::from(0_i64), Value::from(0_i64)];
    let columns = ["connector", "calls", "next_call_at", "blocked_until"];
    bulk::insert(connection, "source_state", &columns, vec![row], "(connector) DO NOTHING").await.map(drop)
}

/// Keeps limits as they stand now.
pub(crate) async fn keep(connection: &impl ConnectionTrait, limits: &[Limit]) -> Result<(), DbErr> {
    const COLUMNS: [&str; 6] = ["connector", "kind", "window_s", "window_start", "allowed", "used"];
    let rows = limits
        .iter()
        .map(|limit| {
            vec![
                Value::from(limit.connector.as_str()),
                Value::from(limit.kind.as_str()),
                Value::from(limit.window_s),
                Value::from(limit.window_start),
                Value::from(limit.allowed),
                Value::from(limit.used),
            ]
        })
        .collect();
    let conflict = "(connector, kind, window_s) DO UPDATE SET window_start = excluded.window_start, \
                    allowed = excluded.allowed, used = excluded.used";
    bulk::insert(connection, "source_limit", &COLUMNS, rows, conflict).await.map(drop)
}

/// No call of a connector before that instant, in microseconds.
pub(crate) async fn space(connection: &impl ConnectionTrait, connector: &str, next: i64) -> Result<(), DbErr> {
    let update = source_state::Entity::update_many()
        .col_expr(source_state::Column::NextCallAt, Expr::value(next))
        .filter(source_state::Column::Connector.eq(connector));
    update.exec(connection).await.map(drop)
}

/// The source said: no call before that instant; and why, where it switched us off.
pub(crate) async fn block(
    connection: &impl ConnectionTrait,
    connector: &str,
    until: i64,
    suspended: Option<&str>,
) -> Result<(), DbErr> {
    let update = source_state::Entity::update_many()
        .col_expr(source_state::Column::BlockedUntil, Expr::value(until))
        .col_expr(source_state::Column::Suspended, Expr::value(suspended))
        .filter(source_state::Column::Connector.eq(connector));
    update.exec(connection).await.map(drop)
}

/// Says whose call was the connector's last: the account waits behind all others.
pub(crate) async fn turn(
    connection: &impl ConnectionTrait,
    account: AccountId,
    calls: i64,
    now: i64,
) -> Result<(), DbErr> {
    use entity::account::{Column, Entity};
    let update = Entity::update_many()
        .col_expr(Column::Turn, Expr::value(calls))
        .col_expr(Column::LastAttemptAt, Expr::value(now))
        .filter(Column::Id.eq(account.uuid()));
    update.exec(connection).await.map(drop)
}
