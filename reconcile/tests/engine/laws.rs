//! The laws of `reconciliation.md`, over made-up histories. Those that need a database (9, 10 and the incremental
//! part of 11 as the hub does it) are tests of the hub.

use std::collections::{BTreeSet, HashMap};

use domain::{Activity, ActivityId, Decision, Field, RecordId, SourceRecord, Value};
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestError, TestRunner};
use reconcile::{Input, Outcome, Policy, check, neighbourhood, plan, reconcile};

use crate::case::{at, ruling};
use crate::history::{self, Dice, HARD, Mix, ORDINARY};

fn records(seed: u64) -> Vec<SourceRecord> {
    let mix = match seed % 3 {
        0 => ORDINARY,
        1 => HARD,
        _ => Mix { dual: 0.3, dual_same_source: 0.8, ..HARD },
    };
    history::athlete(&mut Dice::new(seed), mix, 1, history::first_day(), 25).records
}

/// The built-in policy, or for every other seed one that lets second devices join by themselves.
fn policy(seed: u64) -> Policy {
    let mut policy = Policy::built_in();
    policy.attach_second_devices = seed.is_multiple_of(2);
    policy
}

fn run(records: &[SourceRecord], policy: &Policy) -> Outcome {
    reconcile(&Input { as_of: at("2026-06-01T00:00:00Z"), records, rulings: &[] }, policy)
}

fn shuffled(records: &[SourceRecord], seed: u64) -> Vec<SourceRecord> {
    let mut dice = Dice::new(seed);
    let mut list = records.to_vec();
    for place in (1..list.len()).rev() {
        list.swap(place, dice.below(place + 1));
    }
    list
}

fn matches(outcome: &Outcome) -> BTreeSet<(RecordId, RecordId)> {
    outcome.matches.iter().map(|judgement| (judgement.a, judgement.b)).collect()
}

fn holder(outcome: &Outcome) -> HashMap<RecordId, ActivityId> {
    outcome
        .activities
        .iter()
        .flat_map(|activity| activity.members.iter().map(|member| (*member, activity.id)))
        .collect()
}

/// Where the seeds that ever broke a law are kept, and tried before any other. The file is in the repository: whoever
/// breaks a law finds its seed there, to be given in with what mends it.
const BROKEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/proptest-regressions/laws.txt");

fn kept_in(file: &'static str) -> ProptestConfig {
    let persistence = FileFailurePersistence::Direct(file);
    ProptestConfig { cases: 64, failure_persistence: Some(Box::new(persistence)), ..ProptestConfig::default() }
}

#[test]
fn a_seed_that_breaks_a_law_is_kept_and_tried_first() {
    assert!(std::fs::read_to_string(BROKEN).is_ok(), "{BROKEN} is in the repository");
    let folder = std::env::temp_dir().join(format!("laws-{}", std::process::id()));
    let file: &'static str = folder.join("laws.txt").to_string_lossy().into_owned().leak();
    // The first seed that broke it: the next run comes upon it again, and not upon a new one.
    let run = || {
        let broken = std::cell::Cell::new(None);
        let result = TestRunner::new(kept_in(file)).run(&(0_u64..1_000_000), |seed| {
            if seed <= 1000 {
                return Ok(());
            }
            broken.set(broken.get().or(Some(seed)));
            Err(TestCaseError::fail("broken"))
        });
        assert!(matches!(result, Err(TestError::Fail(_, 1001))), "{result:?}");
        broken.get()
    };
    let broken_by = run();
    let kept = std::fs::read_to_string(file).expect("the seed's file");
    assert!(kept.lines().any(|line| line.starts_with("cc ") && line.ends_with(" 1001")), "{kept}");
    assert_eq!(run(), broken_by);
    std::fs::remove_dir_all(folder).expect("a folder of this test");
}

