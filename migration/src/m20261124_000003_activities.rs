//! Derived state: empty these tables, reconcile, and the same rows are back under the same ids.

use sea_orm_migration::prelude::*;

use crate::shape::{column, create, drop_all, index, optional};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let activity = vec![
            column("id", ColumnDef::uuid),
            column("athlete_id", ColumnDef::uuid),
            column("status", ColumnDef::text),
            optional("window_closes_at", ColumnDef::big_integer),
            column("start_at", ColumnDef::big_integer),
            column("elapsed", ColumnDef::big_integer),
            // -1 where it has none, so that it sorts as the smallest everywhere.
            column("distance", ColumnDef::big_integer),
            column("sport", ColumnDef::text),
            optional("name", ColumnDef::text),
            // One bit a grade of agreement that some field has.
            column("agreements", ColumnDef::integer),
            optional("parent_id", ColumnDef::uuid),
            column("revision", ColumnDef::integer),
            column("created_at", ColumnDef::big_integer),
            column("updated_at", ColumnDef::big_integer),
            column("document", ColumnDef::text),
        ];
        create(manager, "activity", activity, &["id"], &[("athlete_id", "athlete")]).await?;
        for order in ["start_at", "updated_at", "distance", "elapsed"] {
            index(manager, "activity", &["athlete_id", order, "id"], None).await?;
        }
        index(manager, "activity", &["start_at", "id"], None).await?;
        index(manager, "activity", &["window_closes_at"], Some("window_closes_at IS NOT NULL")).await?;
        index(manager, "activity", &["parent_id"], Some("parent_id IS NOT NULL")).await?;

        let evidence = vec![
            column("id", ColumnDef::uuid),
            column("athlete_id", ColumnDef::uuid),
            column("activity_id", ColumnDef::uuid),
            column("a", ColumnDef::uuid),
            column("b", ColumnDef::uuid),
            column("document", ColumnDef::text),
        ];
        create(manager, "match_evidence", evidence, &["id"], &[("athlete_id", "athlete")]).await?;
        index(manager, "match_evidence", &["activity_id"], None).await?;

        let review = vec![
            column("id", ColumnDef::uuid),
            column("athlete_id", ColumnDef::uuid),
            column("a", ColumnDef::uuid),
            column("b", ColumnDef::uuid),
            column("created_at", ColumnDef::big_integer),
            column("document", ColumnDef::text),
        ];
        create(manager, "review", review, &["id"], &[("athlete_id", "athlete")]).await?;
        index(manager, "review", &["athlete_id", "created_at", "id"], None).await?;
        index(manager, "review", &["a"], None).await?;
        index(manager, "review", &["b"], None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["activity", "match_evidence", "review"]).await
    }
}
