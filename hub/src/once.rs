//! Once: a request that is sent again under its key has the effect that it had, and gets the answer that it got.

use chrono::Duration;

use crate::store::{database_error, idempotency, micros};
use crate::{Hub, HubError};

/// For how long a key stands, in hours.
const STANDS: i64 = 24;

/// A key that was taken for a request, until its answer is kept or it is released.
#[derive(Debug)]
pub struct Ticket {
    digest: [u8; 32],
    begun_at: i64,
}

/// What became of the wish to do something once.
#[derive(Debug)]
pub enum Once {
    /// Nobody did it yet: it is to be done now.
    Now(Ticket),
    /// It was done, and this was answered.
    Done(Vec<u8>),
    /// It is being done.
    UnderWay,
    /// The key was taken for something else.
    Other,
}

impl Hub {
    /// Takes a key, by its digest, for what is asked, by its digest. Whoever has held one for longer than the lease
    /// without an answer is taken for dead. A key is free again after 24 hours.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn once(&self, digest: [u8; 32], request: [u8; 32], lease: Duration) -> Result<Once, HubError> {
        let failed = || database_error("take an idempotency key");
        let connection = &self.database.write;
        // A second time where the key was let go meanwhile.
        for _ in 0..3 {
            let begun_at = micros(self.clock.now());
            if idempotency::take(connection, &digest, &request, begun_at).await.map_err(failed())? {
                let before = begun_at.saturating_sub(span(Duration::hours(STANDS)));
                idempotency::expire(connection, before).await.map_err(failed())?;
                return Ok(Once::Now(Ticket { digest, begun_at }));
            }
            let Some(row) = idempotency::holder(connection, &digest).await.map_err(failed())? else { continue };
            let stands = if row.answer.is_some() { Duration::hours(STANDS) } else { lease };
            if row.begun_at < begun_at.saturating_sub(span(stands)) {
                idempotency::release(connection, &digest, row.begun_at).await.map_err(failed())?;
                continue;
            }
            return Ok(match row.answer {
                _ if row.request != request => Once::Other,
                Some(answer) => Once::Done(answer),
                None => Once::UnderWay,
            });
        }
        Ok(Once::UnderWay)
    }

    /// Keeps the answer of what was done.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn done(&self, ticket: &Ticket, answer: &[u8]) -> Result<(), HubError> {
        idempotency::answer(&self.database.write, &ticket.digest, ticket.begun_at, answer)
            .await
            .map_err(database_error("keep an answer"))
    }

    /// Lets a key go under which nothing was done.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn undone(&self, ticket: &Ticket) -> Result<(), HubError> {
        idempotency::release(&self.database.write, &ticket.digest, ticket.begun_at)
            .await
            .map_err(database_error("release an idempotency key"))
    }
}

/// So long, in microseconds.
fn span(duration: Duration) -> i64 {
    duration.num_microseconds().unwrap_or(i64::MAX)
}
