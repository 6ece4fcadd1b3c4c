//! One neighbourhood: judged, planned, checked, applied to the generation that was read.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::{Activity, ActivityId, AthleteId, RecordId, SourceRecord};
use entity::{activity, source_record};
use reconcile::{Input, Judgement, Plan, check, plan, reconcile};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::neighbourhood::Loaded;
use crate::store::evidence::Differences;
use crate::store::{self, athlete, database_error, instant, record, ruling};
use crate::{Hub, HubError};

/// How often a plan is made anew because somebody wrote in between.
const TRIES: u32 = 20;

/// What stands, as read beside the records.
struct Standing {
    rows: HashMap<ActivityId, activity::Model>,
    waiting: HashSet<RecordId>,
}

impl Hub {
    /// Reconciles the neighbourhood of the records touched; gives the plan and the records that it was made from.
    pub(super) async fn settle(
        &self,
        athlete: AthleteId,
        touched: &[RecordId],
        write: bool,
    ) -> Result<(Plan, Vec<RecordId>), HubError> {
        for _ in 0..TRIES {
            if let Some(settled) = self.try_settle(athlete, touched, write).await? {
                return Ok(settled);
            }
            tracing::debug!(%athlete, "somebody wrote in between: planning again");
        }
        Err(HubError::Unavailable {
            deed: "reconcile",
            cause: format!("{athlete} changes faster than it can be reconciled: try again").into(),
        })
    }

    async fn try_settle(
        &self,
        athlete: AthleteId,
        touched: &[RecordId],
        write: bool,
    ) -> Result<Option<(Plan, Vec<RecordId>)>, HubError> {
        let failed = || database_error("read what stands");
        // A writer reads what was last written; a preview must not keep writers waiting.
        let connection = if write { &self.database.write } else { &self.database.read };
        let generation = athlete::generation(connection, athlete).await.map_err(failed())?;
        let generation = generation.ok_or_else(|| HubError::NotFound(format!("there is no athlete {athlete}")))?;
        let rulings = ruling::of_athlete(connection, athlete).await?;
        let loaded = self.neighbourhood(connection, athlete, touched, &rulings).await?;
        let records: Vec<SourceRecord> = loaded.values().map(|(record, _)| record.clone()).collect();
        let now = self.clock.now();
        let outcome = reconcile(&Input { as_of: now, records: &records, rulings: &rulings }, &self.policy);
        let standing = standing(connection, &loaded, outcome.activities.iter().map(|activity| activity.id)).await?;
        let current: Vec<Activity> =
            standing.rows.values().map(store::activity::from_row).collect::<Result<_, HubError>>()?;
        let plan = plan(outcome, current);
        check(&plan, &records)
            .map_err(|violation| HubError::Internal { deed: "check a plan", cause: violation.into() })?;
        let ids: Vec<RecordId> = loaded.keys().copied().collect();
        if !write {
            return Ok(Some((plan, ids)));
        }
        let holders = holders(&plan, &loaded, &standing);
        let mut differences = Differences::default();
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
            plan.matches.iter().filter_map(|one| Some((*holders.get(&one.a)?, one))).collect();
        differences.of_matches(connection, athlete, &before, &matches).await.map_err(failed())?;
        differences.of_candidates(connection, athlete, &ids, &plan.candidates, now).await.map_err(failed())?;
        let held: Vec<(RecordId, ActivityId)> = holders
            .iter()
            .filter(|(id, activity)| {
                standing.waiting.contains(id) || loaded.get(id).is_none_or(|(_, known)| *known != Some(**activity))
            })
            .map(|(id, activity)| (*id, *activity))
            .collect();
        if plan.is_empty() && differences.is_empty() && held.is_empty() {
            return Ok(Some((plan, ids)));
        }
        let failed = || database_error("apply a plan");
        let transaction = self.database.begin().await?;
        if !athlete::advance(&transaction, athlete, Some(generation)).await.map_err(failed())? {
            transaction.rollback().await.map_err(failed())?;
            return Ok(None);
        }
        self.write_activities(&transaction, &plan, &loaded, &standing).await?;
        differences.write(&transaction).await.map_err(failed())?;
        record::settle(&transaction, &held).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        Ok(Some((plan, ids)))
    }

    async fn write_activities(
        &self,
        transaction: &impl ConnectionTrait,
        plan: &Plan,
        loaded: &Loaded,
        standing: &Standing,
    ) -> Result<(), HubError> {
        let failed = || database_error("write activities");
        let now = self.clock.now();
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
            let (created_at, updated_at) = of(activity);
            rows.push(store::activity::Row { activity, revision: 1, created_at, updated_at });
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
        store::activity::retire(transaction, &plan.retire).await.map_err(failed())?;
        store::activity::upsert(transaction, &rows).await.map_err(failed())?;
        Ok(())
    }
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
