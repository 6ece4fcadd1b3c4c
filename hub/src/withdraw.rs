//! Records that their source no longer shows: they keep their identity and contribute nothing.

use domain::{AthleteId, RecordId, Withdrawal, WithdrawalReason};

use crate::store::{athlete, database_error, record};
use crate::{Hub, HubError, Mode};

impl Hub {
    /// Marks records that their source does not show any more, which somebody has confirmed, and computes their
    /// activities again from what remains. Gives how many were still shown. One that its source shows again is brought
    /// in by the ordinary way, and its activity returns under its id.
    ///
    /// # Errors
    /// `NotFound` for a record that is not this athlete's.
    pub async fn withdraw(
        &self,
        athlete: AthleteId,
        records: &[RecordId],
        reason: WithdrawalReason,
    ) -> Result<u64, HubError> {
        let failed = || database_error("withdraw records");
        let withdrawal = Withdrawal { at: self.clock.now(), reason };
        let transaction = self.database.begin().await?;
        athlete::advance(&transaction, athlete, None).await.map_err(failed())?;
        let mut rows = Vec::with_capacity(records.len());
        let mut found = 0;
        for row in record::by_id(&transaction, records).await? {
            let (known, activity) = record::from_row(row)?;
            found += usize::from(known.athlete == athlete);
            if known.is_live() {
                // No bytes have an empty digest: the same ones, brought in again, are news.
                rows.push((domain::SourceRecord { withdrawn: Some(withdrawal), ..known }, activity, Vec::new()));
            }
        }
        let wanted: std::collections::BTreeSet<&RecordId> = records.iter().collect();
        if found < wanted.len() {
            return Err(HubError::NotFound("there are no such records of this athlete".to_owned()));
        }
        record::upsert(&transaction, &rows).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        self.reconcile(athlete, Mode::Pending).await?;
        Ok(rows.len() as u64)
    }
}
