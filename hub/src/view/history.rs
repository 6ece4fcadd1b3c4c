//! What became of activities: their revisions, how they stood at an instant, and the log of all changes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{ActivityId, AthleteId, DecisionId, Field, Origin, RecordId, RevisionId, SourceSlug, Value};
use entity::{activity, activity_revision, decision, source_record};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::cursor::{Cursor, List, Place};
use super::page::{Direction, Order, Page, PageRequest, page};
use super::{Athletes, View, unread};
use crate::HubError;
use crate::decision::undoable;
use crate::history::{FieldChange, RevisionRow, Snapshot, SnapshotField, position_of};
use crate::store::revision::from_row;
use crate::store::{self, micros};

/// An activity's values, each with its source.
type Fields = BTreeMap<Field, (Value, Option<SourceSlug>)>;

impl View {
    /// A page of an activity's revisions, the newest first. The id is taken as it is: one that was merged away has its
    /// own history, which ends with the merge.
    ///
    /// # Errors
    /// As [`View::activities`].
    pub async fn history(&self, activity: ActivityId, request: &PageRequest) -> Result<Page<RevisionRow>, HubError> {
        let order = Order {
            list: self.history_list(activity),
            key: Some(activity_revision::Column::Revision.into_expr()),
            id: activity_revision::Column::ActivityId.into_expr(),
            direction: Direction::Desc,
        };
        let select = activity_revision::Entity::find()
            .filter(self.check(activity_revision::Column::AthleteId))
            .filter(activity_revision::Column::ActivityId.eq(activity.uuid()));
        let found = page(self.read(), select, &order, request, |row| {
            Ok((Place { key: i64::from(row.revision), id: row.activity_id }, from_row(row)?))
        });
        let mut found = found.await?;
        self.tell_first(found.items.iter_mut().map(|(_, row)| row)).await?;
        let items = found.items.into_iter().map(|(cursor, (row, _))| (cursor, row)).collect();
        Ok(Page { items, has_next: found.has_next, has_previous: found.has_previous })
    }

    /// A revision's place in its activity's history, for [`View::history`] to go on behind it.
    pub fn place_in_history(&self, row: &RevisionRow) -> Cursor {
        Place { key: i64::from(row.revision), id: row.activity.uuid() }.cursor(&self.history_list(row.activity))
    }

    /// One activity has one athlete: whom else a token speaks for makes no other list of it.
    fn history_list(&self, activity: ActivityId) -> List {
        self.list("revision", &Athletes::All, &activity.to_string())
    }

