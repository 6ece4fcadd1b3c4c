//! How well whole histories are read. Tuned on seeds below 1000; tested on others. 100,000 records, other habits and
//! other methods beside ours: `cargo run --release -p reconcile --example quality`.

use crate::history::{HARD, ORDINARY};
use crate::tally::{Tally, engine, mixes};

#[test]
fn an_ordinary_year_is_read_right() {
    let tally = engine(ORDINARY, 1000..1060);
    assert!(tally.f1() >= 0.985 && tally.precision() >= 0.999, "{tally:?}");
    assert!(tally.waiting() <= 0.02 && tally.never == 0, "{tally:?}");
}

#[test]
fn a_hard_year_is_read_right() {
    let tally = engine(HARD, 2000..2060);
    assert!(tally.f1() >= 0.960 && tally.precision() >= 0.999, "{tally:?}");
    assert!(tally.waiting() <= 0.02 && tally.never == 0, "{tally:?}");
}

/// Whatever an athlete's devices leave out, what is joined belongs together.
#[test]
fn other_habits_make_no_wrong_merge() {
    for (name, mix) in mixes() {
        let tally: Tally = engine(mix, 3000..3010);
        assert!(tally.precision() >= 0.999 && tally.never == 0, "{name}: {tally:?}");
    }
}
