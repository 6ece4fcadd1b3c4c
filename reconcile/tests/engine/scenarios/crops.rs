//! D: crops, edits, visibility, deletes.

use domain::{ActivityId, Agreement, Field, Sport, Status, Value, Visibility};
use reconcile::explain;

use crate::case::{g, judged, s};

#[test]
fn d1_d2_an_edit_at_the_source_dissolves_no_match() {
    let full = s("s", "06:00:00", 3600.0).km(10.0);
    for cropped in
        [s("s", "06:00:00", 2700.0).km(7.5), s("s", "06:10:00", 3000.0).km(8.3), s("s", "06:30:00", 1440.0).km(4.0)]
    {
        let judged = judged(&[cropped.once(full.clone()), g("g", "06:00:00", 3600.0).km(10.02)]);
        judged.are(&[&["s", "g"]]).status("s", Status::Conflicted).from("s", Field::ElapsedTimeS, "s");
        let elapsed = &judged.activity("s").fields[&Field::ElapsedTimeS].provenance;
        let told = explain::provenance(Field::ElapsedTimeS, elapsed, Some("Strava"), &["Garmin Connect"]);
        assert!(told.contains("cropped"), "{told}");
    }
}

#[test]
fn d3_a_crop_at_first_sight_needs_a_second_proof() {
    let garmin = g("g", "06:00:00", 3600.0).km(10.0);
    let strava = s("s", "06:00:00", 2700.0).km(7.5);
    judged(&[strava.clone().from(48.0, 11.0), garmin.clone().from(48.0, 11.0)]).are(&[&["s", "g"]]);
    judged(&[strava, garmin.clone()]).are(&[&["s"], &["g"]]).wait(&[("s", "g")]);
    let front = s("s", "06:10:00", 3000.0).km(8.3);
    judged(&[front.to(48.1, 11.1), garmin.to(48.1, 11.1)]).are(&[&["s", "g"]]);
}

#[test]
fn d4_a_small_part_waits() {
    judged(&[
        s("s", "06:00:00", 1440.0).km(4.0).from(48.0, 11.0),
        g("g", "06:00:00", 3600.0).km(10.0).from(48.0, 11.0),
    ])
    .are(&[&["s"], &["g"]])
    .wait(&[("s", "g")]);
}

#[test]
fn d6_d7_another_sport_at_the_source_keeps_the_match() {
    let run = s("s", "06:00:00", 3600.0).km(10.0);
    let garmin = g("g", "06:00:00", 3600.0).km(10.0);
    let trail = judged(&[run.clone().sport(Sport::TrailRun).once(run.clone()), garmin.clone()]);
    trail.are(&[&["s", "g"]]).status("s", Status::Matched).from("g", Field::SportType, "s");
    let ride = judged(&[run.clone().sport(Sport::Ride).once(run), garmin]);
    ride.are(&[&["s", "g"]]).status("s", Status::Conflicted);
    assert_eq!(ride.activity("s").fields[&Field::SportType].provenance.agreement, Agreement::Conflicts);
}

#[test]
fn d8_two_halves_in_one_whole_wait() {
    let judged = judged(&[
        s("s1", "06:00:00", 1700.0).km(4.7),
        s("s2", "06:30:00", 1790.0).km(5.0),
        g("g", "06:00:00", 3600.0).km(10.0),
    ]);
    judged.are(&[&["s1"], &["s2"], &["g"]]).wait(&[("s1", "g"), ("s2", "g")]);
}

#[test]
fn d9_d10_a_withdrawn_record_gives_way_and_keeps_the_id() {
    let strava = s("s", "06:00:00", 3600.0).km(10.0).seen("2026-05-01T07:00:00Z").withdrawn();
    let garmin = g("g", "06:00:00", 3600.0).km(10.02).seen("2026-04-01T07:00:00Z");
    let both = judged(&[strava.clone(), garmin.clone()]);
    both.are(&[&["s", "g"]]).status("s", Status::SingleSource).from("s", Field::DistanceM, "g");
    assert_eq!(both.activity("s").id, ActivityId::founded_by(garmin.id()));
    let alone = judged(&[strava]);
    alone.status("s", Status::Withdrawn).from("s", Field::DistanceM, "s");
}

#[test]
fn d13_the_most_restrictive_visibility_wins() {
    let visible = |visibility| Value::Visibility(visibility);
    for (strava, garmin) in [(Visibility::OnlyMe, Visibility::Everyone), (Visibility::Everyone, Visibility::OnlyMe)] {
        let judged = judged(&[
            s("s", "06:00:00", 3600.0).km(10.0).set(Field::Visibility, visible(strava)),
            g("g", "06:00:00", 3600.0).km(10.0).set(Field::Visibility, visible(garmin)),
        ]);
        assert_eq!(judged.activity("s").value(Field::Visibility), Some(&visible(Visibility::OnlyMe)));
    }
}

#[test]
fn d14_a_new_upload_takes_the_place_of_the_deleted_one() {
    judged(&[
        s("old", "06:00:00", 3600.0).km(10.0).withdrawn(),
        s("new", "06:00:00", 3600.0).km(10.0),
        g("g", "06:00:00", 3600.0).km(10.02),
    ])
    .are(&[&["old", "new", "g"]])
    .status("g", Status::Matched)
    .from("g", Field::DistanceM, "new");
}

#[test]
fn d18_a_corrected_distance_comes_with_its_core() {
    let judged = judged(&[
        s("s", "06:00:00", 3600.0).km(10.0).number(Field::AverageSpeedMps, 2.778).sport(Sport::TreadmillRun),
        g("g", "06:00:00", 3600.0).km(8.0).number(Field::AverageSpeedMps, 2.222).sport(Sport::TreadmillRun),
    ]);
    judged.are(&[&["s", "g"]]).from("g", Field::DistanceM, "s").from("g", Field::AverageSpeedMps, "s");
}
