//! Filters as conditions.

use std::collections::BTreeSet;
use std::slice;

use chrono::{DateTime, Utc};
use domain::{Agreement, ArtifactKind, AthleteId, Channel, ExternalId, Milli, SourceSlug, Sport, Status};
use entity::{activity, source_record};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, DbBackend};

use super::scope::{Athletes, nothing, one_of};
use crate::HubError;
use crate::store::activity::agreement_bit;
use crate::store::micros;
use crate::store::record::kind_bit;

/// The longest text that a name is searched for, in characters: names are short, and a pattern costs by its length.
const LONGEST_TEXT: usize = 200;

/// From inclusive, until exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

/// Both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FloatRange {
    /// At least.
    pub min: Option<Milli>,
    /// At most.
    pub max: Option<Milli>,
}

/// All conditions hold together. WITHDRAWN is left out unless `statuses` names it or `include_hidden` is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActivityFilter {
    /// Of these athletes.
    pub athletes: Option<Vec<AthleteId>>,
    /// Begun then.
    pub start: TimeRange,
    /// Of these sports.
    pub sports: Option<Vec<Sport>>,
    /// In these states.
    pub statuses: Option<Vec<Status>>,
    /// With a record of one of these sources.
    pub sources: Option<Vec<SourceSlug>>,
    /// With a field whose agreement is one of these.
    pub agreements: Option<Vec<Agreement>>,
    /// That far.
    pub distance: FloatRange,
    /// That long.
    pub elapsed: FloatRange,
    /// Whose name holds this text, whatever the case.
    pub name_contains: Option<String>,
    /// With an artifact of that kind.
    pub has_artifact: Option<ArtifactKind>,
    /// Changed since.
    pub updated_since: Option<DateTime<Utc>>,
    /// Withdrawn ones too.
    pub include_hidden: bool,
}

/// Which records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordFilter {
    /// Of that athlete.
    pub athlete: Option<AthleteId>,
    /// Of that source.
    pub source: Option<SourceSlug>,
    /// By that channel.
    pub channel: Option<Channel>,
    /// With that external id.
    pub external_id: Option<ExternalId>,
    /// Alone in their activity.
    pub unmatched_only: bool,
}

impl ActivityFilter {
    /// The condition on activities, scope included.
    pub(super) fn condition(&self, scope: &Athletes, backend: DbBackend) -> Result<Condition, HubError> {
        use activity::Column;
        let own = scope.among(self.athletes.as_deref());
        let sports =
            |sports: &Vec<Sport>| one_of(Column::Sport, sports.iter().map(|sport| sport.name().to_owned()), backend);
        let name = self.name_contains.as_deref().map(|text| named(text, backend)).transpose()?;
        // A missing distance is stored below every other, and is in no range.
        let bounded = self.distance.min.is_some() || self.distance.max.is_some();
        Ok(Condition::all()
            .add(own.own(Column::AthleteId, backend))
            .add_option(self.shown(backend))
            .add_option(self.start.from.map(|from| Column::StartAt.gte(micros(from))))
            .add_option(self.start.until.map(|until| Column::StartAt.lt(micros(until))))
            .add_option(self.sports.as_ref().map(sports))
            .add_option(bounded.then(|| Column::Distance.gte(0)))
            .add_option(self.distance.min.map(|min| Column::Distance.gte(min.thousandths())))
            .add_option(self.distance.max.map(|max| Column::Distance.lte(max.thousandths())))
            .add_option(self.elapsed.min.map(|min| Column::Elapsed.gte(min.thousandths())))
            .add_option(self.elapsed.max.map(|max| Column::Elapsed.lte(max.thousandths())))
            .add_option(self.updated_since.map(|since| Column::UpdatedAt.gte(micros(since))))
            .add_option(name)
            .add_option(self.agreements.as_deref().map(agreeing))
            .add_option(self.sources.as_deref().map(|sources| from_sources(sources, backend)))
            .add_option(self.has_artifact.map(with_artifact)))
    }

