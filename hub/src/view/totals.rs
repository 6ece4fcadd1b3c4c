//! Sums over canonical activities, made by the database: no physical activity counts twice.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use domain::{Milli, SourceSlug, Sport, Status};
use entity::activity;
use sea_orm::sea_query::{Alias, Expr, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};

use super::filter::ActivityFilter;
use super::{View, unread};
use crate::HubError;
use crate::store::instant;

/// Microseconds in a day, and in the quarter of an hour that every time zone's offset is a multiple of.
const DAY: i64 = 86_400_000_000;
const QUARTER: i64 = 900_000_000;
/// So many days before 1970 the count of days begins (1869-12-31 and 36,525 days), so that whole numbers divide alike
/// on both sides of it.
const BEFORE: i64 = 36_525;

/// By what totals are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TotalsDimension {
    /// The local date.
    Day,
    /// The week of the local date, from Monday.
    Week,
    /// The month of the local date.
    Month,
    /// The year of the local date.
    Year,
    /// The sport.
    Sport,
    /// How it stands.
    Status,
    /// The source that leads among those behind it.
    Source,
}

/// What one group adds up to. What an activity does not know counts as nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TotalsRow {
    /// The first day of its period, where periods are told apart.
    pub period: Option<NaiveDate>,
    /// Its sport, where sports are told apart.
    pub sport: Option<Sport>,
    /// Its status, where they are told apart.
    pub status: Option<Status>,
    /// Its leading source, where sources are told apart; `None` also where no record stands behind it.
    pub source: Option<SourceSlug>,
    /// How many activities.
    pub count: u64,
    /// Metres.
    pub distance: Milli,
    /// Seconds from start to end.
    pub elapsed: Milli,
    /// Seconds in motion.
    pub moving: Milli,
    /// Metres upwards.
    pub gain: Milli,
    /// Kilocalories.
    pub energy: Milli,
}

/// What the database gives.
#[derive(Debug, FromQueryResult)]
struct Found {
    /// The local day, where the activity knows its offset.
    of_day: Option<i64>,
    /// The quarter of an hour in UTC, where it does not.
    of_quarter: Option<i64>,
    of_sport: Option<String>,
    of_status: Option<String>,
    of_source: Option<String>,
    activities: i64,
    metres: i64,
    seconds: i64,
    seconds_moving: i64,
    metres_up: i64,
    kilocalories: i64,
}

/// By what sums are told apart: the period's first day, sport, status and source, as far as they are asked for.
type Group = (Option<NaiveDate>, Option<String>, Option<String>, Option<String>);

impl View {
    /// Sums over the activities that pass the filter, by these dimensions, in their order. A multisport activity counts
    /// as one, without its legs. Dates are local: by the activity's own offset from UTC, or by `local` for those that
    /// know none.
    ///
    /// # Errors
    /// `Invalid` for more than one kind of period; otherwise as [`View::activity`].
    pub async fn totals(
        &self,
        filter: &ActivityFilter,
        by: &[TotalsDimension],
        local: &(dyn Fn(DateTime<Utc>) -> NaiveDate + Sync),
    ) -> Result<Vec<TotalsRow>, HubError> {
        use TotalsDimension::{Day, Month, Source, Sport as BySport, Status as ByStatus, Week, Year};
        let mut periods = by.iter().filter(|one| matches!(one, Day | Week | Month | Year));
        let period = periods.next().copied();
        if periods.any(|other| Some(*other) != period) {
            return Err(HubError::Invalid(
                "Totals are by day, by week, by month or by year, not by two of them.".to_owned(),
            ));
        }
        let has = |dimension| by.contains(&dimension);
        let sum = |column: activity::Column| whole(format!("SUM(activity.{})", sea_orm::IdenStatic::as_str(&column)));
        let mut select = activity::Entity::find()
            .select_only()
            .column_as(activity::Column::Id.count(), "activities")
            .column_as(
                whole("SUM(CASE WHEN activity.distance > 0 THEN activity.distance ELSE 0 END)".to_owned()),
                "metres",
            )
            .column_as(sum(activity::Column::Elapsed), "seconds")
            .column_as(sum(activity::Column::Moving), "seconds_moving")
            .column_as(sum(activity::Column::Gain), "metres_up")
            .column_as(sum(activity::Column::Energy), "kilocalories")
            .filter(filter.condition(self.scope(), self.backend())?)
            .filter(activity::Column::ParentId.is_null());
        let leading = has(Source).then(|| self.leading_source());
        for (name, kind, wanted) in [
            ("of_day", "BIGINT", period.map(|period| day(period, self.backend()))),
            ("of_quarter", "BIGINT", period.map(|_| quarter())),
            ("of_sport", "TEXT", has(BySport).then(|| "activity.sport".to_owned())),
            ("of_status", "TEXT", has(ByStatus).then(|| "activity.status".to_owned())),
            ("of_source", "TEXT", leading),
        ] {
            select = match wanted {
                Some(text) => {
                    select.column_as(Expr::cust(text), name).group_by(SimpleExpr::from(Expr::col(Alias::new(name))))
                }
                None => select.column_as(Expr::cust(format!("CAST(NULL AS {kind})")), name),
            };
        }
        let found: Vec<Found> = select.into_model().all(self.read()).await.map_err(unread)?;
        let mut totals: BTreeMap<Group, TotalsRow> = BTreeMap::new();
        for row in found {
            let date = match (row.of_day, row.of_quarter) {
                (Some(day), _) => Some(date_of(day - BEFORE)),
                (None, Some(quarter)) => Some(local(instant(quarter * QUARTER - BEFORE * DAY))),
                (None, None) => None,
            };
            let start = date.zip(period).map(|(date, period)| first_day(date, period));
            let key = (start, row.of_sport.clone(), row.of_status.clone(), row.of_source.clone());
            totals.entry(key).or_insert_with(|| named(start, &row)).add(&row);
        }
        // Without dimensions there is one group, also where nothing is in it.
        Ok(totals.into_values().filter(|row| row.count > 0 || by.is_empty()).collect())
    }

