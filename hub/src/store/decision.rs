//! People's decisions as deeds: the rulings that each added and removed.

use domain::{AthleteId, DecisionId};
use entity::decision::{Column, Entity, Model};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Value};
use uuid::Uuid;

use super::{bulk, codec, database_error, instant, micros};
use crate::HubError;
use crate::decision::{DecisionKind, DecisionRow};

/// The decision that a row tells of.
pub(crate) fn from_row(row: Model) -> Result<DecisionRow, HubError> {
    let bad = |cause: String| codec::unreadable("read a decision", row.id, cause);
    let athlete = AthleteId::from_uuid(row.athlete_id);
    let (added, removed) = codec::read_deed(athlete, &row.document).map_err(bad)?;
    Ok(DecisionRow {
        id: DecisionId::from_uuid(row.id),
        athlete,
        kind: DecisionKind::from_name(&row.kind).ok_or_else(|| bad("an unknown kind".to_owned()))?,
        at: instant(row.at),
        undoes: row.undoes.map(DecisionId::from_uuid),
        undone_by: row.undone_by.map(DecisionId::from_uuid),
        added,
        removed,
        actor: row.actor,
        reason: row.reason,
    })
}

/// An athlete's decisions, oldest first.
pub(crate) async fn of_athlete(
    connection: &impl ConnectionTrait,
    athlete: AthleteId,
) -> Result<Vec<DecisionRow>, HubError> {
    let rows = Entity::find()
        .filter(Column::AthleteId.eq(athlete.uuid()))
        .order_by_asc(Column::At)
        .order_by_asc(Column::Id)
        .all(connection)
        .await
        .map_err(database_error("read decisions"))?;
    rows.into_iter().map(from_row).collect()
}

/// Keeps a decision.
pub(crate) async fn insert(connection: &impl ConnectionTrait, decision: &DecisionRow) -> Result<(), DbErr> {
    const COLUMNS: [&str; 9] = ["id", "athlete_id", "kind", "actor", "reason", "at", "undoes", "undone_by", "document"];
    let row = vec![
        Value::from(decision.id.uuid()),
        Value::from(decision.athlete.uuid()),
        Value::from(decision.kind.name()),
        Value::from(decision.actor.as_str()),
        Value::from(decision.reason.as_str()),
        Value::from(micros(decision.at)),
        Value::from(decision.undoes.map(DecisionId::uuid)),
        Value::from(decision.undone_by.map(DecisionId::uuid)),
        Value::from(codec::deed_document(&decision.added, &decision.removed)),
    ];
    bulk::insert(connection, "decision", &COLUMNS, vec![row], "").await.map(drop)
}

/// Says by which decision one was taken back; `None` where it is in force again.
pub(crate) async fn mark(
    connection: &impl ConnectionTrait,
    decision: DecisionId,
    undone_by: Option<DecisionId>,
) -> Result<(), DbErr> {
    let by: Option<Uuid> = undone_by.map(DecisionId::uuid);
    let update = Entity::update_many().col_expr(Column::UndoneBy, Expr::value(by));
    update.filter(Column::Id.eq(decision.uuid())).exec(connection).await.map(drop)
}