    /// The conditions that are set, in one spelling: what one list has in common with itself, asked for again. Whose the
    /// activities are is not among them.
    pub(super) fn spelled(&self) -> String {
        let Self {
            athletes: _,
            start,
            sports,
            statuses,
            sources,
            agreements,
            distance,
            elapsed,
            name_contains,
            has_artifact,
            updated_since,
            include_hidden,
        } = self;
        let mut spelled = Spelled::default();
        spelled.one("from", start.from.map(micros));
        spelled.one("until", start.until.map(micros));
        spelled.any("sports", sports, |sport| sport.name());
        spelled.any("statuses", statuses, |status| status.name());
        spelled.any("sources", sources, SourceSlug::as_str);
        spelled.any("agreements", agreements, |agreement| agreement.name());
        spelled.one("distance from", distance.min.map(Milli::thousandths));
        spelled.one("distance to", distance.max.map(Milli::thousandths));
        spelled.one("elapsed from", elapsed.min.map(Milli::thousandths));
        spelled.one("elapsed to", elapsed.max.map(Milli::thousandths));
        spelled.one("name", name_contains.as_deref());
        spelled.one("artifact", has_artifact.map(|kind| kind.name()));
        spelled.one("since", updated_since.map(micros));
        spelled.one("hidden", include_hidden.then_some("too"));
        spelled.0
    }

    /// WITHDRAWN stays hidden unless it is named or hidden ones are wanted.
    fn shown(&self, backend: DbBackend) -> Option<Expr> {
        use activity::Column;
        match &self.statuses {
            Some(named) => Some(one_of(Column::Status, named.iter().map(|status| status.name().to_owned()), backend)),
            None => (!self.include_hidden).then(|| Column::Status.ne(Status::Withdrawn.name())),
        }
    }
}

impl RecordFilter {
    /// The conditions that are set, as [`ActivityFilter::spelled`] has them.
    pub(super) fn spelled(&self) -> String {
        let Self { athlete: _, source, channel, external_id, unmatched_only } = self;
        let mut spelled = Spelled::default();
        spelled.one("source", source.as_ref().map(SourceSlug::as_str));
        spelled.one("channel", channel.map(|channel| channel.name()));
        spelled.one("external id", external_id.as_ref().map(ExternalId::as_str));
        spelled.one("unmatched", unmatched_only.then_some("only"));
        spelled.0
    }

    /// The condition on records, scope included.
    pub(super) fn condition(&self, scope: &Athletes, backend: DbBackend) -> Condition {
        use source_record::Column;
        let own = scope.among(self.athlete.as_ref().map(slice::from_ref));
        Condition::all()
            .add(own.own(Column::AthleteId, backend))
            .add_option(self.source.as_ref().map(|source| Column::Source.eq(source.as_str())))
            .add_option(self.channel.map(|channel| Column::Channel.eq(channel.name())))
            .add_option(self.external_id.as_ref().map(external_id))
            .add_option(self.unmatched_only.then(alone))
    }
}

/// Conditions as one text, those that are not set left out: a condition that a later version knows makes no other text of
/// those without it.
#[derive(Default)]
struct Spelled(String);

impl Spelled {
    fn one(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value.map(|value| value.to_string()) {
            // With its length, so that no value reads as two conditions.
            self.0.push_str(&format!("{name} {}:{value};", value.len()));
        }
    }

    fn any<'a, T>(&mut self, name: &str, values: &'a Option<Vec<T>>, word: impl Fn(&'a T) -> &'a str) {
        let values = values.as_ref().map(|values| values.iter().map(word).collect::<BTreeSet<_>>());
        self.one(name, values.map(|values| values.into_iter().collect::<Vec<_>>().join(",")));
    }
}

/// The record with that id at its source. PostgreSQL refuses to be asked for a NUL, which no record's id holds.
pub(super) fn external_id(id: &ExternalId) -> Expr {
    if id.as_str().contains('\0') { nothing() } else { source_record::Column::ExternalId.eq(id.as_str()) }
}

/// The records of the activity of the query around.
fn its_records() -> SelectStatement {
    let same = source_record::Column::ActivityId.into_expr().equals((activity::Entity, activity::Column::Id));
    Query::select().expr(Expr::cust("1")).from(source_record::Entity).and_where(same).take()
}

