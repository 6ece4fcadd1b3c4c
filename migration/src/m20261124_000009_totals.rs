//! What totals add up, beside the document, and one index that answers them without reading a single document.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// A column and the field that it holds.
const COLUMNS: [(&str, &str); 4] = [
    ("utc_offset", "UTC_OFFSET_S"),
    ("moving", "MOVING_TIME_S"),
    ("gain", "ELEVATION_GAIN_M"),
    ("energy", "ENERGY_KCAL"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        let postgres = manager.get_database_backend() == sea_orm_migration::sea_orm::DbBackend::Postgres;
        for (column, _) in COLUMNS {
            database.execute_unprepared(&format!("ALTER TABLE activity ADD COLUMN {column} BIGINT")).await?;
        }
        // What stands already has its values in the document, as the codec of that time wrote it.
        let values: Vec<String> = COLUMNS
            .iter()
            .map(|(column, field)| {
                let value = match postgres {
                    true => format!(
                        "(SELECT (one -> 'x' ->> 'n')::BIGINT FROM jsonb_array_elements(document::JSONB -> 'fields') AS one \
                         WHERE one ->> 'f' = '{field}' LIMIT 1)"
                    ),
                    false => format!(
                        "(SELECT json_extract(one.value, '$.x.n') FROM json_each(activity.document, '$.fields') AS one \
                         WHERE json_extract(one.value, '$.f') = '{field}' LIMIT 1)"
                    ),
                };
                format!("{column} = {value}")
            })
            .collect();
        database.execute_unprepared(&format!("UPDATE activity SET {}", values.join(", "))).await?;
        database
            .execute_unprepared(
                "CREATE INDEX ix_activity_totals ON activity (athlete_id, start_at, status, sport, parent_id, utc_offset, \
                 elapsed, distance, moving, gain, energy, id)",
            )
            .await
            .map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        database.execute_unprepared("DROP INDEX ix_activity_totals").await?;
        for (column, _) in COLUMNS {
            database.execute_unprepared(&format!("ALTER TABLE activity DROP COLUMN {column}")).await?;
        }
        Ok(())
    }
}
