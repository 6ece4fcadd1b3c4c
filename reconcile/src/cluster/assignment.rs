//! One to one by the best total (the Hungarian method, with potentials, in integers).

/// Above this many possible pairs the method's cubic cost is not worth its precision: the strongest pairs go first.
const EXACT_UP_TO: usize = 40_000;

/// Assigns rows to columns so that the weights add up to the most; a pair that is not listed, or weighs nothing, is
/// never made. Pairs as (row, column, weight); gives the places in `pairs` that were chosen, ascending.
pub(super) fn assign(rows: usize, columns: usize, pairs: &[(usize, usize, i64)]) -> Vec<usize> {
    let useful = pairs.iter().filter(|pair| pair.2 > 0).count();
    if useful <= 1 || rows * columns > EXACT_UP_TO {
        return strongest_first(rows, columns, pairs);
    }
    let size = rows.max(columns);
    let mut weight = vec![vec![0_i64; size + 1]; size + 1];
    let mut which = std::collections::HashMap::new();
    for (place, &(row, column, bits)) in pairs.iter().enumerate() {
        if let Some(cell) = weight.get_mut(row + 1).and_then(|line| line.get_mut(column + 1))
            && bits > *cell
        {
            *cell = bits;
            which.insert((row, column), place);
        }
    }
    let mut chosen: Vec<usize> =
        hungarian(size, &weight).into_iter().filter_map(|(row, column)| which.get(&(row, column)).copied()).collect();
    chosen.sort_unstable();
    chosen
}

fn strongest_first(rows: usize, columns: usize, pairs: &[(usize, usize, i64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by_key(|place| pairs.get(*place).map(|pair| (-pair.2, pair.0, pair.1)));
    let (mut taken_rows, mut taken_columns) = (vec![false; rows], vec![false; columns]);
    let mut chosen = Vec::new();
    for place in order {
        let Some(&(row, column, bits)) = pairs.get(place) else { continue };
        let (Some(row), Some(column)) = (taken_rows.get_mut(row), taken_columns.get_mut(column)) else { continue };
        if bits > 0 && !*row && !*column {
            (*row, *column) = (true, true);
            chosen.push(place);
        }
    }
    chosen.sort_unstable();
    chosen
}

/// The assignment of most total weight in a square table (row and column 0 unused), as (row, column) from 0.
#[expect(clippy::indexing_slicing, reason = "every index is below size + 1, the length of every list here")]
fn hungarian(size: usize, weight: &[Vec<i64>]) -> Vec<(usize, usize)> {
    let (mut u, mut v) = (vec![0_i64; size + 1], vec![0_i64; size + 1]);
    let (mut row_of, mut way) = (vec![0_usize; size + 1], vec![0_usize; size + 1]);
    for row in 1..=size {
        row_of[0] = row;
        let mut column = 0;
        let mut least = vec![i64::MAX; size + 1];
        let mut used = vec![false; size + 1];
        loop {
            used[column] = true;
            let at = row_of[column];
            let (mut delta, mut next) = (i64::MAX, 0);
            for j in 1..=size {
                if used[j] {
                    continue;
                }
                // Costs are negated weights: the least cost is the most weight.
                let cost = -weight[at][j] - u[at] - v[j];
                if cost < least[j] {
                    least[j] = cost;
                    way[j] = column;
                }
                if least[j] < delta {
                    delta = least[j];
                    next = j;
                }
            }
            for j in 0..=size {
                if used[j] {
                    u[row_of[j]] += delta;
                    v[j] -= delta;
                } else if least[j] < i64::MAX {
                    least[j] -= delta;
                }
            }
            column = next;
            if row_of[column] == 0 {
                break;
            }
        }
        while column != 0 {
            let before = way[column];
            row_of[column] = row_of[before];
            column = before;
        }
    }
    (1..=size).filter(|&j| row_of[j] > 0 && weight[row_of[j]][j] > 0).map(|j| (row_of[j] - 1, j - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_total_beats_the_best_pair() {
        let pairs = [(0, 0, 10_000), (0, 1, 9_500), (1, 0, 9_800), (1, 1, 1_000)];
        assert_eq!(assign(2, 2, &pairs), vec![1, 2]);
    }

    #[test]
    fn what_is_not_listed_is_never_paired() {
        assert_eq!(assign(3, 2, &[(2, 1, 5), (0, 1, 4)]), vec![0]);
        assert_eq!(assign(2, 2, &[(0, 0, 0), (1, 1, -5)]), Vec::<usize>::new());
    }

    /// Against trying every assignment, over small tables from a fixed sequence.
    #[test]
    fn it_is_as_good_as_trying_everything() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i64
        };
        for _ in 0..300 {
            let (rows, columns) = (1 + (next() % 4) as usize, 1 + (next() % 4) as usize);
            let mut pairs = Vec::new();
            for row in 0..rows {
                for column in 0..columns {
                    if next() % 3 > 0 {
                        pairs.push((row, column, next() % 50 - 5));
                    }
                }
            }
            let total: i64 = assign(rows, columns, &pairs).into_iter().map(|place| pairs[place].2).sum();
            assert_eq!(total, best(&pairs, 0, 0, 0), "{pairs:?}");
        }
    }

    fn best(pairs: &[(usize, usize, i64)], from: usize, rows: u32, columns: u32) -> i64 {
        let Some(&(row, column, bits)) = pairs.get(from) else { return 0 };
        let without = best(pairs, from + 1, rows, columns);
        if bits <= 0 || rows >> row & 1 == 1 || columns >> column & 1 == 1 {
            return without;
        }
        without.max(bits + best(pairs, from + 1, rows | 1 << row, columns | 1 << column))
    }
}
