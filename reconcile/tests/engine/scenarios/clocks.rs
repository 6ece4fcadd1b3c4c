//! C: time and time zone.

use domain::{Field, Status};
use reconcile::EvidenceKind;

use crate::case::{Case, g, judged, m, s};

#[test]
fn c1_local_time_written_as_utc_with_the_same_start_point() {
    judged(&[
        s("s", "06:00:00", 3600.0).km(10.0).from(48.0, 11.0),
        m("m", "08:00:00", 3601.0).km(10.0).from(48.0, 11.0),
    ])
    .are(&[&["s", "m"]])
    .from("s", Field::StartTimeUtc, "s");
}

#[test]
fn c2_the_same_without_a_second_proof_waits() {
    judged(&[s("s", "06:00:00", 3600.0).km(10.0), m("m", "08:00:00", 3601.0).km(10.0)])
        .are(&[&["s"], &["m"]])
        .wait(&[("s", "m")]);
}

#[test]
fn c3_nepal_lies_on_the_quarter_hour_grid() {
    judged(&[
        s("s", "06:00:00", 3600.0).km(10.0).from(27.7, 85.3),
        m("m", "11:45:00", 3600.0).km(10.0).from(27.7, 85.3),
    ])
    .are(&[&["s", "m"]]);
}

#[test]
fn c4_a_shift_crosses_midnight() {
    judged(&[
        s("s", "23:10:00", 3600.0).km(10.0).from(48.0, 11.0),
        m("m", "2026-05-02T01:10:00Z", 3600.0).km(10.0).from(48.0, 11.0),
    ])
    .are(&[&["s", "m"]]);
}

#[test]
fn c5_two_commutes_are_two() {
    judged(&[s("s", "07:00:10", 1500.0).km(8.0), g("g", "18:00:40", 1530.0).km(8.1)]).are(&[&["s"], &["g"]]).wait(&[]);
    judged(&[
        s("s", "07:00:10", 1500.0).km(8.0).from(48.0, 11.0),
        g("g", "18:00:40", 1500.0).km(8.0).from(48.05, 11.05),
    ])
    .are(&[&["s"], &["g"]])
    .wait(&[]);
}

#[test]
fn c6_where_both_sources_have_both_rides_no_shift_is_assumed() {
    let ride = |one: crate::case::Case| one.km(8.0).serial(7).from(48.0, 11.0);
    judged(&[
        ride(s("s1", "07:00:00", 1500.0)),
        ride(s("s2", "18:00:00", 1500.0)),
        ride(g("g1", "07:00:00", 1500.0)),
        ride(g("g2", "18:00:00", 1500.0)),
    ])
    .are(&[&["s1", "g1"], &["s2", "g2"]])
    .wait(&[]);
    judged(&[ride(s("s1", "07:00:00", 1500.0)), ride(s("s2", "18:00:00", 1500.0))]).are(&[&["s1"], &["s2"]]).wait(&[]);
}

#[test]
fn c7_a_wrong_clock_is_overruled_by_the_fit_identity() {
    let strava = s("s", "06:00:00", 3600.0).km(10.0);
    let garmin = g("g", "05:09:00", 3600.0).km(10.0).serial(7);
    judged(&[strava.clone().fit(7, "05:09:00", "05:09:00"), garmin.clone().fit(7, "05:09:00", "05:09:00")])
        .are(&[&["s", "g"]])
        .from("g", Field::StartTimeUtc, "s");
    judged(&[strava.serial(7), garmin]).are(&[&["s"], &["g"]]).wait(&[("s", "g")]).status("g", Status::NeedsReview);
}

#[test]
fn c8_only_utc_is_compared_when_summer_time_ends() {
    judged(&[
        s("s", "2026-10-25T00:30:00Z", 7200.0).km(20.0).offset(7200.0),
        g("g", "2026-10-25T00:30:00Z", 7200.0).km(20.0).offset(3600.0),
    ])
    .are(&[&["s", "g"]]);
}

#[test]
fn c11_a_watch_without_the_time_never_gives_the_core() {
    let judged = judged(&[
        s("s", "06:00:00", 3600.0).km(10.0).came_from_garmin(Some("g")).file("x", 0),
        g("g", "1989-12-31T00:10:00Z", 3600.0).km(10.0).file("x", 0),
    ]);
    judged.are(&[&["s", "g"]]).from("g", Field::StartTimeUtc, "s");
}

#[test]
fn a_hidden_start_is_found_by_date_time_and_distance() {
    // Strava says local midnight and one second; Garmin knows the start.
    let hidden = s("s", "2026-04-30T22:00:01Z", 3600.0).km(10.01).offset(7200.0).hidden();
    judged(&[hidden.clone(), g("g", "06:12:10", 3600.0).km(10.01).offset(7200.0)]).are(&[&["s", "g"]]);
    judged(&[hidden, g("g", "2026-05-02T06:12:10Z", 3600.0).km(10.01).offset(7200.0)]).are(&[&["s"], &["g"]]);
}

#[test]
fn an_edited_garmin_start_is_known_to_the_minute() {
    judged(&[s("s", "04:02:56", 3600.0).km(24.1), g("g", "04:02:00", 3600.0).km(24.14).minute()]).are(&[&["s", "g"]]);
}

