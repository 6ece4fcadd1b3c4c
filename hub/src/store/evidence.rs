//! Why records are one, and which pairs wait: matches and reviews.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{ActivityId, AthleteId, CandidateId, Decision, RecordId, Ruling};
use entity::{match_evidence, review, settled_candidate};
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

/// The judgement that a row of settled candidates tells of.
pub(crate) fn settled_from_row(row: &settled_candidate::Model) -> Result<Judgement, HubError> {
    codec::read_judgement(RecordId::from_uuid(row.a), RecordId::from_uuid(row.b), &row.document)
        .map_err(|cause| codec::unreadable("read a candidate", row.id, cause))
}

/// What to write so that the evidence that stands becomes the evidence that was found.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    matches: Vec<Vec<Value>>,
    matches_gone: Vec<Uuid>,
    reviews: Vec<Vec<Value>>,
    reviews_gone: Vec<Uuid>,
    settled: Vec<Vec<Value>>,
    settled_gone: Vec<Uuid>,
}

const MATCH_COLUMNS: [&str; 6] = ["id", "athlete_id", "activity_id", "a", "b", "document"];
const REVIEW_COLUMNS: [&str; 6] = ["id", "athlete_id", "a", "b", "created_at", "document"];
const SETTLED_COLUMNS: [&str; 9] =
    ["id", "athlete_id", "a", "b", "created_at", "document", "decision", "decided_at", "decided_by"];

impl Differences {
    /// Whether all stands as it should.
    pub(crate) const fn is_empty(&self) -> bool {
        self.matches.is_empty()
            && self.matches_gone.is_empty()
            && self.reviews.is_empty()
            && self.reviews_gone.is_empty()
    }

    /// Writes them.
    pub(crate) async fn write(self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        let replace = |columns: &[&str]| bulk::replace("id", columns);
        bulk::insert(connection, "match_evidence", &MATCH_COLUMNS, self.matches, &replace(&MATCH_COLUMNS)).await?;
        bulk::insert(connection, "review", &REVIEW_COLUMNS, self.reviews, &replace(&REVIEW_COLUMNS)).await?;
        for ids in self.matches_gone.chunks(10_000) {
            let condition = match_evidence::Column::Id.is_in(ids.iter().copied());
            match_evidence::Entity::delete_many().filter(condition).exec(connection).await?;
        }
        for ids in self.reviews_gone.chunks(10_000) {
            let condition = review::Column::Id.is_in(ids.iter().copied());
            review::Entity::delete_many().filter(condition).exec(connection).await?;
        }
        let (columns, table) = (&SETTLED_COLUMNS, "settled_candidate");
        bulk::insert(connection, table, columns, self.settled, &replace(columns)).await?;
        for ids in self.settled_gone.chunks(10_000) {
            let condition = settled_candidate::Column::Id.is_in(ids.iter().copied());
            settled_candidate::Entity::delete_many().filter(condition).exec(connection).await?;
        }
        Ok(())
    }

    /// Compares the matches of activities with those found. `before` are all activities that the records concerned
    /// were or are in.
    pub(crate) async fn of_matches(
        &mut self,
        connection: &impl ConnectionTrait,
        athlete: AthleteId,
        before: &[ActivityId],
        found: &[(ActivityId, &Judgement)],
    ) -> Result<(), DbErr> {
        let mut standing: HashMap<Uuid, (Uuid, String)> = HashMap::new();
        for ids in before.chunks(10_000) {
            let rows = match_evidence::Entity::find()
                .filter(match_evidence::Column::ActivityId.is_in(ids.iter().map(|id| id.uuid())))
                .all(connection)
                .await?;
            standing.extend(rows.into_iter().map(|row| (row.id, (row.activity_id, row.document))));
        }
        for (activity, judgement) in found {
            let id = CandidateId::of(judgement.a, judgement.b).uuid();
            let document = codec::judgement_document(judgement);
            let known = standing.remove(&id);
            if known.is_some_and(|(of, text)| of == activity.uuid() && text == document) {
                continue;
            }
            self.matches.push(vec![
                Value::from(id),
                Value::from(athlete.uuid()),
                Value::from(activity.uuid()),
                Value::from(judgement.a.uuid()),
                Value::from(judgement.b.uuid()),
                Value::from(document),
            ]);
        }
        self.matches_gone.extend(standing.into_keys());
        Ok(())
    }

