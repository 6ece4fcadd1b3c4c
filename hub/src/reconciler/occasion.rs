//! Why records are looked at again, and on whose word.

use std::collections::HashSet;

use domain::{Activity, RecordId, Status};
use reconcile::Policy;

use crate::decision::Deed;
use crate::history::{Cause, ENGINE};

/// Why records are looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Records came or changed.
    Records,
    /// Time passed.
    Window,
    /// Somebody asked.
    Forced,
    /// The policy is another one.
    Policy,
}

/// Why records are looked at again, by which policy, on whose word, and whether to write.
#[derive(Clone, Copy)]
pub(crate) struct Occasion<'a> {
    pub(crate) why: Why,
    pub(crate) policy: &'a Policy,
    pub(crate) write: bool,
    pub(crate) actor: &'a str,
    pub(crate) reason: Option<&'a str>,
    /// What a person decided, to be kept together with what follows from it.
    pub(crate) deed: Option<&'a Deed>,
}

impl<'a> Occasion<'a> {
    /// The hub's own occasion to write.
    pub(crate) const fn own(why: Why, policy: &'a Policy) -> Self {
        Self { why, policy, write: true, actor: ENGINE, reason: None, deed: None }
    }

    /// Whether an activity of these records is what the person decided about.
    fn decides(&self, members: &[RecordId]) -> Option<&'a Deed> {
        self.deed.filter(|deed| members.iter().any(|member| deed.concerns.contains(member)))
    }

    /// Why an activity of these records begins to stand.
    pub(crate) fn cause_of_new(&self, after: &Activity) -> (Cause, Option<&'a Deed>) {
        match (self.decides(&after.members), self.why) {
            (Some(deed), _) => (deed.cause, Some(deed)),
            (None, Why::Forced) => (Cause::Forced, None),
            (None, Why::Policy) => (Cause::PolicyChanged, None),
            (None, Why::Records | Why::Window) => (Cause::Ingested, None),
        }
    }

    /// Why an activity changes.
    pub(crate) fn cause_of_change(&self, before: &Activity, after: &Activity) -> (Cause, Option<&'a Deed>) {
        let concerned = self.decides(&after.members).or_else(|| self.decides(&before.members));
        match (concerned, self.why) {
            (Some(deed), _) => (deed.cause, Some(deed)),
            (None, Why::Forced) => (Cause::Forced, None),
            (None, Why::Policy) => (Cause::PolicyChanged, None),
            (None, Why::Records | Why::Window) => (by_difference(before, after, self.why), None),
        }
    }

    /// Why an activity stands no longer.
    pub(crate) fn cause_of_end(&self, before: &Activity, is_merged: bool) -> (Cause, Option<&'a Deed>) {
        match (self.decides(&before.members), self.why) {
            (Some(deed), _) => (deed.cause, Some(deed)),
            (None, Why::Forced) => (Cause::Forced, None),
            (None, Why::Policy) => (Cause::PolicyChanged, None),
            (None, Why::Records | Why::Window) if is_merged => (Cause::Matched, None),
            (None, Why::Records | Why::Window) => (Cause::Withdrawn, None),
        }
    }
}

/// What happened to the records of an activity, by how it stood and stands.
fn by_difference(before: &Activity, after: &Activity, why: Why) -> Cause {
    let (spoke, speaks) = (speakers(before), speakers(after));
    let was = |record: &RecordId| before.members.contains(record);
    if after.members.iter().any(|member| !was(member)) {
        return Cause::Matched;
    }
    let (was_gone, is_gone) = (before.status == Status::Withdrawn, after.status == Status::Withdrawn);
    if is_gone != was_gone {
        return if is_gone { Cause::Withdrawn } else { Cause::Returned };
    }
    if before.members == after.members && !is_gone {
        if speaks.iter().any(|record| !spoke.contains(record)) {
            return Cause::Returned;
        }
        if spoke.iter().any(|record| !speaks.contains(record)) {
            return Cause::Withdrawn;
        }
    }
    let settled = before.status == Status::Pending && after.status == Status::SingleSource;
    if settled && (why == Why::Window || before.fields == after.fields) { Cause::WindowClosed } else { Cause::Updated }
}

/// The records that say anything of an activity: those of withdrawn ones are silent.
fn speakers(activity: &Activity) -> HashSet<RecordId> {
    let mut speakers = HashSet::with_capacity(activity.members.len());
    for resolved in activity.fields.values() {
        if let domain::Origin::Record { record, .. } = &resolved.provenance.origin {
            speakers.insert(*record);
        }
        speakers.extend(resolved.alternatives.iter().map(|alternative| alternative.record));
    }
    speakers
}
