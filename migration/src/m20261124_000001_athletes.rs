//! Athletes, the tokens that speak for them, and what was brought in.

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
        let athlete = vec![
            column("id", ColumnDef::uuid),
            column("display_name", ColumnDef::text),
            column("created_at", ColumnDef::big_integer),
            // Grows whenever a record or a ruling of the athlete changes: a plan applies to one generation only.
            column("generation", ColumnDef::big_integer),
        ];
        create(manager, "athlete", athlete, &["id"], &[]).await?;
        unique(manager, "athlete", &["display_name"], None).await?;

        let token = vec![
            column("jti", ColumnDef::text),
            column("client_id", ColumnDef::text),
            column("scope", ColumnDef::text),
            column("athletes", ColumnDef::text),
            column("issued_at", ColumnDef::big_integer),
            column("expires_at", ColumnDef::big_integer),
            optional("revoked_at", ColumnDef::big_integer),
        ];
        create(manager, "api_token", token, &["jti"], &[]).await?;

        let run = vec![
            column("id", ColumnDef::uuid),
            column("athlete_id", ColumnDef::uuid),
            column("filename", ColumnDef::text),
            column("state", ColumnDef::text),
            optional("entries_total", ColumnDef::big_integer),
            column("entries_done", ColumnDef::big_integer),
            column("records_new", ColumnDef::big_integer),
            column("records_updated", ColumnDef::big_integer),
            column("records_unchanged", ColumnDef::big_integer),
            optional("started_at", ColumnDef::big_integer),
            optional("finished_at", ColumnDef::big_integer),
            optional("error", ColumnDef::text),
        ];
        create(manager, "import_run", run, &["id"], &[("athlete_id", "athlete")]).await?;
        index(manager, "import_run", &["athlete_id"], None).await?;

        let refusal = vec![
            column("run_id", ColumnDef::uuid),
            column("number", ColumnDef::big_integer),
            column("entry", ColumnDef::text),
            column("reason", ColumnDef::text),
            optional("artifact_id", ColumnDef::uuid),
        ];
        create(manager, "import_refusal", refusal, &["run_id", "number"], &[("run_id", "import_run")]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["athlete", "api_token", "import_run", "import_refusal"]).await
    }
}
