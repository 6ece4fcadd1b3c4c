//! What a decision adds and removes, planned from what stands.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Duration, Utc};
use domain::{
    ActivityId, AthleteId, CandidateId, Decision, DecisionId, Field, PinTo, RecordId, Ruling, RulingId, Value,
};
use entity::{review, settled_candidate};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use super::{DecisionKind, DecisionRow, Verdict, Word, consistency};
use crate::history::Cause;
use crate::store::{database_error, decision, record, ruling};
use crate::{Hub, HubError};

/// A decision to be carried out.
pub(crate) struct Deed {
    /// As it will be kept.
    pub(crate) row: DecisionRow,
    /// What it makes of the history of the activities concerned.
    pub(crate) cause: Cause,
    /// The records that it is about.
    pub(crate) concerns: HashSet<RecordId>,
    /// Earlier decisions, and by which each is taken back from now on.
    pub(super) marks: Vec<(DecisionId, Option<DecisionId>)>,
}

impl Deed {
    /// Makes of the rulings that stand those that will.
    pub(crate) fn carry_into(&self, rulings: &mut Vec<Ruling>) {
        rulings.retain(|ruling| !self.row.removed.iter().any(|gone| gone.id == ruling.id));
        rulings.extend(self.row.added.iter().cloned());
        rulings.sort_by_key(|ruling| (ruling.at, ruling.id));
    }

    /// Writes it.
    pub(crate) async fn keep(&self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        for gone in &self.row.removed {
            ruling::remove(connection, gone.id).await?;
        }
        for added in &self.row.added {
            ruling::insert(connection, added).await?;
        }
        decision::insert(connection, &self.row).await?;
        for (of, undone_by) in &self.marks {
            decision::mark(connection, *of, *undone_by).await?;
        }
        Ok(())
    }
}

/// What a person asked for, planned.
pub(super) struct Plan {
    /// `None` where all stands so already.
    pub(super) deed: Option<Deed>,
    /// The records concerned.
    pub(super) touched: Vec<RecordId>,
    /// The ruling that says the first of what was asked for.
    pub(super) ruling: Option<Ruling>,
}

/// What people decided so far.
pub(super) struct Known {
    pub(super) rulings: Vec<Ruling>,
    pub(super) decisions: Vec<DecisionRow>,
}

impl Known {
    /// When a decision is made: never at the instant of an earlier one, or nothing would tell which came first.
    pub(super) fn instant(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.decisions.last().map_or(now, |last| now.max(last.at + Duration::microseconds(1)))
    }
}

/// A pair, the smaller first.
fn pair(a: RecordId, b: RecordId) -> (RecordId, RecordId) {
    (a.min(b), a.max(b))
}

/// Whether that is said already.
fn said<'a>(rulings: &'a [Ruling], decision: &Decision) -> Option<&'a Ruling> {
    rulings.iter().find(|ruling| match (&ruling.decision, decision) {
        (Decision::Same(a, b), Decision::Same(x, y)) | (Decision::Different(a, b), Decision::Different(x, y)) => {
            pair(*a, *b) == pair(*x, *y)
        }
        (one, other) => one == other,
    })
}

/// What a person wants changed.
pub(super) struct Wanted {
    kind: DecisionKind,
    add: Vec<Decision>,
    remove: Vec<Ruling>,
    /// The records concerned.
    touched: Vec<RecordId>,
}

impl Hub {
    /// The deed that does what is wanted and is not said already, checked against all that stands.
    fn deed(&self, athlete: AthleteId, wanted: Wanted, word: Word<'_>, known: &Known) -> Result<Plan, HubError> {
        let Wanted { kind, add: decisions, remove: removed, touched } = wanted;
        let now = known.instant(self.clock.now());
        let new: Vec<Decision> =
            decisions.iter().filter(|decision| said(&known.rulings, decision).is_none()).cloned().collect();
        let first = decisions.first().and_then(|first| said(&known.rulings, first)).cloned();
        if new.is_empty() && removed.is_empty() {
            return Ok(Plan { deed: None, touched, ruling: first });
        }
        let added: Vec<Ruling> = new
            .into_iter()
            .map(|decision| Ruling {
                id: RulingId::from_uuid(self.mint(now)),
                athlete,
                decision,
                actor: word.actor.to_owned(),
                reason: word.reason.to_owned(),
                at: now,
            })
            .collect();
        let ruling = first.or_else(|| added.first().cloned());
        let row = DecisionRow {
            id: DecisionId::from_uuid(self.mint(now)),
            athlete,
            kind,
            actor: word.actor.to_owned(),
            reason: word.reason.to_owned(),
            at: now,
            undoes: None,
            undone_by: None,
            added,
            removed,
        };
        let concerns = touched.iter().copied().collect();
        let deed = Deed { cause: kind.cause(), row, concerns, marks: Vec::new() };
        let mut after = known.rulings.clone();
        deed.carry_into(&mut after);
        consistency::check(&after, &deed.row.added)?;
        Ok(Plan { deed: Some(deed), touched, ruling })
    }

