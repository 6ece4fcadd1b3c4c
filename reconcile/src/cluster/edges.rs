//! The pairs that matter, and the components they make.

use std::collections::HashMap;

use super::clocks;
use super::sets::Sets;
use crate::Policy;
use crate::blocking;
use crate::evidence::{Score, score};
use crate::features::Features;
use crate::weights;

/// At most this many plausible partners are kept for a record, the best: memory stays linear however many records of
/// one athlete lie in one hour. No honest record has a tenth as many.
const PARTNERS: usize = 16;

/// A pair that may merge or wait for a person; the smaller place first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) a: usize,
    pub(crate) b: usize,
    pub(crate) score: Score,
}

/// Every such pair, by its places in the features.
#[derive(Debug)]
pub(crate) struct Edges {
    edges: Vec<Edge>,
    /// Pairs of records that influence each other without being plausible pairs themselves.
    beside: Vec<(usize, usize)>,
}

/// Records that no edge leaves, and what lies between them: by their places among the members, not in the features,
/// so that the work on a component is by its own size.
#[derive(Debug)]
pub(crate) struct Component {
    /// Places in the features, ascending.
    pub(crate) members: Vec<usize>,
    /// By their pair.
    pub(crate) edges: Vec<Edge>,
    /// What people bound together.
    pub(crate) same: Vec<(usize, usize)>,
}

impl Edges {
    /// Compares all pairs worth comparing.
    pub(crate) fn find(features: &[Features<'_>], policy: &Policy) -> Self {
        // What the policy would not even show still gives a cluster its structure.
        let worth = policy.review_ppm.min(weights::UNPROVEN_PPM);
        let mut partners: Vec<Vec<(usize, Score)>> = vec![Vec::new(); features.len()];
        let mut edges: Vec<Edge> = Vec::new();
        blocking::pairs(features, |one, other| {
            let (a, b) = (one.min(other), one.max(other));
            let (Some(x), Some(y)) = (features.get(a), features.get(b)) else { return };
            let found = score(x, y).under(policy);
            if found.identity.is_some() {
                edges.push(Edge { a, b, score: found });
            } else if !found.vetoed && found.ppm >= worth {
                for (from, to) in [(a, b), (b, a)] {
                    if let Some(list) = partners.get_mut(from) {
                        keep(list, to, found);
                    }
                }
            }
        });
        for (from, mut list) in partners.into_iter().enumerate() {
            best(&mut list);
            edges.extend(list.into_iter().map(|(to, score)| Edge { a: from.min(to), b: from.max(to), score }));
        }
        edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
        edges.dedup_by_key(|edge| (edge.a, edge.b));
        let mut beside = legs(features);
        beside.extend(clocks::prove(&mut edges, features));
        Self { edges, beside }
    }

    /// The records in groups that no edge leaves, by their smallest place; `same` is what people bound together.
    pub(crate) fn components(&self, count: usize, same: &[(usize, usize)]) -> Vec<Component> {
        let mut sets = Sets::new(count);
        for (a, b) in self.edges.iter().map(|edge| (edge.a, edge.b)).chain(self.beside.iter().chain(same).copied()) {
            sets.join(a, b);
        }
        let mut components: Vec<Component> = sets
            .groups()
            .into_iter()
            .map(|members| Component { members, edges: Vec::new(), same: Vec::new() })
            .collect();
        // Which component a record is in, and where in it.
        let mut place = vec![(0, 0); count];
        for (at, component) in components.iter().enumerate() {
            for (local, member) in component.members.iter().enumerate() {
                if let Some(slot) = place.get_mut(*member) {
                    *slot = (at, local);
                }
            }
        }
        let locals = |a: usize, b: usize| Some((place.get(a)?.0, place.get(a)?.1, place.get(b)?.1));
        for edge in &self.edges {
            if let Some((at, a, b)) = locals(edge.a, edge.b)
                && let Some(component) = components.get_mut(at)
            {
                component.edges.push(Edge { a, b, score: edge.score });
            }
        }
        for pair in same {
            if let Some((at, a, b)) = locals(pair.0, pair.1)
                && let Some(component) = components.get_mut(at)
            {
                component.same.push((a, b));
            }
        }
        components
    }
}

impl Component {
    pub(crate) fn get(&self, a: usize, b: usize) -> Option<&Score> {
        let pair = (a.min(b), a.max(b));
        let at = self.edges.binary_search_by_key(&pair, |edge| (edge.a, edge.b)).ok()?;
        self.edges.get(at).map(|edge| &edge.score)
    }

    /// Every edge, in a fixed order: the strongest first, then by place.
    pub(crate) fn strongest_first(&self) -> Vec<Edge> {
        let mut list = self.edges.clone();
        list.sort_by(|x, y| y.score.bits.total_cmp(&x.score.bits));
        list
    }
}

/// Legs beside their wholes: what becomes of one is shown at the other.
fn legs(features: &[Features<'_>]) -> Vec<(usize, usize)> {
    let wholes: HashMap<(&str, &str), usize> = features
        .iter()
        .enumerate()
        .filter(|(_, one)| one.is_parent())
        .map(|(index, one)| ((one.source.as_str(), one.external_id.as_str()), index))
        .collect();
    let mut pairs = Vec::new();
    for (index, one) in features.iter().enumerate() {
        if let Some(domain::Multisport::Leg { parent }) = one.multisport
            && let Some(&whole) = wholes.get(&(one.source.as_str(), parent.as_str()))
        {
            pairs.push((index, whole));
        }
    }
    pairs
}

/// Notes a partner; now and then forgets all but the best.
fn keep(list: &mut Vec<(usize, Score)>, partner: usize, found: Score) {
    if list.iter().any(|(known, _)| *known == partner) {
        return;
    }
    list.push((partner, found));
    if list.len() >= 4 * PARTNERS {
        best(list);
    }
}

fn best(list: &mut Vec<(usize, Score)>) {
    if list.len() > PARTNERS {
        list.sort_unstable_by(|x, y| y.1.bits.total_cmp(&x.1.bits).then(x.0.cmp(&y.0)));
        list.truncate(PARTNERS);
    }
}
