//! What is said of two records is said of the activities that hold them.

use domain::{ActivityId, AthleteId, Decision, RecordId};

use crate::store::record;
use crate::{Hub, HubError};

impl Hub {
    /// What makes two records one: the pair itself, first, and to each the others of its activity. Without these, a
    /// record that fits one of the two and not the other would be left behind.
    pub(super) async fn binding(
        &self,
        athlete: AthleteId,
        a: RecordId,
        b: RecordId,
    ) -> Result<Vec<Decision>, HubError> {
        let rows = record::by_id(&self.database.write, &[a, b]).await?;
        let holder = |id: RecordId| rows.iter().find(|row| row.id == id.uuid()).and_then(|row| row.activity_id);
        let mut decisions = vec![Decision::Same(a, b)];
        if holder(a) == holder(b) {
            return Ok(decisions);
        }
        for anchor in [a, b] {
            let Some(activity) = holder(anchor) else { continue };
            let members = self.members_of(athlete, ActivityId::from_uuid(activity)).await?;
            let others = members.into_iter().map(|(record, _)| record).filter(|record| *record != anchor);
            decisions.extend(others.map(|other| Decision::Same(anchor, other)));
        }
        Ok(decisions)
    }
}
