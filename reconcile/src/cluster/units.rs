//! From a component of plausible pairs to clusters.

use std::collections::{BTreeMap, BTreeSet};

use super::Known;
use super::assignment::assign;
use super::edges::{Component, Edge};
use super::sets::Sets;
use crate::Policy;
use crate::evidence::{Score, Story, score};
use crate::features::Features;

/// The structure of a component is found among pairs at least this probable, in millionths, whatever the policy's
/// threshold: the threshold only cuts. No policy may set it lower.
pub(crate) const STRUCTURE_PPM: u32 = 900_000;

/// Two partners whose weights differ by less than this, in bits, are a tie.
const TIE_BITS: f64 = 1.0;

/// The clusters of a component, each a list of places among its members, ascending.
pub(super) fn clusters(component: &Component, known: &Known<'_>, policy: &Policy) -> Vec<Vec<usize>> {
    if let [_] = component.members.as_slice() {
        return vec![vec![0]];
    }
    let builder = Builder::new(component, known);
    let list = component.strongest_first();
    let mut structure = builder.units(&list);
    let mut kept = structure.clone();
    let mut merges = builder.attach_seconds(&mut structure, &list);
    merges.extend(builder.assign_recorders(&mut structure, &list));
    merges.extend(builder.join_files(&mut structure, &list));
    for merge in merges {
        if !merge.tie && merge.score.ppm >= policy.auto_ppm {
            kept.join(merge.a, merge.b);
        }
    }
    kept.groups()
}

/// Two clusters that become one by this pair.
struct Merge {
    a: usize,
    b: usize,
    score: Score,
    tie: bool,
}

/// How well two clusters fit: the best pair across, where every pair is plausible.
struct Link {
    a: usize,
    b: usize,
    score: Score,
}

struct Builder<'c> {
    component: &'c Component,
    known: &'c Known<'c>,
    features: Vec<&'c Features<'c>>,
    /// The recorder of each live record that has one, by its place in the policy's order.
    recorders: Vec<Option<usize>>,
    /// Pairs of one stretch of time, as (record, partner), sorted.
    partners: Vec<(usize, usize)>,
}

impl<'c> Builder<'c> {
    fn new(component: &'c Component, known: &'c Known<'c>) -> Self {
        let features: Vec<&Features<'_>> =
            component.members.iter().filter_map(|place| known.features.get(*place)).collect();
        let recorders = component
            .members
            .iter()
            .zip(&features)
            .map(|(place, one)| known.sources.get(*place).copied().filter(|_| one.live && one.source.is_recorder()))
            .collect();
        let mut partners: Vec<(usize, usize)> = component
            .edges
            .iter()
            .filter(|edge| edge.score.story == Story::Plain && edge.score.may_merge && edge.score.ppm >= STRUCTURE_PPM)
            .flat_map(|edge| [(edge.a, edge.b), (edge.b, edge.a)])
            .collect();
        partners.sort_unstable();
        Self { component, known, features, recorders, partners }
    }

    /// Whether a wrong clock or a crop would make these one although a record of either has a partner in its own time
    /// at the other's recorder, outside of both: who has one needs no such story.
    fn is_explained(&self, left: &[usize], right: &[usize], score: &Score) -> bool {
        if score.identity.is_some() || !matches!(score.story, Story::Shift { .. } | Story::Crop { .. }) {
            return false;
        }
        [(left, right), (right, left)].into_iter().any(|(side, other)| {
            side.iter().any(|place| {
                let first = self.partners.partition_point(|pair| pair.0 < *place);
                let of_place = self.partners.iter().skip(first).take_while(|pair| pair.0 == *place);
                of_place.map(|pair| pair.1).any(|partner| {
                    let recorder = self.recorder(partner);
                    recorder.is_some_and(|recorder| self.holds(other, recorder))
                        && !left.contains(&partner)
                        && !right.contains(&partner)
                })
            })
        })
    }

    /// What identity keys and people bind.
    fn units(&self, list: &[Edge]) -> Sets {
        let mut sets = Sets::new(self.features.len());
        for &(a, b) in &self.component.same {
            sets.join(a, b);
        }
        for edge in list {
            let proves = edge.score.identity.is_some_and(crate::evidence::Identity::proves);
            if proves && !self.sets_forbid(&sets, edge.a, edge.b) {
                sets.join(edge.a, edge.b);
            }
        }
        sets
    }

    fn forbids(&self, a: usize, b: usize) -> bool {
        self.known.bonds.forbids(self.component, a, b)
    }

