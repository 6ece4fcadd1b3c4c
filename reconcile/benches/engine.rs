//! The engine alone, one core: records in memory to activities, beside sorting the same records in the same run.
//!
//! `cargo bench -p reconcile` (add `-- 100000` for another number of records). Prints tables; compares nothing and
//! fails never: figures are for people.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "the words of the tests, which may panic")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use domain::SourceRecord;
use reconcile::{Input, Outcome, Policy, REACH_S, neighbourhood, plan, reconcile};

#[path = "../tests/engine/case.rs"]
#[expect(dead_code, reason = "the benchmark makes records with the words of the tests, and needs few of them")]
mod case;
#[path = "../tests/engine/history.rs"]
#[expect(dead_code, reason = "a benchmark asks for no truth")]
mod history;

/// Records of many athletes, about a hundred each, mixed up as they would come.
fn histories(wanted: usize, mix: history::Mix) -> Vec<SourceRecord> {
    let mut dice = history::Dice::new(42);
    let mut records = Vec::with_capacity(wanted + 1000);
    let mut athlete = 0;
    while records.len() < wanted {
        athlete += 1;
        records.extend(history::athlete(&mut dice, mix, athlete, history::first_day(), 90).records);
    }
    records.truncate(wanted);
    for place in (1..records.len()).rev() {
        records.swap(place, dice.below(place + 1));
    }
    records
}

fn by_athlete(mut records: Vec<SourceRecord>) -> Vec<SourceRecord> {
    records.sort_by_key(key);
    records
}

fn key(record: &SourceRecord) -> (domain::AthleteId, i64) {
    (record.athlete, record.fingerprint().map_or(0, |print| print.start.timestamp()))
}

fn judged(records: &[SourceRecord], policy: &Policy) -> Outcome {
    reconcile(&Input { as_of: case::at("2026-06-01T00:00:00Z"), records, rulings: &[] }, policy)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn main() {
    let largest = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(1_000_000_usize);
    let policy = Policy::built_in();
    println!("Many athletes: every record to its activity, and sorting the same records by athlete and start.");
    println!(
        "{:>9} {:>8} {:>8} {:>9} {:>9} {:>6} {:>8} {:>10}",
        "mix", "records", "athletes", "sort", "engine", "times", "growth", "activities"
    );
    for (name, mix) in [("ordinary", history::ORDINARY), ("hard", history::HARD)] {
        let mut smaller: Option<Duration> = None;
        for count in [largest / 100, largest / 10, largest] {
            let records = histories(count, mix);
            let began = Instant::now();
            let sorted = by_athlete(black_box(records));
            let sorting = began.elapsed();
            let began = Instant::now();
            let (mut athletes, mut activities) = (0, 0);
            for one in sorted.chunk_by(|a, b| a.athlete == b.athlete) {
                athletes += 1;
                activities += black_box(judged(one, &policy)).activities.len();
            }
            let engine = began.elapsed();
            let growth =
                smaller.replace(engine).map_or(String::new(), |before| format!("{:.1}", ms(engine) / ms(before)));
            println!(
                "{:>9} {:>8} {:>8} {:>7.0}ms {:>7.0}ms {:>6.1} {:>8} {:>10}",
                name,
                sorted.len(),
                athletes,
                ms(sorting),
                ms(engine),
                ms(engine) / ms(sorting),
                growth,
                activities
            );
            if name == "ordinary" {
                one_more(&sorted, &policy);
            }
        }
    }
    println!("\nOne athlete, everything in one call.");
    for days in [9_000, 90_000] {
        let life = history::athlete(&mut history::Dice::new(7), history::HARD, 1, history::first_day(), days).records;
        one_call(&format!("{} years of hard days", days / 365), &life, &policy);
    }
    println!("\nOne athlete, everything within one hour.");
    for (name, makers) in [
        ("two recorders, a second apart", [case::s as fn(&str, &str, f64) -> case::Case, case::g]),
        ("files, a second apart", [case::m, case::m]),
    ] {
        one_call(name, &crowd(&makers, 3600.0), &policy);
        one_call(&format!("{name}, a minute long"), &crowd(&makers, 60.0), &policy);
    }
}

/// A new record into what is there: its neighbourhood found among what lies within reach, judged, and planned.
fn one_more(sorted: &[SourceRecord], policy: &Policy) {
    let mut dice = history::Dice::new(3);
    let mut times = Vec::new();
    for _ in 0..2000 {
        let new = &sorted[dice.below(sorted.len())];
        let (athlete, start) = key(new);
        let began = Instant::now();
        let from = sorted.partition_point(|record| key(record) < (athlete, start - 2 * REACH_S));
        let until = sorted.partition_point(|record| key(record) <= (athlete, start + 2 * REACH_S));
        let around = &sorted[from..until];
        let touched = around.iter().position(|record| record.id == new.id).expect("it is there");
        let near = neighbourhood(around, &[touched], policy);
        let part: Vec<SourceRecord> = near.iter().map(|at| around[*at].clone()).collect();
        black_box(plan(judged(&part, policy), Vec::new()));
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1e6;
    println!("{:>27} one new record: {:.0} us (half), {:.0} us (99 of 100)", "", at(50), at(99));
}

fn crowd(makers: &[fn(&str, &str, f64) -> case::Case; 2], elapsed: f64) -> Vec<SourceRecord> {
    (0..1000_usize)
        .map(|number| {
            let second = number * 3;
            let start = format!("06:{:02}:{:02}", second / 60 % 60, second % 60);
            makers[number % 2](&format!("crowd{number}"), &start, elapsed).km(elapsed / 360.0).build()
        })
        .collect()
}

fn one_call(name: &str, records: &[SourceRecord], policy: &Policy) {
    let began = Instant::now();
    let outcome = black_box(judged(records, policy));
    println!(
        "{:>46} {:>8} records {:>7.0} ms {:>8} activities {:>8} matches",
        name,
        records.len(),
        ms(began.elapsed()),
        outcome.activities.len(),
        outcome.matches.len()
    );
}
