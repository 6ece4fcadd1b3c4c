//! E: one source, neighbours, wrong merges.

use domain::{Sport, Status};

use crate::case::{Case, g, judged, m, record, s};

#[test]
fn e1_one_file_uploaded_twice_is_a_duplicate() {
    judged(&[
        s("s1", "06:00:00", 3600.0).km(10.0).file("x", 0),
        s("s2", "06:00:00", 3600.0).km(10.0).file("x", 0),
        g("g", "06:00:00", 3600.0).km(10.0),
    ])
    .are(&[&["s1", "s2", "g"]]);
}

#[test]
fn e2_phone_and_watch_on_one_source_wait() {
    judged(&[s("s1", "06:00:00", 3600.0).km(10.0), s("s2", "06:00:20", 3580.0).km(10.1)])
        .are(&[&["s1"], &["s2"]])
        .wait(&[("s1", "s2")]);
}

#[test]
fn e3_two_runs_a_minute_apart_pair_by_their_starts() {
    judged(&[
        s("s1", "06:00:00", 600.0).km(2.0),
        s("s2", "06:11:00", 600.0).km(2.0),
        g("g1", "06:00:00", 600.0).km(2.0),
        g("g2", "06:11:00", 600.0).km(2.0),
    ])
    .are(&[&["s1", "g1"], &["s2", "g2"]])
    .wait(&[]);
}

#[test]
fn e4_a_race_is_not_its_warm_up() {
    judged(&[
        s("s", "06:11:00", 2340.0).km(10.0),
        g("g1", "06:00:00", 600.0).km(1.5),
        g("g2", "06:11:00", 2340.0).km(10.01),
    ])
    .are(&[&["s", "g2"], &["g1"]])
    .wait(&[]);
}

#[test]
fn e5_two_equal_rides_of_a_day() {
    judged(&[
        s("s1", "06:00:00", 3600.0).km(30.0).sport(Sport::Ride),
        s("s2", "12:00:00", 3600.0).km(30.0).sport(Sport::Ride),
    ])
    .are(&[&["s1"], &["s2"]])
    .wait(&[]);
    judged(&[
        s("s", "06:00:00", 3600.0).km(30.0).sport(Sport::Ride),
        g("g", "12:00:07", 3655.0).km(30.0).sport(Sport::Ride),
    ])
    .are(&[&["s"], &["g"]])
    .wait(&[]);
}

#[test]
fn e6_eight_repeats_are_eight() {
    let repeats = |make: fn(&str, &str, f64) -> Case, prefix: &str| -> Vec<Case> {
        (0..8)
            .map(|n| {
                let start = 6 * 3600 + n * 170;
                let text = format!("{:02}:{:02}:{:02}", start / 3600, start / 60 % 60, start % 60);
                make(&format!("{prefix}{n}"), &text, 80.0 + f64::from(n % 3)).km(0.4)
            })
            .collect()
    };
    let judged = judged(&[repeats(s, "s"), repeats(g, "g")].concat());
    assert_eq!(judged.outcome.activities.len(), 8);
    for n in 0..8 {
        assert_eq!(judged.activity(&format!("s{n}")).id, judged.activity(&format!("g{n}")).id);
    }
    judged.wait(&[]);
    // One source lacks one of them: nobody steals.
    let missing: Vec<Case> = [repeats(s, "s"), repeats(g, "g")]
        .concat()
        .into_iter()
        .enumerate()
        .filter(|(n, _)| *n != 3)
        .map(|(_, case)| case)
        .collect();
    assert_eq!(crate::case::judged(&missing).outcome.activities.len(), 8);
}

