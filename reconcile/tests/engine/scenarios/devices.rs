//! F: dual devices, indoor, virtual, odd data.

use domain::{Decision, Field, Sport, Status};
use reconcile::{DecidedBy, Policy, Verdict, explain};

use crate::case::{Case, Judged, at, g, judged, ruled, ruled_by, ruling, s};

/// A user's policy: a second device joins by itself, and the heart rate comes from the watch, which wears the strap.
fn attaching() -> Policy {
    let text = Policy::built_in().text().replacen("second_device = \"review\"", "second_device = \"attach\"", 1);
    let rule = "[[when]]\ndevice = \"forerunner*\"\ngroups = { heart_rate = [\"garmin\"] }\n[tolerance]";
    Policy::parse(&text.replacen("[tolerance]", rule, 1)).expect("a policy")
}

fn attached(cases: &[Case]) -> Judged {
    ruled_by(cases, &[], at("2026-05-02T12:00:00Z"), &attaching())
}

/// A ride on a bike computer that Strava has as well, and the watch that ran beside it.
fn a_ride_with_a_watch() -> [Case; 3] {
    let ride = |case: Case, device: &str, beats: f64| {
        let device = domain::Value::Text(device.to_owned());
        case.sport(Sport::Ride).set(Field::Device, device).number(Field::AverageHeartRateBpm, beats)
    };
    [
        ride(s("s", "06:01:00", 3600.0), "Garmin Edge 530", 138.0).km(30.0),
        ride(g("edge", "06:01:00", 3600.0), "Edge 530", 138.0).km(30.0).number(Field::TrainingLoad, 80.0).serial(1),
        ride(g("watch", "06:00:10", 3720.0), "Forerunner 255", 141.0)
            .km(30.2)
            .number(Field::TrainingLoad, 70.0)
            .number(Field::AverageRespirationRate, 30.0)
            .serial(2),
    ]
}

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
fn f1_what_a_person_accepts_contributes_second() {
    let cases = a_ride_with_a_watch();
    judged(&cases).are(&[&["s", "edge"], &["watch"]]).wait(&[("s", "watch")]);
    let accepted = ruled(&cases, &[ruling(Decision::Same(cases[1].id(), cases[2].id()))]);
    accepted.are(&[&["s", "edge", "watch"]]).wait(&[]).from("s", Field::DistanceM, "s");
    accepted.from("s", Field::TrainingLoad, "edge").from("s", Field::AverageRespirationRate, "watch");
}

#[test]
fn f2_a_second_device_joins_by_itself_where_the_policy_says_so() {
    let cases = a_ride_with_a_watch();
    let attached = attached(&cases);
    attached.are(&[&["s", "edge", "watch"]]).wait(&[]);
    attached.from("s", Field::DistanceM, "s").from("s", Field::ElapsedTimeS, "s");
    attached.from("s", Field::AverageHeartRateBpm, "watch");
    // Their lengths are two minutes apart, and the activity says so.
    attached.status("s", Status::Conflicted);
    // Of the two Garmin records the one that Strava's copy was made of leads; the other fills what it lacks.
    attached.from("s", Field::TrainingLoad, "edge").from("s", Field::AverageRespirationRate, "watch");
    let pair = |judgement: &&reconcile::Judgement| {
        [cases[1].id(), cases[2].id()].iter().all(|id| [judgement.a, judgement.b].contains(id))
    };
    let judgement = attached.outcome.matches.iter().find(pair).expect("the two of Garmin");
    assert_eq!((judgement.verdict, judgement.decided_by), (Verdict::Match, DecidedBy::Similarity));
    assert!(explain::summary(judgement).starts_with("One activity"), "{}", explain::summary(judgement));
    // Without a copy on Strava they are one as well.
    self::attached(&cases[1..]).are(&[&["edge", "watch"]]).wait(&[]);
}

