//! Source records.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{ActivityId, AthleteId, Channel, ExternalId, RecordId, SourceRecord, SourceSlug};
use entity::source_record;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::cursor::Place;
use super::filter::RecordFilter;
use super::page::{Direction, Order, Page, PageRequest, page};
use super::{View, unread};
use crate::HubError;
use crate::store::{codec, instant, record};

/// A source record and the activity that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// The record.
    pub record: SourceRecord,
    /// The activity; `None` until it is reconciled.
    pub activity: Option<ActivityId>,
}

/// Which record it is, without what it says: a page shows hundreds of records by their source and their id there, and
/// their documents, which are larger than all else of them, need not be read for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordHead {
    /// Derived from the identity.
    pub id: RecordId,
    /// Whose it is.
    pub athlete: AthleteId,
    /// Which namespace its external id belongs to.
    pub source: SourceSlug,
    /// How it reached us.
    pub channel: Channel,
    /// Its id in the source's own namespace.
    pub external_id: ExternalId,
    /// When the hub first saw it.
    pub first_seen_at: DateTime<Utc>,
    /// When its present content was fetched.
    pub fetched_at: DateTime<Utc>,
    /// Grows by one whenever its content changed.
    pub revision: i32,
    /// When its source stopped showing it.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// The activity that holds it; `None` until it is reconciled.
    pub activity: Option<ActivityId>,
}

impl From<&RecordRow> for RecordHead {
    fn from(row: &RecordRow) -> Self {
        let RecordRow { record, activity } = row;
        Self {
            id: record.id,
            athlete: record.athlete,
            source: record.source.clone(),
            channel: record.channel,
            external_id: record.external_id.clone(),
            first_seen_at: record.first_seen_at,
            fetched_at: record.fetched_at,
            revision: record.revision,
            withdrawn_at: record.withdrawn.map(|withdrawn| withdrawn.at),
            activity: *activity,
        }
    }
}

/// The columns of a head, in the order of `Columns`.
const HEAD: [source_record::Column; 10] = {
    use source_record::Column::{
        ActivityId, AthleteId, Channel, ExternalId, FetchedAt, FirstSeenAt, Id, Revision, Source, WithdrawnAt,
    };
    [Id, AthleteId, Source, Channel, ExternalId, FirstSeenAt, FetchedAt, Revision, WithdrawnAt, ActivityId]
};

type Columns = (Uuid, Uuid, String, String, String, i64, i64, i32, Option<i64>, Option<Uuid>);

fn head(columns: Columns) -> Result<RecordHead, HubError> {
    let (id, athlete, source, channel, external_id, first_seen_at, fetched_at, revision, withdrawn_at, activity) =
        columns;
    let bad = |cause: String| codec::unreadable("read a source record", id, cause);
    Ok(RecordHead {
        id: RecordId::from_uuid(id),
        athlete: AthleteId::from_uuid(athlete),
        source: SourceSlug::parse(&source).map_err(|error| bad(error.to_string()))?,
        channel: Channel::from_name(&channel).ok_or_else(|| bad("an unknown channel".to_owned()))?,
        external_id: ExternalId::new(external_id),
        first_seen_at: instant(first_seen_at),
        fetched_at: instant(fetched_at),
        revision,
        withdrawn_at: withdrawn_at.map(instant),
        activity: activity.map(ActivityId::from_uuid),
    })
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
            list.sort_by_cached_key(|row| self.place(&row.record.source, row.record.channel, row.record.id));
        }
        Ok(records)
    }

    /// The heads of the records of these activities, in the order of [`View::records_of`].
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn record_heads_of(
        &self,
        activities: &[ActivityId],
    ) -> Result<HashMap<ActivityId, Vec<RecordHead>>, HubError> {
        let mut heads: HashMap<ActivityId, Vec<RecordHead>> = HashMap::new();
        for ids in self.chunks(activities.iter().map(|id| id.uuid())) {
            let rows: Vec<Columns> = source_record::Entity::find()
                .select_only()
                .columns(HEAD)
                .filter(self.check(source_record::Column::AthleteId))
                .filter(self.one_of(source_record::Column::ActivityId, ids))
                .into_tuple()
                .all(self.read())
                .await
                .map_err(unread)?;
            for row in rows {
                let head = head(row)?;
                if let Some(activity) = head.activity {
                    heads.entry(activity).or_default().push(head);
                }
            }
        }
        for list in heads.values_mut() {
            list.sort_by_cached_key(|head| self.place(&head.source, head.channel, head.id));
        }
        Ok(heads)
    }

    /// A record's place among those of its activity: by the policy's default order, then by what it is called.
    fn place(&self, source: &SourceSlug, channel: Channel, id: RecordId) -> (usize, SourceSlug, Channel, RecordId) {
        let order = &self.hub.policy().order;
        let covers =
            |one: &reconcile::Preference| one.source == *source && one.channel.is_none_or(|only| only == channel);
        (order.iter().position(covers).unwrap_or(order.len()), source.clone(), channel, id)
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
        let list = self.list("record", &self.reach(filter.athlete), &filter.spelled());
        let order = Order { list, key: None, id, direction: Direction::Asc };
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
