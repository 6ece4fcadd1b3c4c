//! Requests that are not to have their effect twice.

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
        let key = vec![
            // Of whose key it is, and of the key.
            column("digest", ColumnDef::blob),
            // The digest of what was asked with it.
            column("request", ColumnDef::blob),
            column("begun_at", ColumnDef::big_integer),
            // Absent while it is worked on.
            optional("answer", ColumnDef::blob),
        ];
        create(manager, "idempotency_key", key, &["digest"], &[]).await?;
        index(manager, "idempotency_key", &["begun_at"], None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["idempotency_key"]).await
    }
}
