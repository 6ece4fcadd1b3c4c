//! People's decisions: each asks for a reason, stands in the history, and can be undone.

use std::collections::BTreeSet;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::{ActivityId, AthleteId, CandidateId, Field, RecordId, RevisionId};
use hub::{CandidateState, Decided, Verdict, View};

use super::activity::Activity;
use super::context::{Asker, asker};
use super::error::{Failure, Outcome};
use super::field::FieldProvenance;
use super::matching::MatchCandidate;
use super::node::parsed;
use super::word::Word;
use crate::auth::Scope;

/// Activities that are one.
#[derive(Debug, InputObject)]
pub struct MergeActivitiesInput {
    /// Two or more activities of one athlete.
    activity_ids: Vec<ID>,
    /// Why, in words, for whoever reads the history later.
    reason: String,
}

/// The one that they are now.
#[derive(SimpleObject)]
pub struct MergeActivitiesPayload {
    /// The activity that stands.
    activity: Activity,
}

/// Records that are not of this activity.
#[derive(Debug, InputObject)]
pub struct SplitActivityInput {
    /// The id of the activity.
    activity_id: ID,
    /// The records that leave, together; at least one stays.
    source_record_ids: Vec<ID>,
    /// Why, in words, for whoever reads the history later.
    reason: String,
}

/// What stays, and what left.
#[derive(SimpleObject)]
pub struct SplitActivityPayload {
    /// The activity that was split first.
    activities: Vec<Activity>,
}

/// What a candidate is.
#[derive(Debug, InputObject)]
pub struct DecideMatchCandidateInput {
    /// The id of the candidate.
    candidate_id: ID,
    /// SAME or DIFFERENT.
    decision: Word<CandidateState>,
    /// Why, in words, for whoever reads the history later.
    reason: String,
}

/// The candidate as it was decided.
#[derive(SimpleObject)]
pub struct DecideMatchCandidatePayload {
    /// The candidate as it stands now.
    candidate: MatchCandidate,
    /// The one activity, where the decision is SAME.
    activity: Option<Activity>,
}

/// A pin to take back.
#[derive(Debug, InputObject)]
pub struct UnpinFieldInput {
    /// The id of the activity.
    activity_id: ID,
    /// Which field.
    field: Word<Field>,
    /// Why, in words, for whoever reads the history later.
    reason: String,
}

/// The activity as the policy has it again.
#[derive(SimpleObject)]
pub struct UnpinFieldPayload {
    /// The activity as it stands now.
    activity: Activity,
    /// The field as it stands now; null where it has no value any more.
    provenance: Option<FieldProvenance>,
}

/// A decision to take back.
#[derive(Debug, InputObject)]
pub struct UndoInput {
    /// The revision that carries the decision out.
    revision_id: ID,
    /// Why, in words, for whoever reads the history later.
    reason: String,
}

/// The activities as they stand again.
#[derive(SimpleObject)]
pub struct UndoPayload {
    /// Every activity that the decision was about.
    activities: Vec<Activity>,
}

/// Whom a deed by hand is about.
struct Deed<'a> {
    asker: &'a Asker,
    view: View,
}

impl<'a> Deed<'a> {
    fn begin(ctx: &Context<'a>) -> Outcome<Self> {
        let asker = asker(ctx);
        Ok(Self { asker, view: asker.view(Scope::ReconciliationWrite)? })
    }

    fn word<'w>(&'w self, reason: &'w str) -> hub::Word<'w> {
        hub::Word { actor: &self.asker.principal.client_id, reason }
    }

    /// What was loaded before the deed is not what stands after it.
    fn done(&self) {
        if let Ok(reader) = self.asker.reader() {
            reader.forget();
        }
    }

    async fn activity(&self, id: &ID) -> Outcome<Activity> {
        let missing = || Failure::missing("activity", id);
        self.shown(parsed(id).ok_or_else(missing)?).await
    }

    async fn shown(&self, id: ActivityId) -> Outcome<Activity> {
        let row = self.view.activity(id).await?.ok_or_else(|| Failure::missing("activity", &id.to_string()))?;
        Ok(Activity { id, row: row.into() })
    }

    /// The activities that a decision leads to, that one first.
    async fn all_shown(&self, decided: &Decided, first: Option<ActivityId>) -> Outcome<Vec<Activity>> {
        let mut ids = decided.activities.clone();
        ids.sort_by_key(|id| Some(*id) != first);
        let mut shown = Vec::with_capacity(ids.len());
        for id in ids {
            shown.push(self.shown(id).await?);
        }
        Ok(shown)
    }
}

/// The athlete that all of them are of.
fn common(athletes: impl Iterator<Item = AthleteId>) -> Outcome<AthleteId> {
    let athletes: BTreeSet<AthleteId> = athletes.collect();
    match (athletes.first(), athletes.len()) {
        (Some(athlete), 1) => Ok(*athlete),
        (None, _) => Err(Failure::Invalid("Name at least two activities.".to_owned())),
        _ => Err(Failure::Invalid("Activities of two athletes are never one.".to_owned())),
    }
}

/// Deeds by hand.
#[derive(Default)]
pub struct DecisionMutation;

