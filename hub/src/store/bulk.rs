//! Many rows in one statement.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};

/// SQLite takes 32 766 bound values in a statement, PostgreSQL 65 535: this is below both.
const BOUND: usize = 30_000;

/// Inserts rows, as many a statement as may be. `conflict` is what follows `ON CONFLICT`, in SQL that both databases
/// understand; rows are lists of values in the order of `columns`. Gives how many rows were written.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    table: &str,
    columns: &[&str],
    rows: Vec<Vec<Value>>,
    conflict: &str,
) -> Result<u64, DbErr> {
    let mut written = 0;
    let at_once = (BOUND / columns.len().max(1)).max(1);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let batch: Vec<Vec<Value>> = rows.by_ref().take(at_once).collect();
        let mut text = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
        let mut number = 0;
        for row in 0..batch.len() {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..columns.len() {
                number += 1;
                text.push_str(if column == 0 { "" } else { ", " });
                text.push_str(&place(connection, number));
            }
            text.push(')');
        }
        if !conflict.is_empty() {
            text.push_str(" ON CONFLICT ");
            text.push_str(conflict);
        }
        let values: Vec<Value> = batch.into_iter().flatten().collect();
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), text, values);
        written += connection.execute_raw(statement).await?.rows_affected();
    }
    Ok(written)
}

/// What follows `ON CONFLICT` to take every column but the key from the new row.
pub(crate) fn replace(key: &str, columns: &[&str]) -> String {
    let others: Vec<String> =
        columns.iter().filter(|column| **column != key).map(|column| format!("{column} = excluded.{column}")).collect();
    format!("({key}) DO UPDATE SET {}", others.join(", "))
}

/// The place of a bound value in a statement. SQLite counts nameless places by itself; numbered ones it would keep as
/// names, and look for each among all others.
pub(crate) fn place(connection: &impl ConnectionTrait, number: usize) -> String {
    if connection.get_database_backend() == DbBackend::Postgres { format!("${number}") } else { "?".to_owned() }
}