#[test]
fn f2_a_second_device_joins_nothing_but_its_own_time() {
    // Pieces a minute apart, on both devices.
    let piece = |make: fn(&str, &str, f64) -> Case, id: &str, start: &str| make(id, start, 600.0).km(2.0);
    attached(&[
        piece(g, "g1", "06:00:00"),
        piece(g, "g2", "06:11:00"),
        piece(g, "w1", "06:00:04").serial(2),
        piece(g, "w2", "06:11:05").serial(2),
        piece(s, "s1", "06:00:00"),
        piece(s, "s2", "06:11:00"),
    ])
    .are(&[&["g1", "w1", "s1"], &["g2", "w2", "s2"]])
    .wait(&[]);
    // A walk that the watch found during another sport, a typed entry, a part of the ride.
    attached(&[
        g("g", "18:00:00", 3600.0).sport(Sport::Strength),
        g("w", "18:05:00", 1500.0).km(1.2).sport(Sport::Walk),
    ])
    .are(&[&["g"], &["w"]])
    .wait(&[]);
    attached(&[g("g", "06:00:00", 3600.0).km(10.0), g("w", "06:00:00", 3600.0).km(10.0).manual()])
        .are(&[&["g"], &["w"]])
        .wait(&[("g", "w")]);
    attached(&[g("g", "06:00:00", 3600.0).km(10.0), g("w", "06:10:00", 2400.0).km(6.7)])
        .are(&[&["g"], &["w"]])
        .wait(&[("g", "w")]);
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

/// A ride that the bike gives to Strava itself and to Garmin, which gives it to Strava once more.
fn peloton(id: &str, start: &str, elapsed: f64) -> Case {
    let device = domain::Value::Text("Peloton Bike".to_owned());
    s(id, start, elapsed).km(20.0).sport(Sport::IndoorRide).set(Field::Device, device)
}

#[test]
fn f5_what_comes_to_one_source_by_two_ways_counts_once() {
    for (direct, echo) in [("1", "2"), ("2", "1"), ("30", "4"), ("5", "60"), ("700", "800"), ("z", "a")] {
        for named in [Some("77"), None] {
            let cases = [
                peloton(direct, "06:00:00", 2700.0),
                peloton(echo, "06:00:01", 2701.0).came_from_garmin(named),
                g("77", "06:00:01", 2701.0).km(20.0).sport(Sport::IndoorRide),
            ];
            let judged = judged(&cases);
            judged.are(&[&[direct, echo, "77"]]).wait(&[]).status(direct, Status::Matched);
            judged.from(direct, Field::DistanceM, direct).from(direct, Field::Device, direct);
            crate::case::judged(&cases[..2]).are(&[&[direct, echo]]).wait(&[]).status(direct, Status::SingleSource);
        }
    }
    // Once the direct one is gone, the echo stands for it, under the same id.
    let cases = [peloton("1", "06:00:00", 2700.0), peloton("2", "06:00:00", 2700.0).came_from_garmin(None)];
    let before = judged(&cases);
    let after = judged(&[cases[0].clone().withdrawn(), cases[1].clone()]);
    after.are(&[&["1", "2"]]).from("1", Field::DistanceM, "2");
    assert_eq!(after.activity("1").id, before.activity("1").id);
}

#[test]
fn f5_two_devices_two_lengths_or_two_uploads_are_no_relay() {
    let direct = peloton("1", "06:00:00", 2700.0);
    let echo = peloton("2", "06:00:00", 2700.0).came_from_garmin(None);
    for other in [
        echo.clone().set(Field::Device, domain::Value::Text("Edge 530".to_owned())),
        peloton("2", "06:00:08", 2700.0).came_from_garmin(None),
        peloton("2", "06:00:00", 2650.0).came_from_garmin(None),
        echo.clone().km(19.0),
        peloton("2", "06:00:00", 2700.0),
    ] {
        judged(&[direct.clone(), other]).are(&[&["1"], &["2"]]).wait(&[("1", "2")]);
    }
    let nameless = |case: Case| case.set(Field::Device, domain::Value::Text(String::new()));
    judged(&[nameless(direct), nameless(echo)]).are(&[&["1"], &["2"]]).wait(&[("1", "2")]);
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

/// Readings are in metres, whatever a source wrote: what the engine compares and shows has one unit, exact to the
/// millimetre. The raw number and its unit stay in the artifact to which the reading points.
#[test]
fn f15_a_swim_in_yards_is_a_swim_in_metres() {
    let yards = |yards: f64| yards * 0.9144;
    let pool = |case: Case, metres: f64| {
        case.sport(Sport::PoolSwim).number(Field::DistanceM, metres).number(Field::PoolLengthM, yards(25.0))
    };
    let garmin = pool(g("g", "06:00:00", 2700.0), yards(1500.0));
    let strava = pool(s("s", "06:00:00", 2700.0), 1371.6);
    let swim = judged(&[strava, garmin.clone()]);
    swim.are(&[&["s", "g"]]).status("s", Status::Matched).from("s", Field::DistanceM, "s");
    let distance = &swim.activity("s").fields[&Field::DistanceM];
    assert_eq!(distance.value, domain::Value::Number(domain::Milli::new(1_371_600)));
    assert_eq!(distance.provenance.agreement, domain::Agreement::Agrees);
    let lost = &distance.alternatives[0];
    assert_eq!((lost.record, &lost.value), (garmin.id(), &distance.value));
    let garmin = garmin.build();
    let raw = garmin.readings.get(Field::DistanceM).expect("a distance").at.clone();
    assert!(garmin.artifacts.contains_key(&raw.artifact) && !raw.path.is_empty(), "{raw:?}");
    // Yards taken for metres are another distance, and the activity says so.
    let wrong = judged(&[pool(s("s", "06:00:00", 2700.0), 1500.0), pool(g("g", "06:00:00", 2700.0), 1371.6)]);
    wrong.are(&[&["s", "g"]]).status("s", Status::Conflicted);
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
