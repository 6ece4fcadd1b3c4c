//! Taking a decision back: exactly one, whole, and only where nothing rests on it.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::{ActivityId, AthleteId, Decision, DecisionId, Field, RecordId, Ruling};
use entity::source_record;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::deed::{Deed, Known, Plan};
use super::{DecisionKind, DecisionRow, Word, consistency};
use crate::store::database_error;
use crate::{Hub, HubError};

/// Which record each pinned activity's id is founded by, and which activity holds that record today.
pub(crate) type Holders = HashMap<ActivityId, (RecordId, Option<ActivityId>)>;

impl Hub {
    pub(super) async fn plan_undo(
        &self,
        athlete: AthleteId,
        id: DecisionId,
        word: Word<'_>,
        known: &Known,
    ) -> Result<Plan, HubError> {
        let found = known.decisions.iter().find(|decision| decision.id == id);
        let decision = found.ok_or_else(|| HubError::NotFound(format!("there is no decision {id}")))?;
        let connection = &self.database.write;
        let holders = holders(connection, [decision]).await?;
        refusal(decision, &known.decisions, &known.rulings, &holders)?;
        let now = known.instant(self.clock.now());
        let row = DecisionRow {
            id: DecisionId::from_uuid(self.mint(now)),
            athlete,
            kind: DecisionKind::Undo,
            actor: word.actor.to_owned(),
            reason: word.reason.to_owned(),
            at: now,
            undoes: Some(id),
            undone_by: None,
            added: decision.removed.clone(),
            removed: decision.added.clone(),
        };
        let mut touched: BTreeSet<RecordId> = pairs(decision).into_iter().collect();
        touched.extend(holders.values().map(|(record, _)| *record));
        let touched: Vec<RecordId> = touched.into_iter().collect();
        let marks = marks(decision, row.id, &known.decisions);
        let concerns = touched.iter().copied().collect();
        let deed = Deed { cause: DecisionKind::Undo.cause(), row, concerns, marks };
        Ok(Plan { deed: Some(deed), touched, ruling: None })
    }
}

/// Who is in force and who is not, once a decision is taken back: what it had taken back itself is in force again, and
/// so on.
fn marks(decision: &DecisionRow, by: DecisionId, decisions: &[DecisionRow]) -> Vec<(DecisionId, Option<DecisionId>)> {
    let mut marks = vec![(decision.id, Some(by))];
    let (mut above, mut in_force) = (decision, true);
    while let Some(below) = above.undoes.and_then(|id| decisions.iter().find(|one| one.id == id)) {
        marks.push((below.id, if in_force { None } else { Some(above.id) }));
        (above, in_force) = (below, !in_force);
    }
    marks
}

/// Why a decision cannot be taken back now.
///
/// # Errors
/// `Conflict`, with what to undo first.
fn refusal(
    decision: &DecisionRow,
    decisions: &[DecisionRow],
    rulings: &[Ruling],
    holders: &Holders,
) -> Result<(), HubError> {
    let told = |other: &DecisionRow, what: &str| {
        let day = other.at.format("%Y-%m-%d");
        HubError::Conflict(format!("{} {what} ({day}, \"{}\"): undo that first", other.actor, other.reason))
    };
    if let Some(by) = decision.undone_by {
        let by = decisions.iter().find(|one| one.id == by);
        return Err(by.map_or_else(
            || HubError::Conflict("that was taken back already".to_owned()),
            |by| HubError::Conflict(format!("{} took that back already ({})", by.actor, by.at.format("%Y-%m-%d"))),
        ));
    }
    let (records, pins) = (pairs(decision), pinned(decision, holders));
    let later = decisions.iter().find(|other| {
        let rests = !pairs(other).is_disjoint(&records)
            || other
                .added
                .iter()
                .chain(&other.removed)
                .any(|one| decision.added.iter().chain(&decision.removed).any(|own| own.id == one.id));
        let is_later = (other.at, other.id) > (decision.at, decision.id);
        is_later && other.kind != DecisionKind::Undo && other.undone_by.is_none() && rests
    });
    if let Some(later) = later {
        return Err(told(later, "decided about the same records later"));
    }
    let stands = |ruling: &Ruling| rulings.iter().any(|one| one.id == ruling.id);
    if decision.added.iter().any(|ruling| !stands(ruling)) || decision.removed.iter().any(stands) {
        return Err(HubError::Conflict("what it decided stands no longer".to_owned()));
    }
    let is_taken = rulings.iter().find(|ruling| match &ruling.decision {
        Decision::Pin { activity, field, .. } => {
            pins.contains(&(today(holders, *activity), *field)) && !decision.added.iter().any(|own| own.id == ruling.id)
        }
        _ => false,
    });
    if let Some(pin) = is_taken.filter(|_| !decision.removed.is_empty()) {
        return Err(consistency::refused(pin, "about the same field later"));
    }
    let mut after: Vec<Ruling> =
        rulings.iter().filter(|one| !decision.added.iter().any(|own| own.id == one.id)).cloned().collect();
    after.extend(decision.removed.iter().cloned());
    consistency::check(&after, &decision.removed)
}

