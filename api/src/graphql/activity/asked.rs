//! An activity as somebody asked for it.

use std::sync::Arc;

use domain::ActivityId;
use hub::{ActivityRow, RecordHead};

use crate::graphql::error::{Failure, Outcome};
use crate::graphql::loader::{ActivityKey, Reader};

/// An activity as it was asked for: by today's id, or by one from before it was merged.
#[derive(Debug, Clone)]
pub struct Activity {
    /// The id by which it was asked for.
    pub id: ActivityId,
    /// The activity that this id leads to.
    pub row: Arc<ActivityRow>,
}

impl Activity {
    /// The activity by today's id.
    pub fn of(row: Arc<ActivityRow>) -> Self {
        Self { id: row.activity.id, row }
    }

    /// The activity that the id leads to.
    pub async fn find(reader: &Reader, id: ActivityId) -> Outcome<Option<Self>> {
        if let Some(row) = reader.one(ActivityKey(id)).await? {
            return Ok(Some(Self::of(row)));
        }
        // Not an id of today: perhaps one that some record founded once.
        Ok(reader.view().activity(id).await?.map(|row| Self { id, row: row.into() }))
    }

    /// Its id today.
    pub(super) fn today(&self) -> ActivityId {
        self.row.activity.id
    }

    pub(super) fn is_former(&self) -> bool {
        self.id != self.today()
    }

    pub(super) async fn heads(&self, reader: &Reader) -> Outcome<Arc<Vec<Arc<RecordHead>>>> {
        Ok(reader.heads(self.today()).await?)
    }

    /// A value that every activity has: the engine makes none without.
    pub(super) fn lacking(&self, what: &'static str) -> Failure {
        let cause = format!("activity {} has no {what}", self.today());
        hub::HubError::Internal { deed: "showing an activity", cause: cause.into() }.into()
    }
}