    fn sets_forbid(&self, sets: &Sets, a: usize, b: usize) -> bool {
        if self.known.bonds.parts_nobody() {
            return false;
        }
        let (left, right) = (sets.members(a), sets.members(b));
        left.iter().any(|x| right.iter().any(|y| self.forbids(*x, *y)))
    }

    fn recorder(&self, place: usize) -> Option<usize> {
        self.recorders.get(place).copied().flatten()
    }

    /// Whether a cluster holds a live record of that recorder.
    fn holds(&self, cluster: &[usize], recorder: usize) -> bool {
        cluster.iter().any(|place| self.recorder(*place) == Some(recorder))
    }

    fn is_free(&self, cluster: &[usize]) -> bool {
        cluster.iter().all(|place| self.recorder(*place).is_none())
    }

    /// How well two clusters fit, if they do: one pair that may merge, and no pair that is implausible.
    fn link(&self, left: &[usize], right: &[usize]) -> Option<Link> {
        let mut best: Option<Link> = None;
        for &a in left {
            for &b in right {
                let (x, y) = (*self.features.get(a)?, *self.features.get(b)?);
                if self.forbids(a, b) {
                    return None;
                }
                let found = match self.component.get(a, b) {
                    Some(found) => *found,
                    // A record that its source withdrew holds its place and judges nobody.
                    None if !x.live || !y.live => continue,
                    None => {
                        let found = score(x, y);
                        let same_id = x.source == y.source && x.external_id == y.external_id;
                        if found.vetoed || (found.ppm < 100_000 && !same_id) {
                            return None;
                        }
                        continue;
                    }
                };
                if !found.may_merge && x.source == y.source && x.source.is_recorder() {
                    return None;
                }
                let better = best.as_ref().is_none_or(|link| found.bits > link.score.bits);
                if better && found.may_merge && found.ppm >= STRUCTURE_PPM {
                    best = Some(Link { a, b, score: found });
                }
            }
        }
        best
    }

    /// Second devices, where the policy lets them join by themselves: before the recorders are assigned, so that the two
    /// recordings of one time are no rivals for a partner.
    fn attach_seconds(&self, sets: &mut Sets, list: &[Edge]) -> Vec<Merge> {
        let mut merges = Vec::new();
        for Edge { a, b, score } in list.iter().copied() {
            if !score.attaches() || score.ppm < STRUCTURE_PPM || sets.root(a) == sets.root(b) {
                continue;
            }
            if self.link(&sets.members(a), &sets.members(b)).is_some() {
                merges.push(Merge { a, b, score, tie: false });
                sets.join(a, b);
            }
        }
        merges
    }

    /// Recorders two by two, the leading ones first: one to one by the best total.
    fn assign_recorders(&self, sets: &mut Sets, list: &[Edge]) -> Vec<Merge> {
        let sources: BTreeSet<usize> = self.recorders.iter().copied().flatten().collect();
        let mut merges = Vec::new();
        for first in &sources {
            for second in sources.range(first + 1..) {
                merges.extend(self.assign_two(sets, list, *first, *second));
            }
        }
        merges
    }

    fn assign_two(&self, sets: &mut Sets, list: &[Edge], first: usize, second: usize) -> Vec<Merge> {
        let groups = sets.groups();
        let side = |with: usize, without: usize| -> Vec<&Vec<usize>> {
            groups.iter().filter(|group| self.holds(group, with) && !self.holds(group, without)).collect()
        };
        let (left, right) = (side(first, second), side(second, first));
        if left.is_empty() || right.is_empty() {
            return Vec::new();
        }
        let index = |side: &[&Vec<usize>]| -> Vec<Option<usize>> {
            let mut of = vec![None; self.features.len()];
            for (at, group) in side.iter().enumerate() {
                for place in *group {
                    if let Some(slot) = of.get_mut(*place) {
                        *slot = Some(at);
                    }
                }
            }
            of
        };
        let (left_of, right_of) = (index(&left), index(&right));
        let mut near: BTreeSet<(usize, usize)> = BTreeSet::new();
        for edge in list.iter().filter(|edge| edge.score.may_merge && edge.score.ppm >= STRUCTURE_PPM) {
            for (x, y) in [(edge.a, edge.b), (edge.b, edge.a)] {
                if let (Some(Some(row)), Some(Some(column))) = (left_of.get(x), right_of.get(y)) {
                    near.insert((*row, *column));
                }
            }
        }
        let mut links: Vec<(usize, usize, Link)> = Vec::new();
        for (row, column) in near {
            if let (Some(l), Some(r)) = (left.get(row), right.get(column))
                && let Some(link) = self.link(l, r)
            {
                links.push((row, column, link));
            }
        }
        let weights: Vec<(usize, usize, i64)> = links
            .iter()
            .map(|(row, column, link)| (*row, *column, (link.score.bits * 1000.0).round() as i64))
            .collect();
        let chosen = assign(left.len(), right.len(), &weights);
        let rivals = Rivals::of(&links, &chosen);
        let merges: Vec<Merge> = chosen
            .into_iter()
            .filter_map(|at| links.get(at))
            .map(|(row, column, link)| Merge {
                a: link.a,
                b: link.b,
                score: link.score,
                // Somebody left alone would have fitted as well: no telling which of the two it is.
                tie: rivals.best(*row, *column) > link.score.bits - TIE_BITS
                    || left
                        .get(*row)
                        .zip(right.get(*column))
                        .is_some_and(|(left, right)| self.is_explained(left, right, &link.score)),
            })
            .collect();
        for merge in &merges {
            sets.join(merge.a, merge.b);
        }
        merges
    }

