//! How tables and indexes are described here: as few words as the two databases allow.

use sea_orm_migration::prelude::*;

/// A column that every row has a value in.
pub(crate) fn column(name: &str, kind: fn(&mut ColumnDef) -> &mut ColumnDef) -> ColumnDef {
    let mut column = optional(name, kind);
    column.not_null();
    column
}

/// A column that may be empty.
pub(crate) fn optional(name: &str, kind: fn(&mut ColumnDef) -> &mut ColumnDef) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    kind(&mut column);
    column
}

/// Makes a table. `key` names the primary key's columns, `references` pairs a column with the table whose `id` it holds;
/// rows go when what they refer to goes.
pub(crate) async fn create(
    manager: &SchemaManager<'_>,
    name: &str,
    columns: Vec<ColumnDef>,
    key: &[&str],
    references: &[(&str, &str)],
) -> Result<(), DbErr> {
    let mut table = Table::create();
    table.table(Alias::new(name));
    for mut column in columns {
        table.col(&mut column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(Alias::new(*column));
    }
    table.primary_key(&mut primary);
    for (column, other) in references {
        table.foreign_key(
            ForeignKey::create()
                .from(Alias::new(name), Alias::new(*column))
                .to(Alias::new(*other), Alias::new("id"))
                .on_delete(ForeignKeyAction::Cascade),
        );
    }
    manager.create_table(table).await
}

/// Makes an index, named after its table and columns. `only` is a condition in SQL that both databases understand.
pub(crate) async fn index(
    manager: &SchemaManager<'_>,
    table: &str,
    columns: &[&str],
    only: Option<&str>,
) -> Result<(), DbErr> {
    let listed = columns.join(", ");
    let name = format!("ix_{table}_{}", columns.join("_"));
    let only = only.map(|only| format!(" WHERE {only}")).unwrap_or_default();
    let text = format!("CREATE INDEX {name}{} ON {table} ({listed}){only}", if only.is_empty() { "" } else { "_only" });
    manager.get_connection().execute_unprepared(&text).await.map(drop)
}

/// Makes a unique index.
pub(crate) async fn unique(
    manager: &SchemaManager<'_>,
    table: &str,
    columns: &[&str],
    only: Option<&str>,
) -> Result<(), DbErr> {
    let only = only.map(|only| format!(" WHERE {only}")).unwrap_or_default();
    let text =
        format!("CREATE UNIQUE INDEX ux_{table}_{} ON {table} ({}){only}", columns.join("_"), columns.join(", "));
    manager.get_connection().execute_unprepared(&text).await.map(drop)
}

/// Drops tables, the last made first.
pub(crate) async fn drop_all(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables.iter().rev() {
        manager.drop_table(Table::drop().table(Alias::new(*table)).if_exists().to_owned()).await?;
    }
    Ok(())
}
