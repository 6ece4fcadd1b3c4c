//! How often clients had an account asked for.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The day since 1970, and how often in it.
const COLUMNS: [&str; 2] = ["asked_day", "asked"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            let text = format!("ALTER TABLE account ADD COLUMN {column} BIGINT NOT NULL DEFAULT 0");
            manager.get_connection().execute_unprepared(&text).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            manager.get_connection().execute_unprepared(&format!("ALTER TABLE account DROP COLUMN {column}")).await?;
        }
        Ok(())
    }
}
