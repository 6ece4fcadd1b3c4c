//! Who asks.

use async_graphql::{Context, Object};
use hub::Athletes;

use super::athlete::Athlete;
use super::context::{asker, reader};
use super::error::Outcome;
use super::loader::AthleteKey;
use super::scalar::Instant;

/// The token of this request.
pub struct Viewer;

/// Who the token speaks for.
#[Object]
impl Viewer {
    /// The client that the token was issued to.
    async fn client_id(&self, ctx: &Context<'_>) -> String {
        asker(ctx).principal.client_id.clone()
    }

    /// What the token may do.
    async fn scopes(&self, ctx: &Context<'_>) -> Vec<&'static str> {
        asker(ctx).principal.scopes.iter().map(|scope| scope.name()).collect()
    }

    /// The athletes that the token is for; null where it is for all. Needs the scope activities:read.
    async fn athletes(&self, ctx: &Context<'_>) -> Outcome<Option<Vec<Athlete>>> {
        let Athletes::Only(ids) = &asker(ctx).principal.athletes else { return Ok(None) };
        let reader = reader(ctx)?;
        let rows = futures::future::try_join_all(ids.iter().map(|id| reader.one(AthleteKey(*id)))).await?;
        Ok(Some(rows.into_iter().flatten().map(Athlete::of).collect()))
    }

    /// Whether the token is for all athletes, those to come included.
    async fn all_athletes(&self, ctx: &Context<'_>) -> bool {
        asker(ctx).principal.athletes == Athletes::All
    }

    /// When the token expires.
    async fn expires_at(&self, ctx: &Context<'_>) -> Option<Instant> {
        Some(Instant(asker(ctx).principal.expires_at))
    }
}

/// The root of the viewer.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who the token speaks for.
    async fn viewer(&self) -> Viewer {
        Viewer
    }
}
