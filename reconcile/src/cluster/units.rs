//! From a component of plausible pairs to clusters.

use std::collections::BTreeSet;

use domain::SourceSlug;

use super::Bonds;
use super::assignment::assign;
use super::edges::{Edges, Sets};
use crate::Policy;
use crate::evidence::{Score, score};
use crate::features::Features;

/// The structure of a component is found among pairs at least this probable, in millionths, whatever the policy's
/// threshold: the threshold only cuts. No policy may set it lower.
pub(crate) const STRUCTURE_PPM: u32 = 900_000;

/// Two partners whose weights differ by less than this, in bits, are a tie.
const TIE_BITS: f64 = 1.0;

struct Component<'c> {
    members: &'c [usize],
    features: &'c [Features<'c>],
    edges: &'c Edges,
    bonds: &'c Bonds,
}

/// The clusters of a component, each a list of places.
pub(super) fn clusters(
    members: &[usize],
    features: &[Features<'_>],
    edges: &Edges,
    bonds: &Bonds,
    policy: &Policy,
) -> Vec<Vec<usize>> {
    if let [_] = members {
        return vec![members.to_vec()];
    }
    let component = Component { members, features, edges, bonds };
    let (mut structure, list) = component.units();
    let mut kept = structure.clone();
    let mut merges = component.assign_recorders(&mut structure, &list, policy);
    merges.extend(component.join_files(&mut structure, &list));
    for merge in merges {
        if !merge.tie && merge.score.ppm >= policy.auto_ppm {
            kept.join(merge.a, merge.b);
        }
    }
    kept.groups(members.iter().copied())
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

impl Component<'_> {
    /// What identity keys and people bind, and all edges, the strongest first.
    fn units(&self) -> (Sets, Vec<(usize, usize, Score)>) {
        let mut sets = Sets::new(self.features.len());
        for &(a, b) in &self.bonds.same {
            if self.members.binary_search(&a).is_ok() {
                sets.join(a, b);
            }
        }
        let list = self.edges.among(self.members);
        for (a, b, found) in &list {
            let proves = found.identity.is_some_and(crate::evidence::Identity::proves);
            if proves && !self.sets_forbid(&mut sets, *a, *b) {
                sets.join(*a, *b);
            }
        }
        (sets, list)
    }

    fn cluster_of(&self, sets: &mut Sets, place: usize) -> Vec<usize> {
        let root = sets.root(place);
        self.members.iter().copied().filter(|member| sets.root(*member) == root).collect()
    }

    fn sets_forbid(&self, sets: &mut Sets, a: usize, b: usize) -> bool {
        if self.bonds.different.is_empty() {
            return false;
        }
        let (left, right) = (self.cluster_of(sets, a), self.cluster_of(sets, b));
        left.iter().any(|x| right.iter().any(|y| self.bonds.forbids(*x, *y)))
    }

    /// The recorders with a live record in a cluster.
    fn recorders(&self, cluster: &[usize]) -> BTreeSet<&SourceSlug> {
        cluster
            .iter()
            .filter_map(|place| self.features.get(*place))
            .filter(|one| one.live && one.source.is_recorder())
            .map(|one| one.source)
            .collect()
    }

    /// How well two clusters fit, if they do: one pair that may merge, and no pair that is implausible.
    fn link(&self, left: &[usize], right: &[usize]) -> Option<Link> {
        let mut best: Option<Link> = None;
        for &a in left {
            for &b in right {
                let (x, y) = (self.features.get(a)?, self.features.get(b)?);
                if self.bonds.forbids(a, b) {
                    return None;
                }
                let found = match self.edges.get(a, b) {
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

    /// Recorders two by two, the leading ones first: one to one by the best total.
    fn assign_recorders(&self, sets: &mut Sets, list: &[(usize, usize, Score)], policy: &Policy) -> Vec<Merge> {
        let mut sources: Vec<&SourceSlug> = self.recorders(self.members).into_iter().collect();
        sources.sort_by_key(|source| (policy.rank(source), (*source).clone()));
        let mut merges = Vec::new();
        for (place, first) in sources.iter().enumerate() {
            for second in sources.iter().skip(place + 1) {
                merges.extend(self.assign_two(sets, list, first, second));
            }
        }
        merges
    }

    fn assign_two(
        &self,
        sets: &mut Sets,
        list: &[(usize, usize, Score)],
        first: &SourceSlug,
        second: &SourceSlug,
    ) -> Vec<Merge> {
        let groups = sets.groups(self.members.iter().copied());
        let side = |with: &SourceSlug, without: &SourceSlug| -> Vec<&Vec<usize>> {
            groups
                .iter()
                .filter(|group| {
                    let recorders = self.recorders(group);
                    recorders.contains(with) && !recorders.contains(without)
                })
                .collect()
        };
        let (left, right) = (side(first, second), side(second, first));
        let index = |side: &[&Vec<usize>]| -> std::collections::HashMap<usize, usize> {
            side.iter().enumerate().flat_map(|(at, group)| group.iter().map(move |place| (*place, at))).collect()
        };
        let (left_of, right_of) = (index(&left), index(&right));
        let mut near: BTreeSet<(usize, usize)> = BTreeSet::new();
        for (a, b, found) in list {
            if !found.may_merge || found.ppm < STRUCTURE_PPM {
                continue;
            }
            for (x, y) in [(a, b), (b, a)] {
                if let (Some(row), Some(column)) = (left_of.get(x), right_of.get(y)) {
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
        let taken_rows: BTreeSet<usize> = chosen.iter().filter_map(|at| links.get(*at)).map(|link| link.0).collect();
        let taken_columns: BTreeSet<usize> = chosen.iter().filter_map(|at| links.get(*at)).map(|link| link.1).collect();
        let mut merges = Vec::new();
        for at in chosen {
            let Some((row, column, link)) = links.get(at) else { continue };
            // Somebody left alone would have fitted as well: no telling which of the two it is.
            let tie = links.iter().any(|(other_row, other_column, other)| {
                let rival = (other_row == row && !taken_columns.contains(other_column))
                    || (other_column == column && !taken_rows.contains(other_row));
                rival && other.score.bits > link.score.bits - TIE_BITS
            });
            merges.push(Merge { a: link.a, b: link.b, score: link.score, tie });
        }
        for merge in &merges {
            sets.join(merge.a, merge.b);
        }
        merges
    }

    /// Files are no recorder's: each joins the cluster that fits best, and files of one activity join each other.
    fn join_files(&self, sets: &mut Sets, list: &[(usize, usize, Score)]) -> Vec<Merge> {
        let mut merges = Vec::new();
        for (a, b, found) in list {
            if !found.may_merge || found.ppm < STRUCTURE_PPM || sets.root(*a) == sets.root(*b) {
                continue;
            }
            let (left, right) = (self.cluster_of(sets, *a), self.cluster_of(sets, *b));
            let (of_left, of_right) = (self.recorders(&left), self.recorders(&right));
            if (!of_left.is_empty() && !of_right.is_empty()) || self.link(&left, &right).is_none() {
                continue;
            }
            let (free, target) = if of_left.is_empty() { (*a, &right) } else { (*b, &left) };
            let tie = self.has_rival(sets, list, free, target, found.bits);
            merges.push(Merge { a: *a, b: *b, score: *found, tie });
            sets.join(*a, *b);
        }
        merges
    }

    /// Whether another cluster, which cannot be one with `target`, fits that file as well.
    fn has_rival(
        &self,
        sets: &mut Sets,
        list: &[(usize, usize, Score)],
        free: usize,
        target: &[usize],
        bits: f64,
    ) -> bool {
        for (a, b, rival) in list {
            let other = match free {
                free if free == *a => *b,
                free if free == *b => *a,
                _ => continue,
            };
            let as_good = rival.may_merge && rival.identity.is_none() && rival.bits > bits - TIE_BITS;
            if !as_good || target.contains(&other) || sets.root(other) == sets.root(free) {
                continue;
            }
            let cluster = self.cluster_of(sets, other);
            if self.link(&cluster, target).is_none() {
                return true;
            }
        }
        false
    }
}
