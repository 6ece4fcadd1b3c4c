//! One neighbourhood: judged, planned, checked, applied to the generation that was read.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{Activity, ActivityId, AthleteId, RecordId, SourceRecord, SourceSlug};
use entity::{activity, source_record};
use reconcile::{Input, Judgement, Plan, check, plan, reconcile};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::chronicle;
use super::neighbourhood::Loaded;
use super::occasion::Occasion;
use crate::store::evidence::{self, Differences};
use crate::store::{self, athlete, database_error, instant, record, revision, ruling};
use crate::{Hub, HubError};

/// How often a plan is made anew because somebody wrote in between.
pub(crate) const TRIES: u32 = 20;

/// What stands, as read beside the records.
struct Standing {
    rows: HashMap<ActivityId, activity::Model>,
    waiting: HashSet<RecordId>,
}

/// What settling a neighbourhood did, or would do.
pub(crate) struct Settled {
    /// The plan.
    pub(crate) plan: Plan,
    /// The records that it was made from, each with its earliest start in microseconds.
    pub(crate) records: Vec<(RecordId, i64)>,
    /// Whose records they are.
    pub(crate) sources: BTreeMap<RecordId, SourceSlug>,
    /// New activities whose records all stood in others.
    pub(crate) splits: u64,
    /// Rows of records that were read to find these.
    pub(crate) read: u64,
}

impl Hub {
    /// Reconciles the neighbourhood of the records touched.
    pub(crate) async fn settle(
        &self,
        athlete: AthleteId,
        touched: &[RecordId],
        occasion: &Occasion<'_>,
    ) -> Result<Settled, HubError> {
        for _ in 0..TRIES {
            if let Some(settled) = self.try_settle(athlete, touched, occasion, None).await? {
                return Ok(settled);
            }
            tracing::debug!(%athlete, "somebody wrote in between: planning again");
        }
        Err(too_fast(athlete))
    }

    /// Reconciles the neighbourhood of the records touched, if nobody writes in between. `generation` is the one that a
    /// deed was made for, where there is one.
    pub(crate) async fn try_settle(
        &self,
        athlete: AthleteId,
        touched: &[RecordId],
        occasion: &Occasion<'_>,
        expected: Option<i64>,
    ) -> Result<Option<Settled>, HubError> {
        let failed = || database_error("read what stands");
        // A writer reads what was last written; a preview must not keep writers waiting.
        let connection = if occasion.write { &self.database.write } else { &self.database.read };
        let generation = athlete::generation(connection, athlete).await.map_err(failed())?;
        let generation = generation.ok_or_else(|| HubError::NotFound(format!("there is no athlete {athlete}")))?;
        if expected.is_some_and(|expected| expected != generation) {
            return Ok(None);
        }
        let mut rulings = ruling::of_athlete(connection, athlete).await?;
        if let Some(deed) = occasion.deed {
            deed.carry_into(&mut rulings);
        }
        let (loaded, read) = self.neighbourhood(connection, athlete, touched, &rulings, occasion.policy).await?;
        let records: Vec<SourceRecord> = loaded.values().map(|(record, _)| record.clone()).collect();
        let now = self.clock.now();
        let outcome = reconcile(&Input { as_of: now, records: &records, rulings: &rulings }, occasion.policy);
        let standing = standing(connection, &loaded, outcome.activities.iter().map(|activity| activity.id)).await?;
        let current: Vec<Activity> =
            standing.rows.values().map(store::activity::from_row).collect::<Result<_, HubError>>()?;
        let plan = plan(outcome, current);
        check(&plan, &records)
            .map_err(|violation| HubError::Internal { deed: "check a plan", cause: violation.into() })?;
        let settled = Settled::of(plan, &loaded, read);
        if !occasion.write {
            return Ok(Some(settled));
        }
        let holders = holders(&settled.plan, &loaded, &standing);
        let before: Vec<ActivityId> = standing
            .rows
            .keys()
            .copied()
            .chain(loaded.values().filter_map(|(_, activity)| *activity))
            .chain(holders.values().copied())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let matches: Vec<(ActivityId, &Judgement)> =
            settled.plan.matches.iter().filter_map(|one| Some((*holders.get(&one.a)?, one))).collect();
        let seen = loaded.iter().map(|(id, (record, _))| (*id, record.first_seen_at)).collect();
        let mut differences = Differences::default();
        differences.of_matches(connection, athlete, &before, &matches).await.map_err(failed())?;
        let waits = evidence::Waiting { records: &seen, found: &settled.plan.candidates, rulings: &rulings, now };
        differences.of_candidates(connection, athlete, &waits).await.map_err(failed())?;
        let held: Vec<(RecordId, ActivityId)> = holders
            .iter()
            .filter(|(id, activity)| {
                standing.waiting.contains(id) || loaded.get(id).is_none_or(|(_, known)| *known != Some(**activity))
            })
            .map(|(id, activity)| (*id, *activity))
            .collect();
        let nothing = settled.plan.is_empty() && differences.is_empty() && held.is_empty();
        if nothing && occasion.deed.is_none() {
            return Ok(Some(settled));
        }
        let created: Vec<ActivityId> = settled.plan.create.iter().map(|activity| activity.id).collect();
        let last = revision::last_of(connection, &created).await.map_err(failed())?;
        let failed = || database_error("apply a plan");
        let transaction = self.database.begin().await?;
        if !athlete::advance(&transaction, athlete, Some(generation)).await.map_err(failed())? {
            transaction.rollback().await.map_err(failed())?;
            return Ok(None);
        }
        if let Some(deed) = occasion.deed {
            deed.keep(&transaction).await.map_err(failed())?;
        }
        write_activities(&transaction, &settled.plan, &loaded, &standing, &last, now).await.map_err(failed())?;
        differences.write(&transaction).await.map_err(failed())?;
        record::settle(&transaction, &held).await.map_err(failed())?;
        let known = chronicle::Known {
            standing: standing.rows.iter().map(|(id, row)| (*id, row.revision)).collect(),
            retired: standing.of(&settled.plan.retire)?,
            last,
            holders: &holders,
            sources: &settled.sources,
        };
        let revisions = chronicle::revisions(&settled.plan, &known, occasion);
        let position = revision::append(&transaction, athlete, now, &revisions).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        if let Some(position) = position {
            self.tell(position);
        }
        Ok(Some(settled))
    }
}

