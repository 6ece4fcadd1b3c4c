//! People's decisions: checked when given, kept as ground state together with what follows from them, taken back whole.
//!
//! A decision is a deed: the rulings that it adds and those that it removes, with an actor, a reason and an instant.
//! Taking it back is another deed, the other way round. Each is carried out in one transaction: the rulings, the
//! activities and their revisions stand or fall together.

mod bind;
mod consistency;
mod deed;
mod take_back;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{ActivityId, AthleteId, CandidateId, Decision, DecisionId, Field, PinTo, RecordId, Ruling};

use crate::history::Cause;
use crate::reconciler::{Occasion, TRIES, Why, too_fast};
use crate::store::{athlete, database_error, decision, ruling};
use crate::{Hub, HubError};

pub(crate) use deed::Deed;
pub(crate) use take_back::undoable;

use deed::{Known, Plan};

/// What kind of deed a decision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionKind {
    /// Activities were merged.
    Merge,
    /// Records left an activity.
    Split,
    /// Pairs of records are one activity.
    Same,
    /// Pairs of records are not.
    Different,
    /// A field was pinned.
    Pin,
    /// A pin was taken away.
    Unpin,
    /// A decision was taken back.
    Undo,
}

impl DecisionKind {
    const ALL: [Self; 7] = [Self::Merge, Self::Split, Self::Same, Self::Different, Self::Pin, Self::Unpin, Self::Undo];

    /// Its one name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Merge => "MERGE",
            Self::Split => "SPLIT",
            Self::Same => "SAME",
            Self::Different => "DIFFERENT",
            Self::Pin => "PIN",
            Self::Unpin => "UNPIN",
            Self::Undo => "UNDO",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What it makes of an activity's history.
    const fn cause(self) -> Cause {
        match self {
            Self::Merge | Self::Same => Cause::MergedByHand,
            Self::Split | Self::Different => Cause::SplitByHand,
            Self::Pin => Cause::Pinned,
            Self::Unpin => Cause::Unpinned,
            Self::Undo => Cause::Undone,
        }
    }
}

/// A decision as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// Its id.
    pub id: DecisionId,
    /// Whose activities it is about.
    pub athlete: AthleteId,
    /// What kind of deed.
    pub kind: DecisionKind,
    /// Who decided.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The decision that it takes back.
    pub undoes: Option<DecisionId>,
    /// The decision that took it back; `None` while it is in force.
    pub undone_by: Option<DecisionId>,
    /// The rulings that it added.
    pub added: Vec<Ruling>,
    /// The rulings that it removed.
    pub removed: Vec<Ruling>,
}

/// Who decides, and why.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    /// The client of the token, or the command line's user.
    pub actor: &'a str,
    /// Why, in 1 to 1,000 characters.
    pub reason: &'a str,
}

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The decision; `None` where all stood as it asks already, and nothing was written.
    pub decision: Option<DecisionId>,
    /// The activities that hold the records concerned since, by id.
    pub activities: Vec<ActivityId>,
}

/// What a person says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// One activity.
    Same,
    /// Two.
    Different,
}

