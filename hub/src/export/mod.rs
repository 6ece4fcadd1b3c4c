//! Everything held about an athlete, as one zip that anybody can read: lists in JSON Lines, artifacts as they came.
//!
//! The ids are read first, what they name page by page; one artifact is in memory at a time. The manifest comes last and
//! names each list with its length and SHA-256; the list of artifacts names each artifact's. Credentials are no part of
//! it: they are the hub's keys to a service, and worth something to whoever finds the file.

mod archive;
mod document;

use std::collections::BTreeSet;
use std::path::Path;

use domain::{ArtifactRowId, AthleteId};
use serde_json::{Value as Json, json};

use self::archive::{Archive, Entry};
use crate::store::{athlete, database_error, decision, ruling};
use crate::{AthleteRow, Athletes, CandidateState, Hub, HubError, PageRequest, View};

/// Things read and written at a time.
const PAGE: usize = 100;

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportProgress {
    /// Activities, records and artifacts written.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}

/// What an export holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportReport {
    /// Each list and how many lines it has.
    pub lists: Vec<(&'static str, u64)>,
    /// Artifacts whose bytes are in it.
    pub artifacts: u64,
    /// Artifacts whose bytes are not what they were, and therefore missing.
    pub damaged: u64,
    /// Bytes of the zip.
    pub bytes: u64,
    /// Whether the athlete's records or decisions changed while it was written.
    pub changed_meanwhile: bool,
}

/// Why an export came to no end.
enum Stop {
    Asked,
    Failed(HubError),
}

impl From<HubError> for Stop {
    fn from(error: HubError) -> Self {
        Self::Failed(error)
    }
}

/// An export in the making.
struct Export<'a> {
    view: View,
    athlete: AthleteId,
    /// Absent while a thread writes to it.
    archive: Option<Archive>,
    /// The list that was begun, and its lines so far.
    list: (&'static str, u64),
    lists: Vec<(&'static str, u64, Entry)>,
    now: ExportProgress,
    progress: &'a (dyn Fn(&ExportProgress) + Send + Sync),
    cancelled: &'a (dyn Fn() -> bool + Send + Sync),
}

impl Hub {
    /// Writes everything held about an athlete to a zip at `out`, where nothing may stand yet. The file appears there
    /// when it is whole. `progress` is called after every page; `cancelled` is asked before each: `None` says that
    /// somebody stopped it, and nothing is left behind.
    ///
    /// # Errors
    /// `NotFound` for an unknown athlete, `Conflict` where something stands at `out`, `Invalid` where it is no place
    /// for a file, `Unavailable` where the disk, the database or the artifact store fails.
    pub async fn export(
        &self,
        athlete: AthleteId,
        out: &Path,
        progress: &(dyn Fn(&ExportProgress) + Send + Sync),
        cancelled: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<Option<ExportReport>, HubError> {
        let view = self.view(Athletes::Only([athlete].into()));
        let row = view.athlete(athlete).await?;
        let row = row.ok_or_else(|| HubError::NotFound(format!("there is no athlete {athlete}")))?;
        let archive = Some(Archive::begin(out)?);
        let now = ExportProgress { done: 0, total: 0 };
        let export = Export { view, athlete, archive, list: ("", 0), lists: Vec::new(), now, progress, cancelled };
        match export.carry_out(self, &row).await {
            Ok(report) => Ok(Some(report)),
            Err(Stop::Asked) => Ok(None),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    async fn generation(&self, athlete: AthleteId) -> Result<Option<i64>, HubError> {
        athlete::generation(&self.database.read, athlete).await.map_err(database_error("read an athlete's generation"))
    }
}

impl Export<'_> {
    async fn carry_out(mut self, hub: &Hub, row: &AthleteRow) -> Result<ExportReport, Stop> {
        let before = hub.generation(self.athlete).await?;
        let activities = self.view.activity_ids(self.athlete).await?;
        let records = self.view.record_ids(self.athlete).await?;
        let artifacts = self.view.artifact_ids(self.athlete).await?;
        self.now.total = (activities.len() + records.len() + artifacts.len()) as u64;

        self.open("activities.jsonl").await?;
        for ids in activities.chunks(PAGE) {
            let (rows, records) = (self.view.activities_by_id(ids).await?, self.view.records_of(ids).await?);
            let matches = self.view.matches_of(ids).await?;
            let of = |id| {
                let records = records.get(id).map(Vec::as_slice).unwrap_or_default();
                let matches = matches.get(id).map(Vec::as_slice).unwrap_or_default();
                Some(document::activity(rows.get(id)?, records, matches))
            };
            self.lines(&ids.iter().filter_map(of).collect::<Vec<_>>()).await?;
            self.step(ids.len())?;
        }
        self.close().await?;
        self.open("records.jsonl").await?;
        for ids in records.chunks(PAGE) {
            let rows = self.view.records_by_id(ids).await?;
            self.lines(&ids.iter().filter_map(|id| rows.get(id).map(document::record)).collect::<Vec<_>>()).await?;
            self.step(ids.len())?;
        }
        self.close().await?;
        self.history().await?;
        self.decisions(hub).await?;
        self.deeds(hub).await?;
        let (kept, bytes, damaged) = self.artifacts(&artifacts).await?;

        let changed_meanwhile = before.is_none() || before != hub.generation(self.athlete).await?;
        let manifest = json!({
            "format": "datahub-export",
            "version": 1,
            "writtenBy": concat!("datahub ", env!("CARGO_PKG_VERSION")),
            "exportedAt": hub.clock.now().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            "athlete": {
                "id": row.id.to_string(),
                "displayName": row.display_name,
                "createdAt": row.created_at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            },
            "lists": self.lists.iter().map(|(_, lines, entry)| json!({
                "name": entry.name, "lines": lines, "bytes": entry.bytes, "sha256": entry.sha256,
            })).collect::<Vec<_>>(),
            "artifacts": { "files": kept, "bytes": bytes, "damaged": damaged },
            "changedMeanwhile": changed_meanwhile,
        });
        let lists = self.lists.iter().map(|(name, lines, _)| (*name, *lines)).collect();
        let text = format!("{manifest:#}\n");
        let write = move |archive: &mut Archive| {
            archive.open("manifest.json", true)?;
            archive.write(text.as_bytes()).map(|()| drop(archive.close()))
        };
        self.on_thread(write).await?;
        let bytes = match self.archive.take() {
            Some(archive) => blocking(move || archive.finish()).await?,
            None => return Err(lost().into()),
        };
        Ok(ExportReport { lists, artifacts: kept, damaged, bytes, changed_meanwhile })
    }

    /// What became of the activities, in the order in which it happened.
    async fn history(&mut self) -> Result<(), Stop> {
        self.open("history.jsonl").await?;
        let mut request = PageRequest { first: u32::try_from(PAGE).ok(), ..PageRequest::default() };
        loop {
            let page = self.view.changes(Some(self.athlete), &request).await?;
            self.lines(&page.items.iter().map(|(_, row)| document::revision(row)).collect::<Vec<_>>()).await?;
            request.after = page.items.into_iter().next_back().map(|(place, _)| place);
            if !page.has_next {
                return self.close().await;
            }
            self.step(0)?;
        }
    }

    /// What people decided, and what waits for them.
    async fn decisions(&mut self, hub: &Hub) -> Result<(), Stop> {
        let (decisions, rulings) = (
            decision::of_athlete(&hub.database.read, self.athlete).await?,
            ruling::of_athlete(&hub.database.read, self.athlete).await?,
        );
        self.open("decisions.jsonl").await?;
        for rows in decisions.chunks(PAGE) {
            self.lines(&rows.iter().map(document::decision).collect::<Vec<_>>()).await?;
        }
        self.close().await?;
        self.open("rulings.jsonl").await?;
        for rows in rulings.chunks(PAGE) {
            self.lines(&rows.iter().map(document::ruling).collect::<Vec<_>>()).await?;
        }
        self.close().await?;
        self.open("candidates.jsonl").await?;
        for state in CandidateState::ALL {
            let mut request = PageRequest { first: u32::try_from(PAGE).ok(), ..PageRequest::default() };
            loop {
                let page = self.view.candidates_in(Some(self.athlete), state, &request).await?;
                self.lines(&page.items.iter().map(|(_, row)| document::candidate(row)).collect::<Vec<_>>()).await?;
                request.after = page.items.into_iter().next_back().map(|(place, _)| place);
                if !page.has_next {
                    break;
                }
                self.step(0)?;
            }
        }
        self.close().await
    }

    /// What was brought in and computed, and the accounts.
    async fn deeds(&mut self, hub: &Hub) -> Result<(), Stop> {
        self.open("imports.jsonl").await?;
        for id in self.view.import_ids(self.athlete).await? {
            let refusals = self.view.refusals(id, u32::MAX).await?;
            let row = self.view.import_run(id).await?;
            self.lines(&row.iter().map(|row| document::import(row, &refusals)).collect::<Vec<_>>()).await?;
            self.step(0)?;
        }
        self.close().await?;
        self.open("runs.jsonl").await?;
        for id in self.view.run_ids(self.athlete).await? {
            let row = self.view.reconciliation_run(id).await?;
            self.lines(&row.iter().map(document::run).collect::<Vec<_>>()).await?;
            self.step(0)?;
        }
        self.close().await?;
        self.open("accounts.jsonl").await?;
        let accounts = hub.accounts(&Athletes::Only([self.athlete].into())).await?;
        self.lines(&accounts.iter().map(document::account).collect::<Vec<_>>()).await?;
        self.close().await
    }

    /// The artifacts' bytes, then the list of them. Gives how many there are, how many bytes that is, and how many are
    /// not what they were: an export without those is better than none.
    async fn artifacts(&mut self, ids: &[ArtifactRowId]) -> Result<(u64, u64, u64), Stop> {
        let (mut kept, mut total) = (0, 0);
        let mut damaged = BTreeSet::new();
        for id in ids {
            match self.view.bytes(*id).await {
                Ok(Some((row, bytes))) => {
                    (kept, total) = (kept + 1, total + bytes.len() as u64);
                    let write = move |archive: &mut Archive| {
                        archive.open(&document::place(&row), row.kind != domain::ArtifactKind::Other)?;
                        archive.write(&bytes).map(|()| drop(archive.close()))
                    };
                    self.on_thread(write).await?;
                }
                // Purged since.
                Ok(None) => {}
                Err(error @ HubError::Internal { .. }) => {
                    tracing::warn!(artifact = %id, %error, "an export goes on without an artifact");
                    damaged.insert(*id);
                }
                Err(error) => return Err(error.into()),
            }
            self.step(1)?;
        }
        self.open("artifacts.jsonl").await?;
        for ids in ids.chunks(PAGE) {
            let rows = self.view.artifacts_by_id(ids).await?;
            let of = |id| rows.get(id).map(|row| document::artifact(row, damaged.contains(id)));
            self.lines(&ids.iter().filter_map(of).collect::<Vec<_>>()).await?;
        }
        self.close().await?;
        Ok((kept, total, damaged.len() as u64))
    }

    /// Begins a list.
    async fn open(&mut self, name: &'static str) -> Result<(), Stop> {
        self.list = (name, 0);
        self.on_thread(move |archive| archive.open(name, true)).await
    }

    /// Writes lines to the list that was begun.
    async fn lines(&mut self, documents: &[Json]) -> Result<(), Stop> {
        if documents.is_empty() {
            return Ok(());
        }
        self.list.1 += documents.len() as u64;
        let text: String = documents.iter().map(|document| format!("{document}\n")).collect();
        self.on_thread(move |archive| archive.write(text.as_bytes())).await
    }

    /// Ends the list.
    async fn close(&mut self) -> Result<(), Stop> {
        let entry = self.on_thread(|archive| Ok(archive.close())).await?;
        self.lists.push((self.list.0, self.list.1, entry));
        Ok(())
    }

    /// Tells how far it is, and ends here if somebody wants it to.
    fn step(&mut self, done: usize) -> Result<(), Stop> {
        self.now.done += done as u64;
        (self.progress)(&self.now);
        if (self.cancelled)() { Err(Stop::Asked) } else { Ok(()) }
    }

    /// Lets a thread that may wait for the disk work on the zip.
    async fn on_thread<T: Send + 'static>(
        &mut self,
        deed: impl FnOnce(&mut Archive) -> Result<T, HubError> + Send + 'static,
    ) -> Result<T, Stop> {
        let mut archive = self.archive.take().ok_or_else(lost)?;
        let (archive, done) = blocking(move || deed(&mut archive).map(|done| (archive, done))).await?;
        self.archive = Some(archive);
        Ok(done)
    }
}

/// Does on a thread of its own what may wait for the disk.
async fn blocking<T: Send + 'static>(
    deed: impl FnOnce() -> Result<T, HubError> + Send + 'static,
) -> Result<T, HubError> {
    let ended = tokio::task::spawn_blocking(deed).await;
    ended.map_err(|error| HubError::Internal { deed: "write the export", cause: error.into() })?
}

fn lost() -> HubError {
    HubError::Internal { deed: "write the export", cause: "the zip was lost on the way".into() }
}
