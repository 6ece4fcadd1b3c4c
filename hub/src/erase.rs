//! Erasing an athlete: rows, bytes, and what the database keeps of them where nobody looks.

use domain::AthleteId;

use crate::store::{athlete, database_error, delivery, erase, idempotency, job, record};
use crate::{Athletes, Hub, HubError};

/// What erasing an athlete removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Source records.
    pub records: u64,
    /// Artifacts.
    pub artifacts: u64,
}

impl Hub {
    /// Erases an athlete: grants are given back, every row that refers to it goes, every artifact, and on SQLite every
    /// trace in the database's files. Until all of that is done an empty athlete stands in its place, under a name that
    /// says so: after a failure or a loss of power, erasing it again completes it.
    ///
    /// # Errors
    /// `NotFound` for an unknown athlete; `Unavailable` where the database or the artifact store fails in between: do
    /// it again.
    pub async fn erase_athlete(&self, id: AthleteId) -> Result<Erased, HubError> {
        let failed = || database_error("erase an athlete");
        let accounts = self.accounts(&Athletes::Only([id].into())).await?;
        for account in &accounts {
            self.revoke(account).await;
        }
        let transaction = self.database.begin().await?;
        // Whoever writes for the athlete is let finish first. The row that another erasing put in its place meanwhile is
        // a new one to PostgreSQL: it is asked for again, until this one holds it or there is none.
        let row = loop {
            let held = athlete::advance(&transaction, id, None).await.map_err(failed())?;
            let row = athlete::by_id(&transaction, id).await.map_err(failed())?;
            let row = row.ok_or_else(|| HubError::NotFound(format!("there is no athlete {id}")))?;
            if held {
                break row;
            }
        };
        let records = record::count_of(&transaction, id).await.map_err(failed())?;
        let artifacts = erase::artifacts(&transaction, id).await.map_err(failed())?;
        // Work and notifications outlive what they are about, unless somebody thinks of them.
        for account in &accounts {
            job::forget(&transaction, Some(account.id), None).await.map_err(failed())?;
            delivery::forget(&transaction, account.id.uuid()).await.map_err(failed())?;
        }
        job::forget(&transaction, None, Some(id)).await.map_err(failed())?;
        erase::empty(&transaction, &row).await.map_err(failed())?;
        // Answers tell of athletes, and do not say of which.
        idempotency::forget(&transaction).await.map_err(failed())?;
        erase::tokens(&transaction, id, self.clock.now()).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;

        self.artifacts.remove_of(id).await?;
        self.database.wipe().await?;
        // What came in between goes with the row.
        let struck = self.database.strike(id).await;
        self.artifacts.remove_of(id).await?;
        struck?;
        Ok(Erased { records, artifacts })
    }

    /// What a writer is told who finds its athlete erased. What it kept since is referred to by nothing, and goes.
    pub(crate) async fn erased_meanwhile(&self, id: AthleteId) -> HubError {
        match self.artifacts.remove_of(id).await {
            Ok(()) => HubError::NotFound(format!("the athlete {id} was erased meanwhile")),
            Err(error) => error,
        }
    }
}
