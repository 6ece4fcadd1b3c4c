//! What a plan adds to the history of activities.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::{Activity, ActivityId, Field, Origin, RecordId, Resolved, SourceSlug, Status};
use reconcile::Plan;

use super::occasion::Occasion;
use crate::decision::Deed;
use crate::history::{Cause, FieldChange};
use crate::store::revision::{Last, Row};

/// What is known beside a plan.
pub(super) struct Known<'a> {
    /// The revision of each activity that stands.
    pub(super) standing: HashMap<ActivityId, i32>,
    /// The activities that the plan retires, as they stand.
    pub(super) retired: Vec<Activity>,
    /// The last revisions of those that the plan creates, where they stood before.
    pub(super) last: HashMap<ActivityId, Last>,
    /// Which activity holds each record once the plan is applied.
    pub(super) holders: &'a HashMap<RecordId, ActivityId>,
    /// Whose records they are.
    pub(super) sources: &'a BTreeMap<RecordId, SourceSlug>,
}

/// How a new row of an activity is numbered.
pub(super) struct Numbered {
    pub(super) revision: i32,
    /// When it last changed, where its history knows.
    pub(super) since: Option<DateTime<Utc>>,
}

/// The number of an activity that begins to stand. One whose history did not end stood already: its tables were emptied,
/// and it is as it was.
pub(super) fn number(last: Option<&Last>) -> Numbered {
    match last {
        None => Numbered { revision: 1, since: None },
        Some(last) if last.gone => Numbered { revision: last.revision.saturating_add(1), since: None },
        Some(last) if last.revision == 1 => Numbered { revision: 1, since: None },
        Some(last) => Numbered { revision: last.revision, since: Some(last.at) },
    }
}

/// The revisions of a plan, in the order of the plan: what goes first, so that a reader who follows them never meets a
/// record twice.
pub(super) fn revisions(plan: &Plan, known: &Known<'_>, occasion: &Occasion<'_>) -> Vec<Row> {
    let none = BTreeMap::new();
    let mut rows = Vec::with_capacity(plan.create.len() + plan.update.len() + plan.retire.len());
    for before in &known.retired {
        let founder = before.members.iter().find(|record| ActivityId::founded_by(**record) == before.id);
        let holder = founder.into_iter().chain(&before.members).find_map(|record| known.holders.get(record));
        let said = occasion.cause_of_end(before, holder.is_some());
        rows.push(Row {
            gone: true,
            merged_into: holder.copied(),
            changes: Some(changes(&before.fields, &none, known.sources)),
            status: if holder.is_some() { Status::Merged } else { Status::Withdrawn },
            ..row(before.id, known.standing.get(&before.id).copied().unwrap_or(0).saturating_add(1), said, occasion)
        });
    }
    for (before, after) in &plan.update {
        let said = occasion.cause_of_change(before, after);
        let revision = known.standing.get(&after.id).copied().unwrap_or(0).saturating_add(1);
        rows.push(Row {
            status: after.status,
            changes: Some(changes(&before.fields, &after.fields, known.sources)),
            ..row(after.id, revision, said, occasion)
        });
    }
    for after in &plan.create {
        let last = known.last.get(&after.id);
        if last.is_some_and(|last| !last.gone) {
            continue;
        }
        let said = occasion.cause_of_new(after);
        rows.push(Row {
            status: after.status,
            changes: last.map(|_| changes(&none, &after.fields, known.sources)),
            ..row(after.id, number(last).revision, said, occasion)
        });
    }
    rows
}

fn row(activity: ActivityId, revision: i32, said: (Cause, Option<&Deed>), occasion: &Occasion<'_>) -> Row {
    let (cause, deed) = said;
    let word = match deed {
        Some(deed) => (deed.row.actor.clone(), Some(deed.row.reason.clone())),
        // What a deed did not touch, the hub did by itself at the same time.
        None if occasion.deed.is_some() => (crate::history::ENGINE.to_owned(), None),
        None => (occasion.actor.to_owned(), occasion.reason.map(str::to_owned)),
    };
    Row {
        activity,
        revision,
        cause,
        word,
        decision: deed.map(|deed| deed.row.id),
        status: Status::Pending,
        gone: false,
        merged_into: None,
        changes: None,
    }
}

/// The fields whose value or source differs.
pub(crate) fn changes(
    before: &BTreeMap<Field, Resolved>,
    after: &BTreeMap<Field, Resolved>,
    sources: &BTreeMap<RecordId, SourceSlug>,
) -> Vec<FieldChange> {
    let source = |resolved: Option<&Resolved>| match resolved.map(|resolved| &resolved.provenance.origin) {
        Some(Origin::Record { record, .. }) => sources.get(record).cloned(),
        _ => None,
    };
    let fields: BTreeSet<Field> = before.keys().chain(after.keys()).copied().collect();
    let mut changes = Vec::new();
    for field in fields {
        let (old, new) = (before.get(&field), after.get(&field));
        let (source_before, source_after) = (source(old), source(new));
        let (before, after) = (old.map(|old| &old.value), new.map(|new| &new.value));
        if before != after || source_before != source_after {
            let (before, after) = (before.cloned(), after.cloned());
            changes.push(FieldChange { field, before, after, source_before, source_after });
        }
    }
    changes
}
