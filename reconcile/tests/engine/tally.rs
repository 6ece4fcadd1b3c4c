//! How well histories are read: pairwise precision and recall against the truth.

use std::collections::HashMap;

use domain::RecordId;
use reconcile::{Input, Policy, reconcile};

use crate::case::at;
use crate::history::{self, Dice, History, Kind, Mix};

/// Pairs of records that are truly one activity and were joined, that were joined wrongly, and that were missed.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub joined: u64,
    pub wrong: u64,
    /// Of the wrong ones, those of a triathlon's parts or of pieces a minute apart.
    pub never: u64,
    pub missed: u64,
    pub candidates: u64,
    pub records: u64,
}

impl Tally {
    pub fn precision(self) -> f64 {
        self.joined as f64 / (self.joined + self.wrong).max(1) as f64
    }

    pub fn recall(self) -> f64 {
        self.joined as f64 / (self.joined + self.missed).max(1) as f64
    }

    pub fn f1(self) -> f64 {
        2.0 * self.precision() * self.recall() / (self.precision() + self.recall())
    }

    /// Candidates for each record.
    pub fn waiting(self) -> f64 {
        self.candidates as f64 / self.records.max(1) as f64
    }

    /// Adds groups of records that were made of a history.
    pub fn add(&mut self, history: &History, groups: impl Iterator<Item = Vec<RecordId>>) {
        let truth: HashMap<RecordId, (u32, Kind)> = history
            .records
            .iter()
            .zip(history.truth.iter().zip(&history.kinds))
            .map(|(record, (physical, kind))| (record.id, (*physical, *kind)))
            .collect();
        let mut sizes: HashMap<u32, u64> = HashMap::new();
        for physical in &history.truth {
            *sizes.entry(*physical).or_default() += 1;
        }
        let all: u64 = sizes.values().map(|size| size * (size - 1) / 2).sum();
        let mut joined = 0;
        for group in groups {
            for (place, a) in group.iter().enumerate() {
                for b in &group[place + 1..] {
                    let (a, b) = (truth[a], truth[b]);
                    if a.0 == b.0 {
                        joined += 1;
                    } else {
                        self.wrong += 1;
                        self.never += u64::from(a.1 == b.1 && a.1 != Kind::Plain);
                    }
                }
            }
        }
        self.joined += joined;
        self.missed += all - joined;
        self.records += history.records.len() as u64;
    }
}

/// What the engine makes of a year of each of these seeds.
pub fn engine(mix: Mix, seeds: std::ops::Range<u64>) -> Tally {
    let policy = Policy::built_in();
    let mut tally = Tally::default();
    for seed in seeds {
        let history = year(mix, seed);
        let input = Input { as_of: at("2026-06-01T00:00:00Z"), records: &history.records, rulings: &[] };
        let outcome = reconcile(&input, &policy);
        tally.candidates += outcome.candidates.len() as u64;
        tally.add(&history, outcome.activities.into_iter().map(|activity| activity.members));
    }
    tally
}

/// The year of that seed.
pub fn year(mix: Mix, seed: u64) -> History {
    history::athlete(&mut Dice::new(seed), mix, 1, history::first_day(), 365)
}

/// The two mixes, and athletes with other habits.
pub fn mixes() -> Vec<(&'static str, Mix)> {
    use crate::history::{HARD, ORDINARY};
    vec![
        ("ordinary", ORDINARY),
        ("hard", HARD),
        ("hard, no end points", Mix { ended: 0.0, ..HARD }),
        ("hard, no serial numbers", Mix { known_device: 0.0, ..HARD }),
        ("hard, models only", Mix { known_device: 0.0, model: 0.9, ended: 0.0, ..HARD }),
        ("hard, no claims", Mix { claimed: 0.0, named: 0.0, ..HARD }),
        ("hard, half without place", Mix { located: 0.5, ..HARD }),
        ("hard, late by 20 s", Mix { late: 0.5, late_s: 20.0, ..HARD }),
        ("hard, pauses left out", Mix { paused: 0.5, ..HARD }),
        ("hard, half unmeasured", Mix { unmeasured: 0.5, ..HARD }),
        ("hard, other words", Mix { words: 0.6, ..HARD }),
        ("hard, rounded", Mix { rounded: 0.5, ..HARD }),
        ("hard, two devices one source", Mix { dual_same_source: 1.0, ..HARD }),
        (
            "all of it",
            Mix {
                ended: 0.5,
                known_device: 0.3,
                model: 0.5,
                claimed: 0.5,
                late: 0.3,
                late_s: 15.0,
                paused: 0.2,
                unmeasured: 0.1,
                words: 0.2,
                rounded: 0.1,
                dual_same_source: 0.2,
                ..HARD
            },
        ),
    ]
}