/// Three pieces of one ride; a second device ran beside the last one, and Strava's clock was an hour off in the first.
#[test]
fn e3_a_piece_that_a_wrong_clock_lays_around_another_is_no_whole_of_it() {
    let ride = |case: Case, km: f64| case.km(km).sport(Sport::Ride).from(48.0, 11.0);
    let judged = judged(&[
        // No place bears out that it is Strava's first one.
        g("g1", "14:29:35", 1169.0).km(8.31).sport(Sport::Ride),
        ride(s("s1", "15:29:35", 1169.0), 8.31),
        ride(g("g3", "15:29:53", 773.0), 5.1).serial(1),
        ride(s("s3", "15:29:53", 772.0), 5.1),
        ride(g("w3", "15:29:35", 781.0), 5.1).serial(2),
    ]);
    assert_ne!(judged.activity("s1").id, judged.activity("w3").id, "{:#?}", judged.told());
    assert_eq!(judged.activity("s3").id, judged.activity("g3").id);
    // A person says what it is: the true pair is among those that wait.
    judged.wait(&[("g1", "s1"), ("g3", "s1"), ("w3", "s1"), ("w3", "s3")]);
}

#[test]
fn e7_two_athletes_are_never_compared() {
    judged(&[
        s("s", "06:00:00", 3600.0).km(10.0).file("x", 0),
        g("g", "06:00:00", 3600.0).km(10.0).file("x", 0).athlete(2),
    ])
    .are(&[&["s"], &["g"]])
    .wait(&[]);
}

#[test]
fn e8_a_friends_file_waits() {
    judged(&[
        g("g", "06:00:00", 7200.0).km(50.0).sport(Sport::Ride).serial(1),
        m("m", "06:01:40", 7110.0).km(49.3).sport(Sport::Ride).serial(2),
    ])
    .are(&[&["g"], &["m"]])
    .wait(&[("g", "m")]);
}

#[test]
fn e9_a_chain_is_no_cluster() {
    let garmin = g("a", "06:00:00", 3600.0).km(10.0);
    let strava = s("b", "06:00:00", 2940.0).km(8.17);
    let coros =
        record(domain::SourceSlug::parse("coros").unwrap(), domain::Channel::Api, "c", "06:11:00", 2940.0).km(8.17);
    let judged = judged(&[garmin, strava, coros]);
    assert_ne!(judged.activity("b").id, judged.activity("c").id, "{:#?}", judged.told());
    assert!(!judged.outcome.candidates.is_empty());
}

#[test]
fn e10_weights_and_a_walk_found_by_the_watch() {
    judged(&[s("s", "18:00:00", 3600.0).sport(Sport::Strength), g("g", "18:05:00", 1500.0).km(1.2).sport(Sport::Walk)])
        .are(&[&["s"], &["g"]])
        .wait(&[]);
}

#[test]
fn e11_a_workout_is_anything() {
    judged(&[s("s", "06:00:00", 3600.0).km(10.0).sport(Sport::Workout), g("g", "06:00:00", 3600.0).km(10.0)])
        .are(&[&["s", "g"]])
        .status("s", Status::Matched);
}

#[test]
fn e12_walk_or_run_of_one_recording() {
    judged(&[s("s", "06:00:00", 3600.0).km(6.0).sport(Sport::Walk), g("g", "06:00:00", 3600.0).km(6.0)])
        .are(&[&["s", "g"]])
        .status("s", Status::Conflicted);
}

#[test]
fn e14_twice_a_day_on_garmin_is_two() {
    judged(&[g("g1", "06:00:00", 1800.0).km(5.0), g("g2", "18:00:00", 1800.0).km(5.0)])
        .are(&[&["g1"], &["g2"]])
        .wait(&[]);
}

#[test]
fn e13_a_common_file_name_proves_nothing() {
    judged(&[
        m("activity.fit", "2026-04-01T06:00:00Z", 3600.0).km(10.0),
        s("activity.fit", "06:00:00", 1800.0).km(5.0),
    ])
    .are(&[&["activity.fit"], &["activity.fit"]])
    .wait(&[]);
    assert_eq!(
        judged(&[m("activity.fit", "2026-04-01T06:00:00Z", 3600.0), s("activity.fit", "06:00:00", 1800.0)])
            .outcome
            .activities
            .len(),
        2
    );
}
