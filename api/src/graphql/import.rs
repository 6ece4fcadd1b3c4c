//! Imports.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::ImportRunId;
use hub::{ImportRunRow, RunState};

use super::artifact::Artifact;
use super::athlete::Athlete;
use super::context::{asker, reader};
use super::error::{Failure, Outcome};
use super::node::parsed;
use super::scalar::{Instant, Long};
use super::word::Word;

/// An import.
pub struct ImportRun(ImportRunRow);

/// An entry that was left out or refused.
#[derive(SimpleObject)]
pub struct ImportRefusal {
    /// Which entry of the export, by its path or row.
    entry: String,
    /// Why, in a sentence.
    reason: String,
    /// Its bytes, where they were kept.
    artifact: Option<Artifact>,
}

impl ImportRun {
    /// The import of that id.
    pub async fn find(ctx: &Context<'_>, id: ImportRunId) -> Outcome<Option<Self>> {
        Ok(reader(ctx)?.view().import_run(id).await?.map(Self))
    }
}

/// One account export or file brought in, by command line or over HTTP.
#[Object]
impl ImportRun {
    /// Opaque; unique among all nodes.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Whose it is.
    async fn athlete(&self, ctx: &Context<'_>) -> Outcome<Athlete> {
        let athlete = Athlete::find(ctx, self.0.athlete).await?;
        athlete.ok_or_else(|| Failure::missing("athlete", &self.0.athlete.to_string()))
    }

    /// What the file was called.
    async fn filename(&self) -> &str {
        &self.0.filename
    }

    /// How it stands.
    async fn state(&self) -> Word<RunState> {
        Word(self.0.state)
    }

    /// How many entries there are; null until they have been counted.
    async fn entries_total(&self) -> Option<Long> {
        self.0.entries_total.map(Long)
    }

    /// How many entries have been read.
    async fn entries_done(&self) -> Long {
        Long(self.0.entries_done)
    }

    /// Records that the hub did not know.
    async fn records_new(&self) -> Long {
        Long(self.0.records_new)
    }

    /// Records that say something else than before.
    async fn records_updated(&self) -> Long {
        Long(self.0.records_updated)
    }

    /// Records that say what they said before.
    async fn records_unchanged(&self) -> Long {
        Long(self.0.records_unchanged)
    }

    /// Entries left out or refused, each with its reason.
    async fn refusals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.", default_with = "Some(100)")] first: Option<i32>,
    ) -> Outcome<Vec<ImportRefusal>> {
        let most = asker(ctx).app.limits.page_size;
        let first = match first.map(u32::try_from) {
            None => most,
            Some(Ok(first)) if (1..=100).contains(&first) => first.min(most),
            Some(_) => return Err(Failure::Invalid(format!("`first` is not within 1 to {most}."))),
        };
        let refused = reader(ctx)?.view().refusals(self.0.id, first).await?;
        let told = |(refusal, artifact): (hub::Refusal, Option<hub::ArtifactRow>)| ImportRefusal {
            entry: refusal.entry,
            reason: refusal.reason,
            artifact: artifact.map(Artifact::alone),
        };
        Ok(refused.into_iter().map(told).collect())
    }

    /// When it was begun.
    async fn started_at(&self) -> Option<Instant> {
        self.0.started_at.map(Instant)
    }

    /// When it ended, however it ended.
    async fn finished_at(&self) -> Option<Instant> {
        self.0.finished_at.map(Instant)
    }

    /// Why it failed, in a sentence.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }
}

/// The root of imports.
#[derive(Default)]
pub struct ImportQuery;

#[Object]
impl ImportQuery {
    /// The import of that id.
    async fn import_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the import, as `POST /imports` gives it.")] id: ID,
    ) -> Outcome<Option<ImportRun>> {
        let found = match parsed(&id) {
            Some(id) => ImportRun::find(ctx, id).await?,
            None => reader(ctx).map(|_| None)?,
        };
        found.map(Some).ok_or_else(|| Failure::missing("import", &id))
    }
}
