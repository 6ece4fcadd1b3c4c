//! Canonical activities.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Activity, ActivityId, ExternalId, SourceSlug};
use entity::{activity, source_record};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::cursor::Place;
use super::filter::{ActivityFilter, external_id};
use super::page::{Direction, Order, Page, PageRequest, page};
use super::{View, unread};
use crate::HubError;
use crate::store::{self, instant};

/// What a list is ordered by; ties by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityOrderField {
    /// Start.
    StartTimeUtc,
    /// Last change.
    UpdatedAt,
    /// Distance; those without one count as the smallest.
    DistanceM,
    /// Elapsed time.
    ElapsedTimeS,
}

/// A list's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityOrder {
    /// By what.
    pub field: ActivityOrderField,
    /// Which way.
    pub direction: Direction,
}

impl Default for ActivityOrder {
    fn default() -> Self {
        Self { field: ActivityOrderField::StartTimeUtc, direction: Direction::Desc }
    }
}

/// A canonical activity as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRow {
    /// The activity.
    pub activity: Activity,
    /// Grows by one with every change.
    pub revision: i32,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

impl ActivityOrder {
    fn order(self, view: &View, filter: &ActivityFilter) -> Order {
        let (key, name) = match (self.field, self.direction) {
            (ActivityOrderField::StartTimeUtc, Direction::Asc) => (activity::Column::StartAt, "start.asc"),
            (ActivityOrderField::StartTimeUtc, Direction::Desc) => (activity::Column::StartAt, "start.desc"),
            (ActivityOrderField::UpdatedAt, Direction::Asc) => (activity::Column::UpdatedAt, "updated.asc"),
            (ActivityOrderField::UpdatedAt, Direction::Desc) => (activity::Column::UpdatedAt, "updated.desc"),
            (ActivityOrderField::DistanceM, Direction::Asc) => (activity::Column::Distance, "distance.asc"),
            (ActivityOrderField::DistanceM, Direction::Desc) => (activity::Column::Distance, "distance.desc"),
            (ActivityOrderField::ElapsedTimeS, Direction::Asc) => (activity::Column::Elapsed, "elapsed.asc"),
            (ActivityOrderField::ElapsedTimeS, Direction::Desc) => (activity::Column::Elapsed, "elapsed.desc"),
        };
        let id = activity::Column::Id.into_expr();
        let list = view.list(name, &view.scope().among(filter.athletes.as_deref()), &filter.spelled());
        Order { list, key: Some(key.into_expr()), id, direction: self.direction }
    }

    fn place(self, row: &activity::Model) -> Place {
        let key = match self.field {
            ActivityOrderField::StartTimeUtc => row.start_at,
            ActivityOrderField::UpdatedAt => row.updated_at,
            ActivityOrderField::DistanceM => row.distance,
            ActivityOrderField::ElapsedTimeS => row.elapsed,
        };
        Place { key, id: row.id }
    }
}

fn from_row(row: &activity::Model) -> Result<ActivityRow, HubError> {
    Ok(ActivityRow {
        activity: store::activity::from_row(row)?,
        revision: row.revision,
        created_at: instant(row.created_at),
        updated_at: instant(row.updated_at),
    })
}

impl View {
    /// The activity that this id leads to today: itself, or the one into which it was merged (then its id differs).
    ///
    /// # Errors
    /// `Unavailable` or `Internal` where the database cannot be read; so for every function of a view.
    pub async fn activity(&self, id: ActivityId) -> Result<Option<ActivityRow>, HubError> {
        if let Some(row) = self.standing(id.uuid()).await? {
            return Ok(Some(row));
        }
        // Every id ever shown is some record's founding id; where the record is now, there the id leads.
        let founder = source_record::Column::Founds.eq(id.uuid());
        self.holding(source_record::Entity::find().filter(founder)).await
    }

    async fn standing(&self, id: Uuid) -> Result<Option<ActivityRow>, HubError> {
        let rows: Vec<activity::Model> =
            self.rows::<activity::Entity>(activity::Column::Id, [id], activity::Column::AthleteId).await?;
        rows.first().map(from_row).transpose()
    }