    /// What became of each of these activities, whole.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn chronicles(&self, activities: &[ActivityId]) -> Result<HashMap<ActivityId, Chronicle>, HubError> {
        let all = self.revisions_of(activities).await?;
        let mut present = self.present(activities).await?;
        let mut chronicles = HashMap::new();
        for (id, revisions) in &all {
            let mut told = revisions.clone();
            tell(untold(&mut told), &all, &present);
            let revisions = told.into_iter().map(|(row, _)| row).collect();
            chronicles.insert(*id, Chronicle { revisions, present: present.remove(id).unwrap_or_default() });
        }
        Ok(chronicles)
    }

    /// All revisions of these activities, the newest first, each with whether its changes are told by it.
    async fn revisions_of(
        &self,
        activities: &[ActivityId],
    ) -> Result<HashMap<ActivityId, Vec<(RevisionRow, bool)>>, HubError> {
        let ids = activities.iter().map(|id| id.uuid());
        let column = activity_revision::Column::ActivityId;
        let mut rows =
            self.rows::<activity_revision::Entity>(column, ids, activity_revision::Column::AthleteId).await?;
        rows.sort_by_key(|row| std::cmp::Reverse(row.revision));
        let mut all: HashMap<ActivityId, Vec<(RevisionRow, bool)>> = HashMap::new();
        for row in rows {
            all.entry(ActivityId::from_uuid(row.activity_id)).or_default().push(from_row(row)?);
        }
        Ok(all)
    }

    /// A revision.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn revision(&self, id: RevisionId) -> Result<Option<RevisionRow>, HubError> {
        let Some(position) = position_of(id) else { return Ok(None) };
        let found = activity_revision::Entity::find()
            .filter(activity_revision::Column::Position.eq(position))
            .filter(self.check(activity_revision::Column::AthleteId))
            .one(self.read())
            .await
            .map_err(unread)?;
        let Some(row) = found else { return Ok(None) };
        let mut row = from_row(row)?;
        self.tell_first([&mut row]).await?;
        Ok(Some(row.0))
    }

    /// Every change after a place, in the order in which they were committed: whoever keeps the cursor of the last and
    /// asks again misses none, however long it was away, and may meet one twice only by its own mistake. `first` and
    /// `after` of the request are what a reader needs.
    ///
    /// # Errors
    /// As [`View::activities`].
    pub async fn changes(
        &self,
        athlete: Option<AthleteId>,
        request: &PageRequest,
    ) -> Result<Page<RevisionRow>, HubError> {
        let order = Order {
            list: self.list("change", &self.reach(athlete), ""),
            key: Some(activity_revision::Column::Position.into_expr()),
            id: activity_revision::Column::ActivityId.into_expr(),
            direction: Direction::Asc,
        };
        let select =
            activity_revision::Entity::find().filter(self.own_of(athlete, activity_revision::Column::AthleteId));
        let found = page(self.read(), select, &order, request, |row| {
            Ok((Place { key: row.position, id: row.activity_id }, from_row(row)?))
        });
        let mut found = found.await?;
        self.tell_first(found.items.iter_mut().map(|(_, row)| row)).await?;
        let items = found.items.into_iter().map(|(cursor, (row, _))| (cursor, row)).collect();
        Ok(Page { items, has_next: found.has_next, has_previous: found.has_previous })
    }

    /// Fills in what the first revisions changed: all that stood after them, which is found by walking back from the
    /// present.
    async fn tell_first(&self, rows: impl IntoIterator<Item = &mut (RevisionRow, bool)>) -> Result<(), HubError> {
        let untold = untold(rows);
        if untold.is_empty() {
            return Ok(());
        }
        let ids: Vec<ActivityId> = untold.iter().map(|row| row.activity).collect();
        tell(untold, &self.revisions_of(&ids).await?, &self.present(&ids).await?);
        Ok(())
    }

    /// How an activity stood at an instant; `None` before it existed. The id is taken as it is.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn snapshot(&self, activity: ActivityId, at: DateTime<Utc>) -> Result<Option<Snapshot>, HubError> {
        Ok(self.chronicles(&[activity]).await?.remove(&activity).and_then(|chronicle| chronicle.at(at)))
    }

    /// The values of these activities as they stand, each with its source.
    async fn present(&self, activities: &[ActivityId]) -> Result<HashMap<ActivityId, Fields>, HubError> {
        let ids = activities.iter().map(|id| id.uuid());
        let rows = self.rows::<activity::Entity>(activity::Column::Id, ids, activity::Column::AthleteId).await?;
        let standing: Vec<domain::Activity> =
            rows.iter().map(store::activity::from_row).collect::<Result<_, HubError>>()?;
        let members: BTreeSet<Uuid> =
            standing.iter().flat_map(|activity| &activity.members).map(|record| record.uuid()).collect();
        let mut sources: HashMap<RecordId, SourceSlug> = HashMap::new();
        for ids in self.chunks(members) {
            let found: Vec<(Uuid, String)> = source_record::Entity::find()
                .select_only()
                .columns([source_record::Column::Id, source_record::Column::Source])
                .filter(self.check(source_record::Column::AthleteId))
                .filter(self.one_of(source_record::Column::Id, ids))
                .into_tuple()
                .all(self.read())
                .await
                .map_err(unread)?;
            let word = |(id, name): (Uuid, String)| Some((RecordId::from_uuid(id), SourceSlug::parse(&name).ok()?));
            sources.extend(found.into_iter().filter_map(word));
        }
        let told = |activity: domain::Activity| {
            let fields = activity.fields.into_iter().map(|(field, resolved)| {
                let source = match &resolved.provenance.origin {
                    Origin::Record { record, .. } => sources.get(record).cloned(),
                    Origin::Ruling(_) | Origin::Derivation => None,
                };
                (field, (resolved.value, source))
            });
            (activity.id, fields.collect())
        };
        Ok(standing.into_iter().map(told).collect())
    }

    /// Which of these decisions can be taken back now.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn undoable(&self, decisions: &[DecisionId]) -> Result<HashSet<DecisionId>, HubError> {
        let wanted: HashSet<DecisionId> = decisions.iter().copied().collect();
        let ids = decisions.iter().map(|id| id.uuid());
        let rows = self.rows::<decision::Entity>(decision::Column::Id, ids, decision::Column::AthleteId).await?;
        let athletes: BTreeSet<AthleteId> = rows.iter().map(|row| AthleteId::from_uuid(row.athlete_id)).collect();
        let mut free = HashSet::new();
        for athlete in athletes {
            let all = store::decision::of_athlete(self.read(), athlete).await?;
            let rulings = store::ruling::of_athlete(self.read(), athlete).await?;
            free.extend(undoable(self.read(), &wanted, &all, &rulings).await?);
        }
        Ok(free)
    }

    /// A decision.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn decision(&self, id: DecisionId) -> Result<Option<crate::DecisionRow>, HubError> {
        let rows =
            self.rows::<decision::Entity>(decision::Column::Id, [id.uuid()], decision::Column::AthleteId).await?;
        rows.into_iter().next().map(store::decision::from_row).transpose()
    }

    /// The position of the last change that may be read; 0 where there is none.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn last_change(&self, athlete: Option<AthleteId>) -> Result<i64, HubError> {
        let last: Option<i64> = activity_revision::Entity::find()
            .select_only()
            .column(activity_revision::Column::Position)
            .filter(self.own_of(athlete, activity_revision::Column::AthleteId))
            .order_by_desc(activity_revision::Column::Position)
            .limit(1)
            .into_tuple()
            .one(self.read())
            .await
            .map_err(unread)?;
        Ok(last.unwrap_or(0))
    }
}

