//! From pairs to activities.
//!
//! Records that share an identity key are one unit to begin with. Units of two recorders are assigned one to one by
//! the best total; files, which are no recorder's, join the cluster that fits best. A merge needs every pair across it
//! to be plausible. What is then cut away by the policy's threshold was decided without it: raising the threshold can
//! only undo merges, never make one.

mod assignment;
mod candidates;
mod edges;
mod units;

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{Decision, RecordId, SourceRecord};

use crate::evidence::judge_features;
use crate::features::Features;
use crate::survivorship::{self, Cluster};
use crate::{DecidedBy, Evidence, EvidenceKind, Input, Judgement, Outcome, Policy, Verdict};

use edges::Edges;

/// People's decisions on pairs, by place in the features.
#[derive(Debug, Default)]
pub(crate) struct Bonds {
    same: Vec<(usize, usize)>,
    different: HashSet<(usize, usize)>,
}

impl Bonds {
    fn of(input: &Input<'_>, place: &HashMap<RecordId, usize>) -> Self {
        let mut bonds = Self::default();
        for ruling in input.rulings {
            let pair = |a: &RecordId, b: &RecordId| {
                let (a, b) = (*place.get(a)?, *place.get(b)?);
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

    fn forbids(&self, a: usize, b: usize) -> bool {
        self.different.contains(&(a.min(b), a.max(b)))
    }
}

/// See [`crate::reconcile`].
pub(crate) fn reconcile(input: &Input<'_>, policy: &Policy) -> Outcome {
    // By id, so that nothing below depends on the order in which records came.
    let mut records: Vec<&SourceRecord> = input.records.iter().collect();
    records.sort_unstable_by_key(|record| record.id);
    records.dedup_by_key(|record| record.id);
    let mut compared = Vec::with_capacity(records.len());
    let features: Vec<Features<'_>> = records
        .iter()
        .filter_map(|record| {
            let features = Features::of(record)?;
            compared.push(*record);
            Some(features)
        })
        .collect();
    let place: HashMap<RecordId, usize> = features.iter().enumerate().map(|(index, one)| (one.id, index)).collect();
    let bonds = Bonds::of(input, &place);
    let edges = Edges::find(&features, policy);
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    let mut candidates: Vec<(usize, usize)> = Vec::new();
    for component in edges.components(&features, &bonds.same) {
        let found = units::clusters(&component, &features, &edges, &bonds, policy);
        candidates.extend(candidates::between(&found, &features, &edges, &bonds));
        clusters.extend(found);
    }
    assemble(input, policy, &compared, &features, &bonds, clusters, &candidates)
}

fn assemble(
    input: &Input<'_>,
    policy: &Policy,
    records: &[&SourceRecord],
    features: &[Features<'_>],
    bonds: &Bonds,
    clusters: Vec<Vec<usize>>,
    candidates: &[(usize, usize)],
) -> Outcome {
    let mut outcome = Outcome::default();
    let waits: HashSet<usize> = candidates.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let mut parents: HashMap<(&str, &str), domain::ActivityId> = HashMap::new();
    let mut built: Vec<Cluster<'_>> = Vec::with_capacity(clusters.len());
    for mut members in clusters {
        members.sort_unstable();
        let of = members.iter().filter_map(|index| records.get(*index).copied()).collect();
        let Some(cluster) = Cluster::new(of, members.iter().any(|index| waits.contains(index))) else { continue };
        for one in members.iter().filter_map(|index| features.get(*index)).filter(|one| one.is_parent()) {
            parents.insert((one.source.as_str(), one.external_id.as_str()), cluster.id());
        }
        outcome.matches.extend(pairs_within(&members, features, bonds, policy));
        built.push(cluster);
    }
    let pins = survivorship::Pins::of(input.rulings);
    outcome.activities = built
        .iter()
        .map(|cluster| survivorship::activity(cluster, cluster.parent(&parents), &pins, input.as_of, policy))
        .collect();
    outcome.activities.sort_unstable_by_key(|activity| activity.id);
    outcome.matches.sort_unstable_by_key(|judgement| (judgement.a, judgement.b));
    outcome.candidates = candidates
        .iter()
        .filter_map(|(a, b)| {
            let (a, b) = (features.get(*a)?, features.get(*b)?);
            // A pair that would match by itself waits where another fits as well.
            Some(Judgement { verdict: Verdict::Candidate, ..judge_features(a, b, policy) })
        })
        .collect();
    outcome.candidates.sort_unstable_by_key(|judgement| (judgement.a, judgement.b));
    outcome
}

fn pairs_within(members: &[usize], features: &[Features<'_>], bonds: &Bonds, policy: &Policy) -> Vec<Judgement> {
    let mut judgements = Vec::new();
    for (place, &one) in members.iter().enumerate() {
        for &other in members.iter().skip(place + 1) {
            let (Some(a), Some(b)) = (features.get(one), features.get(other)) else { continue };
            let mut judgement = judge_features(a, b, policy);
            if bonds.same.binary_search(&(one.min(other), one.max(other))).is_ok() {
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
    let edges = Edges::find(&features, policy);
    let touched: HashSet<usize> = touched.iter().copied().collect();
    let mut inside: BTreeMap<usize, ()> = touched.iter().map(|index| (*index, ())).collect();
    for component in edges.components(&features, &[]) {
        let original: Vec<usize> = component.iter().filter_map(|index| indices.get(*index).copied()).collect();
        if original.iter().any(|index| touched.contains(index)) {
            inside.extend(original.into_iter().map(|index| (index, ())));
        }
    }
    inside.into_keys().collect()
}
