//! One athlete's activities and records as others', copied by the database itself.

use domain::AthleteId;
use sea_orm::{ColumnTrait as _, QueryFilter as _, TransactionTrait as _};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, EntityTrait as _, PaginatorTrait as _};
use uuid::Uuid;

/// Whose rows are copied.
pub struct Copies {
    connection: DatabaseConnection,
    of: AthleteId,
    /// How many activities the athlete has.
    pub activities: usize,
}

const ACTIVITY: &str = "status, window_closes_at, elapsed, distance, sport, name, agreements, revision, created_at, \
                        updated_at, document, utc_offset, moving, gain, energy";
const RECORD: &str = "source, channel, external_id, first_seen_at, fetched_at, revision, spans_from, spans_until, is_wide, \
                      digest, waits, is_held, artifact_kinds, file_sha256, fit_key, lineage_key, parent_external_id, \
                      withdrawn_at";

impl Copies {
    /// The copies of that athlete's.
    pub async fn of(url: &str, of: AthleteId) -> Self {
        let connection = Database::connect(url).await.expect("the database");
        if connection.get_database_backend() == DbBackend::Sqlite {
            // Nothing of it is kept; and its indexes grow at random places.
            for pragma in ["synchronous = OFF", "cache_size = -1000000"] {
                connection.execute_unprepared(&format!("PRAGMA {pragma}")).await.expect("a pragma");
            }
        }
        let own = entity::activity::Entity::find().filter(entity::activity::Column::AthleteId.eq(of.uuid()));
        let activities = own.count(&connection).await.expect("a count");
        Self { connection, of, activities: usize::try_from(activities).expect("a count") }
    }

    /// Gives that many other athletes the same activities, and the records behind them without what they say.
    pub async fn athletes(&self, athletes: usize) {
        for number in 1..=athletes {
            let transaction = self.connection.begin().await.expect("a transaction");
            let athlete = Uuid::from_u128(number as u128);
            let mut statements = vec![self.athlete(athlete)];
            statements.push(self.activities(athlete, number, 0));
            let (id, activity, founds) =
                (self.id("id", number), self.id("activity_id", number), self.id("founds", number));
            statements.push(format!(
                "INSERT INTO source_record (id, athlete_id, activity_id, founds, document, {RECORD}) \
                 SELECT {id}, {}, {activity}, {founds}, '', {RECORD} FROM source_record WHERE athlete_id = {}",
                self.literal(athlete),
                self.literal(self.of.uuid()),
            ));
            for statement in statements {
                transaction.execute_unprepared(&statement).await.expect("a copy");
            }
            transaction.commit().await.expect("a commit");
        }
    }

    /// One more athlete, with the activities that many times over, each time half a year earlier.
    pub async fn one(&self, times: usize) -> AthleteId {
        let athlete = Uuid::from_u128(1 << 64);
        self.connection.execute_unprepared(&self.athlete(athlete)).await.expect("an athlete");
        for time in 0..times {
            let number = 0xF000_0000 + time;
            let statement = self.activities(athlete, number, time * 182 * 86_400_000_000);
            self.connection.execute_unprepared(&statement).await.expect("a copy");
        }
        AthleteId::from_uuid(athlete)
    }

    fn athlete(&self, id: Uuid) -> String {
        let literal = self.literal(id);
        format!("INSERT INTO athlete (id, display_name, created_at, generation) VALUES ({literal}, '{id}', 0, 0)")
    }

    fn activities(&self, athlete: Uuid, number: usize, earlier: usize) -> String {
        format!(
            "INSERT INTO activity (id, athlete_id, start_at, parent_id, {ACTIVITY}) \
             SELECT {}, {}, start_at - {earlier}, {}, {ACTIVITY} FROM activity WHERE athlete_id = {}",
            self.id("id", number),
            self.literal(athlete),
            self.id("parent_id", number),
            self.literal(self.of.uuid()),
        )
    }

    fn literal(&self, id: Uuid) -> String {
        match self.connection.get_database_backend() {
            DbBackend::Postgres => format!("'{id}'::UUID"),
            _ => format!("X'{}'", id.simple()),
        }
    }

    /// The id in that column with its last eight digits replaced by a number.
    fn id(&self, column: &str, number: usize) -> String {
        match self.connection.get_database_backend() {
            DbBackend::Postgres => format!("(left({column}::TEXT, 28) || '{number:08x}')::UUID"),
            _ => {
                format!("CASE WHEN {column} IS NOT NULL THEN unhex(substr(hex({column}), 1, 24) || '{number:08X}') END")
            }
        }
    }
}
