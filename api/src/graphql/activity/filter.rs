//! Filters and orders of lists of activities.

use async_graphql::{ID, InputObject};
use domain::{Agreement, ArtifactKind, Milli, Sport, Status};
use hub::{ActivityOrderField, Direction};

use crate::graphql::error::{Failure, Outcome};
use crate::graphql::node::parsed;
use crate::graphql::scalar::{Instant, SourceSlug};
use crate::graphql::word::Word;

/// A stretch of time: `from` is inclusive, `until` exclusive.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct DateTimeRange {
    /// The first instant that is within it; open where absent.
    from: Option<Instant>,
    /// The first instant that is no longer within it; open where absent.
    until: Option<Instant>,
}

impl DateTimeRange {
    /// The range as the hub has it.
    pub fn read(self) -> hub::TimeRange {
        hub::TimeRange { from: self.from.map(|instant| instant.0), until: self.until.map(|instant| instant.0) }
    }
}

/// A range of numbers, both ends inclusive.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct FloatRange {
    /// The least; open where absent.
    min: Option<f64>,
    /// The most; open where absent.
    max: Option<f64>,
}

/// All conditions hold together. `from` is inclusive, `until` exclusive.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ActivityFilter {
    /// Activities of these athletes.
    athlete_ids: Option<Vec<ID>>,
    /// Activities that begin within it.
    start_time_utc: Option<DateTimeRange>,
    /// Activities of these sports.
    sport_types: Option<Vec<Word<Sport>>>,
    /// Activities that stand so.
    statuses: Option<Vec<Word<Status>>>,
    /// Activities of which one of these sources has a record.
    sources: Option<Vec<SourceSlug>>,
    /// Has a field whose agreement is one of these.
    agreements: Option<Vec<Word<Agreement>>>,
    /// Metres; activities without a distance do not pass.
    distance_m: Option<FloatRange>,
    /// Seconds from start to end.
    elapsed_time_s: Option<FloatRange>,
    /// Whatever the case.
    name_contains: Option<String>,
    /// Activities with an artifact of this kind behind them.
    has_artifact: Option<Word<ArtifactKind>>,
    /// Activities whose canonical view changed at this instant or later.
    updated_since: Option<Instant>,
    /// WITHDRAWN and MERGED are left out unless `statuses` names them or this is true.
    include_hidden: Option<bool>,
}

/// A list's order; ties by id.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct ActivityOrder {
    /// By what.
    field: Word<ActivityOrderField>,
    /// Which way.
    direction: Word<Direction>,
}

impl ActivityOrder {
    /// The order as the hub has it.
    pub const fn read(self) -> hub::ActivityOrder {
        hub::ActivityOrder { field: self.field.0, direction: self.direction.0 }
    }
}

impl FloatRange {
    fn read(self, name: &str) -> Outcome<hub::FloatRange> {
        let end = |number: Option<f64>| match number.map(Milli::from_f64) {
            Some(None) => Err(Failure::Invalid(format!("`{name}` holds a number that no activity can have."))),
            number => Ok(number.flatten()),
        };
        Ok(hub::FloatRange { min: end(self.min)?, max: end(self.max)? })
    }
}

fn words<T: Copy>(words: Option<Vec<Word<T>>>) -> Option<Vec<T>> {
    words.map(|words| words.into_iter().map(|word| word.0).collect())
}

impl ActivityFilter {
    /// The filter as the hub has it. Athletes whose id is none have no activities.
    ///
    /// # Errors
    /// A number out of range, or a text too long to be a name.
    pub fn read(self) -> Outcome<hub::ActivityFilter> {
        if self.name_contains.as_ref().is_some_and(|text| text.chars().count() > 200) {
            return Err(Failure::Invalid("`nameContains` holds at most 200 letters.".to_owned()));
        }
        Ok(hub::ActivityFilter {
            athletes: self.athlete_ids.map(|ids| ids.iter().filter_map(parsed).collect()),
            start: self.start_time_utc.map(DateTimeRange::read).unwrap_or_default(),
            sports: words(self.sport_types),
            statuses: words(self.statuses),
            sources: self.sources.map(|sources| sources.into_iter().map(|source| source.0).collect()),
            agreements: words(self.agreements),
            distance: self.distance_m.map_or(Ok(hub::FloatRange::default()), |range| range.read("distanceM"))?,
            elapsed: self.elapsed_time_s.map_or(Ok(hub::FloatRange::default()), |range| range.read("elapsedTimeS"))?,
            name_contains: self.name_contains,
            has_artifact: self.has_artifact.map(|word| word.0),
            updated_since: self.updated_since.map(|instant| instant.0),
            include_hidden: self.include_hidden.unwrap_or(false),
        })
    }
}
