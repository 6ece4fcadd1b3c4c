//! The catalogue's cases that need the whole house, under their ids. What sources tell is made in the test and read by the
//! readers that read the real thing.

mod files;
mod late;
mod laws;
mod neighbours;
mod people;
mod withdrawals;

use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Utc};
use connectors::simulator::{Account, Physical, World};
use connectors::strava::Strava;
use connectors::strava::simulator::StravaSimulator;
use connectors::{Connector as _, Cursor, Listing, Part, Range, RawActivity, Session, Tokens};
use domain::{AthleteId, Clock as _};
use entity::{activity, activity_revision, match_evidence, review, source_record};
use hub::SteppedClock;
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, Database, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use tests::house::House;
use uuid::Uuid;

use crate::chronicle::recording;

/// The athlete's number at Strava.
const ME: u64 = 1_234_567;

/// A small Strava, and a connector that asks it as a sync would.
struct Live {
    simulator: StravaSimulator,
    connector: Strava,
    clock: Arc<SteppedClock>,
}

impl Live {
    async fn open(house: &House) -> Result<Self> {
        let simulator = StravaSimulator::start(house.clock.clone()).await?;
        simulator.add_athlete(ME);
        simulator.limit((100_000, 100_000), (100_000, 100_000));
        let connector = Strava::open(&simulator.settings()).map_err(anyhow::Error::msg)?;
        Ok(Self { simulator, connector, clock: house.clock.clone() })
    }

    /// Fresh tokens that see private activities, or do not.
    fn tokens(&self, all: bool) -> Tokens {
        let scopes = ["read", "activity:read", "activity:read_all"];
        self.simulator.grant(ME, if all { &scopes } else { &scopes[..2] })
    }

    async fn page(&self, range: Range, cursor: Option<&Cursor>) -> Result<Listing> {
        let session = Session { tokens: &self.tokens(true), now: self.clock.now() };
        Ok(self.connector.list(&session, range, cursor).await.outcome?)
    }

    /// All that the list shows of a range, each activity once.
    async fn list(&self, range: Range) -> Result<Vec<RawActivity>> {
        let mut found: Vec<RawActivity> = Vec::new();
        let mut page = self.page(range, None).await?;
        loop {
            for raw in page.activities {
                if !found.iter().any(|known| known.external_id == raw.external_id) {
                    found.push(raw);
                }
            }
            let Some(cursor) = page.next else { return Ok(found) };
            page = self.page(range, Some(&cursor)).await?;
        }
    }

    /// One activity in full beside what the list says of it.
    async fn detailed(&self, mut raw: RawActivity) -> Result<RawActivity> {
        let session = Session { tokens: &self.tokens(true), now: self.clock.now() };
        let detail = self.connector.fetch(&session, &raw.external_id, Part::Detail).await.outcome?;
        raw.artifacts.extend(detail);
        Ok(raw)
    }
}

/// The same with a recording: what has none was typed in.
fn recorded(account: Account) -> Account {
    Account { recording: Some(Arc::new(recording(&account))), ..account }
}

/// What these accounts tell, as a world that ends long after them.
fn world(activities: Vec<Physical>) -> Result<World> {
    Ok(World { activities, end: "2027-12-31T00:00:00Z".parse::<DateTime<Utc>>()? })
}

/// What is derived of an athlete, and what was written of changes, row by row.
#[derive(Debug, PartialEq)]
struct Rows {
    activities: Vec<activity::Model>,
    matches: Vec<match_evidence::Model>,
    waiting: Vec<review::Model>,
    /// Which activity holds which record.
    held: Vec<(Uuid, Option<Uuid>)>,
    changes: Vec<activity_revision::Model>,
}

impl Rows {
    async fn of(house: &House, athlete: AthleteId) -> Result<Self> {
        let database = Database::connect(&house.database_url).await?;
        let (on, id) = (&database, athlete.uuid());
        let records = source_record::Entity::find().filter(source_record::Column::AthleteId.eq(id));
        let records = records.order_by_asc(source_record::Column::Id).all(on).await?;
        let activities = activity::Entity::find().filter(activity::Column::AthleteId.eq(id));
        let matches = match_evidence::Entity::find().filter(match_evidence::Column::AthleteId.eq(id));
        let waiting = review::Entity::find().filter(review::Column::AthleteId.eq(id));
        let changes = activity_revision::Entity::find().filter(activity_revision::Column::AthleteId.eq(id));
        let rows = Self {
            activities: activities.order_by_asc(activity::Column::Id).all(on).await?,
            matches: matches.order_by_asc(match_evidence::Column::Id).all(on).await?,
            waiting: waiting.order_by_asc(review::Column::Id).all(on).await?,
            held: records.into_iter().map(|record| (record.id, record.activity_id)).collect(),
            changes: changes.order_by_asc(activity_revision::Column::Position).all(on).await?,
        };
        database.close().await?;
        Ok(rows)
    }
}

/// Writes past the hub: for states that no deed of it makes.
async fn execute(house: &House, statements: &[&str]) -> Result<()> {
    let database = Database::connect(&house.database_url).await?;
    for statement in statements {
        database.execute_unprepared(statement).await?;
    }
    database.close().await?;
    Ok(())
}

/// Empties what is derived; what it was derived from stays.
async fn forget_what_is_derived(house: &House) -> Result<()> {
    let tables = ["DELETE FROM activity", "DELETE FROM match_evidence", "DELETE FROM review"];
    execute(house, &tables).await?;
    execute(house, &["UPDATE source_record SET activity_id = NULL"]).await
}