/// The records that a decision's pairs name.
fn pairs(decision: &DecisionRow) -> HashSet<RecordId> {
    let mut records = HashSet::new();
    for ruling in decision.added.iter().chain(&decision.removed) {
        if let Decision::Same(a, b) | Decision::Different(a, b) = &ruling.decision {
            records.extend([*a, *b]);
        }
    }
    records
}

/// The activity that a pinned one's id leads to today.
fn today(holders: &Holders, activity: ActivityId) -> Option<ActivityId> {
    holders.get(&activity).map_or(Some(activity), |(_, holder)| *holder)
}

/// The fields that taking a decision back would pin, by the activity that they belong to today.
fn pinned(decision: &DecisionRow, holders: &Holders) -> HashSet<(Option<ActivityId>, Field)> {
    let pins = decision.removed.iter().filter_map(|ruling| match &ruling.decision {
        Decision::Pin { activity, field, .. } => Some((today(holders, *activity), *field)),
        _ => None,
    });
    pins.collect()
}

/// Where the activities that decisions pin are today.
pub(crate) async fn holders(
    connection: &impl ConnectionTrait,
    decisions: impl IntoIterator<Item = &DecisionRow>,
) -> Result<Holders, HubError> {
    let pinned: BTreeSet<Uuid> = decisions
        .into_iter()
        .flat_map(|decision| decision.added.iter().chain(&decision.removed))
        .filter_map(|ruling| match &ruling.decision {
            Decision::Pin { activity, .. } => Some(activity.uuid()),
            _ => None,
        })
        .collect();
    if pinned.is_empty() {
        return Ok(Holders::new());
    }
    // All that the activities hold: a later pin may name them by another id.
    let own: Vec<Option<Uuid>> = source_record::Entity::find()
        .select_only()
        .column(source_record::Column::ActivityId)
        .filter(source_record::Column::Founds.is_in(pinned))
        .into_tuple()
        .all(connection)
        .await
        .map_err(database_error("look for what is pinned"))?;
    let rows: Vec<(Uuid, Uuid, Option<Uuid>)> = source_record::Entity::find()
        .select_only()
        .columns([source_record::Column::Id, source_record::Column::Founds, source_record::Column::ActivityId])
        .filter(source_record::Column::ActivityId.is_in(own.into_iter().flatten()))
        .into_tuple()
        .all(connection)
        .await
        .map_err(database_error("look for what is pinned"))?;
    let word = |(record, founds, holder): (Uuid, Uuid, Option<Uuid>)| {
        (ActivityId::from_uuid(founds), (RecordId::from_uuid(record), holder.map(ActivityId::from_uuid)))
    };
    Ok(rows.into_iter().map(word).collect())
}

/// Which of an athlete's decisions can be taken back now.
pub(crate) async fn undoable(
    connection: &impl ConnectionTrait,
    wanted: &HashSet<DecisionId>,
    decisions: &[DecisionRow],
    rulings: &[Ruling],
) -> Result<HashSet<DecisionId>, HubError> {
    let wanted: Vec<&DecisionRow> = decisions.iter().filter(|decision| wanted.contains(&decision.id)).collect();
    // Found for all of them at once: a page of activities asks about every decision in its histories.
    let holders = holders(connection, wanted.iter().copied()).await?;
    let free = wanted.into_iter().filter(|decision| refusal(decision, decisions, rulings, &holders).is_ok());
    Ok(free.map(|decision| decision.id).collect())
}
