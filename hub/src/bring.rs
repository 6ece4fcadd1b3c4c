//! Activities as a source gave them: taken in, and reconciled.

use connectors::RawActivity;
use domain::AthleteId;

use crate::{Hub, HubError, Ingested, Mode};

impl Hub {
    /// Takes in what a source gave, in one transaction, and reconciles what is new in it. Gives what became of each, in
    /// their order. What is there already costs a comparison and writes nothing.
    ///
    /// # Errors
    /// As [`Hub::reconcile`]; what was taken in stays, and waits for the engine.
    pub async fn bring(&self, athlete: AthleteId, activities: Vec<RawActivity>) -> Result<Vec<Ingested>, HubError> {
        let batch = self.ingest(athlete, activities).await?;
        self.reconcile(athlete, Mode::Pending).await?;
        Ok(batch.outcomes)
    }
}
