//! The revisions of activities and the counter that orders them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{ActivityId, AthleteId, DecisionId, Status};
use entity::activity_revision::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, Statement, Value};

use super::{bulk, codec, instant, micros};
use crate::HubError;
use crate::history::{Cause, FieldChange, RevisionRow, revision_id};

/// The channel on which PostgreSQL tells other replicas of the last position.
pub(crate) const CHANNEL: &str = "datahub_changes";

/// A revision to write.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) activity: ActivityId,
    pub(crate) revision: i32,
    pub(crate) cause: Cause,
    /// On whose word, and why.
    pub(crate) word: (String, Option<String>),
    pub(crate) decision: Option<DecisionId>,
    pub(crate) status: Status,
    pub(crate) gone: bool,
    pub(crate) merged_into: Option<ActivityId>,
    /// `None` for the first.
    pub(crate) changes: Option<Vec<FieldChange>>,
}

const COLUMNS: [&str; 13] = [
    "position",
    "athlete_id",
    "activity_id",
    "revision",
    "at",
    "cause",
    "actor",
    "reason",
    "status",
    "gone",
    "merged_into",
    "decision_id",
    "document",
];

/// Writes revisions at the next positions and gives the last. The counter's row stays locked until the transaction
/// ends: call this last, so that the order of positions is the order of commits, and a reader who has seen one has seen
/// all before it.
pub(crate) async fn append(
    connection: &impl ConnectionTrait,
    athlete: AthleteId,
    at: DateTime<Utc>,
    rows: &[Row],
) -> Result<Option<i64>, DbErr> {
    if rows.is_empty() {
        return Ok(None);
    }
    let backend = connection.get_database_backend();
    let text =
        format!("UPDATE change_counter SET position = position + {} RETURNING position", bulk::place(connection, 1));
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let counted = Statement::from_sql_and_values(backend, text, [Value::from(count)]);
    let last: i64 = connection
        .query_one_raw(counted)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the change counter has no row".to_owned()))?
        .try_get("", "position")?;
    let values = rows
        .iter()
        .zip(last.saturating_sub(count).saturating_add(1)..)
        .map(|(row, position)| {
            vec![
                Value::from(position),
                Value::from(athlete.uuid()),
                Value::from(row.activity.uuid()),
                Value::from(row.revision),
                Value::from(micros(at)),
                Value::from(row.cause.name()),
                Value::from(row.word.0.as_str()),
                Value::from(row.word.1.as_deref()),
                Value::from(row.status.name()),
                Value::from(row.gone),
                Value::from(row.merged_into.map(ActivityId::uuid)),
                Value::from(row.decision.map(DecisionId::uuid)),
                Value::from(row.changes.as_deref().map(codec::changes_document)),
            ]
        })
        .collect();
    bulk::insert(connection, "activity_revision", &COLUMNS, values, "").await?;
    if backend == DbBackend::Postgres {
        // Told when the transaction commits, and not at all if it does not.
        let notice = Statement::from_sql_and_values(
            backend,
            "SELECT pg_notify($1, $2)",
            [Value::from(CHANNEL), Value::from(last.to_string())],
        );
        connection.query_one_raw(notice).await?;
    }
    Ok(Some(last))
}

/// The last position that was given out.
pub(crate) async fn last_position(connection: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let asked = Statement::from_string(connection.get_database_backend(), "SELECT position FROM change_counter");
    match connection.query_one_raw(asked).await? {
        Some(row) => row.try_get("", "position"),
        None => Ok(0),
    }
}

/// The last revision of an activity that may stand no longer.
pub(crate) struct Last {
    pub(crate) revision: i32,
    pub(crate) at: DateTime<Utc>,
    pub(crate) gone: bool,
}

/// The last revisions of those of these activities that ever stood.
pub(crate) async fn last_of(
    connection: &impl ConnectionTrait,
    activities: &[ActivityId],
) -> Result<HashMap<ActivityId, Last>, DbErr> {
    let mut last: HashMap<ActivityId, Last> = HashMap::new();
    for ids in activities.chunks(10_000) {
        let rows = Entity::find().filter(Column::ActivityId.is_in(ids.iter().map(|id| id.uuid()))).all(connection);
        for row in rows.await? {
            let id = ActivityId::from_uuid(row.activity_id);
            if last.get(&id).is_none_or(|known| known.revision < row.revision) {
                last.insert(id, Last { revision: row.revision, at: instant(row.at), gone: row.gone });
            }
        }
    }
    Ok(last)
}

/// The revision that a row tells of, and whether its changes are told by the row: the first one's are not.
pub(crate) fn from_row(row: Model) -> Result<(RevisionRow, bool), HubError> {
    let bad = |cause: String| codec::unreadable("read a revision", row.position, cause);
    let told = row.document.is_some();
    let changes = row.document.as_deref().map(codec::read_changes).transpose().map_err(bad)?.unwrap_or_default();
    let revision = RevisionRow {
        id: revision_id(row.position),
        position: row.position,
        athlete: AthleteId::from_uuid(row.athlete_id),
        activity: ActivityId::from_uuid(row.activity_id),
        revision: row.revision,
        at: instant(row.at),
        cause: Cause::from_name(&row.cause).ok_or_else(|| bad("an unknown cause".to_owned()))?,
        status: Status::from_name(&row.status).ok_or_else(|| bad("an unknown status".to_owned()))?,
        merged_into: row.merged_into.map(ActivityId::from_uuid),
        decision: row.decision_id.map(DecisionId::from_uuid),
        changes,
        actor: row.actor,
        reason: row.reason,
    };
    Ok((revision, told))
}
