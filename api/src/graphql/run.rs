//! Running the engine again because somebody asked.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::{ActivityId, ReconciliationRunId};
use hub::{Athletes, RunRequest, RunRow, RunState};

use super::activity::{Activity, DateTimeRange};
use super::athlete::Athlete;
use super::context::{asker, reader};
use super::error::{Failure, Outcome};
use super::history::FieldChange;
use super::node::parsed;
use super::scalar::{Instant, Long};
use super::word::Word;
use crate::auth::Scope;

/// A run.
pub struct ReconciliationRun(pub RunRow);

impl ReconciliationRun {
    /// The run of that id.
    pub async fn find(ctx: &Context<'_>, id: ReconciliationRunId) -> Outcome<Option<Self>> {
        Ok(reader(ctx)?.view().reconciliation_run(id).await?.map(Self))
    }
}

/// One run of the engine that somebody asked for.
#[Object]
impl ReconciliationRun {
    /// Opaque; unique among all nodes.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// How it stands.
    async fn state(&self) -> Word<RunState> {
        Word(self.0.state)
    }

    /// The token's client, or the command line's user.
    async fn requested_by(&self) -> &str {
        &self.0.requested_by
    }

    /// The reason that was given.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// How many records it looks at.
    async fn records_total(&self) -> Long {
        Long(self.0.records_total)
    }

    /// How many of them it has looked at.
    async fn records_done(&self) -> Long {
        Long(self.0.records_done)
    }

    /// Activities that stand otherwise than before.
    async fn activities_changed(&self) -> Long {
        Long(self.0.activities_changed)
    }

    /// Activities that became part of another one.
    async fn merges(&self) -> Long {
        Long(self.0.merges)
    }

    /// Activities that left another one.
    async fn splits(&self) -> Long {
        Long(self.0.splits)
    }

    /// When it was begun; null while it waits.
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

/// An activity to look at again.
#[derive(Debug, InputObject)]
pub struct ReconcileActivityInput {
    /// The id of the activity.
    activity_id: ID,
    /// Why, in words, for whoever reads the history later.
    reason: Option<String>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct ReconcileActivityPayload {
    /// The activity as it stands now.
    activity: Activity,
    /// False where everything stood as it should: then nothing was written.
    changed: bool,
    /// What is different now, by field.
    changes: Vec<FieldChange>,
}

/// Whose records to look at again.
#[derive(Debug, InputObject)]
pub struct StartReconciliationInput {
    /// All that the token speaks for, where absent.
    athlete_id: Option<ID>,
    /// Records that begin in it; all where absent.
    range: Option<DateTimeRange>,
    /// Why, in words, for whoever reads the history later.
    reason: Option<String>,
}

/// The run that was queued.
#[derive(SimpleObject)]
pub struct StartReconciliationPayload {
    /// The run, which begins as soon as a worker is free.
    run: ReconciliationRun,
}

/// The root of runs.
#[derive(Default)]
pub struct RunQuery;

#[Object]
impl RunQuery {
    /// The run of that id.
    async fn reconciliation_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the run.")] id: ID,
    ) -> Outcome<Option<ReconciliationRun>> {
        let found = match parsed(&id) {
            Some(id) => ReconciliationRun::find(ctx, id).await?,
            None => reader(ctx).map(|_| None)?,
        };
        found.map(Some).ok_or_else(|| Failure::missing("reconciliation run", &id))
    }
}

/// Deeds of the engine.
#[derive(Default)]
pub struct RunMutation;

#[Object]
impl RunMutation {
    /// Looks at one activity and its neighbours again. Needs the scope reconciliation:write.
    async fn reconcile_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which activity.")] input: ReconcileActivityInput,
    ) -> Outcome<ReconcileActivityPayload> {
        let asker = asker(ctx);
        let view = asker.view(Scope::ReconciliationWrite)?;
        let missing = || Failure::missing("activity", &input.activity_id);
        let id: ActivityId = parsed(&input.activity_id).ok_or_else(missing)?;
        let activity = view.activity(id).await?.ok_or_else(missing)?.activity;
        let actor = &asker.principal.client_id;
        let done =
            asker.app.hub.reconcile_activity(activity.athlete, activity.id, actor, input.reason.as_deref()).await?;
        if let Ok(reader) = asker.reader() {
            reader.forget();
        }
        let row = view.activity(id).await?.ok_or_else(missing)?;
        Ok(ReconcileActivityPayload {
            activity: Activity { id, row: row.into() },
            changed: done.changed,
            changes: done.changes.iter().map(FieldChange::of).collect(),
        })
    }

    /// Looks at many records again, in the background; `reconciliationRun` tells how far it is. Needs the scope
    /// reconciliation:write.
    async fn start_reconciliation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose records, and from when.")] input: StartReconciliationInput,
    ) -> Outcome<StartReconciliationPayload> {
        let asker = asker(ctx);
        let view = asker.view(Scope::ReconciliationWrite)?;
        let athlete = match (Athlete::narrowed(ctx, input.athlete_id.as_ref()).await?, view.scope()) {
            (Some(athlete), _) => Some(athlete),
            (None, Athletes::All) => None,
            (None, Athletes::Only(ids)) if ids.len() == 1 => ids.first().copied(),
            (None, Athletes::Only(_)) => {
                return Err(Failure::Invalid(
                    "The token speaks for several athletes: name one as `athleteId`.".to_owned(),
                ));
            }
        };
        let request = RunRequest { athlete, range: input.range.map(DateTimeRange::read) };
        let actor = &asker.principal.client_id;
        let run = asker.app.hub.queue_reconciliation(&request, actor, input.reason.as_deref()).await?;
        asker.app.work.notify_one();
        Ok(StartReconciliationPayload { run: ReconciliationRun(run) })
    }
}
