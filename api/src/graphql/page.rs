//! Pages as Relay has them, over the hub's one pager.

use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, Object, OutputType, SchemaBuilder};
use domain::AthleteId;
use hub::{ActivityFilter, CandidateState, Cursor, Page, PageRequest, RecordFilter};

use super::activity::Activity;
use super::at_hand::AtHand;
use super::athlete::Athlete;
use super::change::Change;
use super::context::{asker, reader};
use super::error::{Failure, Outcome};
use super::history::ActivityRevision;
use super::matching::MatchCandidate;
use super::record::SourceRecord;
use super::scalar::Long;

/// A page of things that can be counted.
pub type Paged<T> = Connection<String, T, Total>;

/// How many there are in all, counted only when it is asked for.
pub enum Total {
    /// Activities that pass the filter.
    Activities(ActivityFilter),
    /// Records that pass the filter.
    Records(RecordFilter),
    /// Candidates in that state.
    Candidates(Option<AthleteId>, CandidateState),
    /// Athletes.
    Athletes,
}

#[Object]
impl Total {
    /// How many there are on all pages together.
    async fn total_count(&self, ctx: &Context<'_>) -> Outcome<Long> {
        let view = reader(ctx)?.view();
        Ok(Long::count(match self {
            Self::Activities(filter) => view.count_activities(filter).await?,
            Self::Records(filter) => view.count_records(filter).await?,
            Self::Candidates(athlete, state) => view.count_candidates_in(*athlete, *state).await?,
            Self::Athletes => view.count_athletes().await?,
        }))
    }
}

/// The schema with what its pages are: the library makes their types, and says nothing of them.
pub fn described(
    schema: SchemaBuilder<super::Query, super::Mutation, super::subscription::Subscription>,
) -> SchemaBuilder<super::Query, super::Mutation, super::subscription::Subscription> {
    schema
        .override_output_type_description::<Paged<AtHand<Activity>>>("A page of activities.")
        .override_output_type_description::<Paged<Athlete>>("A page of athletes.")
        .override_output_type_description::<Paged<SourceRecord>>("A page of source records.")
        .override_output_type_description::<Paged<MatchCandidate>>("A page of match candidates.")
        .override_output_type_description::<Connection<String, ActivityRevision>>("A page of an activity's history.")
        .override_output_type_description::<Connection<String, Change>>("A page of the change feed.")
}

/// Which page is asked for. Sizes outside the limit are refused here, contradictions by the hub.
pub fn request(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Outcome<PageRequest> {
    let most = asker(ctx).app.limits.page_size;
    let size = |name: &str, size: Option<i32>| match size.map(u32::try_from) {
        None => Ok(None),
        Some(Ok(size)) if (1..=most).contains(&size) => Ok(Some(size)),
        Some(_) => {
            Err(Failure::Invalid(format!("`{name}` is not within 1 to {most}: ask for less and follow the cursor.")))
        }
    };
    let request = PageRequest {
        first: size("first", first)?,
        after: after.map(Cursor),
        last: size("last", last)?,
        before: before.map(Cursor),
    };
    // The default size must not pass a limit that was set below it.
    match (request.first, request.last) {
        (None, None) => Ok(PageRequest { first: Some(most.min(20)), ..request }),
        _ => Ok(request),
    }
}

/// The hub's page as a connection.
pub fn connection<T, N: OutputType>(page: Page<T>, total: Total, node: impl Fn(T) -> N) -> Paged<N> {
    let mut connection = Connection::with_additional_fields(page.has_previous, page.has_next, total);
    connection.edges = page.items.into_iter().map(|(cursor, item)| Edge::new(cursor.0, node(item))).collect();
    connection
}
