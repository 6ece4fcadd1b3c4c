//! Whose value stands, for each field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::{
    Decision, Family, Field, Group, PinTo, RecordId, Ruling, RulingId, SourceRecord, SourceSlug, Sport, Value,
};

use super::crop::{CROPPED, is_cropped};
use crate::policy::Rank;
use crate::{Policy, quality};

/// A field's winner and why.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    pub(super) field: Field,
    pub(super) record: &'a SourceRecord,
    /// It came with its group, which was chosen for the group's first field.
    pub(super) with_group: bool,
    /// Another record could have been chosen for it.
    pub(super) contested: bool,
    pub(super) pin: Option<RulingId>,
    pub(super) note: Option<Cow<'static, str>>,
}

/// What choices are made by.
#[derive(Debug, Clone, Copy)]
pub(super) struct By<'c> {
    /// Records whose source leads with another one, by id.
    pub(super) seconds: &'c [RecordId],
    pub(super) pins: &'c BTreeMap<Field, &'c Ruling>,
    pub(super) policy: &'c Policy,
}

/// A choice for every field that a speaker has.
pub(super) fn all<'a>(speakers: &[&'a SourceRecord], by: By<'_>) -> Vec<Choice<'a>> {
    let mut choices = Vec::new();
    for group in Group::ALL {
        if group.is_coherent() {
            choices.extend(coherent(group, speakers, by));
        }
    }
    for field in Field::all().filter(|field| !field.group().is_coherent()) {
        choices.extend(single(field, speakers, by));
    }
    choices
}

/// A coherent group comes whole from one record.
fn coherent<'a>(group: Group, speakers: &[&'a SourceRecord], by: By<'_>) -> Vec<Choice<'a>> {
    let fields: Vec<Field> = Field::all().filter(|field| field.group() == group).collect();
    let offering: Vec<&'a SourceRecord> = speakers
        .iter()
        .copied()
        .filter(|record| fields.iter().any(|field| record.readings.get(*field).is_some()))
        .collect();
    let pinned = fields.iter().find_map(|field| pinned_source(*field, by.pins));
    let lead = fields.first().copied().unwrap_or(Field::StartTimeUtc);
    let Some(best) = best(&offering, pinned.map(|(source, _)| source), by, lead, |record| {
        flaw_of_group(&fields, record).or_else(|| lacks(group, record, &offering))
    }) else {
        return Vec::new();
    };
    let note = best.note.or_else(|| (group == Group::Core && is_cropped(best.record, &offering)).then_some(CROPPED));
    let mut first = true;
    fields
        .iter()
        .filter(|field| best.record.readings.get(**field).is_some())
        .map(|field| {
            let with_group = !first && offering.len() > 1;
            first = false;
            Choice {
                field: *field,
                record: best.record,
                with_group,
                contested: offering.len() > 1,
                pin: pinned.filter(|(source, _)| *source == &best.record.source).map(|(_, ruling)| ruling),
                note: note.map(Cow::Borrowed),
            }
        })
        .collect()
}

fn single<'a>(field: Field, speakers: &[&'a SourceRecord], by: By<'_>) -> Option<Choice<'a>> {
    let offering: Vec<&'a SourceRecord> =
        speakers.iter().copied().filter(|record| record.readings.get(field).is_some()).collect();
    let pinned = pinned_source(field, by.pins);
    let best = match field {
        Field::Visibility if pinned.is_none() => most_restrictive(&offering, by.policy)?,
        _ => best(&offering, pinned.map(|(source, _)| source), by, field, |record| {
            quality::flaw(field, &record.readings)
        })?,
    };
    Some(Choice {
        field,
        record: best.record,
        with_group: false,
        contested: offering.len() > 1,
        pin: pinned.filter(|(source, _)| *source == &best.record.source).map(|(_, ruling)| ruling),
        note: best.note.map(Cow::Borrowed),
    })
}

struct Best<'a> {
    record: &'a SourceRecord,
    note: Option<&'static str>,
}

/// The pinned source's record, or else the flawless one that the policy ranks first; a flawed one only where there is
/// no other. A source's second recording stands behind all others, unless the policy speaks of it.
fn best<'a>(
    offering: &[&'a SourceRecord],
    pinned: Option<&SourceSlug>,
    by: By<'_>,
    field: Field,
    flaw: impl Fn(&SourceRecord) -> Option<&'static str>,
) -> Option<Best<'a>> {
    let sport = offering.iter().find_map(|record| match record.readings.value(Field::SportType) {
        Some(Value::Sport(sport)) => Some(*sport),
        _ => None,
    });
    let rank = |record: &SourceRecord| -> (bool, Rank) {
        let rank = by.policy.rank_of(field, record, sport);
        (rank.ordinary && by.seconds.binary_search(&record.id).is_ok(), rank)
    };
    let record = offering.iter().copied().min_by_key(|record| {
        let is_pinned = pinned.is_some_and(|source| *source == record.source);
        (!is_pinned, flaw(record).is_some(), rank(record), record.id)
    })?;
    // Who would have led, but for its flaw.
    let leader = offering.iter().copied().min_by_key(|record| (rank(record), record.id));
    let note = leader.filter(|leader| leader.id != record.id && pinned.is_none()).and_then(flaw);
    Some(Best { record, note })
}

fn pinned_source<'a>(field: Field, pins: &BTreeMap<Field, &'a Ruling>) -> Option<(&'a SourceSlug, RulingId)> {
    let ruling = pins.get(&field)?;
    match &ruling.decision {
        Decision::Pin { to: PinTo::Source(source), .. } => Some((source, ruling.id)),
        _ => None,
    }
}

fn flaw_of_group(fields: &[Field], record: &SourceRecord) -> Option<&'static str> {
    fields.iter().find_map(|field| quality::flaw(*field, &record.readings))
}

/// A core without a distance stands behind one with it, where the sport covers ground: a watch that lost its
/// satellites, a swim that Strava took for 0 m.
fn lacks(group: Group, record: &SourceRecord, offering: &[&SourceRecord]) -> Option<&'static str> {
    if group != Group::Core {
        return None;
    }
    let goes = |record: &SourceRecord| {
        record.readings.number(Field::DistanceM).is_some_and(|distance| distance.thousandths() > 0)
    };
    let sport = match record.readings.value(Field::SportType) {
        Some(Value::Sport(sport)) => *sport,
        _ => Sport::Other,
    };
    let covers = matches!(sport.family(), Family::Run | Family::Foot | Family::Ride | Family::Swim | Family::Row);
    (covers && !goes(record) && offering.iter().any(|other| goes(other)))
        .then_some("it tells no distance, and another record does")
}

/// Privacy is the exception to precedence.
fn most_restrictive<'a>(offering: &[&'a SourceRecord], policy: &Policy) -> Option<Best<'a>> {
    let grade = |record: &SourceRecord| match record.readings.value(Field::Visibility) {
        Some(Value::Visibility(visibility)) => Some(*visibility),
        _ => None,
    };
    let record = offering.iter().copied().min_by_key(|record| {
        (std::cmp::Reverse(grade(record)), policy.rank_of(Field::Visibility, record, None), record.id)
    })?;
    let differs = offering.iter().any(|other| grade(other) != grade(record));
    Some(Best { record, note: differs.then_some("the most restrictive visibility wins, whoever leads") })
}
