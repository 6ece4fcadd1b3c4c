//! What must go, on request or because access was withdrawn: records, artifacts and their bytes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use domain::{
    ActivityId, ArtifactId, ArtifactRowId, AthleteId, Channel, Decision, ExternalId, Fingerprint, IdentityKeys, Milli,
    Readings, RecordId, Ruling, RulingId, SourceRecord, SourceSlug, Sport, StartPrecision, Withdrawal,
    WithdrawalReason,
};

use crate::store::{athlete, database_error, purge, record, ruling};
use crate::{Hub, HubError, Mode};

/// How the external id of an empty mark begins.
const MARK: &str = "purged:";

fn is_mark(record: &SourceRecord) -> bool {
    record.external_id.as_str().starts_with(MARK)
}

impl Hub {
    /// Removes everything that came to an athlete by one channel of a source, or only what was fetched `before` an
    /// instant: records, artifacts, bytes; activities are computed again from the rest and keep their ids. Gives how
    /// many records and artifacts went.
    pub(crate) async fn purge(
        &self,
        owner: AthleteId,
        source: &SourceSlug,
        channel: Channel,
        before: Option<DateTime<Utc>>,
    ) -> Result<(u64, u64), HubError> {
        let failed = || database_error("purge a channel");
        let transaction = self.database.begin().await?;
        athlete::advance(&transaction, owner, None).await.map_err(failed())?;
        let mut gone: BTreeMap<RecordId, (SourceRecord, Option<ActivityId>)> = BTreeMap::new();
        let mut rest: Vec<(SourceRecord, Option<ActivityId>)> = Vec::new();
        for row in record::of_athlete(&transaction, owner).await? {
            let (record, activity) = record::from_row(row)?;
            let is_old = before.is_none_or(|before| record.fetched_at < before && !is_mark(&record));
            if record.source == *source && record.channel == channel && is_old {
                gone.insert(record.id, (record, activity));
            } else {
                rest.push((record, activity));
            }
        }
        let keep: HashSet<ArtifactId> = rest.iter().flat_map(|(one, _)| one.artifacts.values().copied()).collect();
        let of_gone: HashSet<ArtifactId> = gone.values().flat_map(|(one, _)| one.artifacts.values().copied()).collect();
        let kept_rows: HashSet<ArtifactRowId> = keep.iter().map(|id| ArtifactRowId::of(owner, id)).collect();
        let mut artifacts = Vec::new();
        let mut objects = BTreeSet::new();
        for row in purge::artifacts(&transaction, owner).await.map_err(failed())? {
            let id = ArtifactRowId::from_uuid(row.id);
            let digest = <[u8; 32]>::try_from(row.sha256.as_slice()).map(ArtifactId::from_bytes);
            let told = digest.is_ok_and(|digest| of_gone.contains(&digest));
            // Older revisions' documents still name the record that was read from them.
            let was = row.record_id.is_some_and(|record| gone.contains_key(&RecordId::from_uuid(record)));
            if (told || was) && !kept_rows.contains(&id) {
                artifacts.push(row.id);
                objects.insert(row.object);
            }
        }
        let held: BTreeSet<ActivityId> = gone.values().filter_map(|(_, activity)| *activity).collect();
        let mut companions: BTreeMap<ActivityId, RecordId> = BTreeMap::new();
        for (record, activity) in &rest {
            if let Some(activity) = activity.filter(|activity| held.contains(activity)) {
                companions.entry(activity).or_insert(record.id);
            }
        }
        let alone: Vec<ActivityId> = held.iter().filter(|one| !companions.contains_key(one)).copied().collect();
        if gone.is_empty() {
            return Ok((0, 0));
        }
        let all: Vec<RecordId> = gone.keys().copied().collect();
        purge::remove(&transaction, &all, &alone, &artifacts).await.map_err(failed())?;
        let mut marks = Vec::new();
        for (id, (record, activity)) in &gone {
            let Some((activity, companion)) = activity.and_then(|one| Some((one, *companions.get(&one)?))) else {
                continue;
            };
            if ActivityId::founded_by(*id) != activity {
                continue;
            }
            // Others know the activity by the id that this record founded: an empty mark holds it, bound to what stays.
            marks.push((self.mark(record), Some(activity), Vec::new()));
            let bound = Ruling {
                id: RulingId::from_uuid(self.mint(self.clock.now())),
                athlete: owner,
                decision: Decision::Same(*id, companion),
                actor: "system".to_owned(),
                reason: "its content was purged".to_owned(),
                at: self.clock.now(),
            };
            ruling::insert(&transaction, &bound).await.map_err(failed())?;
        }
        record::upsert(&transaction, &marks).await.map_err(failed())?;
        let waiting: Vec<RecordId> = companions.into_values().collect();
        record::wait_for(&transaction, &waiting).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        self.remove_objects(&objects).await?;
        self.reconcile(owner, Mode::Pending).await?;
        Ok((gone.len() as u64, artifacts.len() as u64))
    }

    /// What is left of a record whose content went: its identity, at an instant that nothing else happened at.
    fn mark(&self, record: &SourceRecord) -> SourceRecord {
        let number = record.id.uuid().as_u128() % (20 * 365 * 86_400);
        let start = i64::try_from(number).ok().and_then(|number| DateTime::from_timestamp(number, 0));
        SourceRecord {
            external_id: ExternalId::new(format!("{MARK}{}", record.id.uuid().simple())),
            url: None,
            artifacts: BTreeMap::new(),
            readings: Readings::new(),
            source_sport: None,
            keys: IdentityKeys::default(),
            fingerprints: vec![Fingerprint {
                start: start.unwrap_or_default(),
                start_precision: StartPrecision::Second,
                utc_offset_s: None,
                elapsed_s: Milli::new(0),
                moving_s: None,
                distance_m: None,
                sport: Sport::Other,
                distance_is_soft: false,
                manual: false,
                start_point: None,
                end_point: None,
                device: None,
                device_serial: None,
            }],
            multisport: None,
            withdrawn: Some(Withdrawal { at: self.clock.now(), reason: WithdrawalReason::AccessRevoked }),
            revision: record.revision.saturating_add(1),
            ..record.clone()
        }
    }

    /// Removes the objects in which nothing lies any more.
    pub(crate) async fn remove_objects(&self, objects: &BTreeSet<String>) -> Result<(), HubError> {
        let used =
            purge::still_used(&self.database.write, objects).await.map_err(database_error("look for objects"))?;
        for object in objects.iter().filter(|object| !used.contains(*object)) {
            self.artifacts.remove(object).await?;
        }
        Ok(())
    }
}
