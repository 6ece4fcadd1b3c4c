//! One page of a list, and what a walk through all of it did not meet.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use connectors::{Cursor, Range, RawActivity, Session};
use domain::{Artifact, AthleteId, ExternalId, Multisport, RecordId, SourceRecord};
use sea_orm::sea_query::Expr;

use super::At;
use crate::planner::{Counted, Urgency};
use crate::sources::LiveSource;
use crate::store::account::Field;
use crate::store::{job, micros, record};
use crate::work::{Aside, Job, Listed, Trouble, Why, success};
use crate::{AccountRow, Backfill, Hub, HubError};

impl Hub {
    /// One page of the list: its activities, the place to go on from, the work that follows, in one transaction.
    pub(crate) async fn list(
        &self,
        claimed: &job::Model,
        what: Job,
        call: &mut Option<Counted>,
    ) -> Result<(), Trouble> {
        let Job::List { account, listed, cursor, after, before, began, mut met, .. } = what.clone() else {
            return Ok(());
        };
        let at = self.at(claimed, account).await?;
        let began = began.unwrap_or_else(|| self.clock.now());
        let place = cursor.map(Cursor);
        let fresh = self.ready_to_call(&at, call).await?;
        let session = Session { tokens: &fresh.tokens, now: self.clock.now() };
        let reply = at.source.connector.list(&session, Range { after, before }, place.as_ref()).await;
        let page = self.heard(&at, reply, fresh.version, &what).await?;
        let descriptor = at.source.connector.descriptor();
        let unreadable: Vec<Artifact> = page.unreadable.into_iter().map(|(artifact, _)| artifact).collect();
        self.keep_only(at.row.athlete, &descriptor.source, unreadable).await?;
        let ids = page.activities.iter().map(|one| one.external_id.to_string());
        let mut seen = 0;
        match listed {
            Listed::Sweep => met.extend(ids),
            // Pages overlap a little, so that nothing is lost between them.
            Listed::Backfill => {
                let before = std::mem::replace(&mut met, ids.collect());
                seen = met.iter().filter(|id| !before.contains(id)).count() as u64;
            }
            Listed::Recent => {}
        }
        let fresh = self.changed(&at, page.activities).await?;
        let mut jobs = Vec::new();
        for (raw, known) in &fresh {
            for (number, part) in descriptor.parts.iter().enumerate() {
                // What is known already is asked for again only where it tells the most.
                if number == 0 || !known {
                    let urgency =
                        at.urgency.min(if listed == Listed::Backfill { Urgency::Backfill } else { Urgency::Recent });
                    jobs.push(self.part_job(&at, urgency, number, *part, &raw.external_id, Why::Listed)?);
                }
            }
        }
        if !fresh.is_empty() && !at.source.store_only {
            jobs.push(self.reconcile_job(at.row.athlete)?);
        }
        let now = self.clock.now();
        let mut changes = success(now);
        if listed == Listed::Backfill {
            let known = at.row.backfill.clone().unwrap_or_default();
            let backfill = Backfill {
                from: after,
                to: before,
                walked_to: page.walked_to.or(known.walked_to),
                records_seen: known.records_seen + seen,
                complete: page.next.is_none(),
            };
            let text = serde_json::to_string(&backfill)
                .map_err(|error| HubError::Internal { deed: "note a backfill", cause: error.to_string().into() })?;
            changes.push((Field::Backfill, Expr::value(text)));
        }
        if let Some(next) = page.next {
            let job = Job::List {
                account,
                listed,
                cursor: Some(next.0),
                after,
                before,
                began: Some(began),
                met,
                refused: None,
            };
            jobs.push(self.account_job(at.source.name(), at.row.id, claimed.priority, &job)?);
        } else if listed == Listed::Sweep {
            for gone in self.vanished(&at, after, before, &met).await? {
                jobs.extend(self.missing_job(&at, Urgency::Sweep, &gone)?);
            }
        } else if listed == Listed::Recent {
            changes.push((Field::PolledAt, Expr::value(micros(began))));
        }
        let raws = fresh.into_iter().map(|(raw, _)| raw).collect();
        let aside =
            Aside { done: Some(claimed.clone()), jobs, account: Some((account, changes)), hold: at.source.store_only };
        self.ingest_with(at.row.athlete, raws, aside).await?;
        self.live.wake.notify_waiters();
        Ok(())
    }

