//! The one way in: bytes are kept first, read second, and written as records that wait for the engine.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use connectors::{Mapped, RawActivity, Unreadable};
use domain::{ActivityId, Artifact, ArtifactId, ArtifactRowId, AthleteId, RecordId, SourceRecord, SourceSlug};
use sea_orm::{ConnectionTrait, Value};
use sha2::{Digest, Sha256};

use crate::artifact::Place;
use crate::store::{self, athlete, bulk, database_error, micros, record};
use crate::work::Aside;
use crate::{Hub, HubError};

/// Part of every record's digest: raised when a mapping changes what it reads, so that bringing the same bytes in again
/// reads them again.
const MAPPINGS: u8 = 2;

/// What became of one activity that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingested {
    /// A record that was not there.
    New(RecordId),
    /// A new revision of one.
    Updated(RecordId),
    /// Nothing changed, nothing was written.
    Unchanged(RecordId),
    /// Its bytes are kept, and no record could be made of them.
    Unreadable {
        /// Why, in a sentence.
        reason: String,
        /// The bytes that could not be read.
        artifact: Option<ArtifactId>,
    },
}

/// What a batch did.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// What became of each activity, in their order.
    pub(crate) outcomes: Vec<Ingested>,
    /// What in records could not be read, counted by problem.
    pub(crate) defects: BTreeMap<String, u64>,
}

impl Hub {
    /// Takes a batch in, in one transaction. What is there already costs a comparison and writes nothing.
    pub(crate) async fn ingest(&self, athlete: AthleteId, batch: Vec<RawActivity>) -> Result<Batch, HubError> {
        self.ingest_with(athlete, batch, Aside::default()).await
    }

    /// The same, with what must be written in the same transaction.
    pub(crate) async fn ingest_with(
        &self,
        athlete: AthleteId,
        batch: Vec<RawActivity>,
        aside: Aside,
    ) -> Result<Batch, HubError> {
        let digested: Vec<Digested> = batch.into_iter().map(|raw| Digested::of(athlete, raw)).collect();
        let ids: Vec<RecordId> = digested.iter().map(|one| one.id).collect();
        let known = record::digests(&self.database.read, &ids).await.map_err(database_error("compare records"))?;
        let mut fresh: Vec<(usize, Digested)> = Vec::new();
        let mut outcomes = Vec::with_capacity(digested.len());
        // The same activity twice in a batch: the later one stands.
        let mut last: HashMap<RecordId, usize> = HashMap::new();
        for (place, one) in digested.iter().enumerate() {
            last.insert(one.id, place);
        }
        for (place, one) in digested.into_iter().enumerate() {
            outcomes.push(Ingested::Unchanged(one.id));
            let stands = last.get(&one.id) == Some(&place);
            if stands && known.get(&one.id) != Some(&one.digest) {
                fresh.push((place, one));
            }
        }
        let mut result = Batch { outcomes, defects: BTreeMap::new() };
        if fresh.is_empty() {
            if !aside.is_empty() {
                let transaction = self.database.begin().await?;
                aside.write(&transaction, self.clock.now()).await?;
                transaction.commit().await.map_err(database_error("write what came"))?;
            }
            return Ok(result);
        }
        let now = self.clock.now();
        let kept = self.keep(athlete, fresh.iter().flat_map(|(_, one)| one.artifacts()).collect()).await?;
        let mut mapped = Vec::with_capacity(fresh.len());
        for (place, one) in fresh {
            match self.read(&one.raw) {
                Ok(read) => {
                    for defect in &read.defects {
                        *result.defects.entry(defect.problem.clone()).or_default() += 1;
                    }
                    mapped.push((place, one, read));
                }
                Err(unreadable) => {
                    let artifact = one.ids.last().map(|(_, id)| *id);
                    if let Some(outcome) = result.outcomes.get_mut(place) {
                        *outcome = Ingested::Unreadable { reason: unreadable.reason, artifact };
                    }
                }
            }
        }
        self.write_records(athlete, now, &kept, (mapped, aside), &mut result).await?;
        Ok(result)
    }

