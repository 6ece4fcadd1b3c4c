//! Accounts at live sources and the durable work on them.

use sea_orm_migration::prelude::*;

use crate::shape::{column, create, drop_all, index, optional, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let account = vec![
            column("id", ColumnDef::uuid),
            column("athlete_id", ColumnDef::uuid),
            column("source", ColumnDef::text),
            column("connector", ColumnDef::text),
            column("state", ColumnDef::text),
            optional("external_athlete_id", ColumnDef::text),
            column("scopes", ColumnDef::text),
            optional("last_success_at", ColumnDef::big_integer),
            optional("last_attempt_at", ColumnDef::big_integer),
            optional("next_attempt_at", ColumnDef::big_integer),
            column("consecutive_failures", ColumnDef::integer),
            optional("last_error", ColumnDef::text),
            optional("cursor", ColumnDef::text),
            column("created_at", ColumnDef::big_integer),
        ];
        create(manager, "account", account, &["id"], &[("athlete_id", "athlete")]).await?;
        unique(manager, "account", &["athlete_id", "connector"], None).await?;

        let credential = vec![
            column("id", ColumnDef::uuid),
            // Encrypted, bound to its account.
            column("sealed", ColumnDef::blob),
            optional("expires_at", ColumnDef::big_integer),
            column("version", ColumnDef::big_integer),
        ];
        create(manager, "credential", credential, &["id"], &[("id", "account")]).await?;

        let job = vec![
            column("id", ColumnDef::uuid),
            column("queue", ColumnDef::text),
            optional("dedupe", ColumnDef::text),
            column("payload", ColumnDef::text),
            column("state", ColumnDef::text),
            column("priority", ColumnDef::integer),
            column("attempt", ColumnDef::integer),
            column("max_attempts", ColumnDef::integer),
            column("run_at", ColumnDef::big_integer),
            optional("lease_until", ColumnDef::big_integer),
            optional("worker", ColumnDef::text),
            optional("error", ColumnDef::text),
        ];
        create(manager, "job", job, &["id"], &[]).await?;
        index(manager, "job", &["queue", "state", "run_at"], None).await?;
        unique(manager, "job", &["queue", "dedupe"], Some("state IN ('ready', 'running')")).await?;

        let delivery = vec![
            column("id", ColumnDef::uuid),
            column("source", ColumnDef::text),
            column("digest", ColumnDef::blob),
            column("body", ColumnDef::blob),
            column("received_at", ColumnDef::big_integer),
        ];
        create(manager, "webhook_delivery", delivery, &["id"], &[]).await?;
        unique(manager, "webhook_delivery", &["source", "digest"], None).await?;

        let sync = vec![
            column("id", ColumnDef::uuid),
            column("account_id", ColumnDef::uuid),
            column("state", ColumnDef::text),
            column("records_seen", ColumnDef::big_integer),
            column("started_at", ColumnDef::big_integer),
            optional("finished_at", ColumnDef::big_integer),
            optional("error", ColumnDef::text),
        ];
        create(manager, "sync_run", sync, &["id"], &[("account_id", "account")]).await?;
        index(manager, "sync_run", &["account_id", "started_at"], None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["account", "credential", "job", "webhook_delivery", "sync_run"]).await
    }
}
