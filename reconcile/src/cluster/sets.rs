//! Disjoint sets of places, each of which can be listed at the cost of its own size.

/// Disjoint sets of the places from 0.
#[derive(Debug, Clone)]
pub(crate) struct Sets {
    parent: Vec<usize>,
    /// The next member of the same set; the last leads to the first.
    next: Vec<usize>,
}

impl Sets {
    pub(crate) fn new(count: usize) -> Self {
        Self { parent: (0..count).collect(), next: (0..count).collect() }
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
        if a == b || a.max(b) >= self.parent.len() {
            return;
        }
        if let Some(slot) = self.parent.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
        // Two rings become one where their next members are exchanged.
        self.next.swap(a, b);
    }

    /// All members of the set of that place, ascending.
    pub(crate) fn members(&self, place: usize) -> Vec<usize> {
        let mut members = vec![place];
        let mut at = place;
        while let Some(&next) = self.next.get(at) {
            if next == place {
                break;
            }
            members.push(next);
            at = next;
        }
        members.sort_unstable();
        members
    }

    /// All sets by their first place, each ascending.
    pub(crate) fn groups(&mut self) -> Vec<Vec<usize>> {
        let firsts: Vec<usize> = (0..self.parent.len()).filter(|place| self.root(*place) == *place).collect();
        firsts.into_iter().map(|first| self.members(first)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Sets;

    #[test]
    fn joined_places_are_one_set_and_the_rest_stay_apart() {
        let mut sets = Sets::new(6);
        for (a, b) in [(5, 1), (4, 2), (1, 4), (5, 2)] {
            sets.join(a, b);
        }
        assert_eq!(sets.groups(), vec![vec![0], vec![1, 2, 4, 5], vec![3]]);
        assert_eq!(sets.members(4), vec![1, 2, 4, 5]);
        assert_eq!((sets.root(5), sets.root(3)), (1, 3));
    }
}
