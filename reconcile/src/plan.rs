//! What to write so that what stands becomes what was judged.

use std::collections::BTreeMap;

use domain::{Activity, ActivityId};

use crate::{Judgement, Outcome};

/// The difference between what stands and what was judged. It leaves no choice to whoever applies it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Activities that stand nowhere yet.
    pub create: Vec<Activity>,
    /// Activities that stand otherwise: as they stand, as they should.
    pub update: Vec<(Activity, Activity)>,
    /// Activities whose records all went to others. Their ids go on answering.
    pub retire: Vec<ActivityId>,
    /// How many stand as they should.
    pub unchanged: usize,
    /// The pairs of records that stand in one of these activities, as [`Outcome`](crate::Outcome) has them.
    pub matches: Vec<Judgement>,
    /// Every pair of these records that waits for a person.
    pub candidates: Vec<Judgement>,
}

impl Plan {
    /// Whether no activity changes.
    pub const fn is_empty(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.retire.is_empty()
    }
}

/// Compares what was judged with the activities that stand on the same records.
pub fn plan(outcome: Outcome, current: Vec<Activity>) -> Plan {
    let mut standing: BTreeMap<ActivityId, Activity> =
        current.into_iter().map(|activity| (activity.id, activity)).collect();
    let mut plan = Plan { matches: outcome.matches, candidates: outcome.candidates, ..Plan::default() };
    for after in outcome.activities {
        match standing.remove(&after.id) {
            None => plan.create.push(after),
            Some(before) if before == after => plan.unchanged += 1,
            Some(before) => plan.update.push((before, after)),
        }
    }
    plan.retire.extend(standing.into_keys());
    plan
}
