//! People's decisions.

use domain::{AthleteId, Decision, Field, Ruling, RulingId};
use entity::ruling::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Value};

use super::{bulk, codec, database_error, instant, micros};
use crate::HubError;

/// The ruling that a row tells of.
pub(crate) fn from_row(row: Model) -> Result<Ruling, HubError> {
    let decision =
        codec::read_decision(&row.document).map_err(|cause| codec::unreadable("read a ruling", row.id, cause))?;
    Ok(Ruling {
        id: RulingId::from_uuid(row.id),
        athlete: AthleteId::from_uuid(row.athlete_id),
        decision,
        actor: row.actor,
        reason: row.reason,
        at: instant(row.at),
    })
}

/// An athlete's rulings, oldest first.
pub(crate) async fn of_athlete(connection: &impl ConnectionTrait, athlete: AthleteId) -> Result<Vec<Ruling>, HubError> {
    let rows = Entity::find()
        .filter(Column::AthleteId.eq(athlete.uuid()))
        .order_by_asc(Column::At)
        .order_by_asc(Column::Id)
        .all(connection)
        .await
        .map_err(database_error("read rulings"))?;
    rows.into_iter().map(from_row).collect()
}

/// Keeps a ruling.
pub(crate) async fn insert(connection: &impl ConnectionTrait, ruling: &Ruling) -> Result<(), DbErr> {
    const COLUMNS: [&str; 11] =
        ["id", "athlete_id", "kind", "a", "b", "activity_id", "field", "document", "actor", "reason", "at"];
    let (kind, a, b, activity, field) = match &ruling.decision {
        Decision::Same(a, b) => ("SAME", Some(a.uuid()), Some(b.uuid()), None, None),
        Decision::Different(a, b) => ("DIFFERENT", Some(a.uuid()), Some(b.uuid()), None, None),
        Decision::Pin { activity, field, .. } => ("PIN", None, None, Some(activity.uuid()), Some(*field)),
    };
    let row = vec![
        Value::from(ruling.id.uuid()),
        Value::from(ruling.athlete.uuid()),
        Value::from(kind),
        Value::from(a),
        Value::from(b),
        Value::from(activity),
        Value::from(field.map(Field::name)),
        Value::from(codec::decision_document(&ruling.decision)),
        Value::from(ruling.actor.as_str()),
        Value::from(ruling.reason.as_str()),
        Value::from(micros(ruling.at)),
    ];
    bulk::insert(connection, "ruling", &COLUMNS, vec![row], "").await.map(drop)
}

/// Takes a ruling back.
pub(crate) async fn remove(connection: &impl ConnectionTrait, id: RulingId) -> Result<(), DbErr> {
    Entity::delete_by_id(id.uuid()).exec(connection).await.map(drop)
}
