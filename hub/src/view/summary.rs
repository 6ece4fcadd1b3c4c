//! How the activities stand.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{AthleteId, Status};
use entity::activity;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{View, unread};
use crate::HubError;
use crate::store::instant;

/// How many activities stand how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// By status.
    pub by_status: HashMap<Status, u64>,
    /// Pairs that wait.
    pub open_candidates: u64,
    /// When the longest pending activity was first seen.
    pub oldest_pending_since: Option<DateTime<Utc>>,
}

impl View {
    /// How the activities stand.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn summary(&self, athlete: Option<AthleteId>) -> Result<Summary, HubError> {
        let rows: Vec<(String, i64, i64)> = activity::Entity::find()
            .select_only()
            .column(activity::Column::Status)
            .column_as(activity::Column::Id.count(), "activities")
            .column_as(activity::Column::CreatedAt.min(), "oldest")
            .filter(self.own_of(athlete, activity::Column::AthleteId))
            .group_by(activity::Column::Status)
            .into_tuple()
            .all(self.read())
            .await
            .map_err(unread)?;
        let mut summary = Summary { open_candidates: self.count_candidates(athlete).await?, ..Summary::default() };
        for (status, count, oldest) in rows {
            let Some(status) = Status::from_name(&status) else { continue };
            summary.by_status.insert(status, u64::try_from(count).unwrap_or(0));
            if status == Status::Pending {
                summary.oldest_pending_since = Some(instant(oldest));
            }
        }
        Ok(summary)
    }
}
