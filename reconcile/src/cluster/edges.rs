//! The pairs that matter, and the components they make.

use std::collections::HashMap;

use crate::Policy;
use crate::blocking;
use crate::evidence::{Score, score};
use crate::features::Features;

/// At most this many plausible partners are kept for a record, the best: memory stays linear however many records of
/// one athlete lie in one hour. No honest record has a tenth as many.
const PARTNERS: usize = 16;

/// Pairs that may merge or wait for a person, by place in the features, the smaller first.
#[derive(Debug)]
pub(crate) struct Edges {
    scores: HashMap<(usize, usize), Score>,
}

impl Edges {
    /// Compares all pairs worth comparing.
    pub(crate) fn find(features: &[Features<'_>], policy: &Policy) -> Self {
        let mut partners: Vec<Vec<(usize, Score)>> = vec![Vec::new(); features.len()];
        let mut certain: HashMap<(usize, usize), Score> = HashMap::new();
        blocking::pairs(features, |one, other| {
            let (a, b) = (one.min(other), one.max(other));
            let (Some(x), Some(y)) = (features.get(a), features.get(b)) else { return };
            let found = score(x, y);
            if found.identity.is_some() {
                certain.insert((a, b), found);
            } else if !found.vetoed && found.ppm >= policy.review_ppm {
                for (from, to) in [(a, b), (b, a)] {
                    if let Some(list) = partners.get_mut(from) {
                        keep(list, to, found);
                    }
                }
            }
        });
        let mut scores = certain;
        for (from, list) in partners.into_iter().enumerate() {
            for (to, found) in list {
                scores.insert((from.min(to), from.max(to)), found);
            }
        }
        Self { scores }
    }

    pub(crate) fn get(&self, a: usize, b: usize) -> Option<&Score> {
        self.scores.get(&(a.min(b), a.max(b)))
    }

    /// Every edge among these records, in a fixed order: the strongest first, then by place.
    pub(crate) fn among(&self, component: &[usize]) -> Vec<(usize, usize, Score)> {
        let mut list = Vec::new();
        if component.len() <= 64 {
            for (place, &a) in component.iter().enumerate() {
                for &b in component.iter().skip(place + 1) {
                    list.extend(self.get(a, b).map(|found| (a.min(b), a.max(b), *found)));
                }
            }
        } else {
            let inside: std::collections::HashSet<usize> = component.iter().copied().collect();
            list.extend(
                self.scores
                    .iter()
                    .filter(|((a, b), _)| inside.contains(a) && inside.contains(b))
                    .map(|((a, b), found)| (*a, *b, *found)),
            );
        }
        list.sort_unstable_by(|x, y| y.2.bits.total_cmp(&x.2.bits).then_with(|| (x.0, x.1).cmp(&(y.0, y.1))));
        list
    }

    /// The records in groups that no edge leaves, by their smallest place, each ascending.
    pub(crate) fn components(&self, features: &[Features<'_>], also: &[(usize, usize)]) -> Vec<Vec<usize>> {
        let mut sets = Sets::new(features.len());
        for (a, b) in self.scores.keys().chain(also) {
            sets.join(*a, *b);
        }
        for (leg, whole) in legs(features) {
            sets.join(leg, whole);
        }
        sets.groups(0..features.len())
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

/// Keeps the best partners only.
fn keep(list: &mut Vec<(usize, Score)>, partner: usize, found: Score) {
    if list.iter().any(|(known, _)| *known == partner) {
        return;
    }
    list.push((partner, found));
    if list.len() > PARTNERS {
        list.sort_unstable_by(|x, y| y.1.bits.total_cmp(&x.1.bits).then(x.0.cmp(&y.0)));
        list.truncate(PARTNERS);
    }
}

/// Disjoint sets of places.
#[derive(Debug, Clone)]
pub(crate) struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    pub(crate) fn new(count: usize) -> Self {
        Self { parent: (0..count).collect() }
    }

    /// The set's smallest place.
    pub(crate) fn root(&mut self, mut place: usize) -> usize {
        while let Some(&above) = self.parent.get(place) {
            if above == place {
                break;
            }
            let next = self.parent.get(above).copied().unwrap_or(above);
            if let Some(slot) = self.parent.get_mut(place) {
                *slot = next;
            }
            place = above;
        }
        place
    }

    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(slot) = self.parent.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }

    /// Those places by set: sets by their first place, places as given.
    pub(crate) fn groups(&mut self, places: impl IntoIterator<Item = usize>) -> Vec<Vec<usize>> {
        let mut found: HashMap<usize, usize> = HashMap::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for place in places {
            let root = self.root(place);
            let group = *found.entry(root).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(group) {
                group.push(place);
            }
        }
        groups
    }
}
