//! Records a month and source against activities: where something is missing.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use domain::{AthleteId, SourceSlug};
use entity::source_record;
use sea_orm::sea_query::{Alias, Expr, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};

use super::{View, unread};
use crate::HubError;
use crate::store::instant;

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;
/// So many days before 1970 the count of days begins, so that whole numbers divide alike on both sides of it.
const BEFORE: i64 = 36_525;

/// What a source has of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRow {
    /// The month's first day, in UTC.
    pub month: NaiveDate,
    /// The source.
    pub source: SourceSlug,
    /// What the source shows, each of its ids once, by whatever channels it came.
    pub records: u64,
    /// Those of them whose activity another source shows too.
    pub matched: u64,
}

#[derive(Debug, FromQueryResult)]
struct Found {
    of_day: i64,
    of_source: String,
    records: i64,
    matched: i64,
}

impl View {
    /// What each source shows of each month, by month and source, from a date and until another (exclusive).
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn coverage(
        &self,
        athlete: AthleteId,
        from: Option<NaiveDate>,
        until: Option<NaiveDate>,
    ) -> Result<Vec<CoverageRow>, HubError> {
        let start = "COALESCE((SELECT a.start_at FROM activity a WHERE a.id = source_record.activity_id), \
                     source_record.spans_from)";
        let elsewhere = "EXISTS (SELECT 1 FROM source_record o WHERE o.activity_id = source_record.activity_id AND \
                         o.source <> source_record.source AND o.withdrawn_at IS NULL)";
        let day = format!("({start} + {}) / {DAY}", BEFORE * DAY);
        let number =
            |date: NaiveDate| date.signed_duration_since(NaiveDate::default()).num_days().saturating_add(BEFORE);
        let mut select = source_record::Entity::find()
            .select_only()
            .column_as(Expr::cust(day.clone()), "of_day")
            .column_as(source_record::Column::Source, "of_source")
            .column_as(Expr::cust("COUNT(DISTINCT source_record.external_id)"), "records")
            .column_as(
                Expr::cust(format!("COUNT(DISTINCT CASE WHEN {elsewhere} THEN source_record.external_id END)")),
                "matched",
            )
            .filter(self.own_of(Some(athlete), source_record::Column::AthleteId))
            .filter(source_record::Column::WithdrawnAt.is_null());
        for name in ["of_day", "of_source"] {
            select = select.group_by(SimpleExpr::from(Expr::col(Alias::new(name))));
        }
        if let Some(from) = from {
            select = select.filter(Expr::cust(format!("{day} >= {}", number(from))));
        }
        if let Some(until) = until {
            select = select.filter(Expr::cust(format!("{day} < {}", number(until))));
        }
        let found: Vec<Found> = select.into_model().all(self.read()).await.map_err(unread)?;
        let mut months: BTreeMap<(NaiveDate, String), (u64, u64)> = BTreeMap::new();
        for row in found {
            let date = instant((row.of_day - BEFORE).saturating_mul(DAY)).date_naive();
            let sums = months.entry((date.with_day(1).unwrap_or(date), row.of_source)).or_default();
            sums.0 += u64::try_from(row.records).unwrap_or(0);
            sums.1 += u64::try_from(row.matched).unwrap_or(0);
        }
        let told = |((month, source), (records, matched)): ((NaiveDate, String), (u64, u64))| {
            Some(CoverageRow { month, source: SourceSlug::parse(&source).ok()?, records, matched })
        };
        Ok(months.into_iter().filter_map(told).collect())
    }
}