    pub(super) async fn plan_merge(
        &self,
        athlete: AthleteId,
        activities: &[ActivityId],
        word: Word<'_>,
        known: &Known,
    ) -> Result<Plan, HubError> {
        if activities.iter().collect::<BTreeSet<_>>().len() < 2 {
            return Err(HubError::Invalid("a merge needs at least two activities".to_owned()));
        }
        let mut held: BTreeMap<ActivityId, Vec<RecordId>> = BTreeMap::new();
        for id in activities {
            for (member, holder) in self.members_of(athlete, *id).await? {
                let members = held.entry(holder.unwrap_or(*id)).or_default();
                if !members.contains(&member) {
                    members.push(member);
                }
            }
        }
        let all: Vec<RecordId> = held.values().flatten().copied().collect();
        let founders = record::by_id(&self.database.write, &all).await?;
        let oldest =
            founders.iter().min_by_key(|row| (row.first_seen_at, row.id)).map(|row| RecordId::from_uuid(row.id));
        let anchor = oldest.ok_or_else(|| HubError::NotFound("there are no such activities".to_owned()))?;
        // The anchor's own activity, too: one of it that fits the anchor and none of the others would be left behind.
        let others = all.iter().filter(|member| held.len() > 1 && **member != anchor);
        let decisions = others.map(|member| Decision::Same(anchor, *member)).collect();
        self.deed(
            athlete,
            Wanted { kind: DecisionKind::Merge, add: decisions, remove: Vec::new(), touched: all },
            word,
            known,
        )
    }

    pub(super) async fn plan_split(
        &self,
        athlete: AthleteId,
        activity: ActivityId,
        leaving: &[RecordId],
        word: Word<'_>,
        known: &Known,
    ) -> Result<Plan, HubError> {
        let members: Vec<RecordId> =
            self.members_of(athlete, activity).await?.into_iter().map(|(record, _)| record).collect();
        let leaving: BTreeSet<RecordId> = leaving.iter().copied().collect();
        if let Some(stranger) = leaving.iter().find(|record| !members.contains(record)) {
            return Err(HubError::NotFound(format!("{activity} holds no record {stranger}")));
        }
        let (leave, stay): (Vec<RecordId>, Vec<RecordId>) = members.iter().partition(|member| leaving.contains(member));
        if leave.is_empty() || stay.is_empty() {
            return Err(HubError::Invalid(
                "a split needs some of the activity's records, and not all of them".to_owned(),
            ));
        }
        let apart = |a: &RecordId, b: &RecordId| leave.contains(a) != leave.contains(b);
        let bound = |ruling: &&Ruling| matches!(&ruling.decision, Decision::Same(a, b) if members.contains(a) && members.contains(b) && apart(a, b));
        let removed: Vec<Ruling> = known.rulings.iter().filter(bound).cloned().collect();
        let decisions =
            leave.iter().flat_map(|one| stay.iter().map(|other| Decision::Different(*one, *other))).collect();
        self.deed(
            athlete,
            Wanted { kind: DecisionKind::Split, add: decisions, remove: removed, touched: members },
            word,
            known,
        )
    }

    pub(super) async fn plan_candidates(
        &self,
        athlete: AthleteId,
        ids: &[CandidateId],
        verdict: Verdict,
        word: Word<'_>,
        known: &Known,
    ) -> Result<Plan, HubError> {
        let mut decisions = Vec::with_capacity(ids.len());
        let mut touched = BTreeSet::new();
        for id in ids {
            let (a, b) = self.pair_of(athlete, *id).await?;
            touched.extend([a, b]);
            let said = match verdict {
                Verdict::Same => self.binding(athlete, a, b).await?,
                Verdict::Different => vec![Decision::Different(a, b)],
            };
            for decision in said {
                if !decisions.contains(&decision) {
                    decisions.push(decision);
                }
            }
        }
        if decisions.is_empty() {
            return Err(HubError::Invalid("name at least one candidate".to_owned()));
        }
        let kind = match verdict {
            Verdict::Same => DecisionKind::Same,
            Verdict::Different => DecisionKind::Different,
        };
        self.deed(
            athlete,
            Wanted { kind, add: decisions, remove: Vec::new(), touched: touched.into_iter().collect() },
            word,
            known,
        )
    }

