//! Activities as a source gave them: taken in, and reconciled.

use connectors::RawActivity;
use domain::AthleteId;

use crate::{Hub, HubError, Ingested, Mode, Reconciled};

/// What bringing activities in did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// What became of each, in their order.
    pub outcomes: Vec<Ingested>,
    /// What followed.
    pub reconciled: Reconciled,
}

impl Hub {
    /// Takes in what a source gave, in one transaction, and reconciles what is new in it. What is there already costs a
    /// comparison and writes nothing.
    ///
    /// # Errors
    /// As [`Hub::reconcile`]; what was taken in stays, and waits for the engine.
    pub async fn bring(&self, athlete: AthleteId, activities: Vec<RawActivity>) -> Result<Brought, HubError> {
        let outcomes = self.ingest(athlete, activities).await?.outcomes;
        Ok(Brought { outcomes, reconciled: self.reconcile(athlete, Mode::Pending).await? })
    }
}
