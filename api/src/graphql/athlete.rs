//! Athletes.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::AthleteId;
use hub::{AthleteRow, TotalsDimension};

use super::account::SourceAccount;
use super::activity::{Activity, ActivityFilter, ActivityOrder, page_of};
use super::at_hand::AtHand;
use super::context::{asker, reader};
use super::error::{Failure, Outcome};
use super::loader::AthleteKey;
use super::node::parsed;
use super::page::{self, Paged, Total, connection};
use super::scalar::{Instant, Long};
use super::totals::{ActivityTotals, totals_of};
use super::word::Word;
use crate::auth::Scope;

/// An athlete.
#[derive(Debug, Clone)]
pub struct Athlete(Arc<AthleteRow>);

impl Athlete {
    /// The athlete of that row.
    pub const fn of(row: Arc<AthleteRow>) -> Self {
        Self(row)
    }

    /// The athlete of that id.
    pub async fn find(ctx: &Context<'_>, id: AthleteId) -> Outcome<Option<Self>> {
        Ok(reader(ctx)?.one(AthleteKey(id)).await?.map(Self))
    }

    /// The athlete that a client names.
    ///
    /// # Errors
    /// There is none for this token.
    pub async fn named(ctx: &Context<'_>, id: &ID) -> Outcome<Self> {
        let found = match parsed(id) {
            Some(id) => Self::find(ctx, id).await?,
            None => reader(ctx).map(|_| None)?,
        };
        found.ok_or_else(|| Failure::missing("athlete", id))
    }

    /// The filter, for this athlete only.
    fn narrow(&self, filter: Option<ActivityFilter>) -> Outcome<hub::ActivityFilter> {
        let mut filter = filter.unwrap_or_default().read()?;
        let own = filter.athletes.as_ref().is_none_or(|named| named.contains(&self.0.id));
        filter.athletes = Some(if own { vec![self.0.id] } else { Vec::new() });
        Ok(filter)
    }

    /// The id of the athlete that a client narrows a question to, if to any.
    ///
    /// # Errors
    /// There is no such athlete for this token.
    pub async fn narrowed(ctx: &Context<'_>, id: Option<&ID>) -> Outcome<Option<AthleteId>> {
        match id {
            Some(id) => Ok(Some(Self::named(ctx, id).await?.0.id)),
            None => Ok(None),
        }
    }
}

/// Whose activities these are.
#[Object]
impl Athlete {
    /// Opaque; unique among all nodes.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What people call the athlete.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// The athlete's activities, the latest first unless ordered otherwise.
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
        let page = page::request(ctx, first, after, last, before)?;
        page_of(ctx, self.narrow(filter)?, order_by, &page).await
    }

    /// Sums over the athlete's activities, as `Query.totals` has them.
    async fn totals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only activities that pass it.")] filter: Option<ActivityFilter>,
        #[graphql(desc = "By what the sums are told apart; one sum over all where empty.")] group_by: Vec<
            Word<TotalsDimension>,
        >,
        #[graphql(
            desc = "The IANA name of the zone whose dates count for activities that know no offset of their own.",
            default_with = "Some(String::from(\"UTC\"))"
        )]
        time_zone: Option<String>,
    ) -> Outcome<Vec<ActivityTotals>> {
        totals_of(ctx, self.narrow(filter)?, group_by, time_zone).await
    }

    /// The athlete's accounts at sources, the first connected first. Needs the scope accounts:read.
    async fn accounts(&self, ctx: &Context<'_>) -> Outcome<Vec<SourceAccount>> {
        SourceAccount::listed(ctx, Some(self.0.id), None).await
    }

    /// Since when the hub knows the athlete.
    async fn created_at(&self) -> Instant {
        Instant(self.0.created_at)
    }
}

/// The roots of athletes.
#[derive(Default)]
pub struct AthleteQuery;

#[Object]
impl AthleteQuery {
    /// The athlete of that id.
    async fn athlete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the athlete.")] id: ID,
    ) -> Outcome<Option<Athlete>> {
        Athlete::named(ctx, &id).await.map(Some)
    }

    /// The athletes that the token speaks for, the first created first.
    async fn athletes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "The cursor behind which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many at most, from the end of the list.")] last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
    ) -> Outcome<Paged<Athlete>> {
        let page = page::request(ctx, first, after, last, before)?;
        let rows = reader(ctx)?.view().athletes(&page).await?;
        Ok(connection(rows, Total::Athletes, |row| Athlete::of(row.into())))
    }
}

/// A new athlete.
#[derive(Debug, InputObject)]
pub struct CreateAthleteInput {
    /// 1 to 200 letters, unlike every other athlete's.
    display_name: String,
}

/// The athlete that was added.
#[derive(SimpleObject)]
pub struct CreateAthletePayload {
    /// The athlete, with the id that is kept for good.
    athlete: Athlete,
}

/// An athlete to erase.
#[derive(Debug, InputObject)]
pub struct EraseAthleteInput {
    /// The id of the athlete.
    athlete_id: ID,
    /// 1 to 1,000 letters. Nothing of it is kept: it is about somebody whom the hub is to forget.
    reason: String,
}

/// What is no more.
#[derive(SimpleObject)]
pub struct EraseAthletePayload {
    /// The id that leads nowhere now.
    athlete_id: ID,
    /// How many records were erased.
    records_erased: Long,
    /// How many artifacts were erased, their bytes included.
    artifacts_erased: Long,
}

/// Deeds about athletes.
#[derive(Default)]
pub struct AthleteMutation;

#[Object]
impl AthleteMutation {
    /// Adds an athlete. Needs the scope athletes:write.
    async fn create_athlete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: CreateAthleteInput,
    ) -> Outcome<CreateAthletePayload> {
        let asker = asker(ctx);
        asker.principal.may(Scope::AthletesWrite)?;
        let row = asker.app.hub.create_athlete(&input.display_name).await?;
        Ok(CreateAthletePayload { athlete: Athlete::of(row.into()) })
    }

    /// Erases an athlete and everything held about it; there is no way back but a backup. It is carried out to its end
    /// even where nobody waits for the answer. Needs the scope athletes:erase.
    async fn erase_athlete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: EraseAthleteInput,
    ) -> Outcome<EraseAthletePayload> {
        let asker = asker(ctx);
        let view = asker.view(Scope::AthletesErase)?;
        let missing = || Failure::missing("athlete", &input.athlete_id);
        let id: AthleteId = parsed(&input.athlete_id).ok_or_else(missing)?;
        view.athlete(id).await?.ok_or_else(missing)?;
        hub::reason(&input.reason)?;
        let hub = asker.app.hub.clone();
        let erased = tokio::spawn(async move { hub.erase_athlete(id).await }).await;
        let ended =
            |error: tokio::task::JoinError| hub::HubError::Internal { deed: "erase an athlete", cause: error.into() };
        let erased = erased.map_err(ended)??;
        if let Ok(reader) = asker.reader() {
            reader.forget();
        }
        tracing::info!(athlete = %id, client = asker.principal.client_id, "an athlete was erased");
        Ok(EraseAthletePayload {
            athlete_id: input.athlete_id,
            records_erased: Long::count(erased.records),
            artifacts_erased: Long::count(erased.artifacts),
        })
    }
}
