//! Account exports and files, through the same `ingest` as everything else.
//!
//! A thread walks the archive and hands over batches; each batch is one transaction. Stopped or killed in between, what
//! was written stays, and running it again passes over it.

mod report;
mod run;

use std::collections::BTreeMap;
use std::path::Path;

use connectors::RawActivity;
use connectors::archive::{self, Import, Item, Kind, Limits, OpenError};
use domain::{Artifact, ArtifactId, AthleteId, ImportRunId, SourceSlug};
use tokio::sync::mpsc;

pub use report::{ImportProgress, ImportReport, ImportState, Refusal};

use crate::reconciler::Run;
use crate::{Hub, HubError, Ingested, Mode};

/// Activities in one transaction.
const BATCH: usize = 500;

/// A batch is closed early when its bytes pass this, so that large files do not pile up in memory.
const BATCH_BYTES: usize = 32 << 20;

/// What the walking thread hands over.
#[derive(Default)]
struct Found {
    activities: Vec<(String, RawActivity)>,
    refused: Vec<(String, String, Option<Artifact>)>,
    skipped: BTreeMap<String, u64>,
    entries: u64,
}

impl Hub {
    /// Brings an export or files in, reconciles, and reports. What is there already is counted as unchanged and writes
    /// nothing. `progress` is called after every batch; `cancelled` is asked before each, and what was written stays.
    ///
    /// # Errors
    /// `Invalid` where nothing in it is known or all of it is refused; `NotFound` for an unknown athlete.
    pub async fn import(
        &self,
        athlete: AthleteId,
        path: &Path,
        source: Option<SourceSlug>,
        progress: &(dyn Fn(&ImportProgress) + Send + Sync),
        cancelled: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<ImportReport, HubError> {
        let filename = name_of(path);
        let run = self.begin_import(athlete, &filename).await?;
        self.carry_import(run, athlete, path, source, progress, cancelled).await
    }

    /// Begins an import that [`Hub::carry_import`] is about to carry out, so that clients can be told its id at once.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn begin_import(&self, athlete: AthleteId, filename: &str) -> Result<ImportRunId, HubError> {
        self.end_dead_runs().await?;
        self.begin_run(athlete, filename).await
    }