/// What a deed that lost every race is told as.
pub(crate) fn too_fast(athlete: AthleteId) -> HubError {
    HubError::Unavailable {
        deed: "reconcile",
        cause: format!("{athlete} changes faster than it can be reconciled: try again").into(),
    }
}

impl Settled {
    fn of(plan: Plan, loaded: &Loaded, read: u64) -> Self {
        let stood = |record: &RecordId| loaded.get(record).is_some_and(|(_, activity)| activity.is_some());
        let splits = plan.create.iter().filter(|activity| activity.members.iter().all(stood)).count() as u64;
        Self {
            splits,
            read,
            records: loaded.iter().map(|(id, (record, _))| (*id, record::span(record).0)).collect(),
            sources: loaded.iter().map(|(id, (record, _))| (*id, record.source.clone())).collect(),
            plan,
        }
    }
}

impl Standing {
    /// These activities as they stand.
    fn of(&self, ids: &[ActivityId]) -> Result<Vec<Activity>, HubError> {
        ids.iter().filter_map(|id| self.rows.get(id)).map(store::activity::from_row).collect()
    }
}

async fn write_activities(
    transaction: &impl ConnectionTrait,
    plan: &Plan,
    loaded: &Loaded,
    standing: &Standing,
    last: &HashMap<ActivityId, revision::Last>,
    now: DateTime<Utc>,
) -> Result<(), sea_orm::DbErr> {
    let of = |activity: &Activity| {
        let members: Vec<&SourceRecord> =
            activity.members.iter().filter_map(|id| loaded.get(id)).map(|(record, _)| record).collect();
        let created = members.iter().map(|record| record.first_seen_at).min().unwrap_or(now);
        let fetched = members.iter().map(|record| record.fetched_at).max().unwrap_or(now);
        (created, fetched)
    };
    let mut rows = Vec::with_capacity(plan.create.len() + plan.update.len());
    for activity in &plan.create {
        // By what the records say and not by the clock: rebuilt from ground state, it is the same row.
        let (created_at, fetched_at) = of(activity);
        let number = chronicle::number(last.get(&activity.id));
        let updated_at = number.since.unwrap_or(if number.revision == 1 { fetched_at } else { now });
        rows.push(store::activity::Row { activity, revision: number.revision, created_at, updated_at });
    }
    for (_, activity) in &plan.update {
        let known = standing.rows.get(&activity.id);
        rows.push(store::activity::Row {
            activity,
            revision: known.map_or(1, |row| row.revision.saturating_add(1)),
            created_at: known.map_or(now, |row| instant(row.created_at)),
            updated_at: now,
        });
    }
    store::activity::retire(transaction, &plan.retire).await?;
    store::activity::upsert(transaction, &rows).await.map(drop)
}

/// Which activity holds each record once the plan is applied.
fn holders(plan: &Plan, loaded: &Loaded, standing: &Standing) -> HashMap<RecordId, ActivityId> {
    let written: HashSet<ActivityId> =
        plan.create.iter().map(|one| one.id).chain(plan.update.iter().map(|(_, one)| one.id)).collect();
    let mut holders: HashMap<RecordId, ActivityId> = loaded
        .iter()
        .filter_map(|(id, (_, activity))| Some((*id, (*activity)?)))
        .filter(|(_, activity)| standing.rows.contains_key(activity) && !written.contains(activity))
        .collect();
    for activity in plan.create.iter().chain(plan.update.iter().map(|(_, after)| after)) {
        holders.extend(activity.members.iter().map(|member| (*member, activity.id)));
    }
    holders
}

/// The activities that these records are in, and those that they will be in, as they stand.
async fn standing(
    connection: &impl ConnectionTrait,
    loaded: &Loaded,
    judged: impl Iterator<Item = ActivityId>,
) -> Result<Standing, HubError> {
    let failed = || database_error("read what stands");
    let ids: BTreeSet<ActivityId> = loaded.values().filter_map(|(_, activity)| *activity).chain(judged).collect();
    let ids: Vec<ActivityId> = ids.into_iter().collect();
    let rows = store::activity::by_id(connection, &ids).await.map_err(failed())?;
    let records: Vec<Uuid> = loaded.keys().map(|id| id.uuid()).collect();
    let mut waiting = HashSet::new();
    for part in records.chunks(10_000) {
        let found: Vec<Uuid> = source_record::Entity::find()
            .select_only()
            .column(source_record::Column::Id)
            .filter(source_record::Column::Id.is_in(part.iter().copied()))
            .filter(Expr::cust("waits"))
            .into_tuple()
            .all(connection)
            .await
            .map_err(failed())?;
        waiting.extend(found.into_iter().map(RecordId::from_uuid));
    }
    let rows = rows.into_iter().map(|row| (ActivityId::from_uuid(row.id), row)).collect();
    Ok(Standing { rows, waiting })
}
