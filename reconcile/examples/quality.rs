//! How well made-up histories are read: the engine beside two rules that others use, on the same records.
//!
//! `cargo run --release -p reconcile --example quality` prints the table of `docs/matching.md`; with `-- tuning` on the
//! seeds that were tuned on, with `-- export DIR` it writes records and truth as CSV for `compare/splink_compare.py`.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "the words of the tests, which may panic")]

use std::collections::HashMap;
use std::fmt::Write as _;

use domain::{RecordId, SourceRecord};

#[path = "../tests/engine/case.rs"]
#[expect(dead_code, reason = "an example makes records with the words of the tests, and needs few of them")]
mod case;
#[path = "../tests/engine/history.rs"]
mod history;
#[path = "../tests/engine/tally.rs"]
mod tally;

use history::Mix;
use tally::{Tally, engine, mixes, year};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let first = if words.iter().any(|word| word == "tuning") { 0 } else { 10_000 };
    // About four hundred records a year.
    let seeds = first..first + 250;
    if let [word, folder] = words.as_slice()
        && word == "export"
    {
        for (name, mix) in mixes().into_iter().take(2) {
            let file = format!("{folder}/{name}.csv");
            std::fs::write(&file, csv(mix, seeds.clone())).expect("a folder that can be written");
            println!("{file}");
        }
        return;
    }
    println!(
        "{:>30} {:>24} {:>8} {:>7} {:>9} {:>7} {:>6} {:>6} {:>8}",
        "mix", "method", "records", "F1", "precision", "recall", "wrong", "never", "waiting"
    );
    for (at, (name, mix)) in mixes().into_iter().enumerate() {
        row(name, "data hub", engine(mix, seeds.clone()));
        if at < 2 {
            row(name, "60 s and 5 % distance", rule(mix, seeds.clone(), near_and_as_far));
            row(name, "5 min and sport family", rule(mix, seeds.clone(), near_and_alike));
        }
    }
}

fn row(mix: &str, method: &str, tally: Tally) {
    println!(
        "{:>30} {:>24} {:>8} {:>7.4} {:>9.5} {:>7.4} {:>6} {:>6} {:>6.2} %",
        mix,
        method,
        tally.records,
        tally.f1(),
        tally.precision(),
        tally.recall(),
        tally.wrong,
        tally.never,
        tally.waiting() * 100.0
    );
}

/// Starts within a minute, distances within 5 %, or no distance on either side.
fn near_and_as_far(a: &SourceRecord, b: &SourceRecord) -> bool {
    let distance = |record: &SourceRecord| record.fingerprint().and_then(|print| print.distance_m);
    let as_far = match (distance(a), distance(b)) {
        (Some(x), Some(y)) => (x.as_f64() - y.as_f64()).abs() <= 0.05 * x.as_f64().max(y.as_f64()),
        (None, None) => true,
        _ => false,
    };
    as_far && (start(a) - start(b)).abs() <= 60
}

/// Starts within five minutes and sports of one family.
fn near_and_alike(a: &SourceRecord, b: &SourceRecord) -> bool {
    let family = |record: &SourceRecord| record.fingerprint().map(|print| print.sport.family());
    family(a) == family(b) && (start(a) - start(b)).abs() <= 300
}

/// What a rule on pairs makes of them: records of two sources are one where the rule says so.
fn rule(mix: Mix, seeds: std::ops::Range<u64>, same: fn(&SourceRecord, &SourceRecord) -> bool) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let history = year(mix, seed);
        let mut records: Vec<&SourceRecord> = history.records.iter().collect();
        records.sort_by_key(|record| start(record));
        let mut group: Vec<usize> = (0..records.len()).collect();
        for (place, a) in records.iter().enumerate() {
            for (other, b) in records.iter().enumerate().skip(place + 1).take_while(|(_, b)| start(b) - start(a) <= 600)
            {
                if a.source != b.source && same(a, b) {
                    let (from, to) = (group[other], group[place]);
                    group.iter_mut().filter(|of| **of == from).for_each(|of| *of = to);
                }
            }
        }
        let mut groups: HashMap<usize, Vec<RecordId>> = HashMap::new();
        for (place, record) in records.iter().enumerate() {
            groups.entry(group[place]).or_default().push(record.id);
        }
        tally.add(&history, groups.into_values());
    }
    tally
}

/// When a record began, in seconds since 1970.
fn start(record: &SourceRecord) -> i64 {
    record.fingerprint().map_or(0, |print| print.start.timestamp())
}

fn csv(mix: Mix, seeds: std::ops::Range<u64>) -> String {
    let mut text =
        "unique_id,athlete,source,start,elapsed,distance,family,latitude,longitude,serial,truth\n".to_owned();
    for seed in seeds {
        let history = year(mix, seed);
        for (at, (record, physical)) in history.records.iter().zip(&history.truth).enumerate() {
            let print = record.fingerprint().expect("a start and a length");
            let place = print.start_point.map(domain::Point::degrees);
            let _ = writeln!(
                text,
                "{seed}-{at},{seed},{},{},{},{},{:?},{},{},{},{seed}-{physical}",
                record.source,
                print.start.timestamp(),
                print.elapsed_s.as_f64(),
                print.distance_m.map_or(String::new(), |distance| distance.as_f64().to_string()),
                print.sport.family(),
                place.map_or(String::new(), |(latitude, _)| latitude.to_string()),
                place.map_or(String::new(), |(_, longitude)| longitude.to_string()),
                print.device_serial.map_or(String::new(), |serial| serial.to_string()),
            );
        }
    }
    text
}