    /// The pair of a candidate that waits or waited.
    async fn pair_of(&self, athlete: AthleteId, id: CandidateId) -> Result<(RecordId, RecordId), HubError> {
        let failed = || database_error("look for a candidate");
        let connection = &self.database.write;
        let waits = review::Entity::find_by_id(id.uuid()).one(connection).await.map_err(failed())?;
        let found = match waits {
            Some(row) => Some((row.athlete_id, row.a, row.b)),
            None => settled_candidate::Entity::find_by_id(id.uuid())
                .one(connection)
                .await
                .map_err(failed())?
                .map(|row| (row.athlete_id, row.a, row.b)),
        };
        match found {
            Some((whose, a, b)) if whose == athlete.uuid() => Ok((RecordId::from_uuid(a), RecordId::from_uuid(b))),
            _ => Err(HubError::NotFound(format!("there is no candidate {id}"))),
        }
    }

    pub(super) async fn plan_rule(
        &self,
        athlete: AthleteId,
        decision: &Decision,
        word: Word<'_>,
        known: &Known,
    ) -> Result<Plan, HubError> {
        match decision {
            Decision::Same(a, b) | Decision::Different(a, b) => {
                if a == b {
                    return Err(HubError::Invalid("a record is always the same as itself: name two".to_owned()));
                }
                let found = record::by_id(&self.database.write, &[*a, *b]).await?;
                if found.iter().filter(|row| row.athlete_id == athlete.uuid()).count() < 2 {
                    return Err(HubError::NotFound("there are no two such records of this athlete".to_owned()));
                }
                let (kind, add) = match decision {
                    Decision::Same(..) => (DecisionKind::Same, self.binding(athlete, *a, *b).await?),
                    _ => (DecisionKind::Different, vec![decision.clone()]),
                };
                self.deed(athlete, Wanted { kind, add, remove: Vec::new(), touched: vec![*a, *b] }, word, known)
            }
            Decision::Pin { activity, field, to } => {
                if let PinTo::Value(value) = to
                    && !fits(*field, value)
                {
                    return Err(HubError::Invalid(format!("{} cannot hold such a value", field.name())));
                }
                let (members, pins) = self.pinned(athlete, *activity, *field, known).await?;
                if let Some(pin) =
                    pins.last().filter(|pin| matches!(&pin.decision, Decision::Pin { to: known, .. } if known == to))
                {
                    return Ok(Plan { deed: None, touched: members, ruling: Some(pin.clone()) });
                }
                self.deed(
                    athlete,
                    Wanted { kind: DecisionKind::Pin, add: vec![decision.clone()], remove: pins, touched: members },
                    word,
                    known,
                )
            }
        }
    }

    pub(super) async fn plan_unpin(
        &self,
        athlete: AthleteId,
        activity: ActivityId,
        field: Field,
        word: Word<'_>,
        known: &Known,
    ) -> Result<Plan, HubError> {
        let (members, pins) = self.pinned(athlete, activity, field, known).await?;
        if pins.is_empty() {
            return Err(HubError::NotFound(format!("{} of {activity} is not pinned", field.name())));
        }
        self.deed(
            athlete,
            Wanted { kind: DecisionKind::Unpin, add: Vec::new(), remove: pins, touched: members },
            word,
            known,
        )
    }

    /// An activity's records and the pins of a field on it, under whatever id they were said, oldest first.
    async fn pinned(
        &self,
        athlete: AthleteId,
        activity: ActivityId,
        field: Field,
        known: &Known,
    ) -> Result<(Vec<RecordId>, Vec<Ruling>), HubError> {
        let members: Vec<RecordId> =
            self.members_of(athlete, activity).await?.into_iter().map(|(record, _)| record).collect();
        let ids: HashSet<ActivityId> = members.iter().map(|record| ActivityId::founded_by(*record)).collect();
        let on = |ruling: &&Ruling| matches!(&ruling.decision, Decision::Pin { activity, field: of, .. } if *of == field && ids.contains(activity));
        Ok((members, known.rulings.iter().filter(on).cloned().collect()))
    }
}

/// Whether a field can hold a value of that kind.
fn fits(field: Field, value: &Value) -> bool {
    match value {
        Value::Number(_) => field.info().unit != domain::Unit::None,
        Value::Sport(_) => field == Field::SportType,
        Value::Instant(_) => field == Field::StartTimeUtc,
        Value::Visibility(_) => field == Field::Visibility,
        Value::Point(_) => matches!(field, Field::StartPoint | Field::EndPoint),
        Value::Flag(_) => matches!(field, Field::Commute | Field::Indoor | Field::Manual),
        Value::Text(_) => {
            matches!(field, Field::Name | Field::Description | Field::Timezone | Field::Gear | Field::Device)
        }
    }
}
