//! The connections: one writer and some readers on SQLite, a pool on PostgreSQL.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use migration::Migrator;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr, SqliteTransactionMode,
    SqlxPostgresConnector, SqlxSqliteConnector, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{MigratorTrait, SchemaManager};

use super::database_error;
use crate::HubError;

/// How long a writer waits for another process's, and an asker for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Readers of a SQLite file; more only contend for two cores.
const READERS: u32 = 4;

/// Connections to PostgreSQL.
const POOL: u32 = 8;

/// Held while migrating, so that replicas that start together migrate once. Any number of ours.
const MIGRATION_LOCK: i64 = 0x6461_7461_6875_6201;

/// A database, by two handles: `write` for transactions that write, `read` for everything else.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) write: DatabaseConnection,
    pub(crate) read: DatabaseConnection,
}

impl Database {
    /// Connects; makes the file and its folder on SQLite.
    pub(crate) async fn connect(url: &str) -> Result<Self, HubError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::postgres(url).await
        } else if let Some(path) = url.strip_prefix("sqlite://") {
            Self::sqlite(path).await
        } else {
            Err(HubError::Invalid("database.url must be sqlite://PATH or postgres://USER@HOST/DATABASE".to_owned()))
        }
    }

    async fn sqlite(path: &str) -> Result<Self, HubError> {
        if path.is_empty() || path.contains(":memory:") {
            return Err(HubError::Invalid(
                "database.url must name a file: in memory each connection would have a database of its own".to_owned(),
            ));
        }
        if let Some(folder) = Path::new(path).parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| HubError::Unavailable { deed: "make the database's folder", cause: error.into() })?;
        }
        make_private(Path::new(path))
            .map_err(|error| HubError::Unavailable { deed: "make the database's file", cause: error.into() })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged is on disk, also after a loss of power.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .pragma("cache_size", "-16384")
            .pragma("temp_store", "memory")
            .pragma("mmap_size", "33554432")
            .pragma("journal_size_limit", "67108864");
        let failed = |error: sea_orm::sqlx::Error| HubError::Unavailable {
            deed: "open the SQLite database",
            cause: error.into(),
        };
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(PATIENCE * 3)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(PATIENCE)
            .connect_with(options.read_only(true))
            .await
            .map_err(failed)?;
        Ok(Self {
            write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
            read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
        })
    }

    async fn postgres(url: &str) -> Result<Self, HubError> {
        // The address may hold a password: errors tell nothing of it.
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| HubError::Invalid("database.url is no PostgreSQL address".to_owned()))?;
        let pool = PgPoolOptions::new().max_connections(POOL).acquire_timeout(PATIENCE).connect_with(options).await;
        let pool =
            pool.map_err(|error| HubError::Unavailable { deed: "connect to PostgreSQL", cause: error.into() })?;
        let both = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Ok(Self { write: both.clone(), read: both })
    }

    /// Brings the tables up to this build.
    pub(crate) async fn migrate(&self) -> Result<(), HubError> {
        let failed = database_error("migrate the database");
        if self.backend() != DbBackend::Postgres {
            return Migrator::up(&self.write, None).await.map_err(failed);
        }
        // A transaction of its own holds the lock, and gives it back however this ends.
        let guard = self.write.begin().await.map_err(&failed)?;
        let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        guard.execute_unprepared(&lock).await.map_err(&failed)?;
        Migrator::up(&self.write, None).await.map_err(&failed)?;
        guard.commit().await.map_err(failed)
    }

    /// Every migration of this build and whether it is applied.
    pub(crate) async fn migrations(&self) -> Result<Vec<(String, bool)>, HubError> {
        let failed = database_error("look at the migrations");
        let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        let has_table = SchemaManager::new(&self.write).has_table("seaql_migrations").await.map_err(&failed)?;
        let applied: Vec<String> = if has_table {
            let models = Migrator::get_migration_models(&self.write).await.map_err(&failed)?;
            models.into_iter().map(|model| model.version).collect()
        } else {
            Vec::new()
        };
        Ok(known.into_iter().map(|name| (name.clone(), applied.contains(&name))).collect())
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// Begins a transaction that writes. On SQLite it takes the writer's place at once: one that read first and wrote
    /// later would be refused whenever another process wrote in between.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, HubError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.write.begin_with_options(options).await.map_err(database_error("begin to write"))
    }
}

/// Makes the file, if it is not there, so that its owner alone can read it; what SQLite puts beside it follows.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Whether a statement lost a race and may be tried again: busy, deadlock, serialisation, or a row that another
/// replica made first.
pub(crate) fn is_busy(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return false;
    };
    let code = cause.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
    // PostgreSQL: serialization_failure, deadlock_detected. SQLite: SQLITE_BUSY and SQLITE_LOCKED with their kinds.
    matches!(code.as_deref(), Some("40001" | "40P01" | "5" | "6" | "261" | "517"))
}