    /// Compares the candidates among these records with those found. What waits no longer is kept with what was decided.
    pub(crate) async fn of_candidates(
        &mut self,
        connection: &impl ConnectionTrait,
        athlete: AthleteId,
        waiting: &Waiting<'_>,
    ) -> Result<(), DbErr> {
        let mut standing: HashMap<Uuid, review::Model> = HashMap::new();
        let records: Vec<Uuid> = waiting.records.keys().map(|record| record.uuid()).collect();
        for ids in records.chunks(5_000) {
            let condition = Condition::any()
                .add(review::Column::A.is_in(ids.iter().copied()))
                .add(review::Column::B.is_in(ids.iter().copied()));
            let rows = review::Entity::find().filter(condition).all(connection).await?;
            standing.extend(rows.into_iter().map(|row| (row.id, row)));
        }
        for judgement in waiting.found {
            let id = CandidateId::of(judgement.a, judgement.b).uuid();
            let document = codec::judgement_document(judgement);
            if standing.remove(&id).is_some_and(|row| row.document == document) {
                continue;
            }
            // What waits again is settled no longer.
            self.settled_gone.push(id);
            self.reviews.push(vec![
                Value::from(id),
                Value::from(athlete.uuid()),
                Value::from(judgement.a.uuid()),
                Value::from(judgement.b.uuid()),
                Value::from(micros(waiting.since(judgement))),
                Value::from(document),
            ]);
        }
        for (id, row) in standing {
            let (decision, at, by) = waiting.decided(&row);
            self.settled.push(vec![
                Value::from(id),
                Value::from(row.athlete_id),
                Value::from(row.a),
                Value::from(row.b),
                Value::from(row.created_at),
                Value::from(row.document),
                Value::from(decision),
                Value::from(micros(at)),
                Value::from(by),
            ]);
            self.reviews_gone.push(id);
        }
        Ok(())
    }
}

/// The pairs among some records that wait for a person, and what people said of them.
pub(crate) struct Waiting<'a> {
    /// When each record was first seen.
    pub(crate) records: &'a BTreeMap<RecordId, DateTime<Utc>>,
    pub(crate) found: &'a [Judgement],
    pub(crate) rulings: &'a [Ruling],
    pub(crate) now: DateTime<Utc>,
}

impl Waiting<'_> {
    /// Since when a pair waits: since both were there. By what the records say and not by the clock: rebuilt from ground
    /// state, it is the same row.
    fn since(&self, judgement: &Judgement) -> DateTime<Utc> {
        let seen = [judgement.a, judgement.b].into_iter().filter_map(|record| self.records.get(&record)).max();
        seen.copied().unwrap_or(self.now)
    }

    /// Why a pair waits no longer, since when, and who decided.
    fn decided(&self, row: &review::Model) -> (&'static str, DateTime<Utc>, Option<&str>) {
        let pair = (RecordId::from_uuid(row.a), RecordId::from_uuid(row.b));
        let said = self.rulings.iter().rev().find_map(|ruling| match &ruling.decision {
            Decision::Same(a, b) if (*a.min(b), *a.max(b)) == pair => Some(("SAME", ruling)),
            Decision::Different(a, b) if (*a.min(b), *a.max(b)) == pair => Some(("DIFFERENT", ruling)),
            _ => None,
        });
        said.map_or(("EXPIRED", self.now, None), |(word, ruling)| (word, ruling.at, Some(ruling.actor.as_str())))
    }
}
