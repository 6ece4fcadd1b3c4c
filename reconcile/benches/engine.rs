//! The engine alone, one core: records in memory to activities, beside sorting the same records in the same run.
//!
//! `cargo bench -p reconcile` (add `-- 1000000` for another number of records). Prints a table; compares nothing and
//! fails never: figures are for people.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "the words of the tests, which may panic")]

use std::hint::black_box;
use std::time::Instant;

use domain::SourceRecord;
use reconcile::{Input, Policy, reconcile};

#[path = "../tests/engine/case.rs"]
#[expect(dead_code, reason = "the benchmark makes records with the words of the tests, and needs few of them")]
mod case;
#[path = "../tests/engine/history.rs"]
#[expect(dead_code, reason = "a benchmark asks for no truth")]
mod history;

fn histories(wanted: usize, mix: history::Mix) -> Vec<SourceRecord> {
    let mut dice = history::Dice::new(42);
    let mut records = Vec::with_capacity(wanted + 1000);
    let mut athlete = 0;
    while records.len() < wanted {
        athlete += 1;
        records.extend(history::athlete(&mut dice, mix, athlete, history::first_day(), 90).records);
    }
    records.truncate(wanted);
    // As they would come: mixed up.
    for place in (1..records.len()).rev() {
        records.swap(place, dice.below(place + 1));
    }
    records
}

fn by_athlete(mut records: Vec<SourceRecord>) -> Vec<SourceRecord> {
    records.sort_by_key(|record| (record.athlete, record.fingerprint().map(|print| print.start)));
    records
}

fn main() {
    let largest = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(200_000_usize);
    let policy = Policy::built_in();
    println!("{:>10} {:>9} {:>10} {:>10} {:>7} {:>12}", "records", "mix", "sort", "engine", "times", "activities");
    for (name, mix) in [("ordinary", history::ORDINARY), ("hard", history::HARD)] {
        for count in [largest / 10, largest] {
            let records = histories(count, mix);
            let began = Instant::now();
            let sorted = by_athlete(black_box(records));
            let sorting = began.elapsed();
            let began = Instant::now();
            let mut activities = 0;
            for one in sorted.chunk_by(|a, b| a.athlete == b.athlete) {
                let input = Input { as_of: case::at("2026-06-01T00:00:00Z"), records: one, rulings: &[] };
                activities += black_box(reconcile(&input, &policy)).activities.len();
            }
            let engine = began.elapsed();
            println!(
                "{:>10} {:>9} {:>8.0}ms {:>8.0}ms {:>7.1} {:>12}",
                sorted.len(),
                name,
                sorting.as_secs_f64() * 1e3,
                engine.as_secs_f64() * 1e3,
                engine.as_secs_f64() / sorting.as_secs_f64(),
                activities
            );
        }
    }
    // A thousand records of one athlete within one hour.
    let crowd: Vec<SourceRecord> = (0..1000)
        .map(|number| {
            let start = format!("06:{:02}:{:02}", number / 60 % 60, number % 60);
            let make = if number % 2 == 0 { case::s } else { case::g };
            make(&format!("crowd{number}"), &start, 3600.0).km(10.0).build()
        })
        .collect();
    let began = Instant::now();
    let input = Input { as_of: case::at("2026-06-01T00:00:00Z"), records: &crowd, rulings: &[] };
    let outcome = black_box(reconcile(&input, &policy));
    println!(
        "1000 records of one athlete in one hour: {:.0} ms, {} activities",
        began.elapsed().as_secs_f64() * 1e3,
        outcome.activities.len()
    );
}
