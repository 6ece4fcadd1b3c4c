//! The third second proof of a wrong clock: the same shift on the athlete's neighbouring activities.
//!
//! One pair whose starts differ by two hours to the second can be chance; two pairs in a row with one and the same
//! difference are a clock. Only pairs that nothing else explains speak: where each source has both rides of a day, each
//! has its partner, and no shift is assumed.

use crate::blocking::REACH_S;
use crate::evidence::{Score, Story};
use crate::features::Features;

use super::edges::Edge;
use super::units::STRUCTURE_PPM;

/// How far apart neighbouring activities may begin, in seconds: within reach of each other whichever clock is asked,
/// rounding aside, so that who looks around one finds the other.
const NEIGHBOUR_S: i64 = REACH_S - 10;

/// A pair with a shifted clock.
#[derive(Debug, Clone, Copy)]
struct Shifted<'f> {
    /// The sources in the order of their names, and by how many quarter hours the second's clock is ahead.
    clock: (&'f domain::AthleteId, &'f str, &'f str, i64),
    /// By the first source's clock.
    start_s: i64,
    end_s: i64,
    edge: usize,
}

/// Proves the shifts that a neighbouring pair bears out. Gives the pairs of records that influence each other so.
pub(super) fn prove(edges: &mut [Edge], features: &[Features<'_>]) -> Vec<(usize, usize)> {
    let mut shifted: Vec<Shifted<'_>> =
        edges.iter().enumerate().filter_map(|(at, edge)| Shifted::of(at, edge, features)).collect();
    if shifted.len() < 2 {
        return Vec::new();
    }
    shifted.sort_unstable_by_key(|one| (one.clock, one.start_s, one.end_s, one.edge));
    let mut beside = Vec::new();
    for pair in shifted.windows(2) {
        if let [one, next] = pair
            && one.clock == next.clock
            && next.start_s - one.start_s <= NEIGHBOUR_S
            && let (Some(x), Some(y)) = (edges.get(one.edge), edges.get(next.edge))
        {
            beside.push((x.a, y.a));
        }
    }
    // Who has a partner in its own time lends nothing to a shift, and needs none.
    let explained = explained(edges, features);
    shifted.retain(|one| {
        edges.get(one.edge).is_some_and(|edge| {
            ![(edge.a, edge.b), (edge.b, edge.a)].iter().any(|(who, with)| {
                let source = features.get(*with).map(|other| other.source.as_str());
                explained.binary_search(&(*who, source.unwrap_or_default())).is_ok()
            })
        })
    });
    for clock in shifted.chunk_by(|x, y| x.clock == y.clock) {
        for one in neighbours(clock) {
            if let Some(edge) = edges.get_mut(one) {
                edge.score = Score::shift_of_neighbours(&edge.score);
            }
        }
    }
    beside
}

impl<'f> Shifted<'f> {
    fn of(at: usize, edge: &Edge, features: &'f [Features<'_>]) -> Option<Self> {
        let Story::Shift { seconds, start_s, elapsed_s, on_grid: true, .. } = edge.score.story else { return None };
        let (a, b) = (features.get(edge.a)?, features.get(edge.b)?);
        let quarters = (seconds + 450).div_euclid(900);
        let (clock, start_s) = match a.source.as_str().cmp(b.source.as_str()) {
            std::cmp::Ordering::Less => ((&a.athlete, a.source.as_str(), b.source.as_str(), quarters), start_s),
            std::cmp::Ordering::Greater => {
                ((&a.athlete, b.source.as_str(), a.source.as_str(), -quarters), start_s + seconds)
            }
            // Laps of one source a quarter of an hour apart are laps.
            std::cmp::Ordering::Equal => return None,
        };
        Some(Self { clock, start_s, end_s: start_s + i64::from(elapsed_s), edge: at })
    }
}

/// Records with a partner of that source in their own time, or by an identity key, sorted.
fn explained<'f>(edges: &[Edge], features: &'f [Features<'_>]) -> Vec<(usize, &'f str)> {
    let mut explained = Vec::new();
    for edge in edges {
        let plain = !matches!(edge.score.story, Story::Shift { .. });
        if plain && edge.score.may_merge && edge.score.ppm >= STRUCTURE_PPM {
            for (who, with) in [(edge.a, edge.b), (edge.b, edge.a)] {
                explained.extend(features.get(with).map(|other| (who, other.source.as_str())));
            }
        }
    }
    explained.sort_unstable();
    explained
}

/// The edges of those pairs, all of one clock and in the order of their starts, that another activity's bear out: two
/// exports of one activity are one witness.
fn neighbours(clock: &[Shifted<'_>]) -> Vec<usize> {
    let mut proven = Vec::new();
    let mut by_end: Vec<&Shifted<'_>> = clock.iter().collect();
    by_end.sort_unstable_by_key(|one| (one.end_s, one.start_s));
    let (mut ended, mut latest) = (by_end.into_iter().peekable(), i64::MIN);
    for one in clock {
        while let Some(before) = ended.next_if(|before| before.end_s <= one.start_s) {
            latest = latest.max(before.start_s);
        }
        let next = clock.get(clock.partition_point(|other| other.start_s < one.end_s));
        let near = |start_s: i64| (start_s - one.start_s).abs() <= NEIGHBOUR_S;
        if (latest > i64::MIN && near(latest)) || next.is_some_and(|next| near(next.start_s)) {
            proven.push(one.edge);
        }
    }
    proven
}
