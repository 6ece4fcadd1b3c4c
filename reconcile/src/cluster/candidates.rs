//! What is too likely to ignore and not sure enough to merge.

use std::collections::BTreeMap;

use domain::SourceSlug;

use super::Known;
use super::edges::{Component, Edge};
use crate::Policy;
use crate::features::Features;

/// The pairs of a component that wait for a person: the best one between any two clusters, unless both clusters have
/// a better partner of the other's source, which explains everything.
pub(super) fn between(
    clusters: &[Vec<usize>],
    component: &Component,
    known: &Known<'_>,
    policy: &Policy,
) -> Vec<(usize, usize)> {
    if clusters.len() < 2 {
        return Vec::new();
    }
    let features = |place: usize| known.features.get(*component.members.get(place)?);
    let mut cluster_of = vec![0; component.members.len()];
    for (index, members) in clusters.iter().enumerate() {
        for place in members {
            if let Some(slot) = cluster_of.get_mut(*place) {
                *slot = index;
            }
        }
    }
    let of = |cluster: usize| clusters.get(cluster).into_iter().flatten().copied();
    let has = |cluster: usize, source: &SourceSlug| {
        source.is_recorder() && of(cluster).filter_map(features).any(|one| one.live && one.source == source)
    };
    // What resembles a leg and is one with its whole needs no look.
    let whole_beside = |legs: usize, wholes: usize| {
        let all = |cluster: usize| -> Vec<&Features<'_>> { of(cluster).filter_map(features).collect() };
        all(legs).iter().any(|leg| all(wholes).iter().any(|whole| leg.is_leg_of(whole)))
    };
    let ruled_apart = |left: usize, right: usize| {
        !known.bonds.parts_nobody()
            && of(left).any(|one| of(right).any(|other| known.bonds.forbids(component, one, other)))
    };
    // What a record is called where it comes from: the same whoever holds it, unlike its id.
    let named = |place: usize| features(place).map(|one| (one.source, one.channel, one.external_id));
    let names = |(a, b): (usize, usize)| {
        let mut names = [named(a), named(b)];
        names.sort_unstable();
        names
    };
    let mut best: BTreeMap<(usize, usize), (usize, usize, f64)> = BTreeMap::new();
    for Edge { a, b, score: found } in component.strongest_first() {
        let (Some(&left), Some(&right)) = (cluster_of.get(a), cluster_of.get(b)) else { continue };
        let (Some(x), Some(y)) = (features(a), features(b)) else { continue };
        if left == right || !x.live || !y.live || found.ppm < policy.review_ppm {
            continue;
        }
        if ruled_apart(left, right) || whole_beside(left, right) || whole_beside(right, left) {
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
        // The strongest come first; of equals, names decide.
        let better = best.get(&place).is_none_or(|(one, other, bits)| {
            found.bits.total_cmp(bits).then_with(|| names((*one, *other)).cmp(&names((a, b)))).is_gt()
        });
        if better {
            best.insert(place, (a, b, found.bits));
        }
    }
    best.into_values().map(|(a, b, _)| (a, b)).collect()
}
