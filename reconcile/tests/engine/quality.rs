//! How well whole histories are read: pairwise precision and recall against the truth.

use std::collections::HashMap;

use reconcile::{Input, Outcome, Policy, reconcile};

use crate::case::at;
use crate::history::{self, Dice, HARD, History, Mix, ORDINARY};

/// Pairs of records that are truly one activity and were joined, that were joined wrongly, and that were missed.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    joined: u64,
    wrong: u64,
    missed: u64,
    candidates: u64,
    records: u64,
}

impl Tally {
    fn precision(self) -> f64 {
        self.joined as f64 / (self.joined + self.wrong).max(1) as f64
    }

    fn recall(self) -> f64 {
        self.joined as f64 / (self.joined + self.missed).max(1) as f64
    }

    fn f1(self) -> f64 {
        2.0 * self.precision() * self.recall() / (self.precision() + self.recall())
    }

    fn add(&mut self, history: &History, outcome: &Outcome) {
        let truth: HashMap<_, _> =
            history.records.iter().zip(&history.truth).map(|(record, physical)| (record.id, *physical)).collect();
        let mut sizes: HashMap<u32, u64> = HashMap::new();
        for physical in &history.truth {
            *sizes.entry(*physical).or_default() += 1;
        }
        let all: u64 = sizes.values().map(|size| size * (size - 1) / 2).sum();
        let (mut joined, mut wrong) = (0, 0);
        for activity in &outcome.activities {
            for (place, a) in activity.members.iter().enumerate() {
                for b in &activity.members[place + 1..] {
                    if truth[a] == truth[b] { joined += 1 } else { wrong += 1 }
                }
            }
        }
        self.joined += joined;
        self.wrong += wrong;
        self.missed += all - joined;
        self.candidates += outcome.candidates.len() as u64;
        self.records += history.records.len() as u64;
    }
}

fn read(mix: Mix, seeds: std::ops::Range<u64>) -> Tally {
    let policy = Policy::built_in();
    let mut tally = Tally::default();
    for seed in seeds {
        let history = history::athlete(&mut Dice::new(seed), mix, 1, history::first_day(), 365);
        let input = Input { as_of: at("2026-06-01T00:00:00Z"), records: &history.records, rulings: &[] };
        tally.add(&history, &reconcile(&input, &policy));
    }
    println!(
        "{} records: F1 {:.4}, precision {:.5}, recall {:.4}, candidates {:.2} % of records",
        tally.records,
        tally.f1(),
        tally.precision(),
        tally.recall(),
        tally.candidates as f64 / tally.records as f64 * 100.0
    );
    tally
}

/// Tuned on seeds below 1000; reported on these.
#[test]
fn an_ordinary_year_is_read_right() {
    let tally = read(ORDINARY, 1000..1060);
    assert!(tally.f1() >= 0.985 && tally.precision() >= 0.999, "{tally:?}");
    assert!(tally.candidates * 100 <= tally.records * 2, "{tally:?}");
}

#[test]
fn a_hard_year_is_read_right() {
    let tally = read(HARD, 2000..2060);
    assert!(tally.f1() >= 0.960 && tally.precision() >= 0.999, "{tally:?}");
}
