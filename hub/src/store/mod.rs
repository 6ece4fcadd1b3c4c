//! Rows to words and back: plain functions on a connection, one file an aggregate. The caller holds the transaction.

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod athlete;
pub(crate) mod bulk;
pub(crate) mod codec;
pub(crate) mod cursor_key;
pub(crate) mod database;
pub(crate) mod decision;
pub(crate) mod delivery;
pub(crate) mod erase;
pub(crate) mod evidence;
pub(crate) mod idempotency;
pub(crate) mod job;
pub(crate) mod limit;
pub(crate) mod policy;
pub(crate) mod purge;
pub(crate) mod record;
pub(crate) mod revision;
pub(crate) mod ruling;

pub(crate) use database::Database;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::ArtifactRowId;
use entity::artifact;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::HubError;

/// An instant as stored.
pub(crate) fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

/// A stored instant.
pub(crate) fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// The one place that tells a database's trouble apart: away for now, or our own fault.
pub(crate) fn database_error(deed: &'static str) -> impl Fn(DbErr) -> HubError {
    move |error| {
        let away = matches!(&error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_)) || database::is_busy(&error);
        if away {
            HubError::Unavailable { deed, cause: error.into() }
        } else {
            HubError::Internal { deed, cause: error.into() }
        }
    }
}

/// Which of these artifacts are there.
pub(crate) async fn artifacts_there(
    connection: &impl ConnectionTrait,
    ids: &[ArtifactRowId],
) -> Result<HashSet<ArtifactRowId>, DbErr> {
    let mut there = HashSet::with_capacity(ids.len());
    for ids in ids.chunks(10_000) {
        let rows: Vec<Uuid> = artifact::Entity::find()
            .select_only()
            .column(artifact::Column::Id)
            .filter(artifact::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .into_tuple()
            .all(connection)
            .await?;
        there.extend(rows.into_iter().map(ArtifactRowId::from_uuid));
    }
    Ok(there)
}
