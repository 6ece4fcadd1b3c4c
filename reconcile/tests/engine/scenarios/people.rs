//! I: people's decisions.

use domain::{ActivityId, Agreement, Decision, Field, Milli, PinTo, Rule, SourceSlug, Status, Value};
use reconcile::DecidedBy;

use crate::case::{g, judged, ruled, ruling, s};

#[test]
fn i1_a_person_merges_two() {
    let (strava, garmin) =
        (s("s", "06:00:00", 3600.0).km(10.0), g("g", "09:00:00", 1800.0).km(4.0).seen("2026-04-01T00:00:00Z"));
    judged(&[strava.clone(), garmin.clone()]).are(&[&["s"], &["g"]]);
    let merged = ruled(&[strava.clone(), garmin.clone()], &[ruling(Decision::Same(strava.id(), garmin.id()))]);
    merged.are(&[&["s", "g"]]);
    assert_eq!(merged.activity("s").id, ActivityId::founded_by(garmin.id()), "the older id survives");
    assert_eq!(merged.outcome.matches[0].decided_by, DecidedBy::Manual);
}

#[test]
fn i2_a_person_splits_one() {
    let (strava, garmin) = (s("s", "06:00:00", 3600.0).km(10.0), g("g", "06:00:00", 3600.0).km(10.0));
    let split = ruled(&[strava.clone(), garmin.clone()], &[ruling(Decision::Different(strava.id(), garmin.id()))]);
    split.are(&[&["s"], &["g"]]).wait(&[]);
    // Even an identity key gives way to a person.
    let (strava, garmin) = (strava.file("x", 0), garmin.file("x", 0));
    ruled(&[strava.clone(), garmin.clone()], &[ruling(Decision::Different(strava.id(), garmin.id()))])
        .are(&[&["s"], &["g"]]);
}

#[test]
fn i3_a_merge_taken_back_leaves_no_trace() {
    let cases = [s("s", "06:00:00", 3600.0).km(10.0), g("g", "09:00:00", 1800.0).km(4.0)];
    let before = judged(&cases);
    ruled(&cases, &[ruling(Decision::Same(cases[0].id(), cases[1].id()))]).are(&[&["s", "g"]]);
    assert_eq!(ruled(&cases, &[]).outcome, before.outcome);
}

#[test]
fn i4_a_pin_outlives_a_renaming() {
    let strava = s("s", "06:00:00", 3600.0).name("Tempo");
    let pin = Decision::Pin {
        activity: ActivityId::founded_by(strava.id()),
        field: Field::Name,
        to: PinTo::Value(Value::Text("A-race".to_owned())),
    };
    let judged = ruled(&[strava], &[ruling(pin)]);
    let name = &judged.activity("s").fields[&Field::Name];
    assert_eq!(name.value, Value::Text("A-race".to_owned()));
    assert_eq!(name.provenance.rule, Rule::PinnedValue);
    assert_eq!(name.alternatives.len(), 1);
}

#[test]
fn i5_a_pinned_distance_pins_its_core_or_derives_the_speed() {
    let strava = s("s", "06:00:00", 3600.0).km(10.0).number(Field::AverageSpeedMps, 2.778);
    let garmin = g("g", "06:00:00", 3600.0).km(10.1).number(Field::AverageSpeedMps, 2.806);
    let activity = ActivityId::founded_by(strava.id().min(garmin.id()));
    let pin = |to| ruling(Decision::Pin { activity, field: Field::DistanceM, to });
    let cases = [strava, garmin];
    let by_source = ruled(&cases, &[pin(PinTo::Source(SourceSlug::GARMIN))]);
    by_source.from("s", Field::DistanceM, "g").from("s", Field::ElapsedTimeS, "g").from(
        "s",
        Field::AverageSpeedMps,
        "g",
    );
    let by_value = ruled(&cases, &[pin(PinTo::Value(Value::Number(Milli::from_units(9000))))]);
    let speed = &by_value.activity("s").fields[&Field::AverageSpeedMps];
    assert_eq!(speed.value, Value::Number(Milli::new(2500)));
    assert_eq!((speed.provenance.rule, speed.provenance.agreement), (Rule::Derived, Agreement::Uncontested));
}

#[test]
fn i6_a_merge_by_hand_outlives_one_source() {
    let (strava, garmin) = (s("s", "06:00:00", 3600.0).km(10.0).withdrawn(), g("g", "09:00:00", 1800.0).km(4.0));
    ruled(&[strava.clone(), garmin.clone()], &[ruling(Decision::Same(strava.id(), garmin.id()))])
        .are(&[&["s", "g"]])
        .from("s", Field::DistanceM, "g")
        .status("s", Status::Pending);
}