    /// Those of a page that are new or say something new, each with all that is kept of it, and whether it was known.
    async fn changed(&self, at: &At<'_>, page: Vec<RawActivity>) -> Result<Vec<(RawActivity, bool)>, HubError> {
        let athlete = at.row.athlete;
        let known = self.known(athlete, page.iter()).await?;
        let mut seen = HashSet::new();
        let mut changed = Vec::new();
        for mut raw in page {
            let id = RecordId::of(athlete, &raw.source, raw.channel, &raw.external_id);
            if !seen.insert(id) {
                continue;
            }
            let Some((record, is_reconciled)) = known.get(&id) else {
                changed.push((raw, false));
                continue;
            };
            if at.source.store_only && *is_reconciled {
                // What the engine knows stays as it is until the source is trusted: a later round sees the difference.
                self.keep_only(athlete, &raw.source, raw.artifacts).await?;
                continue;
            }
            let same = |one: &Artifact| record.artifacts.get(&one.kind) == Some(&one.id());
            if record.is_live() && raw.artifacts.iter().all(same) {
                continue;
            }
            let stored = self.raw(record).await?;
            let old: Vec<Artifact> =
                stored.artifacts.iter().filter(|one| raw.artifact(one.kind).is_some()).cloned().collect();
            // Counters move all the time: what is read from it must differ, not its bytes.
            let before = self.read(&RawActivity { artifacts: old, ..raw.clone() });
            if record.is_live() && before.is_ok() && before == self.read(&raw) {
                continue;
            }
            raw.artifacts.extend(
                stored.artifacts.into_iter().filter(|one| raw.artifact(one.kind).is_none()).collect::<Vec<_>>(),
            );
            changed.push((raw, true));
        }
        Ok(changed)
    }

    /// Those that are known, and whether an activity holds them.
    async fn known(
        &self,
        athlete: AthleteId,
        raws: impl Iterator<Item = &RawActivity>,
    ) -> Result<HashMap<RecordId, (SourceRecord, bool)>, HubError> {
        let ids: Vec<RecordId> =
            raws.map(|raw| RecordId::of(athlete, &raw.source, raw.channel, &raw.external_id)).collect();
        let mut known = HashMap::new();
        for row in record::by_id(&self.database.read, &ids).await? {
            let (record, activity) = record::from_row(row)?;
            known.insert(record.id, (record, activity.is_some()));
        }
        Ok(known)
    }

    /// The records within a range that a walk through all of it did not meet. Legs stand in no list.
    async fn vanished(
        &self,
        at: &At<'_>,
        after: Option<DateTime<Utc>>,
        before: Option<DateTime<Utc>>,
        met: &[String],
    ) -> Result<Vec<ExternalId>, HubError> {
        let descriptor = at.source.connector.descriptor();
        let met: HashSet<&str> = met.iter().map(String::as_str).collect();
        let records = record::of_channel(&self.database.write, at.row.athlete, &descriptor.source, descriptor.channel);
        let mut vanished = Vec::new();
        for row in records.await? {
            let (record, _) = record::from_row(row)?;
            // A day from the edges: sources cut ranges by local time and by the second.
            let inside = record.fingerprint().is_some_and(|print| {
                after.is_none_or(|after| print.start >= after + Duration::days(1))
                    && before.is_none_or(|before| print.start < before - Duration::days(1))
            });
            let leg = matches!(record.multisport, Some(Multisport::Leg { .. }));
            if record.is_live() && inside && !leg && !met.contains(record.external_id.as_str()) {
                vanished.push(record.external_id);
            }
        }
        Ok(vanished)
    }

    /// From when on a round through what is recent asks.
    pub(crate) fn recent_from(&self, row: &AccountRow, source: &LiveSource) -> Option<DateTime<Utc>> {
        Some(row.polled_at.unwrap_or(row.created_at) - source.lookback)
    }
}
