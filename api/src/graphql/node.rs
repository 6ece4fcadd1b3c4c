//! Things with an id, and how an id leads to them.

use std::str::FromStr;

use async_graphql::{Context, ID, Interface, Object};
use domain::ParseIdError;

use super::account::SourceAccount;
use super::activity::Activity;
use super::artifact::Artifact;
use super::athlete::Athlete;
use super::context::{asker, reader};
use super::error::{Failure, Outcome};
use super::import::ImportRun;
use super::loader::{ArtifactKey, RecordKey};
use super::matching::{self, MatchCandidate};
use super::record::SourceRecord;
use super::run::ReconciliationRun;

/// A thing with an id of its own.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque; unique among all nodes."))]
pub enum Node {
    /// A canonical activity.
    Activity(Activity),
    /// A source record.
    SourceRecord(SourceRecord),
    /// An artifact.
    Artifact(Artifact),
    /// A pair that waits for a decision.
    MatchCandidate(MatchCandidate),
    /// An athlete.
    Athlete(Athlete),
    /// An import.
    ImportRun(ImportRun),
    /// A run of the engine.
    ReconciliationRun(ReconciliationRun),
    /// An account at a source.
    SourceAccount(SourceAccount),
}

/// The id of that kind, if the text is one.
pub fn parsed<T: FromStr<Err = ParseIdError>>(id: &ID) -> Option<T> {
    id.parse().ok()
}

/// What the id leads to; nothing for another's thing, as for one that does not exist.
async fn find(ctx: &Context<'_>, id: &ID) -> Outcome<Option<Node>> {
    let reader = reader(ctx)?;
    if let Some(id) = parsed(id) {
        return Ok(Activity::find(reader, id).await?.map(Node::Activity));
    }
    if let Some(id) = parsed(id) {
        return Ok(reader.one(RecordKey(id)).await?.map(SourceRecord::whole).map(Node::SourceRecord));
    }
    if let Some(id) = parsed(id) {
        let row = reader.one(ArtifactKey(id)).await?;
        return Ok(row.map(|row| Node::Artifact(Artifact::alone(row.row.clone()))));
    }
    if let Some(id) = parsed(id) {
        return Ok(matching::candidate(ctx, id).await?.map(Node::MatchCandidate));
    }
    if let Some(id) = parsed(id) {
        return Ok(Athlete::find(ctx, id).await?.map(Node::Athlete));
    }
    if let Some(id) = parsed(id) {
        return Ok(ImportRun::find(ctx, id).await?.map(Node::ImportRun));
    }
    if let Some(id) = parsed(id) {
        return Ok(ReconciliationRun::find(ctx, id).await?.map(Node::ReconciliationRun));
    }
    match parsed(id) {
        Some(id) => Ok(SourceAccount::find(ctx, id).await?.map(Node::SourceAccount)),
        None => Ok(None),
    }
}

/// The roots of nodes.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing of that id; null where there is none for this token.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of anything that has one.")] id: ID,
    ) -> Outcome<Option<Node>> {
        find(ctx, &id).await
    }

    /// The things of these ids, each in its place; null where there is none for this token.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids, at most as many as a page holds.")] ids: Vec<ID>,
    ) -> Outcome<Vec<Option<Node>>> {
        let most = asker(ctx).app.limits.page_size as usize;
        if ids.len() > most {
            return Err(Failure::Invalid(format!("`ids` holds more than {most}; ask in parts.")));
        }
        futures::future::try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}
