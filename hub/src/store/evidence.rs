//! Why records are one, and which pairs wait: matches and reviews.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{ActivityId, AthleteId, CandidateId, RecordId};
use entity::{match_evidence, review};
use reconcile::Judgement;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Value};
use uuid::Uuid;

use super::{bulk, codec, micros};
use crate::HubError;

/// The judgement that a row of matches tells of.
pub(crate) fn match_from_row(row: &match_evidence::Model) -> Result<Judgement, HubError> {
    codec::read_judgement(RecordId::from_uuid(row.a), RecordId::from_uuid(row.b), &row.document)
        .map_err(|cause| codec::unreadable("read a match", row.id, cause))
}

/// The judgement that a row of reviews tells of.
pub(crate) fn review_from_row(row: &review::Model) -> Result<Judgement, HubError> {
    codec::read_judgement(RecordId::from_uuid(row.a), RecordId::from_uuid(row.b), &row.document)
        .map_err(|cause| codec::unreadable("read a candidate", row.id, cause))
}

/// Makes the matches of these activities the given ones; writes only what differs. `before` are all activities that
/// these records were or are in.
pub(crate) async fn write_matches(
    connection: &impl ConnectionTrait,
    athlete: AthleteId,
    before: &[ActivityId],
    matches: &[(ActivityId, &Judgement)],
) -> Result<(), DbErr> {
    let mut standing: HashMap<Uuid, (Uuid, String)> = HashMap::new();
    for ids in before.chunks(10_000) {
        let rows = match_evidence::Entity::find()
            .filter(match_evidence::Column::ActivityId.is_in(ids.iter().map(|id| id.uuid())))
            .all(connection)
            .await?;
        standing.extend(rows.into_iter().map(|row| (row.id, (row.activity_id, row.document))));
    }
    let mut rows = Vec::new();
    for (activity, judgement) in matches {
        let id = CandidateId::of(judgement.a, judgement.b).uuid();
        let document = codec::judgement_document(judgement);
        if standing.remove(&id).is_some_and(|known| known == (activity.uuid(), document.clone())) {
            continue;
        }
        rows.push(vec![
            Value::from(id),
            Value::from(athlete.uuid()),
            Value::from(activity.uuid()),
            Value::from(judgement.a.uuid()),
            Value::from(judgement.b.uuid()),
            Value::from(document),
        ]);
    }
    const COLUMNS: [&str; 6] = ["id", "athlete_id", "activity_id", "a", "b", "document"];
    bulk::insert(connection, "match_evidence", &COLUMNS, rows, &bulk::replace("id", &COLUMNS)).await?;
    let gone: Vec<Uuid> = standing.into_keys().collect();
    for ids in gone.chunks(10_000) {
        let condition = match_evidence::Column::Id.is_in(ids.iter().copied());
        match_evidence::Entity::delete_many().filter(condition).exec(connection).await?;
    }
    Ok(())
}

/// Makes the candidates among these records the given ones; writes only what differs.
pub(crate) async fn write_reviews(
    connection: &impl ConnectionTrait,
    athlete: AthleteId,
    records: &HashSet<RecordId>,
    candidates: &[Judgement],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let all: Vec<Uuid> = records.iter().map(|record| record.uuid()).collect();
    let mut standing: HashMap<Uuid, (i64, String)> = HashMap::new();
    for ids in all.chunks(10_000) {
        let condition = Condition::any()
            .add(review::Column::A.is_in(ids.iter().copied()))
            .add(review::Column::B.is_in(ids.iter().copied()));
        let rows = review::Entity::find().filter(condition).all(connection).await?;
        standing.extend(rows.into_iter().map(|row| (row.id, (row.created_at, row.document))));
    }
    let mut rows = Vec::new();
    for judgement in candidates {
        let id = CandidateId::of(judgement.a, judgement.b).uuid();
        let document = codec::judgement_document(judgement);
        let known = standing.remove(&id);
        if known.as_ref().is_some_and(|(_, text)| *text == document) {
            continue;
        }
        rows.push(vec![
            Value::from(id),
            Value::from(athlete.uuid()),
            Value::from(judgement.a.uuid()),
            Value::from(judgement.b.uuid()),
            Value::from(known.map_or(micros(now), |(created_at, _)| created_at)),
            Value::from(document),
        ]);
    }
    const COLUMNS: [&str; 6] = ["id", "athlete_id", "a", "b", "created_at", "document"];
    bulk::insert(connection, "review", &COLUMNS, rows, &bulk::replace("id", &COLUMNS)).await?;
    let gone: Vec<Uuid> = standing.into_keys().collect();
    for ids in gone.chunks(10_000) {
        review::Entity::delete_many().filter(review::Column::Id.is_in(ids.iter().copied())).exec(connection).await?;
    }
    Ok(())
}