/// What became of an activity, from the first revision to the present.
#[derive(Debug, Clone)]
pub struct Chronicle {
    revisions: Vec<RevisionRow>,
    present: Fields,
}

impl Chronicle {
    /// Every revision, the newest first.
    pub fn revisions(&self) -> &[RevisionRow] {
        &self.revisions
    }

    /// How the activity stood at an instant; nothing before it existed.
    pub fn at(&self, at: DateTime<Utc>) -> Option<Snapshot> {
        let mut fields = self.present.clone();
        for revision in &self.revisions {
            if micros(revision.at) > micros(at) {
                step_back(&mut fields, &revision.changes);
                continue;
            }
            let word = |(field, (value, source))| SnapshotField { field, value, source };
            let fields = fields.into_iter().map(word).collect();
            return Some(Snapshot { revision: revision.revision, at: revision.at, status: revision.status, fields });
        }
        None
    }
}

/// Fills in what these revisions changed, of activities with these histories, which stand as told.
fn tell(
    untold: Vec<&mut RevisionRow>,
    histories: &HashMap<ActivityId, Vec<(RevisionRow, bool)>>,
    present: &HashMap<ActivityId, Fields>,
) {
    for row in untold {
        let mut fields = present.get(&row.activity).cloned().unwrap_or_default();
        for (later, _) in histories.get(&row.activity).into_iter().flatten() {
            if later.revision > row.revision {
                step_back(&mut fields, &later.changes);
            }
        }
        row.changes = fields
            .into_iter()
            .map(|(field, (value, source))| FieldChange {
                field,
                before: None,
                after: Some(value),
                source_before: None,
                source_after: source,
            })
            .collect();
    }
}

/// The revisions that do not tell their changes themselves.
fn untold<'a>(rows: impl IntoIterator<Item = &'a mut (RevisionRow, bool)>) -> Vec<&'a mut RevisionRow> {
    rows.into_iter().filter(|(_, told)| !told).map(|(row, _)| row).collect()
}

/// Takes changes back.
fn step_back(fields: &mut Fields, changes: &[FieldChange]) {
    for change in changes {
        match &change.before {
            Some(value) => fields.insert(change.field, (value.clone(), change.source_before.clone())),
            None => fields.remove(&change.field),
        };
    }
}