    /// Files are no recorder's: each joins the cluster that fits best, and files of one activity join each other.
    fn join_files(&self, sets: &mut Sets, list: &[Edge]) -> Vec<Merge> {
        let mut merges = Vec::new();
        if self.recorders.iter().all(Option::is_some) {
            return merges;
        }
        let mut touching: Vec<Vec<&Edge>> = vec![Vec::new(); self.features.len()];
        for edge in list {
            for end in [edge.a, edge.b] {
                if let Some(edges) = touching.get_mut(end) {
                    edges.push(edge);
                }
            }
        }
        for edge in list {
            let Edge { a, b, score } = *edge;
            if !score.may_merge || score.ppm < STRUCTURE_PPM || sets.root(a) == sets.root(b) {
                continue;
            }
            let (left, right) = (sets.members(a), sets.members(b));
            let (left_free, right_free) = (self.is_free(&left), self.is_free(&right));
            if (!left_free && !right_free) || self.link(&left, &right).is_none() {
                continue;
            }
            let (free, target) = if left_free { (a, &right) } else { (b, &left) };
            let around = touching.get(free).map(Vec::as_slice).unwrap_or_default();
            let tie =
                self.has_rival(sets, around, free, target, score.bits) || self.is_explained(&left, &right, &score);
            merges.push(Merge { a, b, score, tie });
            sets.join(a, b);
        }
        merges
    }

    /// Whether another cluster, which cannot be one with `target`, fits that file as well.
    fn has_rival(&self, sets: &mut Sets, around: &[&Edge], free: usize, target: &[usize], bits: f64) -> bool {
        for Edge { a, b, score: rival } in around {
            let other = if free == *a { *b } else { *a };
            let as_good = rival.may_merge && rival.identity.is_none() && rival.bits > bits - TIE_BITS;
            if !as_good || target.contains(&other) || sets.root(other) == sets.root(free) {
                continue;
            }
            if self.link(&sets.members(other), target).is_none() {
                return true;
            }
        }
        false
    }
}

/// The best pairs, by either side, with somebody who was left alone.
struct Rivals {
    of_row: BTreeMap<usize, f64>,
    of_column: BTreeMap<usize, f64>,
}

impl Rivals {
    fn of(links: &[(usize, usize, Link)], chosen: &[usize]) -> Self {
        let taken = |side: fn(&(usize, usize, Link)) -> usize| -> BTreeSet<usize> {
            chosen.iter().filter_map(|at| links.get(*at)).map(side).collect()
        };
        let (rows, columns) = (taken(|link| link.0), taken(|link| link.1));
        let (mut of_row, mut of_column) = (BTreeMap::new(), BTreeMap::new());
        for (row, column, link) in links {
            let note = |best: &mut BTreeMap<usize, f64>, who: usize| {
                let known = best.entry(who).or_insert(f64::NEG_INFINITY);
                *known = known.max(link.score.bits);
            };
            if !columns.contains(column) {
                note(&mut of_row, *row);
            }
            if !rows.contains(row) {
                note(&mut of_column, *column);
            }
        }
        Self { of_row, of_column }
    }

    fn best(&self, row: usize, column: usize) -> f64 {
        let best = |side: &BTreeMap<usize, f64>, who| side.get(&who).copied().unwrap_or(f64::NEG_INFINITY);
        best(&self.of_row, row).max(best(&self.of_column, column))
    }
}
