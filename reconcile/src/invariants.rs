//! What every plan must hold. A violation is a defect of the engine, never of the data: the plan is not applied.

use std::collections::{HashMap, HashSet};

use domain::{Activity, ActivityId, Origin, Rule, SourceRecord, Status};

use crate::Plan;

/// Why a plan may not be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(String);

/// Tests the activities that a plan writes against the records it was made from.
///
/// # Errors
/// The first [`Violation`] found.
pub fn check(plan: &Plan, records: &[SourceRecord]) -> Result<(), Violation> {
    let known: HashMap<_, _> = records.iter().map(|record| (record.id, record)).collect();
    let mut held = HashSet::new();
    let mut ids: HashSet<ActivityId> = HashSet::new();
    for activity in plan.create.iter().chain(plan.update.iter().map(|(_, after)| after)) {
        let refuse = |what: &str| Err(Violation(format!("{}: {what}", activity.id)));
        if !ids.insert(activity.id) {
            return refuse("is written twice");
        }
        let mut founds = false;
        for member in &activity.members {
            let Some(record) = known.get(member) else { return refuse("holds a record that was not given") };
            if !held.insert(*member) {
                return refuse("holds a record that another activity holds");
            }
            if record.athlete != activity.athlete {
                return refuse("holds another athlete's record");
            }
            founds |= ActivityId::founded_by(*member) == activity.id;
        }
        if !founds {
            return refuse("has an id that none of its records founds");
        }
        check_fields(activity, &known)?;
    }
    match plan.retire.iter().find(|id| ids.contains(id)) {
        Some(id) => Err(Violation(format!("{id}: is written and retired"))),
        None => Ok(()),
    }
}

fn check_fields(activity: &Activity, known: &HashMap<domain::RecordId, &SourceRecord>) -> Result<(), Violation> {
    let mut by_group = HashMap::new();
    for (field, resolved) in &activity.fields {
        let refuse = |what: &str| Err(Violation(format!("{} {}: {what}", activity.id, field.name())));
        match &resolved.provenance.origin {
            Origin::Record { record, at } => {
                let Some(source) = known.get(record).filter(|_| activity.members.contains(record)) else {
                    return refuse("comes from a record that is no member");
                };
                if !source.is_live() && activity.status != Status::Withdrawn {
                    return refuse("comes from a withdrawn record");
                }
                if !source.artifacts.contains_key(&at.artifact) {
                    return refuse("comes from an artifact that its record does not have");
                }
                let group = field.group();
                if group.is_coherent() && *by_group.entry(group).or_insert(*record) != *record {
                    return refuse("comes from another record than its group");
                }
            }
            Origin::Ruling(_) if resolved.provenance.rule != Rule::PinnedValue => {
                return refuse("comes from a person without a pin");
            }
            Origin::Derivation if resolved.provenance.rule != Rule::Derived => {
                return refuse("is derived without saying so");
            }
            Origin::Ruling(_) | Origin::Derivation => {}
        }
    }
    Ok(())
}
