//! The change feed: read in order, keep the last cursor, and nothing is missed.

use std::sync::Arc;

use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, ID, Object};
use domain::Field;
use hub::{Cause, RevisionRow};

use super::activity::Activity;
use super::athlete::Athlete;
use super::context::reader;
use super::error::{Failure, Outcome};
use super::page;
use super::scalar::Instant;
use super::word::Word;

/// One entry of the change feed.
pub struct Change {
    cursor: String,
    row: Arc<RevisionRow>,
}

impl Change {
    /// The entry that stands at this cursor.
    pub fn of(cursor: hub::Cursor, row: RevisionRow) -> Self {
        Self { cursor: cursor.0, row: Arc::new(row) }
    }
}

/// One entry of the change feed: read it in order, keep the last cursor, and nothing is missed.
#[Object]
impl Change {
    /// What `changes(after:)` takes to go on behind this entry.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// When it changed.
    async fn at(&self) -> Instant {
        Instant(self.row.at)
    }

    /// The activity as it stands now; MERGED, leading to the other, where it was merged away.
    async fn activity(&self, ctx: &Context<'_>) -> Outcome<Activity> {
        let id = self.row.activity;
        let found = Activity::find(reader(ctx)?, id).await?;
        found.ok_or_else(|| Failure::missing("activity", &id.to_string()))
    }

    /// The how-manieth change of its activity this is.
    async fn revision(&self) -> i32 {
        self.row.revision
    }

    /// Why it changed.
    async fn cause(&self) -> Word<Cause> {
        Word(self.row.cause)
    }

    /// Which fields changed.
    async fn fields(&self) -> Vec<Word<Field>> {
        self.row.changes.iter().map(|change| Word(change.field)).collect()
    }
}

/// The root of the change feed.
#[derive(Default)]
pub struct ChangeQuery;

#[Object]
impl ChangeQuery {
    /// What changed since a cursor, in the order in which it was committed; from the beginning without one. A reader
    /// who keeps the last cursor misses nothing, however long it was away.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "The last cursor that was read; from the beginning where absent.")] after: Option<String>,
        #[graphql(desc = "How many at most, from the end of the list.")] last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
        #[graphql(desc = "Only of this athlete; of all that the token speaks for where absent.")] athlete_id: Option<
            ID,
        >,
    ) -> Outcome<Connection<String, Change>> {
        let request = page::request(ctx, first, after, last, before)?;
        let athlete = Athlete::narrowed(ctx, athlete_id.as_ref()).await?;
        let rows = reader(ctx)?.view().changes(athlete, &request).await?;
        let mut connection = Connection::new(rows.has_previous, rows.has_next);
        connection.edges =
            rows.items.into_iter().map(|(cursor, row)| Edge::new(cursor.0.clone(), Change::of(cursor, row))).collect();
        Ok(connection)
    }
}
