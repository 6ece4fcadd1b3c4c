//! Canonical activities.

use domain::{Activity, ActivityId, Agreement, AthleteId, Field, Sport, Status, Value as Said};
use entity::activity::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Value};

use super::{bulk, codec, instant, micros};
use crate::HubError;

/// The activity that a row tells of.
pub(crate) fn from_row(row: &Model) -> Result<Activity, HubError> {
    let bad = |cause: String| codec::unreadable("read an activity", row.id, cause);
    let (members, fields) = codec::read_activity(&row.document).map_err(bad)?;
    Ok(Activity {
        id: ActivityId::from_uuid(row.id),
        athlete: AthleteId::from_uuid(row.athlete_id),
        status: Status::from_name(&row.status).ok_or_else(|| bad("an unknown status".to_owned()))?,
        window_closes_at: row.window_closes_at.map(instant),
        members,
        parent: row.parent_id.map(ActivityId::from_uuid),
        fields,
    })
}

const COLUMNS: [&str; 19] = [
    "id",
    "athlete_id",
    "status",
    "window_closes_at",
    "start_at",
    "elapsed",
    "distance",
    "sport",
    "name",
    "agreements",
    "parent_id",
    "revision",
    "created_at",
    "updated_at",
    "document",
    "utc_offset",
    "moving",
    "gain",
    "energy",
];

/// One bit a grade of agreement.
pub(crate) const fn agreement_bit(agreement: Agreement) -> i32 {
    1 << agreement as i32
}

/// An activity to write, with what its row holds beside it.
pub(crate) struct Row<'a> {
    pub(crate) activity: &'a Activity,
    pub(crate) revision: i32,
    pub(crate) created_at: chrono::DateTime<chrono::Utc>,
    pub(crate) updated_at: chrono::DateTime<chrono::Utc>,
}

/// Writes activities whole.
pub(crate) async fn upsert(connection: &impl ConnectionTrait, rows: &[Row<'_>]) -> Result<u64, DbErr> {
    let values = rows.iter().map(columns).collect();
    bulk::insert(connection, "activity", &COLUMNS, values, &bulk::replace("id", &COLUMNS)).await
}

fn columns(row: &Row<'_>) -> Vec<Value> {
    let activity = row.activity;
    let number = |field| activity.value(field).and_then(Said::number).map(domain::Milli::thousandths);
    let start = match activity.value(Field::StartTimeUtc) {
        Some(Said::Instant(start)) => micros(*start),
        _ => micros(row.created_at),
    };
    let sport = match activity.value(Field::SportType) {
        Some(Said::Sport(sport)) => *sport,
        _ => Sport::Other,
    };
    let name = match activity.value(Field::Name) {
        Some(Said::Text(name)) => Some(name.as_str()),
        _ => None,
    };
    let agreements =
        activity.fields.values().fold(0, |bits, resolved| bits | agreement_bit(resolved.provenance.agreement));
    vec![
        Value::from(activity.id.uuid()),
        Value::from(activity.athlete.uuid()),
        Value::from(activity.status.name()),
        Value::from(activity.window_closes_at.map(micros)),
        Value::from(start),
        Value::from(number(Field::ElapsedTimeS).unwrap_or(0)),
        Value::from(number(Field::DistanceM).unwrap_or(-1)),
        Value::from(sport.name()),
        Value::from(name),
        Value::from(agreements),
        Value::from(activity.parent.map(ActivityId::uuid)),
        Value::from(row.revision),
        Value::from(micros(row.created_at)),
        Value::from(micros(row.updated_at)),
        Value::from(codec::activity_document(activity)),
        Value::from(number(Field::UtcOffsetS)),
        Value::from(number(Field::MovingTimeS)),
        Value::from(number(Field::ElevationGainM)),
        Value::from(number(Field::EnergyKcal)),
    ]
}

/// The rows of these ids.
pub(crate) async fn by_id(connection: &impl ConnectionTrait, ids: &[ActivityId]) -> Result<Vec<Model>, DbErr> {
    let mut rows = Vec::with_capacity(ids.len());
    for ids in ids.chunks(10_000) {
        rows.extend(Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid()))).all(connection).await?);
    }
    Ok(rows)
}

/// Removes activities whose records all went to others.
pub(crate) async fn retire(connection: &impl ConnectionTrait, ids: &[ActivityId]) -> Result<(), DbErr> {
    for ids in ids.chunks(10_000) {
        Entity::delete_many().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid()))).exec(connection).await?;
    }
    Ok(())
}
