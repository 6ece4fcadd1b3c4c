//! Asking a source: pages of its list, parts of its activities. Each is one call, one job and one transaction.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use connectors::{Cursor, Part, Range, RawActivity, Reply, Session, SourceError};
use domain::{AccountId, Artifact, AthleteId, ExternalId, Multisport, RecordId, SourceRecord, WithdrawalReason};
use sea_orm::sea_query::Expr;

use crate::credentials::Fresh;
use crate::planner::Urgency;
use crate::sources::LiveSource;
use crate::store::account::{self, Field};
use crate::store::{database_error, job, micros, record};
use crate::work::{Aside, Job, Listed, Trouble, Why, success};
use crate::{AccountRow, Backfill, Hub, HubError, Ingested};

/// How long an activity that is not there yet is waited for, in minutes.
const NOT_READY_MIN: [i64; 3] = [5, 15, 45];
/// Calls that notifications may cause in an hour, by account; what is beyond waits for the next round.
const NOTIFIED_AN_HOUR: i64 = 10;

/// An account and its source, for the time of a job.
struct At<'a> {
    source: &'a LiveSource,
    row: AccountRow,
    urgency: Urgency,
}

impl Hub {
    async fn at(&self, claimed: &job::Model, id: uuid::Uuid) -> Result<At<'_>, Trouble> {
        let found = account::by_id(&self.database.write, AccountId::from_uuid(id)).await;
        let row = found.map_err(database_error("read an account"))?;
        let row = row.ok_or_else(|| HubError::NotFound("the account of this job is gone".to_owned()))?;
        let row = AccountRow::of(&row)?;
        let source = self.live_source(&row.connector)?;
        Ok(At { source, row, urgency: Urgency::of_priority(claimed.priority) })
    }

    /// A token that is fresh, and a call that is counted.
    async fn ready_to_call(&self, at: &At<'_>, refused: Option<i64>) -> Result<Fresh, Trouble> {
        let fresh = self.fresh(at.source, at.row.id, refused).await?.map_err(Trouble::Source)?;
        match self.reserve(at.source.name(), at.row.id, at.urgency).await? {
            Ok(()) => Ok(fresh),
            Err(until) => Err(Trouble::NotBefore(until)),
        }
    }

    /// What an answer gave. `None` where the token was refused the first time: ask again with a fresh one.
    async fn heard<T>(&self, at: &At<'_>, reply: Reply<T>, again: bool) -> Result<Option<T>, Trouble> {
        self.learn(at.source.name(), &reply).await?;
        match reply.outcome {
            Ok(answer) => Ok(Some(answer)),
            Err(SourceError::TokenRefused) if !again => Ok(None),
            Err(error) => Err(Trouble::Source(error)),
        }
    }

    /// One page of the list: its activities, the place to go on from, the work that follows, in one transaction.
    pub(crate) async fn list(&self, claimed: &job::Model, what: Job) -> Result<(), Trouble> {
        let Job::List { account, listed, cursor, after, before, began, mut met } = what else { return Ok(()) };
        let at = self.at(claimed, account).await?;
        let began = began.unwrap_or_else(|| self.clock.now());
        let place = cursor.map(Cursor);
        let mut refused = None;
        let page = loop {
            let fresh = self.ready_to_call(&at, refused).await?;
            let session = Session { tokens: &fresh.tokens, now: self.clock.now() };
            let reply = at.source.connector.list(&session, Range { after, before }, place.as_ref()).await;
            match self.heard(&at, reply, refused.is_some()).await? {
                Some(page) => break page,
                None => refused = Some(fresh.version),
            }
        };
        let descriptor = at.source.connector.descriptor();
        let unreadable: Vec<Artifact> = page.unreadable.into_iter().map(|(artifact, _)| artifact).collect();
        self.keep_only(at.row.athlete, &descriptor.source, unreadable).await?;
        let seen = page.activities.len() as u64;
        if listed == Listed::Sweep {
            met.extend(page.activities.iter().map(|one| one.external_id.to_string()));
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
        if !fresh.is_empty() {
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
            let job = Job::List { account, listed, cursor: Some(next.0), after, before, began: Some(began), met };
            jobs.push(self.account_job(at.source.name(), at.row.id, claimed.priority, &job)?);
        } else if listed == Listed::Sweep {
            for gone in self.vanished(&at, after, before, &met).await? {
                jobs.extend(self.missing_job(&at, Urgency::Sweep, &gone)?);
            }
        } else if listed == Listed::Recent {
            changes.push((Field::PolledAt, Expr::value(micros(began))));
        }
        let raws = fresh.into_iter().map(|(raw, _)| raw).collect();
        let aside = Aside { done: Some(claimed.clone()), jobs, account: Some((account, changes)) };
        self.ingest_with(at.row.athlete, raws, aside).await?;
        self.live.wake.notify_waiters();
        Ok(())
    }

    fn part_job(
        &self,
        at: &At<'_>,
        urgency: Urgency,
        number: usize,
        part: Part,
        activity: &ExternalId,
        why: Why,
    ) -> Result<job::New, HubError> {
        let account = at.row.id;
        let job = Job::Fetch {
            account: account.uuid(),
            activity: activity.to_string(),
            part: part.name().to_owned(),
            why,
            absent: 0,
        };
        self.account_job(at.source.name(), account, urgency.priority(number + 1), &job)
    }

    /// Asks for an activity that is said to be gone. `None` where the source has no parts to ask for.
    fn missing_job(&self, at: &At<'_>, urgency: Urgency, activity: &ExternalId) -> Result<Option<job::New>, HubError> {
        let part = at.source.connector.descriptor().parts.first();
        part.map(|part| self.part_job(at, urgency, 0, *part, activity, Why::Missing)).transpose()
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
            let Some(record) = known.get(&id) else {
                changed.push((raw, false));
                continue;
            };
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

    async fn known(
        &self,
        athlete: AthleteId,
        raws: impl Iterator<Item = &RawActivity>,
    ) -> Result<HashMap<RecordId, SourceRecord>, HubError> {
        let ids: Vec<RecordId> =
            raws.map(|raw| RecordId::of(athlete, &raw.source, raw.channel, &raw.external_id)).collect();
        let mut known = HashMap::new();
        for row in record::by_id(&self.database.write, &ids).await? {
            let (record, _) = record::from_row(row)?;
            known.insert(record.id, record);
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

    /// One part of one activity.
    pub(crate) async fn fetch(&self, claimed: &job::Model, what: Job) -> Result<(), Trouble> {
        let Job::Fetch { account, activity, part, why, absent } = what.clone() else { return Ok(()) };
        let at = self.at(claimed, account).await?;
        let descriptor = at.source.connector.descriptor();
        let part = Part::from_name(&part).ok_or_else(|| HubError::Invalid(format!("there is no part {part}")))?;
        let main = descriptor.parts.first() == Some(&part);
        let activity = ExternalId::new(activity);
        let id = RecordId::of(at.row.athlete, &descriptor.source, descriptor.channel, &activity);
        let rows = record::by_id(&self.database.write, &[id]).await?;
        let known = rows.into_iter().next().map(record::from_row).transpose()?.map(|(record, _)| record);
        if !main && !known.as_ref().is_some_and(SourceRecord::is_live) {
            // What was withdrawn since has no parts to ask for.
            return self.finish(claimed).await;
        }
        if why == Why::Notified && main && self.is_flooded(&at).await? {
            let round = Job::List {
                account,
                listed: Listed::Recent,
                cursor: None,
                after: self.recent_from(&at.row, at.source),
                before: None,
                began: None,
                met: Vec::new(),
            };
            let job = self.account_job(at.source.name(), at.row.id, Urgency::Recent.priority(0), &round)?;
            let aside = Aside { done: Some(claimed.clone()), jobs: vec![job], account: None };
            return self.write_aside(aside).await;
        }
        let mut refused = None;
        let answer = loop {
            let fresh = self.ready_to_call(&at, refused).await?;
            let session = Session { tokens: &fresh.tokens, now: self.clock.now() };
            let reply = at.source.connector.fetch(&session, &activity, part).await;
            match self.heard(&at, reply, refused.is_some()).await {
                Ok(Some(answer)) => break Ok(answer),
                Ok(None) => refused = Some(fresh.version),
                Err(Trouble::Source(SourceError::Gone)) => break Err(()),
                Err(trouble) => return Err(trouble),
            }
        };
        let now = self.clock.now();
        let done = Aside { done: Some(claimed.clone()), jobs: Vec::new(), account: Some((account, success(now))) };
        let artifact = match answer {
            Ok(Some(artifact)) => artifact,
            Ok(None) => return self.write_aside(done).await,
            // Only the whole can be gone; a part that is not there is not there.
            Err(()) if !main => return self.write_aside(done).await,
            Err(()) => return self.absent(&at, known, why, absent, what, done).await,
        };
        let mut raw = match &known {
            Some(record) => self.raw(record).await?,
            None => RawActivity {
                source: descriptor.source.clone(),
                channel: descriptor.channel,
                external_id: activity.clone(),
                session_index: 0,
                artifacts: Vec::new(),
            },
        };
        let mut done = done;
        for child in if main { at.source.connector.children(&artifact) } else { Vec::new() } {
            let id = RecordId::of(at.row.athlete, &descriptor.source, descriptor.channel, &child);
            if record::by_id(&self.database.write, &[id]).await?.is_empty() {
                done.jobs.push(self.part_job(&at, at.urgency, 0, part, &child, Why::Listed)?);
            }
        }
        if main && (why == Why::Notified || known.as_ref().is_none_or(|record| !record.is_live())) {
            for (number, part) in descriptor.parts.iter().enumerate().skip(1) {
                done.jobs.push(self.part_job(
                    &at,
                    at.urgency.min(Urgency::Recent),
                    number,
                    *part,
                    &activity,
                    Why::Listed,
                )?);
            }
        }
        raw.artifacts.retain(|one| one.kind != artifact.kind);
        raw.artifacts.push(artifact);
        done.jobs.push(self.reconcile_job(at.row.athlete)?);
        let batch = self.ingest_with(at.row.athlete, vec![raw], done).await?;
        if let Some(Ingested::Unreadable { reason, .. }) = batch.outcomes.first() {
            tracing::warn!(connector = at.source.name(), reason, "an activity was kept and could not be read");
        }
        self.live.wake.notify_waiters();
        Ok(())
    }

    /// The source does not show it: not ready yet, or gone.
    async fn absent(
        &self,
        at: &At<'_>,
        known: Option<SourceRecord>,
        why: Why,
        absent: u8,
        what: Job,
        done: Aside,
    ) -> Result<(), Trouble> {
        match known {
            Some(record) if record.is_live() && why != Why::Listed => {
                self.withdraw(at.row.athlete, &[record.id], WithdrawalReason::Deleted).await?;
                self.write_aside(done).await
            }
            Some(record) if !record.is_live() => self.write_aside(done).await,
            _ if why == Why::Missing => self.write_aside(done).await,
            _ => match NOT_READY_MIN.get(usize::from(absent)) {
                Some(minutes) => {
                    let mut later = what;
                    if let Job::Fetch { absent, .. } = &mut later {
                        *absent += 1;
                    }
                    Err(Trouble::Later(self.clock.now() + Duration::minutes(*minutes), Box::new(later)))
                }
                // A sweep finds it, if there ever is anything.
                None => self.write_aside(done).await,
            },
        }
    }

    /// Whether notifications caused as many calls in this hour as they may.
    async fn is_flooded(&self, at: &At<'_>) -> Result<bool, HubError> {
        let hour = self.clock.now().timestamp().div_euclid(3_600);
        let calls = crate::store::limit::notified(&self.database.write, at.row.id, hour);
        Ok(calls.await.map_err(database_error("count notifications"))? > NOTIFIED_AN_HOUR)
    }

    /// From when on a round through what is recent asks.
    pub(crate) fn recent_from(&self, row: &AccountRow, source: &LiveSource) -> Option<DateTime<Utc>> {
        Some(row.polled_at.unwrap_or(row.created_at) - source.lookback)
    }
}
