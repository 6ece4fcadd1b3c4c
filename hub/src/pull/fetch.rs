//! One part of one activity.

use chrono::Duration;
use connectors::{Part, RawActivity, Session, SourceError};
use domain::{ExternalId, RecordId, SourceRecord, WithdrawalReason};

use super::At;
use crate::planner::{Counted, Urgency};
use crate::store::{account, database_error, job, record};
use crate::work::{Aside, Job, Listed, Trouble, Why, success};
use crate::{Hub, HubError, Ingested};

/// How long an activity that is not there yet is waited for, in minutes.
const NOT_READY_MIN: [i64; 3] = [5, 15, 45];
/// Calls that notifications may cause in an hour, by account; what is beyond waits for the next round.
const NOTIFIED_AN_HOUR: i64 = 10;

impl Hub {
    /// One part of one activity.
    pub(crate) async fn fetch(
        &self,
        claimed: &job::Model,
        what: Job,
        call: &mut Option<Counted>,
    ) -> Result<(), Trouble> {
        let Job::Fetch { account, activity, part, why, absent, .. } = what.clone() else { return Ok(()) };
        let at = self.at(claimed, account).await?;
        let descriptor = at.source.connector.descriptor();
        let part = Part::from_name(&part).ok_or_else(|| HubError::Invalid(format!("there is no part {part}")))?;
        let main = descriptor.parts.first() == Some(&part);
        let activity = ExternalId::new(activity);
        let id = RecordId::of(at.row.athlete, &descriptor.source, descriptor.channel, &activity);
        let rows = record::by_id(&self.database.read, &[id]).await?;
        let known = rows.into_iter().next().map(record::from_row).transpose()?;
        let is_reconciled = known.as_ref().is_some_and(|(_, activity)| activity.is_some());
        let known = known.map(|(record, _)| record);
        if !main && !known.as_ref().is_some_and(SourceRecord::is_live) {
            // What was withdrawn since has no parts to ask for.
            return self.finish(claimed).await;
        }
        if why == Why::Notified && main && self.is_flooded(&at).await? {
            let after = self.recent_from(&at.row, at.source);
            let job = self.list_job(at.source, at.row.id, Urgency::Recent, Listed::Recent, (after, None))?;
            let aside = Aside { done: Some(claimed.clone()), jobs: vec![job], ..Aside::default() };
            return Ok(self.write_aside(aside).await?);
        }
        let fresh = self.ready_to_call(&at, call).await?;
        let session = Session { tokens: &fresh.tokens, now: self.clock.now() };
        let reply = at.source.connector.fetch(&session, &activity, part).await;
        let answer = match self.heard(&at, reply, fresh.version, &what).await {
            Ok(answer) => Ok(answer),
            Err(Trouble::Source(SourceError::Gone)) => Err(()),
            Err(trouble) => return Err(trouble),
        };
        let now = self.clock.now();
        let done = Aside {
            done: Some(claimed.clone()),
            account: Some((account, success(now))),
            hold: at.source.store_only,
            ..Aside::default()
        };
        let untouched = at.source.store_only && is_reconciled;
        let artifact = match answer {
            Ok(Some(artifact)) => artifact,
            Ok(None) => return Ok(self.write_aside(done).await?),
            // Only the whole can be gone; a part that is not there is not there.
            Err(()) if !main => return Ok(self.write_aside(done).await?),
            Err(()) if untouched => return Ok(self.write_aside(done).await?),
            Err(()) => return self.absent(&at, known, why, absent, what, done).await,
        };
        if why == Why::Missing && known.as_ref().is_some_and(SourceRecord::is_live) {
            metrics::counter!("datahub_denied_deletions_total", "connector" => at.source.name()).increment(1);
            tracing::warn!(
                connector = at.source.name(),
                "an activity was said to be gone and its source still shows it: nothing is withdrawn"
            );
        }
        if untouched {
            self.keep_only(at.row.athlete, &descriptor.source, vec![artifact]).await?;
            return Ok(self.write_aside(done).await?);
        }
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
            if record::by_id(&self.database.read, &[id]).await?.is_empty() {
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
        if !at.source.store_only {
            done.jobs.push(self.reconcile_job(at.row.athlete)?);
        }
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
                let scope = at.source.connector.descriptor().hidden_scope;
                let sees_hidden = scope.is_none_or(|scope| at.row.scopes.iter().any(|one| one == scope));
                // What was granted is not known of tokens that were made elsewhere.
                let reason = if sees_hidden || at.row.scopes.is_empty() {
                    WithdrawalReason::Deleted
                } else {
                    WithdrawalReason::NotVisible
                };
                self.withdraw(at.row.athlete, &[record.id], reason).await?;
                Ok(self.write_aside(done).await?)
            }
            Some(record) if !record.is_live() => Ok(self.write_aside(done).await?),
            _ if why == Why::Missing => Ok(self.write_aside(done).await?),
            _ => match NOT_READY_MIN.get(usize::from(absent)) {
                Some(minutes) => {
                    let mut later = what;
                    if let Job::Fetch { absent, .. } = &mut later {
                        *absent += 1;
                    }
                    Err(Trouble::Later(self.clock.now() + Duration::minutes(*minutes), Box::new(later)))
                }
                // A sweep finds it, if there ever is anything.
                None => Ok(self.write_aside(done).await?),
            },
        }
    }

    /// Whether notifications caused as many calls in this hour as they may.
    async fn is_flooded(&self, at: &At<'_>) -> Result<bool, HubError> {
        let hour = self.clock.now().timestamp().div_euclid(3_600);
        let counted =
            account::count(&self.database.write, at.row.id, account::NOTIFIED, hour, 1, NOTIFIED_AN_HOUR).await;
        Ok(!counted.map_err(database_error("count notifications"))?)
    }
}
