//! What became of activities, what people decided about them, and the runs that they asked for. None of it can be
//! computed again: it is ground state.

use sea_orm_migration::prelude::*;

use crate::shape::{column, create, drop_all, index, optional, unique};

/// The columns of `reconciliation_run`.
fn run() -> Vec<ColumnDef> {
    vec![
        column("id", ColumnDef::uuid),
        optional("athlete_id", ColumnDef::uuid),
        optional("range_from", ColumnDef::big_integer),
        optional("range_until", ColumnDef::big_integer),
        column("state", ColumnDef::text),
        column("requested_by", ColumnDef::text),
        optional("reason", ColumnDef::text),
        column("records_total", ColumnDef::big_integer),
        column("records_done", ColumnDef::big_integer),
        column("activities_changed", ColumnDef::big_integer),
        column("merges", ColumnDef::big_integer),
        column("splits", ColumnDef::big_integer),
        column("created_at", ColumnDef::big_integer),
        optional("started_at", ColumnDef::big_integer),
        optional("finished_at", ColumnDef::big_integer),
        optional("seen_at", ColumnDef::big_integer),
        optional("error", ColumnDef::text),
    ]
}

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let revision = vec![
            column("position", ColumnDef::big_integer),
            column("athlete_id", ColumnDef::uuid),
            column("activity_id", ColumnDef::uuid),
            column("revision", ColumnDef::integer),
            column("at", ColumnDef::big_integer),
            column("cause", ColumnDef::text),
            column("actor", ColumnDef::text),
            optional("reason", ColumnDef::text),
            column("status", ColumnDef::text),
            column("gone", ColumnDef::boolean),
            optional("merged_into", ColumnDef::uuid),
            optional("decision_id", ColumnDef::uuid),
            optional("document", ColumnDef::text),
        ];
        create(manager, "activity_revision", revision, &["position"], &[("athlete_id", "athlete")]).await?;
        unique(manager, "activity_revision", &["activity_id", "revision"], None).await?;
        index(manager, "activity_revision", &["athlete_id", "position"], None).await?;
        // One row: the last position that was given out.
        let counter = vec![column("id", ColumnDef::integer), column("position", ColumnDef::big_integer)];
        create(manager, "change_counter", counter, &["id"], &[]).await?;
        // One row: the policy by which all activities were last looked at.
        let policy = vec![column("id", ColumnDef::integer), column("digest", ColumnDef::text)];
        create(manager, "policy_applied", policy, &["id"], &[]).await?;

        let decision = vec![
            column("id", ColumnDef::uuid),
            column("athlete_id", ColumnDef::uuid),
            column("kind", ColumnDef::text),
            column("actor", ColumnDef::text),
            column("reason", ColumnDef::text),
            column("at", ColumnDef::big_integer),
            optional("undoes", ColumnDef::uuid),
            optional("undone_by", ColumnDef::uuid),
            column("document", ColumnDef::text),
        ];
        create(manager, "decision", decision, &["id"], &[("athlete_id", "athlete")]).await?;
        index(manager, "decision", &["athlete_id", "at", "id"], None).await?;

        let settled = vec![
            column("id", ColumnDef::uuid),
            column("athlete_id", ColumnDef::uuid),
            column("a", ColumnDef::uuid),
            column("b", ColumnDef::uuid),
            column("created_at", ColumnDef::big_integer),
            column("document", ColumnDef::text),
            column("decision", ColumnDef::text),
            column("decided_at", ColumnDef::big_integer),
            optional("decided_by", ColumnDef::text),
        ];
        create(manager, "settled_candidate", settled, &["id"], &[("athlete_id", "athlete")]).await?;
        index(manager, "settled_candidate", &["athlete_id", "decision", "created_at", "id"], None).await?;

        create(manager, "reconciliation_run", run(), &["id"], &[("athlete_id", "athlete")]).await?;
        index(manager, "reconciliation_run", &["state"], Some("state IN ('QUEUED', 'RUNNING')")).await?;

        let database = manager.get_connection();
        database.execute_unprepared("ALTER TABLE import_run ADD COLUMN seen_at BIGINT").await?;
        // What stands already begins its history as it stands.
        database
            .execute_unprepared(
                "INSERT INTO activity_revision \
                 (position, athlete_id, activity_id, revision, at, cause, actor, status, gone) \
                 SELECT ROW_NUMBER() OVER (ORDER BY updated_at, id), athlete_id, id, revision, updated_at, 'INGESTED', \
                 'datahub', status, FALSE FROM activity",
            )
            .await?;
        database
            .execute_unprepared("INSERT INTO change_counter (id, position) SELECT 1, COUNT(*) FROM activity_revision")
            .await
            .map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("ALTER TABLE import_run DROP COLUMN seen_at").await?;
        let tables = [
            "activity_revision",
            "change_counter",
            "policy_applied",
            "decision",
            "settled_candidate",
            "reconciliation_run",
        ];
        drop_all(manager, &tables).await
    }
}