    async fn write_records(
        &self,
        athlete: AthleteId,
        now: DateTime<Utc>,
        kept: &[Kept],
        (mapped, aside): (Vec<(usize, Digested, Mapped)>, Aside),
        result: &mut Batch,
    ) -> Result<(), HubError> {
        let failed = || database_error("write records");
        let transaction = self.database.begin().await?;
        if !athlete::advance(&transaction, athlete, None).await.map_err(failed())? {
            return Err(self.erased_meanwhile(athlete).await);
        }
        let ids: Vec<RecordId> = mapped.iter().map(|(_, one, _)| one.id).collect();
        let mut before: HashMap<RecordId, (SourceRecord, Option<ActivityId>)> = HashMap::new();
        for row in record::by_id(&transaction, &ids).await? {
            let (known, activity) = record::from_row(row)?;
            before.insert(known.id, (known, activity));
        }
        let mut records = Vec::with_capacity(mapped.len());
        let mut owners: HashMap<ArtifactId, RecordId> = HashMap::new();
        for (place, one, read) in mapped {
            for (_, id) in &one.ids {
                owners.entry(*id).or_insert(one.id);
            }
            let (id, digest) = (one.id, one.digest.clone());
            let known = before.remove(&id);
            let (known, activity) = known.map_or((None, None), |(known, activity)| (Some(known), activity));
            let outcome = if known.is_some() { Ingested::Updated(id) } else { Ingested::New(id) };
            if let Some(slot) = result.outcomes.get_mut(place) {
                *slot = outcome;
            }
            records.push((revise(athlete, now, one, read, known), activity, digest));
        }
        write_artifacts(&transaction, kept, &owners).await.map_err(failed())?;
        record::upsert(&transaction, &records).await.map_err(failed())?;
        if aside.hold {
            let fresh = |one: &Ingested| if let Ingested::New(id) = one { Some(*id) } else { None };
            let fresh: Vec<RecordId> = result.outcomes.iter().filter_map(fresh).collect();
            record::hold(&transaction, &fresh).await.map_err(failed())?;
        }
        aside.write(&transaction, now).await?;
        transaction.commit().await.map_err(failed())
    }

    /// Keeps artifacts of which no record is made, so that they can be read again later.
    pub(crate) async fn keep_only(
        &self,
        athlete: AthleteId,
        source: &SourceSlug,
        artifacts: Vec<Artifact>,
    ) -> Result<(), HubError> {
        if artifacts.is_empty() {
            return Ok(());
        }
        let kept = self
            .keep(athlete, artifacts.iter().map(|artifact| (source.clone(), artifact.id(), artifact)).collect())
            .await?;
        let transaction = self.database.begin().await?;
        let failed = || database_error("write artifacts");
        if athlete::generation(&transaction, athlete).await.map_err(failed())?.is_none() {
            return Err(self.erased_meanwhile(athlete).await);
        }
        write_artifacts(&transaction, &kept, &HashMap::new()).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())
    }

    /// Keeps the bytes that are not kept yet, each once.
    async fn keep(
        &self,
        athlete: AthleteId,
        artifacts: Vec<(SourceSlug, ArtifactId, &Artifact)>,
    ) -> Result<Vec<Kept>, HubError> {
        let mut seen = HashSet::new();
        let wanted: Vec<_> = artifacts.into_iter().filter(|(_, id, _)| seen.insert(*id)).collect();
        let rows: Vec<ArtifactRowId> = wanted.iter().map(|(_, id, _)| ArtifactRowId::of(athlete, id)).collect();
        let there =
            store::artifacts_there(&self.database.read, &rows).await.map_err(database_error("compare artifacts"))?;
        let missing: Vec<_> =
            wanted.into_iter().zip(rows).filter(|(_, row)| !there.contains(row)).map(|(one, row)| (row, one)).collect();
        let bytes: Vec<_> = missing.iter().map(|(_, (_, _, artifact))| &artifact.bytes).collect();
        let places = self.artifacts.put(athlete, &bytes).await?;
        let now = self.clock.now();
        let kept = missing.into_iter().zip(places).map(|((row, (source, id, artifact)), place)| Kept {
            row,
            athlete,
            id,
            source,
            kind: artifact.kind.name(),
            size: artifact.bytes.len() as i64,
            content_type: artifact.media_type.0.to_string(),
            filename: artifact.filename.clone(),
            fetched_at: now,
            place,
        });
        Ok(kept.collect())
    }
}

/// An artifact whose bytes are kept, before its row is written.
struct Kept {
    row: ArtifactRowId,
    athlete: AthleteId,
    id: ArtifactId,
    source: SourceSlug,
    kind: &'static str,
    size: i64,
    content_type: String,
    filename: Option<String>,
    fetched_at: DateTime<Utc>,
    place: Place,
}

