//! How the activities stand.

use async_graphql::{Context, ID, Object};
use domain::Status;
use hub::Summary;

use super::athlete::Athlete;
use super::context::reader;
use super::error::Outcome;
use super::scalar::{Instant, Long};

/// Counts by status.
pub struct ReconciliationSummary(Summary);

impl ReconciliationSummary {
    fn count(&self, status: Status) -> Long {
        Long::count(self.0.by_status.get(&status).copied().unwrap_or(0))
    }
}

/// How many activities stand how.
#[Object]
impl ReconciliationSummary {
    /// Activities that are PENDING.
    async fn pending(&self) -> Long {
        self.count(Status::Pending)
    }

    /// Activities that are SINGLE_SOURCE.
    async fn single_source(&self) -> Long {
        self.count(Status::SingleSource)
    }

    /// Activities that are MATCHED.
    async fn matched(&self) -> Long {
        self.count(Status::Matched)
    }

    /// Activities that are CONFLICTED.
    async fn conflicted(&self) -> Long {
        self.count(Status::Conflicted)
    }

    /// Activities that are NEEDS_REVIEW.
    async fn needs_review(&self) -> Long {
        self.count(Status::NeedsReview)
    }

    /// Activities that are WITHDRAWN.
    async fn withdrawn(&self) -> Long {
        self.count(Status::Withdrawn)
    }

    /// Candidates that wait for a decision.
    async fn open_candidates(&self) -> Long {
        Long::count(self.0.open_candidates)
    }

    /// When the activity that has been pending longest was first seen.
    async fn oldest_pending_since(&self) -> Option<Instant> {
        self.0.oldest_pending_since.map(Instant)
    }
}

/// The root of the summary.
#[derive(Default)]
pub struct ReconciliationQuery;

#[Object]
impl ReconciliationQuery {
    /// How many activities stand how, of one athlete or of all that the token speaks for.
    async fn reconciliation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this athlete; of all that the token speaks for where absent.")] athlete_id: Option<
            ID,
        >,
    ) -> Outcome<ReconciliationSummary> {
        let athlete = Athlete::narrowed(ctx, athlete_id.as_ref()).await?;
        Ok(ReconciliationSummary(reader(ctx)?.view().summary(athlete).await?))
    }
}