    /// Carries an import out that was begun, as [`Hub::import`] does.
    ///
    /// # Errors
    /// As [`Hub::import`]; the run keeps the error's sentence.
    pub async fn carry_import(
        &self,
        run: ImportRunId,
        athlete: AthleteId,
        path: &Path,
        source: Option<SourceSlug>,
        progress: &(dyn Fn(&ImportProgress) + Send + Sync),
        cancelled: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<ImportReport, HubError> {
        let filename = name_of(path);
        let beat = self.beat(Run::Import(run));
        let result = self.import_into(athlete, path, source, run, &filename, progress, cancelled).await;
        drop(beat);
        match &result {
            Ok(report) => self.end_run(report, None).await?,
            // Clients are told what was given, not where it lay.
            Err(error) => {
                let told = error.to_string().replace(&path.display().to_string(), &filename);
                self.fail_run(run, &told).await?;
            }
        }
        result
    }

    #[expect(clippy::too_many_arguments, reason = "the public function's arguments, and the run that it began")]
    async fn import_into(
        &self,
        athlete: AthleteId,
        path: &Path,
        source: Option<SourceSlug>,
        run: ImportRunId,
        filename: &str,
        progress: &(dyn Fn(&ImportProgress) + Send + Sync),
        cancelled: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<ImportReport, HubError> {
        let opened = open(path.to_owned(), source).await?;
        let kind = opened.kind().clone();
        let total = opened.entries_total();
        let mut report = ImportReport::begun(run, filename, words(&kind));
        let mut batches = walk(opened);
        let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
        let mut defects: BTreeMap<String, u64> = BTreeMap::new();
        let mut numbered = 0;
        while let Some(found) = batches.recv().await {
            if cancelled() {
                report.state = ImportState::Cancelled;
                break;
            }
            report.entries += found.entries;
            for (reason, count) in found.skipped {
                *skipped.entry(reason).or_default() += count;
            }
            let (entries, raws): (Vec<String>, Vec<RawActivity>) = found.activities.into_iter().unzip();
            let batch = self.ingest(athlete, raws).await?;
            for (problem, count) in batch.defects {
                *defects.entry(problem).or_default() += count;
            }
            let mut refused = Vec::new();
            for (entry, outcome) in entries.into_iter().zip(batch.outcomes) {
                match outcome {
                    Ingested::New(_) => report.records_new += 1,
                    Ingested::Updated(_) => report.records_updated += 1,
                    Ingested::Unchanged(_) => report.records_unchanged += 1,
                    Ingested::Unreadable { reason, artifact } => refused.push(Refusal { entry, reason, artifact }),
                }
            }
            refused.extend(self.keep_refused(athlete, &kind.source(), found.refused).await?);
            self.note(athlete, run, &report, total, &refused, &mut numbered).await?;
            report.refused.extend(refused);
            progress(&ImportProgress { run, entries_total: total, entries_done: report.entries, reconciling: false });
        }
        // Let the walking thread end before its archive is called done.
        batches.close();
        report.skipped = skipped.into_iter().collect();
        report.defects = defects.into_iter().collect();
        progress(&ImportProgress { run, entries_total: total, entries_done: report.entries, reconciling: true });
        report.activities_changed = self.reconcile(athlete, Mode::Pending).await?.activities_changed;
        if report.state == ImportState::Running {
            report.state = ImportState::Succeeded;
        }
        Ok(report)
    }

    /// Keeps the bytes of refused entries, where there are any.
    async fn keep_refused(
        &self,
        athlete: AthleteId,
        source: &SourceSlug,
        refused: Vec<(String, String, Option<Artifact>)>,
    ) -> Result<Vec<Refusal>, HubError> {
        let mut artifacts = Vec::new();
        let mut list = Vec::with_capacity(refused.len());
        for (entry, reason, artifact) in refused {
            let id: Option<ArtifactId> = artifact.as_ref().map(Artifact::id);
            artifacts.extend(artifact);
            list.push(Refusal { entry, reason, artifact: id });
        }
        self.keep_only(athlete, source, artifacts).await?;
        Ok(list)
    }
}

/// What was given: its last path component.
fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into())
}

const fn words(kind: &Kind) -> &'static str {
    match kind {
        Kind::StravaExport => "Strava export",
        Kind::GarminExport => "Garmin export",
        Kind::Files => "files",
    }
}

async fn open(path: std::path::PathBuf, source: Option<SourceSlug>) -> Result<Import, HubError> {
    let opened = tokio::task::spawn_blocking(move || archive::open(&path, source.as_ref(), &Limits::default()));
    opened.await.map_err(|error| HubError::Internal { deed: "open what was given", cause: error.into() })?.map_err(
        |error| match error {
            OpenError::Unreadable { .. } | OpenError::NothingKnown { .. } | OpenError::Refused { .. } => {
                HubError::Invalid(error.to_string())
            }
        },
    )
}

/// Walks on a thread of its own; at most two batches wait.
fn walk(import: Import) -> mpsc::Receiver<Found> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        let mut found = Found::default();
        let mut bytes = 0;
        for item in import {
            found.entries += 1;
            match item {
                Item::Activity { entry, raw } => {
                    bytes += raw.artifacts.iter().map(|artifact| artifact.bytes.len()).sum::<usize>();
                    found.activities.push((entry, raw));
                }
                Item::Skipped { reason, .. } => *found.skipped.entry(reason).or_default() += 1,
                Item::Refused { entry, reason, artifact } => {
                    bytes += artifact.as_ref().map_or(0, |artifact| artifact.bytes.len());
                    found.refused.push((entry, reason, artifact));
                }
            }
            if found.activities.len() + found.refused.len() >= BATCH || bytes >= BATCH_BYTES {
                bytes = 0;
                if sender.blocking_send(std::mem::take(&mut found)).is_err() {
                    return;
                }
            }
        }
        // Nobody waits for the rest of a cancelled import.
        drop(sender.blocking_send(found));
    });
    receiver
}