async fn write_artifacts(
    connection: &impl ConnectionTrait,
    kept: &[Kept],
    owners: &HashMap<ArtifactId, RecordId>,
) -> Result<(), sea_orm::DbErr> {
    const COLUMNS: [&str; 14] = [
        "id",
        "athlete_id",
        "sha256",
        "kind",
        "source",
        "size_bytes",
        "content_type",
        "filename",
        "fetched_at",
        "record_id",
        "object",
        "object_offset",
        "stored_bytes",
        "encoding",
    ];
    let rows = kept
        .iter()
        .map(|one| {
            vec![
                Value::from(one.row.uuid()),
                Value::from(one.athlete.uuid()),
                Value::from(one.id.as_bytes().to_vec()),
                Value::from(one.kind),
                Value::from(one.source.as_str()),
                Value::from(one.size),
                Value::from(one.content_type.as_str()),
                Value::from(one.filename.as_deref()),
                Value::from(micros(one.fetched_at)),
                Value::from(owners.get(&one.id).map(|record| record.uuid())),
                Value::from(one.place.object.as_str()),
                Value::from(one.place.offset as i64),
                Value::from(one.place.stored as i64),
                Value::from(one.place.encoding.name()),
            ]
        })
        .collect();
    bulk::insert(connection, "artifact", &COLUMNS, rows, "(id) DO NOTHING").await.map(drop)
}

/// A raw activity with its names by content.
struct Digested {
    id: RecordId,
    ids: Vec<(domain::ArtifactKind, ArtifactId)>,
    digest: Vec<u8>,
    raw: RawActivity,
}

impl Digested {
    fn of(athlete: AthleteId, raw: RawActivity) -> Self {
        let mut ids: Vec<_> = raw.artifacts.iter().map(|artifact| (artifact.kind, artifact.id())).collect();
        ids.sort_unstable();
        Self {
            id: RecordId::of(athlete, &raw.source, raw.channel, &raw.external_id),
            digest: digest(&ids, raw.session_index),
            ids,
            raw,
        }
    }

    fn artifacts(&self) -> Vec<(SourceSlug, ArtifactId, &Artifact)> {
        let id = |artifact: &Artifact| self.ids.iter().find(|(kind, _)| *kind == artifact.kind).map(|(_, id)| *id);
        self.raw.artifacts.iter().filter_map(|one| Some((self.raw.source.clone(), id(one)?, one))).collect()
    }
}

/// A record's digest: of its artifacts, its session in them, and the mappings that read them.
pub(crate) fn digest(ids: &[(domain::ArtifactKind, ArtifactId)], session_index: u16) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update([MAPPINGS]);
    hash.update(session_index.to_be_bytes());
    for (kind, id) in ids {
        hash.update([*kind as u8]);
        hash.update(id.as_bytes());
    }
    hash.finalize().to_vec()
}

impl Hub {
    /// Reads an activity by its source's mapping. A mapping that panics has a defect, and costs this activity and no
    /// other.
    pub(crate) fn read(&self, raw: &RawActivity) -> Result<Mapped, Unreadable> {
        let Some(map) = self.mapper(&raw.source, raw.channel) else {
            return Err(Unreadable::because(format!(
                "this build cannot read records of {} by {}",
                raw.source,
                raw.channel.name()
            )));
        };
        catch_unwind(AssertUnwindSafe(|| map(raw)))
            .unwrap_or_else(|_| Err(Unreadable::because("the mapping failed on it: please report the file")))
    }
}

/// The record as it stands now, with what it said before.
pub(crate) fn revise_known(mut known: SourceRecord, read: Mapped, now: DateTime<Utc>) -> SourceRecord {
    if known.fingerprints.last() != Some(&read.fingerprint) {
        known.fingerprints.push(read.fingerprint);
    }
    known.readings = read.readings;
    known.keys = read.keys;
    known.source_sport = read.source_sport;
    known.url = read.url;
    known.multisport = read.multisport;
    known.revision = known.revision.saturating_add(1);
    known.fetched_at = now;
    known
}

fn revise(
    athlete: AthleteId,
    now: DateTime<Utc>,
    one: Digested,
    read: Mapped,
    known: Option<SourceRecord>,
) -> SourceRecord {
    let artifacts: BTreeMap<_, _> = one.ids.into_iter().collect();
    if let Some(known) = known {
        // A source that shows it again takes its withdrawal back.
        return SourceRecord { artifacts, withdrawn: None, ..revise_known(known, read, now) };
    }
    SourceRecord {
        id: one.id,
        athlete,
        source: one.raw.source,
        channel: one.raw.channel,
        external_id: one.raw.external_id,
        url: read.url,
        artifacts,
        first_seen_at: now,
        fetched_at: now,
        revision: 1,
        readings: read.readings,
        source_sport: read.source_sport,
        keys: read.keys,
        fingerprints: vec![read.fingerprint],
        multisport: read.multisport,
        withdrawn: None,
    }
}