    /// The source that leads among the records behind an activity, those that their source still shows first.
    fn leading_source(&self) -> String {
        let ranks: String = [SourceSlug::STRAVA, SourceSlug::GARMIN, SourceSlug::FILE]
            .iter()
            .map(|source| format!(" WHEN '{source}' THEN {}", self.hub.policy().rank(source)))
            .collect();
        format!(
            "(SELECT s.source FROM source_record s WHERE s.activity_id = activity.id ORDER BY CASE WHEN s.withdrawn_at IS \
             NULL THEN 0 ELSE 1 END, CASE s.source{ranks} ELSE 1000000 END, s.source LIMIT 1)"
        )
    }
}

/// A sum as a whole number on both databases; nothing added up is 0.
fn whole(sum: String) -> SimpleExpr {
    Expr::cust(format!("CAST(COALESCE({sum}, 0) AS BIGINT)"))
}

/// The local day; of months and years the first, so that the database gives a row for each of them and not for each day.
fn day(period: TotalsDimension, backend: DbBackend) -> String {
    let shift = BEFORE * DAY;
    let local = format!("activity.start_at + activity.utc_offset * 1000 + {shift}");
    // Whole seconds since 1970, rounded down also before it.
    let seconds = format!("(({local}) / 1000000 - {})", shift / 1_000_000);
    let of_period = match period {
        TotalsDimension::Month => Some("month"),
        TotalsDimension::Year => Some("year"),
        _ => None,
    };
    let day = match (of_period, backend) {
        (None, _) => format!("({local}) / {DAY}"),
        (Some(name), DbBackend::Postgres) => format!(
            "CAST(EXTRACT(EPOCH FROM date_trunc('{name}', to_timestamp({seconds}) AT TIME ZONE 'UTC')) AS BIGINT) / 86400 \
             + {BEFORE}"
        ),
        (Some(name), _) => {
            format!("CAST(strftime('%s', {seconds}, 'unixepoch', 'start of {name}') AS BIGINT) / 86400 + {BEFORE}")
        }
    };
    format!("CASE WHEN activity.utc_offset IS NOT NULL THEN {day} END")
}

fn quarter() -> String {
    let shift = BEFORE * DAY;
    format!("CASE WHEN activity.utc_offset IS NULL THEN (activity.start_at + {shift}) / {QUARTER} END")
}

/// The date that many days after 1970 began.
fn date_of(days: i64) -> NaiveDate {
    instant(days.saturating_mul(DAY)).date_naive()
}

/// The first day of the period that holds a date.
fn first_day(date: NaiveDate, period: TotalsDimension) -> NaiveDate {
    let first = match period {
        TotalsDimension::Week => date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday()))),
        TotalsDimension::Month => date.with_day(1),
        TotalsDimension::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1),
        _ => Some(date),
    };
    first.unwrap_or(date)
}

fn named(period: Option<NaiveDate>, row: &Found) -> TotalsRow {
    TotalsRow {
        period,
        sport: row.of_sport.as_deref().and_then(Sport::from_name),
        status: row.of_status.as_deref().and_then(Status::from_name),
        source: row.of_source.as_deref().and_then(|name| SourceSlug::parse(name).ok()),
        ..TotalsRow::default()
    }
}

impl TotalsRow {
    fn add(&mut self, row: &Found) {
        let more = |sum: Milli, more: i64| Milli::new(sum.thousandths().saturating_add(more));
        self.count += u64::try_from(row.activities).unwrap_or(0);
        self.distance = more(self.distance, row.metres);
        self.elapsed = more(self.elapsed, row.seconds);
        self.moving = more(self.moving, row.seconds_moving);
        self.gain = more(self.gain, row.metres_up);
        self.energy = more(self.energy, row.kilocalories);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_where_calendars_say() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (day, week, month, year) in [
            ("2026-01-01", "2025-12-29", "2026-01-01", "2026-01-01"),
            ("2024-02-29", "2024-02-26", "2024-02-01", "2024-01-01"),
            ("1969-12-31", "1969-12-29", "1969-12-01", "1969-01-01"),
        ] {
            let day = date(day);
            assert_eq!(first_day(day, TotalsDimension::Week), date(week));
            assert_eq!(first_day(day, TotalsDimension::Month), date(month));
            assert_eq!(first_day(day, TotalsDimension::Year), date(year));
            assert_eq!(first_day(day, TotalsDimension::Day), day);
        }
        assert_eq!(date_of(0), date("1970-01-01"));
        assert_eq!(date_of(-1), date("1969-12-31"));
    }
}
