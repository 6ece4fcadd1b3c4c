//! From pairs to activities.
//!
//! Records that share an identity key are one unit to begin with. Units of two recorders are assigned one to one by
//! the best total; files, which are no recorder's, join the cluster that fits best. A merge needs every pair across it
//! to be plausible. What is then cut away by the policy's threshold was decided without it: raising the threshold can
//! only undo merges, never make one.

mod assignment;
mod candidates;
mod clocks;
mod edges;
mod seconds;
mod sets;
mod units;

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::{Decision, RecordId, SourceRecord, SourceSlug};

use crate::evidence::{judge_scored, score};
use crate::features::Features;
use crate::survivorship::{self, Cluster};
use crate::{DecidedBy, Evidence, EvidenceKind, Input, Judgement, Outcome, Policy, Verdict};

use edges::{Component, Edges};

/// In an activity of more records than this, not every pair is told: it would be their number squared.
const ALL_PAIRS: usize = 24;

/// What all components look up.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    /// By record id.
    features: &'a [Features<'a>],
    /// Each record's source, by its place in the policy's order.
    sources: Vec<usize>,
    bonds: Bonds,
}

/// People's decisions on pairs, by place in the features.
#[derive(Debug, Default)]
struct Bonds {
    same: Vec<(usize, usize)>,
    different: HashSet<(usize, usize)>,
}

impl Bonds {
    fn of(input: &Input<'_>, features: &[Features<'_>]) -> Self {
        let mut bonds = Self::default();
        let place = |id: &RecordId| features.binary_search_by_key(id, |one| one.id).ok();
        for ruling in input.rulings {
            let pair = |a: &RecordId, b: &RecordId| {
                let (a, b) = (place(a)?, place(b)?);
                Some((a.min(b), a.max(b)))
            };
            match &ruling.decision {
                Decision::Same(a, b) => bonds.same.extend(pair(a, b)),
                Decision::Different(a, b) => bonds.different.extend(pair(a, b)),
                Decision::Pin { .. } => {}
            }
        }
        bonds.same.sort_unstable();
        bonds.same.dedup();
        bonds
    }

    fn parts_nobody(&self) -> bool {
        self.different.is_empty()
    }

    /// Whether a person parted these members of a component.
    fn forbids(&self, component: &Component, a: usize, b: usize) -> bool {
        let of = |place: usize| component.members.get(place).copied();
        !self.parts_nobody() && of(a).zip(of(b)).is_some_and(|(a, b)| self.different.contains(&(a.min(b), a.max(b))))
    }
}