proptest! {
    #![proptest_config(kept_in(BROKEN))]

    /// Law 1: any order of arrival and any duplication give the same.
    #[test]
    fn l1_order_and_duplication_change_nothing(seed in 0_u64..1_000_000, order in 0_u64..1_000_000) {
        let (records, policy) = (records(seed), policy(seed));
        let outcome = run(&records, &policy);
        let mut other = shuffled(&records, order);
        other.extend(records.iter().take(5).cloned());
        prop_assert_eq!(run(&other, &policy), outcome);
    }

    /// Ids name records and decide nothing: another athlete with the same history has the same activities and doubts.
    #[test]
    fn l1_ids_are_names_and_nothing_else(seed in 0_u64..1_000_000) {
        let told = |athlete: u128| {
            let records = history::athlete(&mut Dice::new(seed), HARD, athlete, history::first_day(), 25).records;
            let outcome = run(&records, &Policy::built_in());
            let place: HashMap<RecordId, usize> = records.iter().enumerate().map(|(at, one)| (one.id, at)).collect();
            let places = |members: &[RecordId]| members.iter().map(|id| place[id]).collect::<BTreeSet<usize>>();
            let activities: BTreeSet<_> = outcome.activities.iter().map(|one| places(&one.members)).collect();
            let candidates: BTreeSet<_> = outcome.candidates.iter().map(|one| places(&[one.a, one.b])).collect();
            (activities, candidates)
        };
        prop_assert_eq!(told(1), told(2));
    }

    /// Law 2: running again changes nothing. Laws 4, 6, 7: every plan passes its checks and holds every record once.
    #[test]
    fn l2_l4_l6_l7_plans_are_sound_and_settle(seed in 0_u64..1_000_000) {
        let (records, policy) = (records(seed), policy(seed));
        let outcome = run(&records, &policy);
        let first = plan(outcome.clone(), Vec::new());
        prop_assert_eq!(check(&first, &records), Ok(()));
        let held: usize = outcome.activities.iter().map(|activity| activity.members.len()).sum();
        prop_assert_eq!(held, records.len());
        let again = plan(run(&records, &policy), outcome.activities);
        prop_assert!(again.is_empty());
        prop_assert_eq!(again.unchanged, first.create.len());
    }

    /// Law 3: no edge between two athletes, whatever else agrees.
    #[test]
    fn l3_athletes_never_meet(seed in 0_u64..1_000_000) {
        let policy = policy(seed);
        let mine = records(seed);
        let theirs = history::athlete(&mut Dice::new(seed), ORDINARY, 2, history::first_day(), 25).records;
        let both: Vec<SourceRecord> = mine.iter().chain(&theirs).cloned().collect();
        let mut apart: Vec<Activity> = run(&mine, &policy).activities;
        apart.extend(run(&theirs, &policy).activities);
        apart.sort_by_key(|activity| activity.id);
        prop_assert_eq!(run(&both, &policy).activities, apart);
    }

    /// Law 5: a sum over activities counts each once: it is a sum over values of distinct founders.
    #[test]
    fn l5_no_distance_counts_twice(seed in 0_u64..1_000_000) {
        let (records, policy) = (records(seed), policy(seed));
        let outcome = run(&records, &policy);
        let counted: i64 = outcome
            .activities
            .iter()
            .filter_map(|activity| activity.value(Field::DistanceM).and_then(Value::number))
            .map(domain::Milli::thousandths)
            .sum();
        let holder = holder(&outcome);
        let mut once: HashMap<ActivityId, i64> = HashMap::new();
        for record in &records {
            if let Some(distance) = record.readings.number(Field::DistanceM) {
                let most = once.entry(holder[&record.id]).or_default();
                *most = (*most).max(distance.thousandths());
            }
        }
        prop_assert!(counted <= once.values().sum::<i64>());
    }

    /// Law 8: ids are some member's founding id, and none is used twice.
    #[test]
    fn l8_ids_are_founded_and_unique(seed in 0_u64..1_000_000) {
        let outcome = run(&records(seed), &policy(seed));
        let ids: BTreeSet<ActivityId> = outcome.activities.iter().map(|activity| activity.id).collect();
        prop_assert_eq!(ids.len(), outcome.activities.len());
        for activity in &outcome.activities {
            prop_assert!(activity.members.iter().any(|member| ActivityId::founded_by(*member) == activity.id));
        }
    }

    /// Law 9: a split after a merge by hand restores what stood.
    #[test]
    fn l9_split_undoes_merge(seed in 0_u64..1_000_000, a in 0_usize..1000, b in 0_usize..1000) {
        let (records, policy) = (records(seed), policy(seed));
        prop_assume!(records.len() > 1);
        let (a, b) = (records[a % records.len()].id, records[b % records.len()].id);
        let before = run(&records, &policy);
        prop_assume!(holder(&before)[&a] != holder(&before)[&b]);
        let as_of = at("2026-06-01T00:00:00Z");
        let merge = [ruling(Decision::Same(a, b))];
        let merged = reconcile(&Input { as_of, records: &records, rulings: &merge }, &policy);
        prop_assert_eq!(holder(&merged)[&a], holder(&merged)[&b]);
        prop_assert_eq!(run(&records, &policy), before);
    }

    /// Law 11: what a neighbourhood alone gives is what the whole gives.
    #[test]
    fn l11_a_neighbourhood_is_enough(seed in 0_u64..1_000_000, touched in 0_usize..1000) {
        let (records, policy) = (records(seed), policy(seed));
        prop_assume!(!records.is_empty());
        let whole = run(&records, &policy);
        let near = neighbourhood(&records, &[touched % records.len()], &policy);
        prop_assert!(near.len() <= 40, "{} of {}", near.len(), records.len());
        let part: Vec<SourceRecord> = near.iter().map(|index| records[*index].clone()).collect();
        for activity in run(&part, &policy).activities {
            prop_assert!(whole.activities.contains(&activity));
        }
    }

    /// Law 12: without a source and with it again, the same stands.
    #[test]
    fn l12_a_source_that_returns_restores_the_state(seed in 0_u64..1_000_000) {
        let (records, policy) = (records(seed), policy(seed));
        let before = run(&records, &policy);
        let without: Vec<SourceRecord> =
            records.iter().filter(|record| record.source != domain::SourceSlug::GARMIN).cloned().collect();
        let middle = run(&without, &policy);
        let back = plan(run(&records, &policy), middle.activities);
        prop_assert_eq!(check(&back, &records), Ok(()));
        prop_assert_eq!(run(&records, &policy), before);
    }

    /// Law 13: a higher threshold never makes a match.
    #[test]
    fn l13_a_higher_threshold_only_undoes(seed in 0_u64..1_000_000, low in 900_000_u32..1_000_000, high in 900_000_u32..1_000_000) {
        let records = records(seed);
        let with = |auto_ppm| {
            let mut policy = policy(seed);
            policy.auto_ppm = auto_ppm;
            policy
        };
        let (low, high) = (low.min(high), low.max(high));
        let (loose, strict) = (matches(&run(&records, &with(low))), matches(&run(&records, &with(high))));
        prop_assert!(strict.is_subset(&loose), "{:?}", strict.difference(&loose).collect::<Vec<_>>());
    }
}
