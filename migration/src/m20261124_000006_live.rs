//! What live sources need beside the first tables of work: limits, leases, places in a history.

use sea_orm_migration::prelude::*;

use crate::shape::{column, create, drop_all, index, optional, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Columns that tables gain: table, column, type, default (empty for one that may be absent).
const ADDED: [(&str, &str, &str, &str); 21] = [
    // What a person should do.
    ("account", "reason", "TEXT", ""),
    // How far its history was read, as a document.
    ("account", "backfill", "TEXT", ""),
    // The number of the connector's call that was its last: whoever waits longest comes first.
    ("account", "turn", "BIGINT", "0"),
    // Nothing of it is worked on before.
    ("account", "not_before", "BIGINT", "0"),
    ("account", "polled_at", "BIGINT", ""),
    ("account", "swept_at", "BIGINT", ""),
    ("account", "swept_whole_at", "BIGINT", ""),
    // Calls that notifications caused, and the hour in which they did.
    ("account", "notified_hour", "BIGINT", "0"),
    ("account", "notified_calls", "BIGINT", "0"),
    // Unexpected answers in a row.
    ("account", "surprises", "BIGINT", "0"),
    // The last cool-down, in seconds.
    ("account", "cooldown_s", "BIGINT", "0"),
    // Who refreshes, until when, and how many refreshes were begun since the last that was kept.
    ("credential", "holder", "TEXT", ""),
    ("credential", "held_until", "BIGINT", "0"),
    ("credential", "begun", "BIGINT", "0"),
    // Grows with every claim: what an older claim writes is refused.
    ("job", "fence", "BIGINT", "0"),
    // Asked for again while it ran.
    ("job", "again", "BOOLEAN", "FALSE"),
    ("job", "created_at", "BIGINT", "0"),
    // Which account and athlete it is for, in the database's own type of id.
    ("job", "account_id", "", ""),
    ("job", "athlete_id", "", ""),
    ("webhook_delivery", "account_id", "", ""),
    // Only kept: of a source whose answers are watched before they are trusted.
    ("source_record", "is_held", "BOOLEAN", "FALSE"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = manager.get_database_backend() == sea_orm::DbBackend::Postgres;
        for (table, name, kind, default) in ADDED {
            let id = if postgres { "UUID" } else { "uuid_text" };
            let kind = if kind.is_empty() { id } else { kind };
            let rest = if default.is_empty() { String::new() } else { format!(" NOT NULL DEFAULT {default}") };
            let text = format!("ALTER TABLE {table} ADD COLUMN {name} {kind}{rest}");
            manager.get_connection().execute_unprepared(&text).await?;
        }
        unique(manager, "job", &["account_id"], Some("state = 'running'")).await?;
        index(manager, "job", &["athlete_id"], Some("athlete_id IS NOT NULL")).await?;
        index(manager, "account", &["connector", "external_athlete_id"], None).await?;
        index(manager, "source_record", &["source", "channel", "athlete_id"], Some("is_held")).await?;

        let state = vec![
            column("connector", ColumnDef::text),
            // Calls ever made.
            column("calls", ColumnDef::big_integer),
            column("next_call_at", ColumnDef::big_integer),
            column("blocked_until", ColumnDef::big_integer),
            // Why the source switched the application off.
            optional("suspended", ColumnDef::text),
        ];
        create(manager, "source_state", state, &["connector"], &[]).await?;

        let limit = vec![
            column("connector", ColumnDef::text),
            // `all`, `reads`, or `own` for our own politeness.
            column("kind", ColumnDef::text),
            column("window_s", ColumnDef::big_integer),
            column("window_start", ColumnDef::big_integer),
            column("allowed", ColumnDef::big_integer),
            column("used", ColumnDef::big_integer),
        ];
        create(manager, "source_limit", limit, &["connector", "kind", "window_s"], &[]).await?;

        let invitation = vec![
            // SHA-256 of the state that comes back.
            column("digest", ColumnDef::blob),
            column("athlete_id", ColumnDef::uuid),
            column("connector", ColumnDef::text),
            column("redirect", ColumnDef::text),
            // The PKCE verifier, encrypted.
            column("sealed", ColumnDef::blob),
            column("expires_at", ColumnDef::big_integer),
        ];
        create(manager, "invitation", invitation, &["digest"], &[("athlete_id", "athlete")]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["source_state", "source_limit", "invitation"]).await?;
        for name in [
            "ux_job_account_id",
            "ix_job_athlete_id_only",
            "ix_account_connector_external_athlete_id",
            "ix_source_record_source_channel_athlete_id_only",
        ] {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        for (table, name, ..) in ADDED {
            manager.get_connection().execute_unprepared(&format!("ALTER TABLE {table} DROP COLUMN {name}")).await?;
        }
        Ok(())
    }
}
