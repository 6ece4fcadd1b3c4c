//! Reading stored artifacts again, with today's mappings and without asking anyone.

use connectors::{RawActivity, file};
use domain::{Artifact, ArtifactKind, ArtifactRowId, AthleteId, MediaType, RecordId, SourceRecord, SourceSlug};
use entity::{artifact, import_refusal, import_run, source_record};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::ingest::{digest, revise_known};
use crate::store::{athlete, database_error, record};
use crate::{Hub, HubError, Ingested, Mode};

/// Records that are read again in one transaction.
const AT_ONCE: usize = 200;

impl Hub {
    /// Reads a source's stored artifacts again, refused files too, writes the records that changed, and reconciles.
    /// Gives how many records changed or are new.
    ///
    /// # Errors
    /// `Internal` where a stored artifact is damaged.
    pub async fn remap(&self, athlete: AthleteId, source: &SourceSlug) -> Result<u64, HubError> {
        let failed = database_error("list a source's records");
        let ids: Vec<Uuid> = source_record::Entity::find()
            .select_only()
            .column(source_record::Column::Id)
            .filter(source_record::Column::AthleteId.eq(athlete.uuid()))
            .filter(source_record::Column::Source.eq(source.as_str()))
            .order_by_asc(source_record::Column::SpansFrom)
            .into_tuple()
            .all(&self.database.read)
            .await
            .map_err(failed)?;
        let mut changed = 0;
        for part in ids.chunks(AT_ONCE) {
            let part: Vec<RecordId> = part.iter().copied().map(RecordId::from_uuid).collect();
            changed += self.remap_part(athlete, &part).await?;
        }
        changed += self.read_refused(athlete, source).await?;
        self.reconcile(athlete, Mode::Pending).await?;
        Ok(changed)
    }

    async fn remap_part(&self, athlete: AthleteId, ids: &[RecordId]) -> Result<u64, HubError> {
        let mut rows = Vec::new();
        for row in record::by_id(&self.database.read, ids).await? {
            let (known, activity) = record::from_row(row)?;
            let Ok(mapped) = self.read(&self.raw(&known).await?) else { continue };
            let same = known.readings == mapped.readings
                && known.keys == mapped.keys
                && known.multisport == mapped.multisport
                && known.url == mapped.url
                && known.source_sport == mapped.source_sport
                && known.fingerprints.last() == Some(&mapped.fingerprint);
            if same {
                continue;
            }
            let artifacts: Vec<_> = known.artifacts.iter().map(|(kind, id)| (*kind, *id)).collect();
            let digest = digest(&artifacts, known.keys.session_index);
            rows.push((revise_known(known, mapped, self.clock.now()), activity, digest));
        }
        if rows.is_empty() {
            return Ok(0);
        }
        let failed = || database_error("write records read again");
        let transaction = self.database.begin().await?;
        athlete::advance(&transaction, athlete, None).await.map_err(failed())?;
        record::upsert(&transaction, &rows).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        Ok(rows.len() as u64)
    }

    /// A record's activity as it came, from the store.
    pub(crate) async fn raw(&self, record: &SourceRecord) -> Result<RawActivity, HubError> {
        let mut artifacts = Vec::with_capacity(record.artifacts.len());
        for id in record.artifacts.values() {
            let row = ArtifactRowId::of(record.athlete, id);
            artifacts.push(self.stored_artifact(row).await?);
        }
        Ok(RawActivity {
            source: record.source.clone(),
            channel: record.channel,
            external_id: record.external_id.clone(),
            session_index: record.keys.session_index,
            artifacts,
        })
    }

    async fn stored_artifact(&self, id: ArtifactRowId) -> Result<Artifact, HubError> {
        let row = artifact::Entity::find_by_id(id.uuid())
            .one(&self.database.read)
            .await
            .map_err(database_error("look for an artifact"))?
            .ok_or_else(|| HubError::NotFound(format!("there is no artifact {id}")))?;
        let bytes = self.artifact_bytes(&row).await?;
        let kind = ArtifactKind::from_name(&row.kind).unwrap_or(ArtifactKind::Other);
        Ok(Artifact { kind, media_type: MediaType(row.content_type.into()), filename: row.filename, bytes })
    }

    /// Tries the files again that imports could not read.
    async fn read_refused(&self, athlete: AthleteId, source: &SourceSlug) -> Result<u64, HubError> {
        let failed = database_error("list refused files");
        let rows: Vec<Option<Uuid>> = import_refusal::Entity::find()
            .select_only()
            .column(import_refusal::Column::ArtifactId)
            .filter(import_refusal::Column::ArtifactId.is_not_null())
            .filter(
                import_refusal::Column::RunId.in_subquery(
                    sea_orm::sea_query::Query::select()
                        .column(import_run::Column::Id)
                        .from(import_run::Entity)
                        .and_where(import_run::Column::AthleteId.eq(athlete.uuid()))
                        .to_owned(),
                ),
            )
            .into_tuple()
            .all(&self.database.read)
            .await
            .map_err(failed)?;
        let mut ids: Vec<Uuid> = rows.into_iter().flatten().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut changed = 0;
        for id in ids {
            let kept = self.stored_artifact(ArtifactRowId::from_uuid(id)).await?;
            if !kept.kind.is_file() || *source != SourceSlug::FILE {
                continue;
            }
            let Ok(raws) = file::raw_activities(kept.filename.as_deref(), kept.bytes) else { continue };
            let batch = self.ingest(athlete, raws).await?;
            let fresh = |outcome: &&Ingested| matches!(outcome, Ingested::New(_) | Ingested::Updated(_));
            changed += batch.outcomes.iter().filter(fresh).count() as u64;
        }
        Ok(changed)
    }
}
