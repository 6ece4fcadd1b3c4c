//! Which value lives on, field by field and coherent group by coherent group.
//!
//! A person's pin first, then quality, then the policy's order. Nothing is averaged, and no activity mixes one record's
//! distance with another's time.

mod agreement;
mod choose;
mod crop;
mod pins;
mod status;

pub(crate) use crop::CROPPED;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    Activity, ActivityId, Agreement, Alternative, AthleteId, Field, Founding, Multisport, Origin, Provenance, RecordId,
    Resolved, Rule, SourceRecord, Value,
};

use crate::Policy;

pub(crate) use agreement::agreement;
pub(crate) use pins::Pins;

use choose::Choice;

/// The records of one activity.
#[derive(Debug)]
pub(crate) struct Cluster<'a> {
    /// By id.
    members: Vec<&'a SourceRecord>,
    /// Those that contribute second: their source leads with another one. By id.
    seconds: Vec<RecordId>,
    waits: bool,
    id: ActivityId,
    athlete: AthleteId,
}

impl<'a> Cluster<'a> {
    pub(crate) fn new(mut members: Vec<&'a SourceRecord>, seconds: Vec<RecordId>, waits: bool) -> Option<Self> {
        members.sort_unstable_by_key(|record| record.id);
        let id = members
            .iter()
            .map(|record| Founding { first_seen_at: record.first_seen_at, record: record.id })
            .min()
            .map(|founding| ActivityId::founded_by(founding.record))?;
        let athlete = members.first()?.athlete;
        Some(Self { members, seconds, waits, id, athlete })
    }

    /// The id that its founder gave it: the record first seen, then the smaller id.
    pub(crate) const fn id(&self) -> ActivityId {
        self.id
    }

    /// The activity of the whole, where this one is a leg of another.
    pub(crate) fn parent(&self, wholes: &HashMap<(&str, &str), ActivityId>) -> Option<ActivityId> {
        self.members
            .iter()
            .filter_map(|record| match &record.multisport {
                Some(Multisport::Leg { parent }) => wholes.get(&(record.source.as_str(), parent.as_str())).copied(),
                _ => None,
            })
            .find(|parent| *parent != self.id)
    }
}

/// The canonical activity of a cluster.
pub(crate) fn activity(
    cluster: &Cluster<'_>,
    parent: Option<ActivityId>,
    pins: &Pins<'_>,
    as_of: DateTime<Utc>,
    policy: &Policy,
) -> Activity {
    let live: Vec<&SourceRecord> = cluster
        .members
        .iter()
        .copied()
        .filter(|record| record.is_live() && !policy.excludes(&record.source, record.channel))
        .collect();
    // Kept for audit with what its records last said.
    let speakers = if live.is_empty() { cluster.members.clone() } else { live.clone() };
    let fields = resolve(&speakers, &cluster.seconds, &pins.on(&cluster.members), policy);
    let conflicted = fields.values().any(|resolved| resolved.provenance.agreement == Agreement::Conflicts);
    let (status, window_closes_at) = status::of(&live, cluster.waits, conflicted, as_of, policy);
    Activity {
        id: cluster.id,
        athlete: cluster.athlete,
        status,
        window_closes_at,
        members: cluster.members.iter().map(|record| record.id).collect(),
        parent,
        fields,
    }
}

fn resolve(
    speakers: &[&SourceRecord],
    seconds: &[RecordId],
    pins: &BTreeMap<Field, &domain::Ruling>,
    policy: &Policy,
) -> BTreeMap<Field, Resolved> {
    let mut fields = BTreeMap::new();
    let by = choose::By { seconds, pins, policy };
    for choice in choose::all(speakers, by) {
        if let Some(resolved) = tell(&choice, speakers, policy) {
            fields.insert(choice.field, resolved);
        }
    }
    for (field, ruling) in pins {
        if let domain::Decision::Pin { to: domain::PinTo::Value(value), .. } = &ruling.decision {
            let alternatives = alternatives(*field, None, speakers);
            let agreement = agreement(*field, value, &alternatives, policy);
            let provenance = Provenance {
                origin: Origin::Ruling(ruling.id),
                rule: Rule::PinnedValue,
                note: None,
                agreement,
                pin: Some(ruling.id),
            };
            fields.insert(*field, Resolved { value: value.clone(), provenance, alternatives });
        }
    }
    derive_speed(&mut fields, pins);
    fields
}

/// A field's winner with its provenance and the losers.
fn tell(choice: &Choice<'_>, speakers: &[&SourceRecord], policy: &Policy) -> Option<Resolved> {
    let reading = choice.record.readings.get(choice.field)?;
    let alternatives = alternatives(choice.field, Some(choice.record), speakers);
    let rule = if choice.pin.is_some() {
        Rule::PinnedSource
    } else if choice.with_group {
        Rule::CoherentGroup
    } else if alternatives.is_empty() && !choice.contested {
        Rule::OnlySource
    } else {
        Rule::Precedence
    };
    Some(Resolved {
        value: reading.value.clone(),
        provenance: Provenance {
            origin: Origin::Record { record: choice.record.id, at: reading.at.clone() },
            rule,
            note: choice.note.clone(),
            agreement: agreement(choice.field, &reading.value, &alternatives, policy),
            pin: choice.pin,
        },
        alternatives,
    })
}

fn alternatives(field: Field, winner: Option<&SourceRecord>, speakers: &[&SourceRecord]) -> Vec<Alternative> {
    speakers
        .iter()
        .filter(|record| winner.is_none_or(|winner| winner.id != record.id))
        .filter_map(|record| {
            let value = record.readings.value(field)?.clone();
            Some(Alternative { record: record.id, value })
        })
        .collect()
}

/// A distance or a time that a person gave makes the recorded average speed wrong: it is computed again and says so.
fn derive_speed(fields: &mut BTreeMap<Field, Resolved>, pins: &BTreeMap<Field, &domain::Ruling>) {
    let by_hand = [Field::DistanceM, Field::MovingTimeS, Field::ElapsedTimeS]
        .iter()
        .any(|field| matches!(fields.get(field), Some(resolved) if resolved.provenance.rule == Rule::PinnedValue));
    if !by_hand || pins.contains_key(&Field::AverageSpeedMps) {
        return;
    }
    let number = |field| fields.get(&field).and_then(|resolved| resolved.value.number());
    let Some(distance) = number(Field::DistanceM) else { return };
    let Some(time) = number(Field::MovingTimeS).or_else(|| number(Field::ElapsedTimeS)) else { return };
    if time.thousandths() <= 0 {
        return;
    }
    let Some(speed) = domain::Milli::from_f64(distance.as_f64() / time.as_f64()) else { return };
    let alternatives = fields.get(&Field::AverageSpeedMps).map(|resolved| resolved.alternatives.clone());
    fields.insert(
        Field::AverageSpeedMps,
        Resolved {
            value: Value::Number(speed),
            provenance: Provenance {
                origin: Origin::Derivation,
                rule: Rule::Derived,
                note: None,
                agreement: Agreement::Uncontested,
                pin: None,
            },
            alternatives: alternatives.unwrap_or_default(),
        },
    );
}
