//! An import from end to end, beside the bare insert of the same rows; a second import, beside a guarded upsert.
//!
//! `cargo bench -p hub` (add `-- 50000` for another number of activities). CPU seconds of this process, SQLite on disk;
//! the bare statements write the very rows that the import wrote, as many a transaction. Prints a table; compares
//! nothing and fails never: figures are for people.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on ends")]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use hub::{Hub, Settings, SystemClock};
use reconcile::Policy;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::sqlx::{self, AssertSqlSafe, Column, Row, SqlitePool, TypeInfo, ValueRef};

/// Rows in one transaction, as the import has them.
const AT_ONCE: usize = 500;

const TABLES: [&str; 5] = ["artifact", "source_record", "activity", "match_evidence", "review"];

/// An export of that many runs, one a day and a bit, in the columns of 2019.
fn write_export(folder: &Path, activities: usize) {
    let mut text = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,\
                    Relative Effort,Commute,Activity Gear,Filename,Athlete Weight,Bike Weight,Elapsed Time,Moving Time,\
                    Distance,Max Speed,Average Speed,Elevation Gain,Calories,Average Heart Rate,Max Heart Rate\n"
        .to_owned();
    let first = 1_000_000_000_i64;
    for number in 0..activities as i64 {
        let start = DateTime::from_timestamp(first + number * 40_000, 0).expect("an instant");
        let seconds = 1800 + number % 3600;
        let metres = seconds as f64 * 2.9;
        writeln!(
            text,
            "{},\"{}\",Run number {number},Run,,{seconds},{:.2},{},false,Shoes {},,70.0,,{seconds}.0,{}.0,{metres:.1},4.5,2.9,{},{},{},{}",
            5_000_000_000 + number,
            start.format("%b %-d, %Y, %-I:%M:%S %p"),
            metres / 1000.0,
            number % 100,
            number % 3,
            seconds - 30,
            number % 300,
            300 + number % 500,
            130 + number % 30,
            170 + number % 20,
        )
        .expect("a text grows");
    }
    std::fs::write(folder.join("activities.csv"), text).expect("the export is written");
}

/// CPU seconds of this process so far, from the kernel's accounting (hundredths).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind = text.rsplit(") ").next().unwrap_or_default();
    let ticks: f64 = behind.split(' ').skip(11).take(2).filter_map(|word| word.parse::<f64>().ok()).sum();
    ticks / 100.0
}

async fn bare(path: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("a database")
}

/// A value as SQLite holds it.
enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

struct Rows {
    table: &'static str,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

async fn read(pool: &SqlitePool, table: &'static str) -> Rows {
    let found = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(pool).await.expect("rows");
    let columns = found
        .first()
        .map(|row| row.columns().iter().map(|column| column.name().to_owned()).collect::<Vec<_>>())
        .unwrap_or_default();
    let rows = found
        .iter()
        .map(|row| {
            (0..columns.len())
                .map(|place| {
                    let raw = row.try_get_raw(place).expect("a value");
                    match raw.type_info().name() {
                        "NULL" => Cell::Null,
                        "INTEGER" | "BOOLEAN" => Cell::Integer(row.get_unchecked(place)),
                        "BLOB" => Cell::Blob(row.get_unchecked(place)),
                        _ => Cell::Text(row.get_unchecked(place)),
                    }
                })
                .collect()
        })
        .collect();
    Rows { table, columns, rows }
}

/// Inserts rows as an import would, and nothing else: batched statements, a transaction for each batch of records.
async fn insert(pool: &SqlitePool, tables: &[Rows], conflict: impl Fn(&Rows) -> String) {
    let batches = tables.iter().map(|table| table.rows.len().div_ceil(AT_ONCE)).max().unwrap_or(0);
    for batch in 0..batches {
        let mut transaction = pool.begin().await.expect("a transaction");
        for table in tables {
            let rows: Vec<&Vec<Cell>> = table.rows.iter().skip(batch * AT_ONCE).take(AT_ONCE).collect();
            if rows.is_empty() {
                continue;
            }
            let places = format!("({})", vec!["?"; table.columns.len()].join(","));
            let text = format!(
                "INSERT INTO {} ({}) VALUES {} {}",
                table.table,
                table.columns.join(","),
                vec![places; rows.len()].join(","),
                conflict(table)
            );
            let mut query = sqlx::query(AssertSqlSafe(text));
            for cell in rows.into_iter().flatten() {
                query = match cell {
                    Cell::Null => query.bind(None::<i64>),
                    Cell::Integer(number) => query.bind(*number),
                    Cell::Text(text) => query.bind(text.as_str()),
                    Cell::Blob(bytes) => query.bind(bytes.as_slice()),
                };
            }
            query.execute(&mut *transaction).await.expect("rows go in");
        }
        transaction.commit().await.expect("a commit");
    }
}

fn line(what: &str, records: usize, seconds: f64) -> f64 {
    let rate = records as f64 / seconds.max(0.01);
    println!("{what:<34} {seconds:>7.2} s CPU {rate:>10.0} records/s");
    rate
}

#[tokio::main]
async fn main() {
    let activities = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(20_000_usize);
    let folder = tempfile::tempdir().expect("a folder");
    let export = folder.path().join("export");
    std::fs::create_dir(&export).expect("a folder");
    write_export(&export, activities);
    let path = folder.path().join("hub.db");
    let settings = Settings {
        database_url: format!("sqlite://{}", path.display()),
        artifacts_url: format!("file://{}", folder.path().join("artifacts").display()),
        policy: Policy::built_in(),
    };
    let hub = Hub::open(settings.clone(), Arc::new(SystemClock)).await.expect("a hub");
    let athlete = hub.create_athlete("bench").await.expect("an athlete").id;
    let import = async |what: &str| {
        let began = cpu_seconds();
        let report = hub.import(athlete, &export, None, &|_| {}, &|| false).await.expect("an import");
        assert!(report.refused.is_empty(), "{:?}", report.refused);
        line(what, activities, cpu_seconds() - began)
    };
    let first = import("import, end to end").await;
    let again = import("the same import again").await;

    let source = bare(&path).await;
    let mut tables = Vec::new();
    for table in TABLES {
        tables.push(read(&source, table).await);
    }
    let other = folder.path().join("bare.db");
    let empty = Hub::open(
        Settings { database_url: format!("sqlite://{}", other.display()), ..settings },
        Arc::new(SystemClock),
    );
    drop(empty.await.expect("the same tables"));
    let pool = bare(&other).await;
    insert(&pool, &[read(&source, "athlete").await], |_| String::new()).await;
    let began = cpu_seconds();
    insert(&pool, &tables, |_| String::new()).await;
    let bare_rate = line("bare batched insert of those rows", activities, cpu_seconds() - began);
    let began = cpu_seconds();
    insert(&pool, &tables, |table| {
        let changed = if table.columns.iter().any(|column| column == "document") { "document" } else { "sha256" };
        format!(
            "ON CONFLICT (id) DO UPDATE SET {changed} = excluded.{changed} WHERE {}.{changed} <> excluded.{changed}",
            table.table
        )
    })
    .await;
    let guarded = line("guarded upsert of those rows", activities, cpu_seconds() - began);
    println!("import against bare insert: {:.2} (aim: at least 0.12)", first / bare_rate);
    println!("second import against guarded upsert: {:.2} (aim: at least 0.25)", again / guarded);
}