fn from_sources(sources: &[SourceSlug], backend: DbBackend) -> Expr {
    let of_source =
        one_of(source_record::Column::Source, sources.iter().map(|source| source.as_str().to_owned()), backend);
    Expr::exists(its_records().and_where(of_source).take())
}

fn with_artifact(kind: ArtifactKind) -> Expr {
    let has = source_record::Column::ArtifactKinds.into_expr().bit_and(kind_bit(kind)).ne(0);
    Expr::exists(its_records().and_where(has).take())
}

/// With a field whose agreement is one of these.
fn agreeing(agreements: &[Agreement]) -> Expr {
    let mask = agreements.iter().fold(0, |mask, agreement| mask | agreement_bit(*agreement));
    activity::Column::Agreements.into_expr().bit_and(mask).ne(0)
}

/// Alone in their activity, or in none yet.
fn alone() -> Expr {
    use source_record::{Column, Entity};
    let other = Alias::new("other");
    let companions = Query::select()
        .expr(Expr::cust("1"))
        .from_as(Entity, other.clone())
        .and_where(Expr::col((other.clone(), Column::ActivityId)).equals((Entity, Column::ActivityId)))
        .and_where(Expr::col((other, Column::Id)).not_equals((Entity, Column::Id)))
        .take();
    Expr::exists(companions).not()
}

/// Whose name holds the text, whatever the case. Neither database folds every letter by itself (SQLite only the English
/// ones, PostgreSQL by its locale), so each letter is spelled out in its cases, which both have a pattern for.
fn named(text: &str, backend: DbBackend) -> Result<Expr, HubError> {
    if text.chars().count() > LONGEST_TEXT {
        return Err(HubError::Invalid(format!("A name is searched for by at most {LONGEST_TEXT} characters.")));
    }
    if text.contains('\0') {
        return Ok(nothing());
    }
    let name = activity::Column::Name.into_expr();
    Ok(match backend {
        DbBackend::Postgres => Expr::cust_with_exprs("$1 ~ $2", [name, Expr::val(spelled(text, true))]),
        _ => Expr::cust_with_exprs("? GLOB ?", [name, Expr::val(format!("*{}*", spelled(text, false)))]),
    })
}

/// The text as a pattern: a class of its cases for each letter, a class of itself for each other sign. `escapes` where
/// signs that mean something in a class take a backslash.
fn spelled(text: &str, escapes: bool) -> String {
    let mut pattern = String::new();
    for sign in text.chars() {
        let mut cases = vec![sign];
        for case in [single(sign.to_lowercase()), single(sign.to_uppercase())].into_iter().flatten() {
            if !cases.contains(&case) {
                cases.push(case);
            }
        }
        match sign {
            // Within a class of GLOB these mean something at its beginning, and there is no escape: outside they do not.
            ']' | '^' if !escapes => pattern.push(sign),
            _ => {
                pattern.push('[');
                for case in cases {
                    if escapes && matches!(case, '[' | ']' | '^' | '-' | '\\') {
                        pattern.push('\\');
                    }
                    pattern.push(case);
                }
                pattern.push(']');
            }
        }
    }
    pattern
}

fn single(mut signs: impl Iterator<Item = char>) -> Option<char> {
    let first = signs.next();
    if signs.next().is_none() { first } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_spelled_out_in_its_cases() {
        assert_eq!(spelled("aÖ7", false), "[aA][Öö][7]");
        // Nothing that a pattern could take for a sign of its own is left alone.
        assert_eq!(spelled("*?[]^-", false), "[*][?][[]]^[-]");
        assert_eq!(spelled("]^-[\\.", true), "[\\]][\\^][\\-][\\[][\\\\][.]");
        // A sign whose other case is two signs has none.
        assert_eq!(spelled("ß", true), "[ß]");
    }

    #[test]
    fn overlong_texts_are_refused() {
        let filter = |length| ActivityFilter { name_contains: Some("é".repeat(length)), ..ActivityFilter::default() };
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            assert!(filter(200).condition(&Athletes::All, backend).is_ok());
            assert!(matches!(filter(201).condition(&Athletes::All, backend), Err(HubError::Invalid(_))));
        }
    }
}
