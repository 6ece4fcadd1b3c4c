//! Ground state: artifacts, source records and rulings.

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
        let artifact = vec![
            column("id", ColumnDef::uuid),
            column("athlete_id", ColumnDef::uuid),
            column("sha256", ColumnDef::blob),
            column("kind", ColumnDef::text),
            column("source", ColumnDef::text),
            column("size_bytes", ColumnDef::big_integer),
            column("content_type", ColumnDef::text),
            optional("filename", ColumnDef::text),
            column("fetched_at", ColumnDef::big_integer),
            // The record that was read from it; empty for one that was only kept.
            optional("record_id", ColumnDef::uuid),
            // Where the bytes are: a stretch of an object, plain or compressed.
            column("object", ColumnDef::text),
            column("object_offset", ColumnDef::big_integer),
            column("stored_bytes", ColumnDef::big_integer),
            column("encoding", ColumnDef::text),
        ];
        create(manager, "artifact", artifact, &["id"], &[("athlete_id", "athlete")]).await?;
        index(manager, "artifact", &["athlete_id"], None).await?;

        let record = vec![
            column("id", ColumnDef::uuid),
            column("athlete_id", ColumnDef::uuid),
            column("source", ColumnDef::text),
            column("channel", ColumnDef::text),
            column("external_id", ColumnDef::text),
            column("first_seen_at", ColumnDef::big_integer),
            column("fetched_at", ColumnDef::big_integer),
            column("revision", ColumnDef::integer),
            // From the earliest start to the latest end that it ever told, and whether those are days apart.
            column("spans_from", ColumnDef::big_integer),
            column("spans_until", ColumnDef::big_integer),
            column("is_wide", ColumnDef::boolean),
            // Of its artifacts and the mappings that read them: the same digest, the same record.
            column("digest", ColumnDef::blob),
            // Whether it waits for the engine.
            column("waits", ColumnDef::boolean),
            optional("activity_id", ColumnDef::uuid),
            // The id of the activity that it founds, if it does: ids once shown are found by it.
            column("founds", ColumnDef::uuid),
            // One bit an artifact kind.
            column("artifact_kinds", ColumnDef::integer),
            optional("file_sha256", ColumnDef::blob),
            optional("fit_key", ColumnDef::text),
            optional("lineage_key", ColumnDef::text),
            optional("parent_external_id", ColumnDef::text),
            optional("withdrawn_at", ColumnDef::big_integer),
            column("document", ColumnDef::text),
        ];
        create(manager, "source_record", record, &["id"], &[("athlete_id", "athlete")]).await?;
        index(manager, "source_record", &["athlete_id", "spans_from"], None).await?;
        index(manager, "source_record", &["athlete_id", "id"], None).await?;
        index(manager, "source_record", &["source", "external_id"], None).await?;
        index(manager, "source_record", &["activity_id"], None).await?;
        unique(manager, "source_record", &["founds"], None).await?;
        index(manager, "source_record", &["athlete_id", "spans_from", "id"], Some("waits")).await?;
        index(manager, "source_record", &["athlete_id", "is_wide"], Some("is_wide")).await?;
        index(manager, "source_record", &["file_sha256"], Some("file_sha256 IS NOT NULL")).await?;
        index(manager, "source_record", &["fit_key"], Some("fit_key IS NOT NULL")).await?;
        index(manager, "source_record", &["lineage_key"], Some("lineage_key IS NOT NULL")).await?;
        index(manager, "source_record", &["parent_external_id"], Some("parent_external_id IS NOT NULL")).await?;

        let ruling = vec![
            column("id", ColumnDef::uuid),
            column("athlete_id", ColumnDef::uuid),
            column("kind", ColumnDef::text),
            // The records that are the same or different.
            optional("a", ColumnDef::uuid),
            optional("b", ColumnDef::uuid),
            // The activity and field that are pinned.
            optional("activity_id", ColumnDef::uuid),
            optional("field", ColumnDef::text),
            column("document", ColumnDef::text),
            column("actor", ColumnDef::text),
            column("reason", ColumnDef::text),
            column("at", ColumnDef::big_integer),
        ];
        create(manager, "ruling", ruling, &["id"], &[("athlete_id", "athlete")]).await?;
        index(manager, "ruling", &["athlete_id"], None).await?;
        index(manager, "ruling", &["activity_id"], Some("activity_id IS NOT NULL")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["artifact", "source_record", "ruling"]).await
    }
}