#[test]
fn c2_the_same_shift_on_a_neighbouring_ride_is_the_second_proof() {
    let (monday, tuesday) = (s("s1", "06:00:00", 3600.0).km(10.0), s("s2", "2026-05-02T05:10:00Z", 2400.0).km(7.1));
    let (first, second) = (m("m1", "08:00:00", 3601.0).km(10.0), m("m2", "2026-05-02T07:10:01Z", 2400.0).km(7.1));
    let together = judged(&[monday.clone(), tuesday.clone(), first.clone(), second.clone()]);
    together.are(&[&["s1", "m1"], &["s2", "m2"]]).wait(&[]).from("m1", Field::StartTimeUtc, "s1");
    let shifts = |judgement: &reconcile::Judgement| -> Vec<String> {
        let of = judgement.evidence.iter().filter(|one| one.kind == EvidenceKind::WholeHourShift);
        of.map(reconcile::explain::evidence).collect()
    };
    for judgement in &together.outcome.matches {
        assert_eq!(shifts(judgement).len(), 2, "{:?}", shifts(judgement));
        assert!(shifts(judgement)[1].contains("same 2 h"), "{:?}", shifts(judgement));
    }
    // Another shift bears nothing out, nor does the same one the other way, nor one of next week.
    for other in ["2026-05-02T08:10:00Z", "2026-05-02T03:10:00Z"] {
        let other = m("m2", other, 2400.0).km(7.1);
        let apart = judged(&[monday.clone(), tuesday.clone(), first.clone(), other]);
        apart.are(&[&["s1"], &["s2"], &["m1"], &["m2"]]).wait(&[("s1", "m1"), ("s2", "m2")]);
    }
    let (late, late_file) =
        (s("s2", "2026-05-08T05:10:00Z", 2400.0).km(7.1), m("m2", "2026-05-08T07:10:00Z", 2400.0).km(7.1));
    judged(&[monday, late, first, late_file]).wait(&[("s1", "m1"), ("s2", "m2")]);
}

#[test]
fn two_exports_of_one_ride_are_one_witness() {
    let ride = |make: crate::case::Case| make.km(10.0);
    judged(&[
        ride(s("s", "06:00:00", 3600.0)),
        ride(s("s", "06:00:00", 3600.0)).channel(domain::Channel::Archive),
        ride(m("gpx", "08:00:00", 3600.0)),
        ride(m("tcx", "08:00:00", 3600.0)),
    ])
    .are(&[&["s"], &["gpx", "tcx"]]);
}

#[test]
fn c6_commutes_of_a_week_lend_each_other_no_shift() {
    let ride = |make: fn(&str, &str, f64) -> Case, id: &str, day: u32, hour: u32| {
        make(&format!("{id}{day}-{hour}"), &format!("2026-05-0{day}T{hour:02}:00:00Z"), 1500.0).km(8.0)
    };
    // Both sources have both rides of both days; then one misses two of them, which leaves their partners alone.
    let all: Vec<Case> = [(1, 7), (1, 18), (2, 7), (2, 18)]
        .into_iter()
        .flat_map(|(day, hour)| [ride(s, "s", day, hour), ride(g, "g", day, hour)])
        .collect();
    let paired = judged(&all);
    paired.wait(&[]);
    assert_eq!(paired.outcome.activities.len(), 4);
    for missing in [vec!["g1-18", "g2-18"], vec!["g1-7", "g2-18"], vec!["s1-7", "s2-7"]] {
        let some: Vec<Case> =
            all.iter().filter(|one| !missing.contains(&one.build().external_id.as_str())).cloned().collect();
        let judged = judged(&some);
        assert_eq!(judged.outcome.activities.len(), 4, "{missing:?} {:#?}", judged.groups());
        for activity in judged.groups() {
            let days: std::collections::BTreeSet<&str> = activity.iter().map(|id| &id[1..]).collect();
            assert_eq!(days.len(), 1, "{activity:?}");
        }
    }
}

#[test]
fn c9_one_source_took_the_new_offset_and_the_other_the_old() {
    let strava = s("s", "2026-03-29T06:00:00Z", 3600.0).km(10.0).offset(7200.0);
    let garmin = g("g", "2026-03-29T07:00:00Z", 3601.0).km(10.0).offset(3600.0);
    judged(&[strava.clone().from(48.0, 11.0), garmin.clone().from(48.0, 11.0)]).are(&[&["s", "g"]]).from(
        "g",
        Field::StartTimeUtc,
        "s",
    );
    judged(&[strava, garmin]).are(&[&["s"], &["g"]]).wait(&[("s", "g")]);
}

#[test]
fn c10_a_flight_keeps_the_offset_of_its_start_and_shifts_no_clock() {
    let judged = judged(&[
        s("s", "06:00:00", 10_800.0).km(10.0).offset(3600.0),
        g("g", "06:00:00", 10_800.0).km(10.0).offset(10_800.0),
    ]);
    judged.are(&[&["s", "g"]]).from("g", Field::UtcOffsetS, "s");
    let shifted = |judgement: &reconcile::Judgement| {
        judgement.evidence.iter().any(|one| one.kind == reconcile::EvidenceKind::WholeHourShift)
    };
    assert!(!judged.outcome.matches.iter().any(shifted));
}
