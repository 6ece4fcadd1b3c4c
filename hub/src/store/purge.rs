//! Removing what is held: rows of records, artifacts and what was made of them.

use std::collections::{BTreeSet, HashSet};

use domain::{ActivityId, AthleteId, RecordId};
use entity::{activity, activity_revision, artifact, match_evidence, review, settled_candidate, source_record};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Ids in one `IN` list.
const IDS: usize = 5_000;

/// An athlete's artifacts.
pub(crate) async fn artifacts(
    connection: &impl ConnectionTrait,
    athlete: AthleteId,
) -> Result<Vec<artifact::Model>, DbErr> {
    artifact::Entity::find().filter(artifact::Column::AthleteId.eq(athlete.uuid())).all(connection).await
}

/// Removes records, artifacts, and the activities, evidence and open questions that rest on nothing else.
pub(crate) async fn remove(
    connection: &impl ConnectionTrait,
    records: &[RecordId],
    activities: &[ActivityId],
    artifacts: &[Uuid],
) -> Result<(), DbErr> {
    for part in records.chunks(IDS) {
        let ids = || part.iter().map(|id| id.uuid());
        use {match_evidence::Column as Evidence, review::Column as Review};
        let evidence = Condition::any().add(Evidence::A.is_in(ids())).add(Evidence::B.is_in(ids()));
        match_evidence::Entity::delete_many().filter(evidence).exec(connection).await?;
        let questions = Condition::any().add(Review::A.is_in(ids())).add(Review::B.is_in(ids()));
        review::Entity::delete_many().filter(questions).exec(connection).await?;
        use settled_candidate::Column as Settled;
        let settled = Condition::any().add(Settled::A.is_in(ids())).add(Settled::B.is_in(ids()));
        settled_candidate::Entity::delete_many().filter(settled).exec(connection).await?;
        source_record::Entity::delete_many().filter(source_record::Column::Id.is_in(ids())).exec(connection).await?;
    }
    for part in activities.chunks(IDS) {
        let ids = part.iter().map(|id| id.uuid());
        activity::Entity::delete_many().filter(activity::Column::Id.is_in(ids.clone())).exec(connection).await?;
        let told = activity_revision::Column::ActivityId.is_in(ids);
        activity_revision::Entity::delete_many().filter(told).exec(connection).await?;
    }
    for part in artifacts.chunks(IDS) {
        let ids = part.iter().copied();
        artifact::Entity::delete_many().filter(artifact::Column::Id.is_in(ids)).exec(connection).await?;
    }
    Ok(())
}

/// Which of these objects some artifact still lies in.
pub(crate) async fn still_used(
    connection: &impl ConnectionTrait,
    objects: &BTreeSet<String>,
) -> Result<HashSet<String>, DbErr> {
    let mut used = HashSet::new();
    let objects: Vec<&String> = objects.iter().collect();
    for part in objects.chunks(IDS) {
        let names = part.iter().map(|name| (*name).clone());
        let rows = artifact::Entity::find().filter(artifact::Column::Object.is_in(names)).all(connection).await?;
        used.extend(rows.into_iter().map(|row| row.object));
    }
    Ok(used)
}