#[Object]
impl DecisionMutation {
    /// Says that activities are one. The oldest id stands, the others lead to it. Said before: nothing is written.
    /// Needs the scope reconciliation:write.
    async fn merge_activities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which activities, and why.")] input: MergeActivitiesInput,
    ) -> Outcome<MergeActivitiesPayload> {
        let deed = Deed::begin(ctx)?;
        let mut activities = Vec::new();
        for id in &input.activity_ids {
            activities.push(deed.activity(id).await?);
        }
        let athlete = common(activities.iter().map(|one| one.row.activity.athlete))?;
        let ids: Vec<ActivityId> = activities.iter().map(|one| one.row.activity.id).collect();
        let merged = deed.asker.app.hub.merge_activities(athlete, &ids, deed.word(&input.reason)).await?;
        deed.done();
        let first = merged.activities.first().or(ids.first()).copied();
        let first = first.ok_or_else(|| Failure::Invalid("Name at least two activities.".to_owned()))?;
        Ok(MergeActivitiesPayload { activity: deed.shown(first).await? })
    }

    /// Says that some records of an activity are another one. Needs the scope reconciliation:write.
    async fn split_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which records, and why.")] input: SplitActivityInput,
    ) -> Outcome<SplitActivityPayload> {
        let deed = Deed::begin(ctx)?;
        let activity = deed.activity(&input.activity_id).await?;
        let record = |id: &ID| parsed::<RecordId>(id).ok_or_else(|| Failure::missing("record", id));
        let records: Vec<RecordId> = input.source_record_ids.iter().map(record).collect::<Outcome<_>>()?;
        let hub = &deed.asker.app.hub;
        let (athlete, id) = (activity.row.activity.athlete, activity.row.activity.id);
        let split = hub.split_activity(athlete, id, &records, deed.word(&input.reason)).await?;
        deed.done();
        Ok(SplitActivityPayload { activities: deed.all_shown(&split, Some(id)).await? })
    }

    /// Says whether a candidate's records are one activity. Needs the scope reconciliation:write.
    async fn decide_match_candidate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which candidate, what it is, and why.")] input: DecideMatchCandidateInput,
    ) -> Outcome<DecideMatchCandidatePayload> {
        let deed = Deed::begin(ctx)?;
        let missing = || Failure::missing("match candidate", &input.candidate_id);
        let id: CandidateId = parsed(&input.candidate_id).ok_or_else(missing)?;
        let candidate = deed.view.candidate(id).await?.ok_or_else(missing)?;
        let verdict = match input.decision.0 {
            CandidateState::Same => Verdict::Same,
            CandidateState::Different => Verdict::Different,
            CandidateState::Open | CandidateState::Expired => {
                return Err(Failure::Invalid("A candidate is decided as SAME or as DIFFERENT.".to_owned()));
            }
        };
        let hub = &deed.asker.app.hub;
        let decided = hub.decide_candidates(candidate.athlete, &[id], verdict, deed.word(&input.reason)).await?;
        deed.done();
        let candidate = deed.view.candidate(id).await?.ok_or_else(missing)?;
        let activity = match (verdict, decided.activities.first()) {
            (Verdict::Same, Some(activity)) => Some(deed.shown(*activity).await?),
            _ => None,
        };
        Ok(DecideMatchCandidatePayload { candidate: MatchCandidate(candidate), activity })
    }

    /// Takes a pin back: the policy decides again. Needs the scope reconciliation:write.
    async fn unpin_field(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which field, and why.")] input: UnpinFieldInput,
    ) -> Outcome<UnpinFieldPayload> {
        let deed = Deed::begin(ctx)?;
        let activity = deed.activity(&input.activity_id).await?;
        let field = input.field.0;
        let (athlete, id) = (activity.row.activity.athlete, activity.row.activity.id);
        deed.asker.app.hub.unpin(athlete, id, field, deed.word(&input.reason)).await?;
        deed.done();
        let activity = deed.activity(&input.activity_id).await?;
        let has_value = activity.row.activity.fields.contains_key(&field);
        let provenance = has_value.then(|| FieldProvenance::of(activity.row.clone(), field));
        Ok(UnpinFieldPayload { activity, provenance })
    }

    /// Takes a decision back: the state before it, ids included. Refused where later decisions rest on it. Needs the
    /// scope reconciliation:write.
    async fn undo(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which decision, and why.")] input: UndoInput,
    ) -> Outcome<UndoPayload> {
        let deed = Deed::begin(ctx)?;
        let missing = || Failure::missing("revision", &input.revision_id);
        let id: RevisionId = parsed(&input.revision_id).ok_or_else(missing)?;
        let revision = deed.view.revision(id).await?.ok_or_else(missing)?;
        let Some(decision) = revision.decision else {
            let told = "nobody decided that: only a person's decision can be undone".to_owned();
            return Err(hub::HubError::Conflict(told).into());
        };
        let undone = deed.asker.app.hub.undo(revision.athlete, decision, deed.word(&input.reason)).await?;
        deed.done();
        Ok(UndoPayload { activities: deed.all_shown(&undone, None).await? })
    }
}
