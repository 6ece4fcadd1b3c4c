//! What a policy would change, computed by the code that would change it, without changing anything.

use std::collections::BTreeMap;

use domain::{ActivityId, Field};
use reconcile::Policy;

use crate::reconciler::{Occasion, Sweep, Why, changes};
use crate::{Athletes, FieldChange, Hub, HubError};

/// What a policy would change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyPreview {
    /// Activities that stand and were looked at.
    pub activities_examined: u64,
    /// Those that would stand otherwise, or no longer, and those that would be new.
    pub activities_changed: u64,
    /// Activities that would be merged away.
    pub merges: u64,
    /// Activities that would come out of others.
    pub splits: u64,
    /// In how many activities each field would have another value or another source.
    pub field_changes: BTreeMap<Field, u64>,
    /// Some of the activities whose fields would change.
    pub examples: Vec<PreviewExample>,
}

/// An activity whose fields would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewExample {
    /// Which activity.
    pub activity: ActivityId,
    /// What would change.
    pub changes: Vec<FieldChange>,
}

impl Hub {
    /// What a policy would change in these athletes' activities, with at most that many examples. Writes nothing; memory
    /// follows the largest neighbourhood.
    ///
    /// # Errors
    /// As [`Hub::reconcile`].
    pub async fn policy_preview(
        &self,
        policy: &Policy,
        athletes: &Athletes,
        examples: usize,
    ) -> Result<PolicyPreview, HubError> {
        let occasion = Occasion { write: false, ..Occasion::own(Why::Policy, policy) };
        let mut preview = PolicyPreview::default();
        let mut sweep = Sweep::over(athletes.clone(), None);
        while let Some((settled, _)) = self.step(&mut sweep, &occasion).await? {
            let plan = &settled.plan;
            let changed = (plan.create.len() + plan.update.len() + plan.retire.len()) as u64;
            preview.activities_examined += (plan.unchanged + plan.update.len() + plan.retire.len()) as u64;
            preview.activities_changed += changed;
            preview.merges += plan.retire.len() as u64;
            preview.splits += settled.splits;
            for (before, after) in &plan.update {
                let changes = changes(&before.fields, &after.fields, &settled.sources);
                for change in &changes {
                    *preview.field_changes.entry(change.field).or_default() += 1;
                }
                if !changes.is_empty() && preview.examples.len() < examples {
                    preview.examples.push(PreviewExample { activity: after.id, changes });
                }
            }
        }
        Ok(preview)
    }
}
