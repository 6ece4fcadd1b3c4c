//! Sums over canonical activities, and where something is missing.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::{Sport, Status};
use hub::{CoverageRow, TotalsDimension, TotalsRow};

use super::activity::ActivityFilter;
use super::athlete::Athlete;
use super::context::reader;
use super::error::{Failure, Outcome};
use super::scalar::{Date, Long};
use super::source::Source;
use super::word::Word;

/// Sums over canonical activities, so that no physical activity counts twice.
#[derive(SimpleObject)]
pub struct ActivityTotals {
    /// The first day of the period, by local dates.
    period_start: Option<Date>,
    /// The sport, where totals are grouped by it.
    sport_type: Option<Word<Sport>>,
    /// The status, where totals are grouped by it.
    status: Option<Word<Status>>,
    /// The source that leads among those behind the activities.
    source: Option<Source>,
    /// How many activities.
    count: Long,
    /// Metres, of those that have a distance.
    distance_m: f64,
    /// Seconds from start to end, pauses included.
    elapsed_time_s: f64,
    /// Seconds in motion, of those that tell it.
    moving_time_s: f64,
    /// Metres climbed, of those that tell it.
    elevation_gain_m: f64,
    /// Kilocalories spent, of those that tell it.
    energy_kcal: f64,
}

/// What a source shows of a month.
#[derive(SimpleObject)]
pub struct CoverageMonth {
    /// The month's first day.
    month: Date,
    /// Whose records are counted.
    source: Source,
    /// What the source shows, by whatever channels it came.
    records: Long,
    /// Those of them that another source shows too.
    matched: Long,
    /// Those that no other source shows.
    only_here: Long,
}

impl From<TotalsRow> for ActivityTotals {
    fn from(row: TotalsRow) -> Self {
        Self {
            period_start: row.period.map(Date),
            sport_type: row.sport.map(Word),
            status: row.status.map(Word),
            source: row.source.map(Source),
            count: Long::count(row.count),
            distance_m: row.distance.as_f64(),
            elapsed_time_s: row.elapsed.as_f64(),
            moving_time_s: row.moving.as_f64(),
            elevation_gain_m: row.gain.as_f64(),
            energy_kcal: row.energy.as_f64(),
        }
    }
}

impl From<CoverageRow> for CoverageMonth {
    fn from(row: CoverageRow) -> Self {
        Self {
            month: Date(row.month),
            source: Source(row.source),
            records: Long::count(row.records),
            matched: Long::count(row.matched),
            only_here: Long::count(row.records.saturating_sub(row.matched)),
        }
    }
}

/// Sums over the activities that pass the filter.
pub async fn totals_of(
    ctx: &Context<'_>,
    filter: hub::ActivityFilter,
    group_by: Vec<Word<TotalsDimension>>,
    time_zone: Option<String>,
) -> Outcome<Vec<ActivityTotals>> {
    let name = time_zone.unwrap_or_else(|| "UTC".to_owned());
    let zone: Tz = name.parse().map_err(|_| {
        Failure::Invalid("`timeZone` is no name of the IANA database, such as Europe/Vienna.".to_owned())
    })?;
    let local = |instant: DateTime<Utc>| -> NaiveDate { instant.with_timezone(&zone).date_naive() };
    let by: Vec<TotalsDimension> = group_by.into_iter().map(|word| word.0).collect();
    let rows = reader(ctx)?.view().totals(&filter, &by, &local).await?;
    Ok(rows.into_iter().map(ActivityTotals::from).collect())
}

/// The roots of sums.
#[derive(Default)]
pub struct TotalsQuery;

#[Object]
impl TotalsQuery {
    /// Sums over the activities that pass the filter. A multisport activity counts as one, without its legs. Periods go
    /// by local dates: the activity's own offset from UTC, or `timeZone` for those that know none.
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
        totals_of(ctx, filter.unwrap_or_default().read()?, group_by, time_zone).await
    }

    /// Records a month and source against activities: where something is missing. Months are by UTC.
    async fn coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the athlete.")] athlete_id: ID,
        #[graphql(desc = "The first day that counts.")] from: Option<Date>,
        #[graphql(desc = "The first day that no longer counts.")] until: Option<Date>,
    ) -> Outcome<Vec<CoverageMonth>> {
        let athlete = Athlete::narrowed(ctx, Some(&athlete_id)).await?;
        let athlete = athlete.ok_or_else(|| Failure::missing("athlete", &athlete_id))?;
        let day = |date: Option<Date>| date.map(|date| date.0);
        let rows = reader(ctx)?.view().coverage(athlete, day(from), day(until)).await?;
        Ok(rows.into_iter().map(CoverageMonth::from).collect())
    }
}
