//! Databases with something in them.

use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use connectors::simulator::World;
use domain::AthleteId;
use hub::Hub;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend};

/// The address of a fresh database.
pub async fn database(on_postgres: bool, folder: &Path) -> String {
    match on_postgres {
        true => tests::postgres::fresh().await.expect("PostgreSQL starts").expect("PostgreSQL is installed"),
        false => format!("sqlite://{}", folder.join("hub.db").display()),
    }
}

/// So many years of one athlete, from both sources.
pub async fn years(hub: &Hub, athlete: AthleteId, folder: &Path, years: u64) {
    for year in 0..years {
        let start: DateTime<Utc> = format!("{}-01-01T00:00:00Z", 2022 + year).parse().expect("an instant");
        let world = World::year(8 + year, start);
        for (name, write) in [
            ("strava", World::write_strava_export as fn(&World, &Path, DateTime<Utc>) -> std::io::Result<()>),
            ("garmin", World::write_garmin_export),
        ] {
            let export = folder.join(format!("{name}-{year}"));
            write(&world, &export, start + Duration::days(365)).expect("an export");
            hub.import(athlete, &export, None, &|_| {}, &|| false).await.expect("an import");
        }
    }
}

/// Has PostgreSQL do now what it would do by itself in the middle of the measuring.
pub async fn settle(url: &str) {
    let connection = Database::connect(url).await.expect("the database");
    if connection.get_database_backend() == DbBackend::Postgres {
        run(&connection, "VACUUM ANALYZE").await;
        run(&connection, "CHECKPOINT").await;
    }
}

/// Executes a statement.
pub async fn run(connection: &DatabaseConnection, statement: &str) {
    connection.execute_unprepared(statement).await.expect(statement);
}
