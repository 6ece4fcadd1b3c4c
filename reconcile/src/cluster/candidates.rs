//! What is too likely to ignore and not sure enough to merge.

use std::collections::{BTreeMap, HashMap};

use domain::SourceSlug;

use super::Bonds;
use super::edges::Edges;
use crate::evidence::Score;
use crate::features::Features;

/// The pairs of a component that wait for a person: the best one between any two clusters, unless both clusters have
/// a better partner of the other's source, which explains everything.
pub(super) fn between(
    clusters: &[Vec<usize>],
    features: &[Features<'_>],
    edges: &Edges,
    bonds: &Bonds,
) -> Vec<(usize, usize)> {
    if clusters.len() < 2 {
        return Vec::new();
    }
    let cluster_of: HashMap<usize, usize> = clusters
        .iter()
        .enumerate()
        .flat_map(|(index, members)| members.iter().map(move |place| (*place, index)))
        .collect();
    let has = |cluster: usize, source: &SourceSlug| {
        source.is_recorder()
            && clusters.get(cluster).is_some_and(|members| {
                members.iter().filter_map(|place| features.get(*place)).any(|one| one.live && one.source == source)
            })
    };
    // What resembles a leg and is one with its whole needs no look.
    let whole_beside = |legs: usize, wholes: usize| {
        let of = |cluster: usize| clusters.get(cluster).into_iter().flatten().filter_map(|place| features.get(*place));
        of(legs).any(|leg| of(wholes).any(|whole| leg.is_leg_of(whole)))
    };
    let mut all: Vec<usize> = clusters.iter().flatten().copied().collect();
    all.sort_unstable();
    let mut best: BTreeMap<(usize, usize), (usize, usize, Score)> = BTreeMap::new();
    for (a, b, found) in edges.among(&all) {
        let (Some(&left), Some(&right)) = (cluster_of.get(&a), cluster_of.get(&b)) else { continue };
        let (Some(x), Some(y)) = (features.get(a), features.get(b)) else { continue };
        if left == right || !x.live || !y.live || bonds.forbids(a, b) {
            continue;
        }
        let ruled_apart = clusters
            .get(left)
            .into_iter()
            .flatten()
            .any(|one| clusters.get(right).into_iter().flatten().any(|other| bonds.forbids(*one, *other)));
        if ruled_apart || whole_beside(left, right) || whole_beside(right, left) {
            continue;
        }
        let worth_a_look = match (has(left, y.source), has(right, x.source)) {
            // Both have partners of their own: the likeness is explained.
            (true, true) => x.source == y.source && found.overlaps,
            (false, false) => true,
            // One is left over: a second device's copy, where it ran at the same time.
            _ => found.overlaps || found.identity.is_some(),
        };
        if !worth_a_look {
            continue;
        }
        let place = (left.min(right), left.max(right));
        let better = best.get(&place).is_none_or(|(_, _, known)| found.ppm > known.ppm);
        if better {
            best.insert(place, (a, b, found));
        }
    }
    best.into_values().map(|(a, b, _)| (a, b)).collect()
}
