//! A whole database, reconciled: from nothing, again when nothing changed, and again when all that is derived is gone.
//!
//! `cargo bench -p tests --bench whole` (add `-- 1000000` for another number of records, `-- postgres` for the tests' own
//! PostgreSQL instead of SQLite). Each athlete has the same two months as two sources tell them. Prints times and the peak of this process's memory;
//! compares nothing and fails never: figures are for people.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on ends")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use connectors::simulator::World;
use domain::{ActivityId, AthleteId, Channel, ExternalId, RecordId, SourceSlug};
use entity::{athlete, source_record};
use hub::{Hub, Settings, SystemClock};
use reconcile::Policy;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, Database, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, Set, Statement, TransactionTrait as _,
};
use uuid::Uuid;

/// How much of the simulated year each athlete has: about 100 records.
const DAYS: i64 = 57;

/// The most memory that this process had since `forget_peak`, in MB, from the kernel's accounting.
fn peak_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

fn forget_peak() {
    // Where the kernel does not allow it, the peak is that of the whole run, which is only larger.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// CPU seconds of this process so far, from the kernel's accounting (hundredths).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind = text.rsplit(") ").next().unwrap_or_default();
    let ticks: f64 = behind.split(' ').skip(11).take(2).filter_map(|word| word.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn exports(folder: &Path) -> [std::path::PathBuf; 2] {
    let start: DateTime<Utc> = "2025-01-01T00:00:00Z".parse().expect("an instant");
    let world = World::year(8, start);
    let (strava, garmin) = (folder.join("strava"), folder.join("garmin"));
    world.write_strava_export(&strava, start + Duration::days(DAYS)).expect("an export");
    world.write_garmin_export(&garmin, start + Duration::days(DAYS)).expect("an export");
    [strava, garmin]
}

struct Bench {
    hub: Hub,
    url: String,
}

impl Bench {
    async fn count(&self, what: &str) -> i64 {
        let connection = Database::connect(&self.url).await.expect("the database");
        let statement = Statement::from_string(connection.get_database_backend(), format!("SELECT {what}"));
        let row = connection.query_one_raw(statement).await.expect("an answer").expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    async fn run(&self, what: &str) {
        forget_peak();
        let (began, cpu) = (Instant::now(), cpu_seconds());
        let done = self.hub.reconcile_all(&|_| {}, &|| false).await.expect("a run");
        let (records, changed) = (done.records, done.activities_changed);
        println!(
            "{what:<12} {:>8.1} s, {:>8.1} s CPU, {records:>8} records, {changed:>8} activities changed, peak {:>5.0} MB",
            began.elapsed().as_secs_f64(),
            cpu_seconds() - cpu,
            peak_mb(),
        );
    }
}

/// Gives other athletes the records of the first, under ids of their own, until there are that many athletes; each
/// record waits for the engine.
async fn crowd(url: &str, first: AthleteId, athletes: usize) {
    let connection = Database::connect(url).await.expect("the database");
    let records = source_record::Entity::find()
        .filter(source_record::Column::AthleteId.eq(first.uuid()))
        .all(&connection)
        .await
        .expect("the first one's records");
    for numbers in (1..athletes).collect::<Vec<_>>().chunks(50) {
        let transaction = connection.begin().await.expect("a transaction");
        for number in numbers {
            let id = AthleteId::from_uuid(Uuid::from_u128(*number as u128));
            let row = athlete::ActiveModel {
                id: Set(id.uuid()),
                display_name: Set(format!("Athlete {number}")),
                created_at: Set(0),
                generation: Set(0),
            };
            athlete::Entity::insert(row).exec_without_returning(&transaction).await.expect("an athlete");
            let rows = records.iter().map(|record| copy(record, id, *number));
            source_record::Entity::insert_many(rows).exec_without_returning(&transaction).await.expect("its records");
        }
        transaction.commit().await.expect("a commit");
    }
}

/// A record as another athlete's: ids and keys are never shared between athletes.
fn copy(record: &source_record::Model, athlete: AthleteId, number: usize) -> source_record::ActiveModel {
    let source = SourceSlug::parse(&record.source).expect("a source");
    let channel = Channel::from_name(&record.channel).expect("a channel");
    let external_id = format!("{}-{number}", record.external_id);
    let id = RecordId::of(athlete, &source, channel, &ExternalId::new(external_id.as_str()));
    let apart = |key: &Option<String>| key.as_ref().map(|key| format!("{key}-{number}"));
    source_record::Model {
        id: id.uuid(),
        athlete_id: athlete.uuid(),
        external_id,
        founds: ActivityId::founded_by(id).uuid(),
        activity_id: None,
        waits: true,
        file_sha256: None,
        fit_key: apart(&record.fit_key),
        lineage_key: apart(&record.lineage_key),
        parent_external_id: apart(&record.parent_external_id),
        ..record.clone()
    }
    .into_active_model()
    .reset_all()
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().collect();
    let records = words.iter().filter_map(|word| word.parse::<usize>().ok()).next().unwrap_or(20_000);
    let folder = tempfile::tempdir().expect("a folder");
    let url = match words.iter().any(|word| word == "postgres") {
        true => tests::postgres::fresh().await.expect("PostgreSQL starts").expect("PostgreSQL is installed"),
        false => format!("sqlite://{}", folder.path().join("hub.db").display()),
    };
    let settings = Settings {
        database_url: url.clone(),
        artifacts_url: format!("file://{}", folder.path().join("artifacts").display()),
        policy: Policy::built_in(),
    };
    let hub = Hub::open(settings, Arc::new(SystemClock)).await.expect("a hub");
    let first = hub.create_athlete("Athlete 0").await.expect("an athlete").id;
    let mut each = 0;
    for export in exports(folder.path()) {
        let report = hub.import(first, &export, None, &|_| {}, &|| false).await.expect("an import");
        each += usize::try_from(report.records_new).expect("a count");
    }
    let began = Instant::now();
    let athletes = records.div_ceil(each);
    crowd(&url, first, athletes).await;
    println!("filled       {:>8.1} s: {} athletes with {each} records each", began.elapsed().as_secs_f64(), athletes);
    let bench = Bench { hub, url };
    bench.run("from nothing").await;
    let stands =
        async || (bench.count("COUNT(*) FROM activity").await, bench.count("MAX(updated_at) FROM activity").await);
    let before = stands().await;
    bench.run("unchanged").await;
    println!("             rows written: {}", if before == stands().await { "none" } else { "SOME" });
    let connection = Database::connect(&bench.url).await.expect("the database");
    for table in ["match_evidence", "review", "activity"] {
        connection.execute_unprepared(&format!("DELETE FROM {table}")).await.expect("an empty table");
    }
    bench.run("rebuilt").await;
    println!("             as many activities as before: {}", before.0 == stands().await.0);
}
