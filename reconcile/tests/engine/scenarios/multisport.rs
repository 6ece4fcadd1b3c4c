//! G: multisport.

use domain::Sport;

use crate::case::{Case, g, judged, s};

fn legs() -> Vec<Case> {
    vec![
        g("tri", "06:00:00", 9000.0).km(51.5).sport(Sport::Multisport).whole().file("tri", 0),
        g("swim", "06:00:00", 1800.0).km(1.5).sport(Sport::OpenWaterSwim).leg("tri").file("tri", 0),
        g("t1", "06:30:00", 120.0).km(0.3).sport(Sport::Transition).leg("tri").file("tri", 1),
        g("bike", "06:32:00", 4200.0).km(40.0).sport(Sport::Ride).leg("tri").file("tri", 2),
        g("t2", "07:42:00", 90.0).km(0.2).sport(Sport::Transition).leg("tri").file("tri", 3),
        g("run", "07:43:30", 2790.0).km(10.0).sport(Sport::Run).leg("tri").file("tri", 4),
    ]
}

#[test]
fn g1_g3_g4_legs_pair_with_strava_and_the_whole_with_nobody() {
    let mut all = legs();
    all.extend([
        s("s-swim", "06:00:00", 1800.0).km(1.5).sport(Sport::Swim),
        s("s-bike", "06:32:00", 4200.0).km(40.0).sport(Sport::Ride),
        s("s-run", "07:43:30", 2790.0).km(10.0).sport(Sport::Run),
    ]);
    let judged = judged(&all);
    judged.are(&[&["tri"], &["swim", "s-swim"], &["t1"], &["bike", "s-bike"], &["t2"], &["run", "s-run"]]).wait(&[]);
    let whole = judged.activity("tri").id;
    for leg in ["swim", "t1", "bike", "t2", "run"] {
        assert_eq!(judged.activity(leg).parent, Some(whole), "{leg}");
    }
    assert_eq!(judged.activity("tri").parent, None);
}

#[test]
fn g2_one_entry_for_all_pairs_with_the_whole() {
    let mut all = legs();
    all.push(s("s", "06:00:00", 9000.0).km(51.5).sport(Sport::Workout));
    judged(&all).are(&[&["tri", "s"], &["swim"], &["t1"], &["bike"], &["t2"], &["run"]]).wait(&[]);
}

#[test]
fn g5_a_brick_is_two() {
    judged(&[
        s("s1", "06:00:00", 3600.0).km(30.0).sport(Sport::Ride),
        s("s2", "07:02:00", 1200.0).km(4.0),
        g("g1", "06:00:00", 3600.0).km(30.0).sport(Sport::Ride),
        g("g2", "07:02:00", 1200.0).km(4.0),
    ])
    .are(&[&["s1", "g1"], &["s2", "g2"]])
    .wait(&[]);
}

#[test]
fn g6_legs_that_come_later_leave_the_whole_its_id() {
    let whole = legs().swap_remove(0);
    let before = judged(std::slice::from_ref(&whole));
    let after = judged(&legs());
    assert_eq!(before.activity("tri").id, after.activity("tri").id);
}
