//! Pinned fields: a person's word on where a value comes from.

use std::collections::{BTreeMap, HashMap};

use domain::{ActivityId, Decision, Field, Ruling, SourceRecord};

/// Pins by the id of the activity that they were set on. Any id that the activity was ever shown under counts: each is
/// the founding id of one of its members.
pub(crate) struct Pins<'a> {
    by_activity: HashMap<ActivityId, Vec<(Field, &'a Ruling)>>,
}

impl<'a> Pins<'a> {
    pub(crate) fn of(rulings: &'a [Ruling]) -> Self {
        let mut by_activity: HashMap<ActivityId, Vec<(Field, &'a Ruling)>> = HashMap::new();
        for ruling in rulings {
            if let Decision::Pin { activity, field, .. } = &ruling.decision {
                by_activity.entry(*activity).or_default().push((*field, ruling));
            }
        }
        Self { by_activity }
    }

    /// The pins on an activity of these records; the latest where a field has two.
    pub(crate) fn on(&self, members: &[&SourceRecord]) -> BTreeMap<Field, &'a Ruling> {
        let mut pins: BTreeMap<Field, &'a Ruling> = BTreeMap::new();
        if self.by_activity.is_empty() {
            return pins;
        }
        for record in members {
            for (field, ruling) in self.by_activity.get(&ActivityId::founded_by(record.id)).into_iter().flatten() {
                let later = pins.get(field).is_none_or(|known| (known.at, known.id) < (ruling.at, ruling.id));
                if later {
                    pins.insert(*field, ruling);
                }
            }
        }
        pins
    }
}
