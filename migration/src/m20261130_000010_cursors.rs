//! The key that signs cursors.

use sea_orm_migration::prelude::*;

use crate::shape::{column, create, drop_all};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One row.
        let key = vec![column("id", ColumnDef::integer), column("bytes", ColumnDef::blob)];
        create(manager, "cursor_key", key, &["id"], &[]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["cursor_key"]).await
    }
}