    /// The activity of the first of these records that has one.
    async fn holding(&self, records: sea_orm::Select<source_record::Entity>) -> Result<Option<ActivityRow>, HubError> {
        let held: Option<Uuid> = records
            .select_only()
            .column(source_record::Column::ActivityId)
            .filter(self.check(source_record::Column::AthleteId))
            .filter(source_record::Column::ActivityId.is_not_null())
            .limit(1)
            .into_tuple()
            .one(self.read())
            .await
            .map_err(unread)?;
        match held {
            Some(activity) => self.standing(activity).await,
            None => Ok(None),
        }
    }

    /// Several activities by today's ids; unknown ones are missing.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn activities_by_id(&self, ids: &[ActivityId]) -> Result<HashMap<ActivityId, ActivityRow>, HubError> {
        let ids = ids.iter().map(|id| id.uuid());
        let rows = self.rows::<activity::Entity>(activity::Column::Id, ids, activity::Column::AthleteId).await?;
        rows.iter().map(|row| Ok((ActivityId::from_uuid(row.id), from_row(row)?))).collect()
    }

    /// The activity that holds the source's record with that external id, by whatever channel. A record that its
    /// source still shows is asked first.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn activity_by_source(
        &self,
        source: &SourceSlug,
        external: &ExternalId,
    ) -> Result<Option<ActivityRow>, HubError> {
        let records = source_record::Entity::find()
            .filter(source_record::Column::Source.eq(source.as_str()))
            .filter(external_id(external))
            .order_by_asc(source_record::Column::WithdrawnAt.is_not_null())
            .order_by_asc(source_record::Column::Id);
        self.holding(records).await
    }

    /// A page of activities.
    ///
    /// # Errors
    /// `Invalid` for a size outside 1 to 100, for `first` and `last` together and for a cursor of another list.
    pub async fn activities(
        &self,
        filter: &ActivityFilter,
        order: ActivityOrder,
        request: &PageRequest,
    ) -> Result<Page<ActivityRow>, HubError> {
        let select = activity::Entity::find().filter(filter.condition(self.scope(), self.backend())?);
        let sorted = order.order(self, filter);
        page(self.read(), select, &sorted, request, |row| Ok((order.place(&row), from_row(&row)?))).await
    }

    /// How many activities pass the filter.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn count_activities(&self, filter: &ActivityFilter) -> Result<u64, HubError> {
        let condition = filter.condition(self.scope(), self.backend())?;
        activity::Entity::find().filter(condition).count(self.read()).await.map_err(unread)
    }

    /// The legs of these multisport activities, by start.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn legs_of(&self, parents: &[ActivityId]) -> Result<HashMap<ActivityId, Vec<ActivityRow>>, HubError> {
        let ids = parents.iter().map(|id| id.uuid());
        let mut rows =
            self.rows::<activity::Entity>(activity::Column::ParentId, ids, activity::Column::AthleteId).await?;
        rows.sort_by_key(|row| (row.start_at, row.id));
        let mut legs: HashMap<ActivityId, Vec<ActivityRow>> = HashMap::new();
        for row in &rows {
            if let Some(parent) = row.parent_id {
                legs.entry(ActivityId::from_uuid(parent)).or_default().push(from_row(row)?);
            }
        }
        Ok(legs)
    }

    /// The ids that these activities' records found, each with the activity that holds its record: what rulings are
    /// found by.
    pub(super) async fn founded(&self, activities: &[ActivityId]) -> Result<HashMap<Uuid, ActivityId>, HubError> {
        let mut founded = HashMap::new();
        for ids in self.chunks(activities.iter().map(|id| id.uuid())) {
            let rows: Vec<(Uuid, Uuid)> = source_record::Entity::find()
                .select_only()
                .columns([source_record::Column::Founds, source_record::Column::ActivityId])
                .filter(self.check(source_record::Column::AthleteId))
                .filter(self.one_of(source_record::Column::ActivityId, ids))
                .into_tuple()
                .all(self.read())
                .await
                .map_err(unread)?;
            founded.extend(rows.into_iter().map(|(id, activity)| (id, ActivityId::from_uuid(activity))));
        }
        Ok(founded)
    }
}
