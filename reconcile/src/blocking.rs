//! Which pairs are worth comparing: those within reach in time, and those that share an identity key.

use std::collections::HashMap;
use std::hash::Hash;

use domain::{Multisport, StartPrecision};

use crate::features::Features;

/// How far apart two records may begin and still be compared, in seconds: the span of all time zones, which bounds a
/// hidden start (a local date), a shifted clock (14 h) and a believable cross reference.
pub const REACH_S: i64 = 26 * 3600;

/// Beyond this, in seconds, only a hidden start or an identity key can make two records one.
const SHIFT_REACH_S: i64 = 14 * 3600 + 2;

/// Calls `compare` once for every pair worth comparing; indices into `features`, the first smaller in start order.
pub(crate) fn pairs(features: &[Features<'_>], mut compare: impl FnMut(usize, usize)) {
    let mut by_start: Vec<(i64, i64, usize)> = Vec::with_capacity(features.len());
    for (index, one) in features.iter().enumerate() {
        for said in one.said() {
            by_start.push((said.start_s, said.end_s() as i64, index));
        }
    }
    by_start.sort_unstable();
    for (place, &(start, end, one)) in by_start.iter().enumerate() {
        let hides = |index: usize| {
            features.get(index).is_some_and(|f| f.said().any(|said| said.precision == StartPrecision::LocalDate))
        };
        let reach = REACH_S.max(end - start);
        for &(other_start, other_end, other) in by_start.iter().skip(place + 1) {
            let apart = other_start - start;
            if apart > reach {
                break;
            }
            if one == other {
                continue;
            }
            if plausible(apart, end - start, other_end - other_start) || hides(one) || hides(other) {
                compare(one, other);
            }
        }
    }
    by_key(features, &mut compare);
}

/// Whether two stretches of time can be one: they overlap, or a wrong clock explains their distance.
fn plausible(apart: i64, length: i64, other_length: i64) -> bool {
    if apart <= length {
        return true;
    }
    // A clock's shift leaves the length as it is; two seconds are rounding, a third the cut of the end.
    let off_grid = (apart + 450).rem_euclid(900) - 450;
    let shifted = apart <= SHIFT_REACH_S && off_grid.abs() <= 2 || apart <= 3600;
    shifted && (length - other_length).abs() <= 3
}

fn by_key(features: &[Features<'_>], compare: &mut impl FnMut(usize, usize)) {
    together(features, compare, |one| Some((one.source, one.external_id)));
    together(features, compare, |one| one.file.map(|file| (file, one.session_index, one.is_parent())));
    together(features, compare, |one| {
        one.fit.map(|fit| (fit.manufacturer, fit.serial, fit.session_start.div_euclid(4)))
    });
    together(features, compare, |one| {
        one.fit.map(|fit| (fit.manufacturer, fit.serial, (fit.session_start + 2).div_euclid(4)))
    });
    let mut named: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    for (index, one) in features.iter().enumerate() {
        if let Some(lineage) = one.lineage
            && let Some(id) = &lineage.external_id
        {
            named.entry((lineage.source.as_str(), id.as_str())).or_default().push(index);
        }
        if let Some(Multisport::Leg { parent }) = one.multisport {
            named.entry((one.source.as_str(), parent.as_str())).or_default().push(index);
        }
    }
    if named.is_empty() {
        return;
    }
    for (index, one) in features.iter().enumerate() {
        for &other in named.get(&(one.source.as_str(), one.external_id.as_str())).into_iter().flatten() {
            if index != other {
                compare(index.min(other), index.max(other));
            }
        }
    }
}

/// Compares each record with the next that has the same key: identity is transitive, so a chain is enough.
fn together<'a, 'f: 'a, K: Hash + Eq>(
    features: &'f [Features<'a>],
    compare: &mut impl FnMut(usize, usize),
    key: impl Fn(&'f Features<'a>) -> Option<K>,
) {
    let mut last: HashMap<K, usize> = HashMap::new();
    for (index, one) in features.iter().enumerate() {
        if let Some(key) = key(one)
            && let Some(previous) = last.insert(key, index)
        {
            compare(previous, index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plausible;

    #[test]
    fn hours_apart_only_a_wrong_clock_makes_two_one() {
        assert!(plausible(10, 3600, 1800), "overlapping");
        assert!(plausible(7200, 3600, 3602), "two hours to the second, equally long");
        assert!(!plausible(7200, 3600, 3500), "two hours, not equally long");
        assert!(!plausible(7250, 3600, 3600), "no whole quarter hour");
    }
}
