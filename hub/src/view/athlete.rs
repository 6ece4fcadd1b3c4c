//! Athletes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::AthleteId;
use entity::athlete;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::cursor::Place;
use super::page::{Direction, Order, Page, PageRequest, page};
use super::{View, unread};
use crate::HubError;
use crate::store::athlete::from_row;

/// An athlete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AthleteRow {
    /// The id.
    pub id: AthleteId,
    /// The name.
    pub display_name: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl View {
    /// The athlete.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn athlete(&self, id: AthleteId) -> Result<Option<AthleteRow>, HubError> {
        Ok(self.athletes_by_id(&[id]).await?.remove(&id))
    }

    /// Several athletes; unknown ones are missing.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn athletes_by_id(&self, ids: &[AthleteId]) -> Result<HashMap<AthleteId, AthleteRow>, HubError> {
        let ids = ids.iter().map(|id| id.uuid());
        let rows = self.rows::<athlete::Entity>(athlete::Column::Id, ids, athlete::Column::Id).await?;
        Ok(rows.into_iter().map(from_row).map(|row| (row.id, row)).collect())
    }

    /// The athletes, by creation.
    ///
    /// # Errors
    /// As [`View::activities`].
    pub async fn athletes(&self, request: &PageRequest) -> Result<Page<AthleteRow>, HubError> {
        let order = Order {
            list: self.list("athlete", self.scope(), ""),
            key: Some(athlete::Column::CreatedAt.into_expr()),
            id: athlete::Column::Id.into_expr(),
            direction: Direction::Asc,
        };
        let select = athlete::Entity::find().filter(self.own(athlete::Column::Id));
        page(self.read(), select, &order, request, |row| Ok((Place { key: row.created_at, id: row.id }, from_row(row))))
            .await
    }

    /// How many athletes.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn count_athletes(&self) -> Result<u64, HubError> {
        athlete::Entity::find().filter(self.own(athlete::Column::Id)).count(self.read()).await.map_err(unread)
    }
}
