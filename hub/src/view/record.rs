//! Source records.

use std::collections::HashMap;

use domain::{ActivityId, RecordId, SourceRecord};
use entity::source_record;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::cursor::Place;
use super::filter::RecordFilter;
use super::page::{Direction, Order, Page, PageRequest, page};
use super::{View, unread};
use crate::HubError;
use crate::store::record;

/// A source record and the activity that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// The record.
    pub record: SourceRecord,
    /// The activity; `None` until it is reconciled.
    pub activity: Option<ActivityId>,
}

fn from_row(row: source_record::Model) -> Result<RecordRow, HubError> {
    record::from_row(row).map(|(record, activity)| RecordRow { record, activity })
}

impl View {
    /// The records of these activities, by policy rank of their source and channel, then id.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn records_of(&self, activities: &[ActivityId]) -> Result<HashMap<ActivityId, Vec<RecordRow>>, HubError> {
        let ids = activities.iter().map(|id| id.uuid());
        let column = source_record::Column::ActivityId;
        let rows = self.rows::<source_record::Entity>(column, ids, source_record::Column::AthleteId).await?;
        let mut records: HashMap<ActivityId, Vec<RecordRow>> = HashMap::new();
        for row in rows {
            let row = from_row(row)?;
            if let Some(activity) = row.activity {
                records.entry(activity).or_default().push(row);
            }
        }
        for list in records.values_mut() {
            list.sort_by_cached_key(|row| {
                (self.rank(&row.record), row.record.source.clone(), row.record.channel, row.record.id)
            });
        }
        Ok(records)
    }

    /// The record's place in the policy's default order.
    fn rank(&self, record: &SourceRecord) -> usize {
        let order = &self.hub.policy().order;
        let covers = |one: &reconcile::Preference| {
            one.source == record.source && one.channel.is_none_or(|channel| channel == record.channel)
        };
        order.iter().position(covers).unwrap_or(order.len())
    }

    /// Several records; unknown ones are missing.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn records_by_id(&self, ids: &[RecordId]) -> Result<HashMap<RecordId, RecordRow>, HubError> {
        let ids = ids.iter().map(|id| id.uuid());
        let column = source_record::Column::Id;
        let rows = self.rows::<source_record::Entity>(column, ids, source_record::Column::AthleteId).await?;
        rows.into_iter().map(|row| from_row(row).map(|row| (row.record.id, row))).collect()
    }

    /// A page of records, by id.
    ///
    /// # Errors
    /// As [`View::activities`].
    pub async fn records(&self, filter: &RecordFilter, request: &PageRequest) -> Result<Page<RecordRow>, HubError> {
        let id = source_record::Column::Id.into_expr();
        let order = Order { name: "record", key: None, id, direction: Direction::Asc };
        let select = source_record::Entity::find().filter(filter.condition(self.scope(), self.backend()));
        page(self.read(), select, &order, request, |row| Ok((Place { key: 0, id: row.id }, from_row(row)?))).await
    }

    /// How many records pass the filter.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn count_records(&self, filter: &RecordFilter) -> Result<u64, HubError> {
        let condition = filter.condition(self.scope(), self.backend());
        source_record::Entity::find().filter(condition).count(self.read()).await.map_err(unread)
    }
}