/// What somebody asks for.
enum Asked<'a> {
    Merge(&'a [ActivityId]),
    Split(ActivityId, &'a [RecordId]),
    Candidates(&'a [CandidateId], Verdict),
    Rule(&'a Decision),
    Unpin(ActivityId, Field),
    Undo(DecisionId),
}

impl Hub {
    /// Says that these activities are one: every record of the others is bound to the founder of the oldest, whose id
    /// survives. What is one already stays as it is, and nothing is written.
    ///
    /// # Errors
    /// `Invalid` for fewer than two ids or a missing reason, `NotFound` for an unknown id, `Conflict` where somebody
    /// decided that two of their records are different.
    pub async fn merge_activities(
        &self,
        athlete: AthleteId,
        activities: &[ActivityId],
        word: Word<'_>,
    ) -> Result<Decided, HubError> {
        self.decide(athlete, Asked::Merge(activities), word).await.map(|(decided, _)| decided)
    }

    /// Says that these records are another activity than those that stay: each that leaves is different from each that
    /// stays, and what had bound them is taken away. The activity that leaves has the id that its founder gave it.
    ///
    /// # Errors
    /// `Invalid` where none or all of its records would leave, `NotFound` for records that it does not hold.
    pub async fn split_activity(
        &self,
        athlete: AthleteId,
        activity: ActivityId,
        leaving: &[RecordId],
        word: Word<'_>,
    ) -> Result<Decided, HubError> {
        self.decide(athlete, Asked::Split(activity, leaving), word).await.map(|(decided, _)| decided)
    }

    /// Decides a candidate, or several alike as one decision that is taken back as one. Decided so already: nothing is
    /// written.
    ///
    /// # Errors
    /// `NotFound` for an unknown candidate, `Conflict` where it was decided otherwise, or contradicts other decisions.
    pub async fn decide_candidates(
        &self,
        athlete: AthleteId,
        candidates: &[CandidateId],
        verdict: Verdict,
        word: Word<'_>,
    ) -> Result<Decided, HubError> {
        self.decide(athlete, Asked::Candidates(candidates, verdict), word).await.map(|(decided, _)| decided)
    }

    /// Holds a field of an activity to a source or a value. Replaces an earlier pin of the same field.
    ///
    /// # Errors
    /// `NotFound` for an unknown activity, `Invalid` for a value that the field cannot hold.
    pub async fn pin(
        &self,
        athlete: AthleteId,
        activity: ActivityId,
        field: Field,
        to: PinTo,
        word: Word<'_>,
    ) -> Result<Decided, HubError> {
        let decision = Decision::Pin { activity, field, to };
        self.decide(athlete, Asked::Rule(&decision), word).await.map(|(decided, _)| decided)
    }

    /// Takes the pin of a field away.
    ///
    /// # Errors
    /// `NotFound` for an unknown activity, and where the field is not pinned.
    pub async fn unpin(
        &self,
        athlete: AthleteId,
        activity: ActivityId,
        field: Field,
        word: Word<'_>,
    ) -> Result<Decided, HubError> {
        self.decide(athlete, Asked::Unpin(activity, field), word).await.map(|(decided, _)| decided)
    }

    /// Takes one decision back, and nothing else: all stands as before it, ids included. An undo can be taken back too.
    ///
    /// # Errors
    /// `NotFound` for an unknown decision, `Conflict`, with what to undo first, where it was taken back already, where
    /// later decisions rest on it, or where it would contradict what stands.
    pub async fn undo(&self, athlete: AthleteId, decision: DecisionId, word: Word<'_>) -> Result<Decided, HubError> {
        self.decide(athlete, Asked::Undo(decision), word).await.map(|(decided, _)| decided)
    }

    /// Keeps one ruling and carries it out: a pair that is the same or different, or a pin. Gives the ruling that stands
    /// for it, the earlier one where it was said before.
    ///
    /// # Errors
    /// `Invalid` without a reason, `NotFound` for another athlete's records or activity, `Conflict` where it
    /// contradicts an earlier decision.
    pub async fn rule(
        &self,
        athlete: AthleteId,
        decision: Decision,
        actor: &str,
        reason: &str,
    ) -> Result<Ruling, HubError> {
        let (_, ruling) = self.decide(athlete, Asked::Rule(&decision), Word { actor, reason }).await?;
        ruling.ok_or_else(|| HubError::Internal { deed: "keep a ruling", cause: "it is not there".into() })
    }

    async fn decide(
        &self,
        athlete: AthleteId,
        asked: Asked<'_>,
        word: Word<'_>,
    ) -> Result<(Decided, Option<Ruling>), HubError> {
        let word = Word { reason: crate::reason(word.reason)?, ..word };
        for _ in 0..TRIES {
            let connection = &self.database.write;
            let generation =
                athlete::generation(connection, athlete).await.map_err(database_error("read an athlete"))?;
            let Some(generation) = generation else {
                return Err(HubError::NotFound(format!("there is no athlete {athlete}")));
            };
            let known = Known {
                rulings: ruling::of_athlete(connection, athlete).await?,
                decisions: decision::of_athlete(connection, athlete).await?,
            };
            let plan = self.plan(athlete, &asked, word, &known).await?;
            let Some(deed) = plan.deed else {
                return Ok((Decided { decision: None, activities: self.holding(&plan.touched).await? }, plan.ruling));
            };
            let occasion = Occasion { deed: Some(&deed), ..Occasion::own(Why::Records, &self.policy) };
            if self.try_settle(athlete, &plan.touched, &occasion, Some(generation)).await?.is_some() {
                let activities = self.holding(&plan.touched).await?;
                return Ok((Decided { decision: Some(deed.row.id), activities }, plan.ruling));
            }
        }
        Err(too_fast(athlete))
    }

    async fn plan(
        &self,
        athlete: AthleteId,
        asked: &Asked<'_>,
        word: Word<'_>,
        known: &Known,
    ) -> Result<Plan, HubError> {
        match asked {
            Asked::Merge(activities) => self.plan_merge(athlete, activities, word, known).await,
            Asked::Split(activity, leaving) => self.plan_split(athlete, *activity, leaving, word, known).await,
            Asked::Candidates(ids, verdict) => self.plan_candidates(athlete, ids, *verdict, word, known).await,
            Asked::Rule(decision) => self.plan_rule(athlete, decision, word, known).await,
            Asked::Unpin(activity, field) => self.plan_unpin(athlete, *activity, *field, word, known).await,
            Asked::Undo(decision) => self.plan_undo(athlete, *decision, word, known).await,
        }
    }

    /// The activities that hold these records.
    async fn holding(&self, records: &[RecordId]) -> Result<Vec<ActivityId>, HubError> {
        let mut held = BTreeSet::new();
        for row in crate::store::record::by_id(&self.database.write, records).await? {
            held.extend(row.activity_id.map(ActivityId::from_uuid));
        }
        Ok(held.into_iter().collect())
    }
}
