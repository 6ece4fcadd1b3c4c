//! What clients may ask of a source beside what is asked of it anyway: a share of its limits, an account and day.

use chrono::{DateTime, Utc};

use super::AccountRow;
use crate::store::{account, database_error, job};
use crate::work::Aside;
use crate::{Hub, HubError};

/// How often in a UTC day clients may have an account asked for what is new: a twentieth of the 1,000 calls that Strava
/// allows an application, which serves all accounts.
const A_DAY: i64 = 48;
/// As how many of them the reading of a history counts: its list alone is some ten calls.
const A_HISTORY: i64 = 12;

impl Hub {
    /// [`Hub::sync_account`], for a client.
    ///
    /// # Errors
    /// As that; `TooOften` where clients have asked for more than their share. What waits already is nothing new, and is
    /// never too often.
    pub async fn sync_for_client(&self, account: &AccountRow) -> Result<(), HubError> {
        let aside = self.news(account)?;
        self.put_for_client(account, aside, 1).await
    }

    /// [`Hub::backfill_account`], for a client.
    ///
    /// # Errors
    /// As [`Hub::sync_for_client`].
    pub async fn backfill_for_client(
        &self,
        account: &AccountRow,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), HubError> {
        let aside = self.history_of(account, from, until)?;
        self.put_for_client(account, aside, A_HISTORY).await
    }

    async fn put_for_client(&self, row: &AccountRow, aside: Aside, times: i64) -> Result<(), HubError> {
        let failed = || database_error("count what clients ask for");
        let now = self.clock.now();
        let day = now.timestamp().div_euclid(86_400);
        let transaction = self.database.begin().await?;
        // The account is held by it: who asks at the same time sees what this one has put.
        let may = account::count(&transaction, row.id, account::ASKED, day, times, A_DAY).await.map_err(failed())?;
        let stands = job::stand(&transaction, &aside.jobs).await.map_err(failed())?;
        if stands {
            transaction.rollback().await.map_err(failed())?;
            return self.put(aside).await;
        }
        if !may {
            transaction.rollback().await.map_err(failed())?;
            return Err(HubError::TooOften(format!(
                "The account was asked for {A_DAY} times today (a history counts {A_HISTORY}); it goes on being read by \
                 itself, and may be asked for again from midnight UTC."
            )));
        }
        aside.write(&transaction, now).await?;
        transaction.commit().await.map_err(failed())?;
        self.live.wake.notify_waiters();
        Ok(())
    }
}