/// Each record's source as a number: its place in the policy's order.
fn sources(features: &[Features<'_>], policy: &Policy) -> Vec<usize> {
    let named: BTreeSet<&SourceSlug> = features.iter().map(|one| one.source).collect();
    let mut order: Vec<&SourceSlug> = named.into_iter().collect();
    order.sort_by_key(|source| policy.rank(source));
    features.iter().map(|one| order.iter().position(|source| *source == one.source).unwrap_or_default()).collect()
}

/// See [`crate::reconcile`].
pub(crate) fn reconcile(input: &Input<'_>, policy: &Policy) -> Outcome {
    // By id, so that nothing below depends on the order in which records came.
    let mut records: Vec<&SourceRecord> = input.records.iter().collect();
    records.sort_unstable_by_key(|record| record.id);
    records.dedup_by_key(|record| record.id);
    let mut features: Vec<Features<'_>> = Vec::with_capacity(records.len());
    records.retain(|record| match Features::of(record) {
        Some(one) => {
            features.push(one);
            true
        }
        None => false,
    });
    let bonds = Bonds::of(input, &features);
    let edges = Edges::find(&features, policy);
    let known = Known { features: &features, sources: sources(&features, policy), bonds };
    let mut outcome = Outcome::default();
    let mut built: Vec<Cluster<'_>> = Vec::new();
    let mut wholes: HashMap<(&str, &str), domain::ActivityId> = HashMap::new();
    for component in edges.components(features.len(), &known.bonds.same) {
        let clusters = units::clusters(&component, &known, policy);
        let candidates = candidates::between(&clusters, &component, &known, policy);
        let mut waits = vec![false; component.members.len()];
        for place in candidates.iter().flat_map(|(a, b)| [*a, *b]) {
            if let Some(slot) = waits.get_mut(place) {
                *slot = true;
            }
        }
        for members in clusters {
            let global = || members.iter().filter_map(|place| component.members.get(*place).copied());
            let waiting = members.iter().any(|place| waits.get(*place).copied().unwrap_or_default());
            let of = global().filter_map(|place| records.get(place).copied()).collect();
            let seconds = seconds::seconds(&members, &component, &known);
            let Some(cluster) = Cluster::new(of, seconds, waiting) else { continue };
            for one in global().filter_map(|place| features.get(place)).filter(|one| one.is_parent()) {
                wholes.insert((one.source.as_str(), one.external_id.as_str()), cluster.id());
            }
            outcome.matches.extend(pairs_within(&members, &component, &known, policy));
            built.push(cluster);
        }
        outcome.candidates.extend(candidates.into_iter().filter_map(|(a, b)| {
            // A pair that would match by itself waits where another fits as well.
            Some(Judgement { verdict: Verdict::Candidate, ..judged(&component, &known, a, b, policy)? })
        }));
    }
    let pins = survivorship::Pins::of(input.rulings);
    outcome.activities = built
        .iter()
        .map(|cluster| survivorship::activity(cluster, cluster.parent(&wholes), &pins, input.as_of, policy))
        .collect();
    outcome.activities.sort_unstable_by_key(|activity| activity.id);
    outcome.matches.sort_unstable_by_key(|judgement| (judgement.a, judgement.b));
    outcome.candidates.sort_unstable_by_key(|judgement| (judgement.a, judgement.b));
    outcome
}

/// How two members of a component are judged there.
fn judged(component: &Component, known: &Known<'_>, a: usize, b: usize, policy: &Policy) -> Option<Judgement> {
    let of = |place: usize| known.features.get(*component.members.get(place)?);
    let (x, y) = (of(a)?, of(b)?);
    let found = component.get(a, b).copied().unwrap_or_else(|| score(x, y).under(policy));
    Some(judge_scored(x, y, &found, policy))
}

/// The pairs of one activity: all of them, or where they are many each record's with the first and with the next.
fn pairs_within(members: &[usize], component: &Component, known: &Known<'_>, policy: &Policy) -> Vec<Judgement> {
    let mut judgements = Vec::new();
    for (place, &one) in members.iter().enumerate() {
        let others = members.iter().enumerate().skip(place + 1);
        let told = others.filter(|(at, _)| members.len() <= ALL_PAIRS || place == 0 || *at == place + 1);
        for (_, &other) in told {
            let Some(mut judgement) = judged(component, known, one, other, policy) else { continue };
            if component.same.binary_search(&(one.min(other), one.max(other))).is_ok() {
                judgement.decided_by = DecidedBy::Manual;
                judgement.verdict = Verdict::Match;
                judgement.evidence.push(Evidence {
                    kind: EvidenceKind::Manual,
                    a: None,
                    b: None,
                    weight_millibits: 99_000,
                });
            }
            judgements.push(judgement);
        }
    }
    judgements
}

/// See [`crate::neighbourhood`].
pub(crate) fn neighbourhood(records: &[SourceRecord], touched: &[usize], policy: &Policy) -> Vec<usize> {
    let mut indices = Vec::with_capacity(records.len());
    let features: Vec<Features<'_>> = records
        .iter()
        .enumerate()
        .filter_map(|(index, record)| {
            let features = Features::of(record)?;
            indices.push(index);
            Some(features)
        })
        .collect();
    let wanted: HashSet<usize> = touched.iter().copied().collect();
    let mut inside: BTreeSet<usize> = touched.iter().copied().collect();
    for component in Edges::find(&features, policy).components(features.len(), &[]) {
        let original: Vec<usize> = component.members.iter().filter_map(|index| indices.get(*index).copied()).collect();
        if original.iter().any(|index| wanted.contains(index)) {
            inside.extend(original);
        }
    }
    inside.into_iter().collect()
}
