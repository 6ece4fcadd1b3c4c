//! F: dual devices, indoor, virtual, odd data.

use domain::{Field, Sport, Status};

use crate::case::{g, judged, s};

#[test]
fn f1_the_watch_beside_the_bike_computer_waits() {
    judged(&[
        s("s", "06:01:00", 3600.0).km(30.0).sport(Sport::Ride),
        g("edge", "06:01:00", 3600.0).km(30.0).sport(Sport::Ride),
        g("watch", "06:00:10", 3720.0).km(30.2).sport(Sport::Ride),
    ])
    .are(&[&["s", "edge"], &["watch"]])
    .status("watch", Status::NeedsReview);
}

#[test]
fn f3_zwift_and_the_watch_in_one_room() {
    let judged = judged(&[
        s("s", "06:02:00", 3600.0).km(35.2).sport(Sport::VirtualRide),
        g("g", "06:00:30", 3690.0).sport(Sport::IndoorRide).number(Field::AverageHeartRateBpm, 140.0),
    ]);
    judged.are(&[&["s", "g"]]).from("s", Field::DistanceM, "s").from("s", Field::AverageHeartRateBpm, "g");
}

#[test]
fn f4_six_minutes_late_waits() {
    judged(&[
        s("s", "06:06:00", 3240.0).km(30.0).sport(Sport::VirtualRide),
        g("g", "06:00:00", 3600.0).sport(Sport::IndoorRide),
    ])
    .are(&[&["s"], &["g"]])
    .wait(&[("s", "g")]);
}

#[test]
fn f6_a_calibrated_treadmill_conflicts() {
    judged(&[
        s("s", "06:00:00", 3600.0).km(10.0).sport(Sport::TreadmillRun),
        g("g", "06:00:00", 3600.0).km(9.2).sport(Sport::TreadmillRun),
    ])
    .are(&[&["s", "g"]])
    .status("s", Status::Conflicted)
    .from("g", Field::DistanceM, "s");
}

#[test]
fn f7_f8_pool_swims() {
    let pool = |case: crate::case::Case| case.sport(Sport::PoolSwim);
    judged(&[
        pool(s("s", "06:00:00", 2700.0)).km(1.5).sport(Sport::Swim),
        pool(g("g", "06:00:00", 2700.0)).km(1.5).number(Field::PoolLengthM, 25.0),
    ])
    .are(&[&["s", "g"]])
    .from("s", Field::PoolLengthM, "g")
    .from("s", Field::DistanceM, "s");
    let zero = judged(&[
        pool(s("s", "06:00:00", 2700.0)).km(0.0).sport(Sport::Swim),
        pool(g("g", "06:00:00", 2700.0)).km(1.5),
    ]);
    zero.are(&[&["s", "g"]]).from("s", Field::DistanceM, "g").from("s", Field::ElapsedTimeS, "g");
    assert!(zero.activity("s").fields[&Field::StartTimeUtc].provenance.note.is_some());
}

#[test]
fn f9_strength_has_no_distance_and_that_is_not_zero() {
    let judged =
        judged(&[s("s", "06:00:00", 3600.0).sport(Sport::Strength), g("g", "06:00:00", 3600.0).sport(Sport::Strength)]);
    judged.are(&[&["s", "g"]]);
    assert!(judged.activity("s").value(Field::DistanceM).is_none());
}

#[test]
fn f10_a_spike_is_never_chosen() {
    judged(&[s("s", "06:00:00", 3600.0).km(10.1), g("g", "06:00:00", 3600.0).km(142.0)]).are(&[&["s", "g"]]).from(
        "g",
        Field::DistanceM,
        "s",
    );
    judged(&[s("s", "06:00:00", 3600.0).km(142.0), g("g", "06:00:00", 3600.0).km(10.1)]).from(
        "s",
        Field::DistanceM,
        "g",
    );
}

#[test]
fn f11_a_forgotten_watch_waits_unless_an_id_binds() {
    let garmin = g("1", "06:00:00", 32_400.0).km(10.4);
    let strava = s("s", "06:00:00", 3600.0).km(10.0);
    judged(&[strava.clone(), garmin.clone()]).are(&[&["s"], &["1"]]).wait(&[("s", "1")]);
    judged(&[strava.came_from_garmin(Some("1")), garmin]).are(&[&["s", "1"]]).from("1", Field::ElapsedTimeS, "s");
}

#[test]
fn f12_moving_time_comes_with_the_core() {
    judged(&[
        s("s", "06:00:00", 3600.0).km(10.0).number(Field::MovingTimeS, 3300.0),
        g("g", "06:00:00", 3600.0).km(10.0).number(Field::MovingTimeS, 3500.0),
    ])
    .are(&[&["s", "g"]])
    .status("s", Status::Matched)
    .from("g", Field::MovingTimeS, "s");
}

#[test]
fn f13_a_typed_entry_near_a_recording_waits() {
    judged(&[s("s", "18:00:00", 3600.0).km(10.0).manual(), g("g", "18:04:12", 3551.0).km(9.93)])
        .are(&[&["s"], &["g"]])
        .wait(&[("s", "g")]);
}

#[test]
fn f14_a_heart_of_one_beat_is_no_heart() {
    let judged = judged(&[
        s("s", "06:00:00", 3600.0).km(10.0).number(Field::AverageHeartRateBpm, 1.0).number(Field::EnergyKcal, 0.0),
        g("g", "06:00:00", 3600.0).km(10.0).number(Field::AverageHeartRateBpm, 140.0).number(Field::EnergyKcal, 600.0),
    ]);
    judged.from("s", Field::AverageHeartRateBpm, "g").from("s", Field::EnergyKcal, "g");
    assert!(judged.activity("s").fields[&Field::EnergyKcal].provenance.note.is_some());
}

#[test]
fn f16_an_e_bike_is_a_bike() {
    judged(&[
        s("s", "06:00:00", 3600.0).km(30.0).sport(Sport::EBikeRide),
        g("g", "06:00:00", 3600.0).km(30.0).sport(Sport::Ride),
    ])
    .are(&[&["s", "g"]])
    .from("g", Field::SportType, "s");
}
