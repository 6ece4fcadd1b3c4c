//! Whether rulings contradict each other. Bound records are one, through whatever chain: two that are bound cannot be
//! different.

use std::collections::HashMap;

use domain::{Decision, RecordId, Ruling};

use crate::HubError;

/// Records in the groups that "same" binds.
#[derive(Default)]
struct Groups {
    above: HashMap<RecordId, RecordId>,
}

impl Groups {
    fn of(rulings: &[Ruling]) -> Self {
        let mut groups = Self::default();
        for ruling in rulings {
            if let Decision::Same(a, b) = &ruling.decision {
                let (a, b) = (groups.root(*a), groups.root(*b));
                if a != b {
                    groups.above.insert(a.max(b), a.min(b));
                }
            }
        }
        groups
    }

    fn root(&self, mut record: RecordId) -> RecordId {
        while let Some(above) = self.above.get(&record) {
            record = *above;
        }
        record
    }
}

/// Refuses rulings of which some contradict others. `new` are those that a person is about to add: the sentence names
/// one that stood before.
pub(super) fn check(rulings: &[Ruling], new: &[Ruling]) -> Result<(), HubError> {
    let groups = Groups::of(rulings);
    let is_new = |ruling: &Ruling| new.iter().any(|one| one.id == ruling.id);
    for different in rulings {
        let Decision::Different(a, b) = &different.decision else { continue };
        let root = groups.root(*a);
        if root != groups.root(*b) {
            continue;
        }
        if !is_new(different) {
            return Err(refused(different, "that these are different"));
        }
        let earlier = rulings
            .iter()
            .filter(|ruling| !is_new(ruling))
            .find(|ruling| matches!(&ruling.decision, Decision::Same(x, _) if groups.root(*x) == root));
        return Err(match earlier {
            Some(same) => refused(same, "that these are the same"),
            None => HubError::Invalid("that says of two records both that they are the same and different".to_owned()),
        });
    }
    Ok(())
}

/// A sentence that says what to undo first.
pub(super) fn refused(earlier: &Ruling, what: &str) -> HubError {
    let day = earlier.at.format("%Y-%m-%d");
    HubError::Conflict(format!("{} decided {what} ({day}): undo that first", earlier.actor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{AthleteId, RulingId};
    use uuid::Uuid;

    fn record(number: u128) -> RecordId {
        RecordId::from_uuid(Uuid::from_u128(number))
    }

    fn ruling(number: u128, decision: Decision) -> Ruling {
        Ruling {
            id: RulingId::from_uuid(Uuid::from_u128(number)),
            athlete: AthleteId::from_uuid(Uuid::nil()),
            decision,
            actor: "ada".to_owned(),
            reason: "because".to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn chains_contradict_whichever_end_is_said_last() {
        let same = |number, a, b| ruling(number, Decision::Same(record(a), record(b)));
        let different = |number, a, b| ruling(number, Decision::Different(record(a), record(b)));
        let all = [same(1, 1, 2), same(2, 3, 2), different(3, 3, 1)];
        for last in 0..3 {
            let error = check(&all, &all[last..=last]).unwrap_err();
            assert!(matches!(&error, HubError::Conflict(text) if text.contains("undo that first")), "{error}");
        }
        assert!(check(&[same(1, 1, 2), different(2, 2, 3), different(3, 1, 3)], &[]).is_ok());
        assert!(matches!(check(&all, &all), Err(HubError::Invalid(_))));
    }
}
