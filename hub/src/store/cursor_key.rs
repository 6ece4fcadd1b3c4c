//! The key that signs cursors: drawn once for each database, and kept in it.

use sea_orm::{ConnectionTrait, Statement, Value};

use super::{bulk, database_error};
use crate::HubError;
use crate::view::CursorKey;

/// The key of this database; drawn where it has none yet. Of two that are drawn at once, both drawers get the first.
///
/// # Errors
/// `Unavailable` or `Internal` where the database does not answer.
pub(crate) async fn kept(connection: &impl ConnectionTrait) -> Result<CursorKey, HubError> {
    const DEED: &str = "keep the key of cursors";
    let mut drawn = [0; 64];
    getrandom::fill(&mut drawn).map_err(|error| HubError::Internal { deed: DEED, cause: error.to_string().into() })?;
    let row = vec![Value::from(1), Value::from(drawn.to_vec())];
    let failed = || database_error(DEED);
    bulk::insert(connection, "cursor_key", &["id", "bytes"], vec![row], "(id) DO NOTHING").await.map_err(failed())?;
    let asked = Statement::from_string(connection.get_database_backend(), "SELECT bytes FROM cursor_key");
    let row = connection.query_one_raw(asked).await.map_err(failed())?;
    let bytes: Option<Vec<u8>> = row.map(|row| row.try_get("", "bytes")).transpose().map_err(failed())?;
    match bytes.as_deref().map(<[u8; 64]>::try_from) {
        Some(Ok(bytes)) => Ok(CursorKey::of(&bytes)),
        _ => Err(HubError::Internal { deed: DEED, cause: "it is not 64 bytes".into() }),
    }
}
