//! How activities are asked for.

use async_graphql::{Context, ID, Object};
use domain::ExternalId;

use super::{Activity, ActivityFilter, ActivityOrder};
use crate::graphql::at_hand::AtHand;
use crate::graphql::context::reader;
use crate::graphql::error::{Failure, Outcome};
use crate::graphql::node::parsed;
use crate::graphql::page::{Paged, Total, connection};
use crate::graphql::scalar::SourceSlug;

/// The roots of activities.
#[derive(Default)]
pub struct ActivityQuery;

/// A page of the activities that pass the filter.
pub async fn page_of(
    ctx: &Context<'_>,
    filter: hub::ActivityFilter,
    order: Option<ActivityOrder>,
    page: &hub::PageRequest,
) -> Outcome<Paged<AtHand<Activity>>> {
    let order = order.map(ActivityOrder::read).unwrap_or_default();
    let reader = reader(ctx)?;
    let page = connection(reader.view().activities(&filter, order, page).await?, Total::Activities(filter), |row| {
        AtHand(Activity::of(row.into()))
    });
    reader.keep(page.edges.iter().map(|edge| edge.node.0.row.clone())).await;
    Ok(page)
}

#[Object]
impl ActivityQuery {
    /// The activity of that id, also of an id that it had before it was merged.
    async fn activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the activity.")] id: ID,
    ) -> Outcome<Option<Activity>> {
        let reader = reader(ctx)?;
        let found = match parsed(&id) {
            Some(id) => Activity::find(reader, id).await?,
            None => None,
        };
        found.map(Some).ok_or_else(|| Failure::missing("activity", &id))
    }

    /// The activity that holds the source's record with that external id, by whatever channel it came.
    async fn activity_by_source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose record it is.")] source: SourceSlug,
        #[graphql(desc = "The record's id at its source.")] external_id: String,
    ) -> Outcome<Option<Activity>> {
        let row = reader(ctx)?.view().activity_by_source(&source.0, &ExternalId::new(external_id)).await?;
        Ok(row.map(|row| Activity::of(row.into())))
    }

    /// Activities, the latest first unless ordered otherwise.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of the API")]
    async fn activities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "The cursor behind which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many at most, from the end of the list.")] last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
        #[graphql(desc = "Only activities that pass it.")] filter: Option<ActivityFilter>,
        #[graphql(desc = "The order; the latest start first where absent.")] order_by: Option<ActivityOrder>,
    ) -> Outcome<Paged<AtHand<Activity>>> {
        let page = crate::graphql::page::request(ctx, first, after, last, before)?;
        page_of(ctx, filter.unwrap_or_default().read()?, order_by, &page).await
    }
}
