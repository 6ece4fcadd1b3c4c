//! What erasing an athlete does to the database.

use domain::AthleteId;
use entity::{api_token, artifact, athlete};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait, QueryFilter, Statement};

use super::{Database, bulk, database_error, micros};
use crate::HubError;

/// How many artifacts an athlete has.
pub(crate) async fn artifacts(connection: &impl ConnectionTrait, id: AthleteId) -> Result<u64, DbErr> {
    artifact::Entity::find().filter(artifact::Column::AthleteId.eq(id.uuid())).count(connection).await
}

/// Removes the athlete's row, and with it every row that refers to it: tables say so themselves (`ON DELETE CASCADE`), so
/// that none can be forgotten here. Whether there was one.
pub(crate) async fn remove(connection: &impl ConnectionTrait, id: AthleteId) -> Result<bool, DbErr> {
    Ok(athlete::Entity::delete_by_id(id.uuid()).exec(connection).await?.rows_affected == 1)
}

/// Removes what stands there and puts an empty athlete in its place, of a generation for which nobody has a plan.
pub(crate) async fn empty(connection: &impl ConnectionTrait, row: &athlete::Model) -> Result<(), DbErr> {
    let id = AthleteId::from_uuid(row.id);
    remove(connection, id).await?;
    let values = vec![
        row.id.into(),
        format!("(being erased: {id})").into(),
        row.created_at.into(),
        row.generation.saturating_add(1).into(),
    ];
    let columns = ["id", "display_name", "created_at", "generation"];
    bulk::insert(connection, "athlete", &columns, vec![values], "").await.map(drop)
}

/// Takes the athlete out of the tokens that were issued for it, and revokes those that are for nobody else.
pub(crate) async fn tokens(
    connection: &impl ConnectionTrait,
    id: AthleteId,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), DbErr> {
    use api_token::Column::{Athletes, Jti, RevokedAt};
    let name = id.to_string();
    for token in api_token::Entity::find().filter(Athletes.contains(&name)).all(connection).await? {
        let others: Vec<&str> = token.athletes.split(' ').filter(|one| *one != name).collect();
        let mut update = api_token::Entity::update_many()
            .col_expr(Athletes, Expr::value(others.join(" ")))
            .filter(Jti.eq(token.jti.as_str()));
        if others.is_empty() && token.revoked_at.is_none() {
            update = update.col_expr(RevokedAt, Expr::value(micros(now)));
        }
        update.exec(connection).await?;
    }
    Ok(())
}

impl Database {
    /// Leaves no trace of what was deleted in the database's files. SQLite only marks the room as free and keeps the
    /// bytes: it writes the whole file anew. PostgreSQL does so in its own time (autovacuum).
    ///
    /// # Errors
    /// `Unavailable` where the disk has no room for a second copy.
    pub(crate) async fn wipe(&self) -> Result<(), HubError> {
        // In memory, the copy would be as large as the file.
        self.on_sqlite(&["PRAGMA temp_store = file", "VACUUM", "PRAGMA temp_store = memory"]).await
    }

    /// Removes an emptied athlete's row, with whatever came to it since, and empties SQLite's log, in which all that was
    /// removed stands as it was.
    ///
    /// # Errors
    /// `Unavailable` where a reader does not let go of the log.
    pub(crate) async fn strike(&self, id: AthleteId) -> Result<(), HubError> {
        let failed = || database_error("erase an athlete");
        self.on_sqlite(&["PRAGMA secure_delete = on"]).await?;
        remove(&self.write, id).await.map_err(failed())?;
        self.on_sqlite(&["PRAGMA secure_delete = off"]).await?;
        if self.backend() == DbBackend::Postgres {
            return Ok(());
        }
        let truncate = Statement::from_string(self.backend(), "PRAGMA wal_checkpoint(TRUNCATE)");
        let row = self.write.query_one_raw(truncate).await.map_err(failed())?;
        let busy = row.map(|row| row.try_get_by_index::<i32>(0)).transpose().map_err(failed())?;
        if busy == Some(0) {
            return Ok(());
        }
        Err(HubError::Unavailable {
            deed: "empty the database's log",
            cause:
                "the athlete is gone, but a reader holds on to the log: what is erased leaves it when it is next full"
                    .into(),
        })
    }

    async fn on_sqlite(&self, texts: &[&str]) -> Result<(), HubError> {
        if self.backend() != DbBackend::Postgres {
            for text in texts {
                self.write.execute_unprepared(text).await.map_err(database_error("leave no trace in the database"))?;
            }
        }
        Ok(())
    }
}
