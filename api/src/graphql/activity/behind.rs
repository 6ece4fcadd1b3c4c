//! What stands behind an activity: its sources, and what their records were read from.

use async_graphql::Context;
use domain::{ArtifactKind, SourceSlug};

use super::Activity;
use crate::graphql::artifact::Artifact;
use crate::graphql::context::{asker, reader};
use crate::graphql::error::Outcome;
use crate::graphql::loader::RecordsOf;
use crate::graphql::record::SourceRecord;

impl Activity {
    /// The distinct sources of its live records, or of all where none is live; the leading one first.
    pub(super) async fn leading(&self, ctx: &Context<'_>) -> Outcome<Vec<SourceSlug>> {
        let records = self.heads(reader(ctx)?).await?;
        let live = records.iter().any(|head| head.withdrawn_at.is_none());
        let mut sources: Vec<SourceSlug> = Vec::new();
        for head in records.iter().filter(|head| head.withdrawn_at.is_none() || !live) {
            if !sources.contains(&head.source) {
                sources.push(head.source.clone());
            }
        }
        let policy = asker(ctx).app.hub.policy();
        sources.sort_by_key(|source| policy.rank(source));
        Ok(sources)
    }

    /// The artifacts of its records, each once.
    pub(super) async fn found(&self, ctx: &Context<'_>, kind: Option<ArtifactKind>) -> Outcome<Vec<Artifact>> {
        let reader = reader(ctx)?;
        let mut artifacts: Vec<Artifact> = Vec::new();
        let records = reader.all(RecordsOf(self.today())).await?;
        let found = records.iter().map(|row| reader.artifacts_of(row));
        for (record, rows) in records.iter().zip(futures::future::try_join_all(found).await?) {
            for row in rows.iter().map(|stored| &stored.row) {
                let wanted = kind.is_none_or(|kind| kind == row.kind);
                if wanted && artifacts.iter().all(|known| known.row.id != row.id) {
                    artifacts.push(Artifact::read_by(row.clone(), SourceRecord::whole(record.clone())));
                }
            }
        }
        Ok(artifacts)
    }
}
