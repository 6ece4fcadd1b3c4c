//! A: basic pairs. B: window, order, late.

use std::collections::BTreeSet;

use domain::{Activity, ActivityId, Agreement, Channel, Field, RecordId, SourceRecord, SourceSlug, Sport, Status};
use reconcile::{DecidedBy, EvidenceKind, Input, Policy, Verdict, check, plan, reconcile};

use crate::case::{Case, at, g, judged, m, probability, record, ruled_at, s, verdict};

#[test]
fn a1_one_run_by_two_sources_is_one_activity() {
    let garmin = g("g", "06:00:00", 3600.0).km(10.02).name("City Running").seen("2026-05-01T07:01:00Z");
    let strava = s("s", "06:00:00", 3600.0).km(10.012).name("Morning Run").seen("2026-05-01T07:06:00Z");
    let judged = judged(&[garmin.clone(), strava]);
    judged.are(&[&["g", "s"]]).wait(&[]).status("s", Status::Matched);
    judged.from("s", Field::DistanceM, "s").from("s", Field::Name, "s");
    let activity = judged.activity("s");
    assert_eq!(activity.id, ActivityId::founded_by(garmin.id()), "the one first seen gives the id");
    assert_eq!(activity.fields[&Field::DistanceM].alternatives.len(), 1);
    assert_eq!(activity.fields[&Field::DistanceM].provenance.agreement, Agreement::WithinTolerance);
}

#[test]
fn a2_the_order_of_sight_only_changes_whose_id_is_shown() {
    let garmin = g("g", "06:00:00", 3600.0).km(10.02).seen("2026-05-01T07:06:00Z");
    let strava = s("s", "06:00:00", 3600.0).km(10.012).seen("2026-05-01T07:01:00Z");
    let first = judged(&[garmin.clone(), strava.clone()]);
    assert_eq!(first.activity("s").id, ActivityId::founded_by(strava.id()));
    let swapped = judged(&[garmin.seen("2026-05-01T07:00:00Z"), strava]);
    assert_eq!(first.activity("s").fields, swapped.activity("s").fields);
}

#[test]
fn a3_a_named_garmin_id_is_a_cross_reference() {
    let judged = judged(&[s("s", "06:00:00", 3600.0).came_from_garmin(Some("123")), g("123", "06:00:00", 3600.0)]);
    judged.are(&[&["s", "123"]]);
    assert_eq!(judged.outcome.matches[0].decided_by, DecidedBy::CrossReference);
    assert!(judged.outcome.matches[0].evidence.iter().any(|one| one.kind == EvidenceKind::CrossReference));
}

#[test]
fn a4_a_notification_number_is_no_id() {
    let judged = judged(&[
        s("s", "06:00:00", 3600.0).km(10.0).came_from_garmin(None),
        g("19000000000", "06:00:00", 3600.0).km(10.0),
    ]);
    judged.are(&[&["s", "19000000000"]]);
    assert_eq!(judged.outcome.matches[0].decided_by, DecidedBy::Similarity);
    assert!(judged.outcome.matches[0].evidence.iter().all(|one| one.kind != EvidenceKind::CrossReference));
}

#[test]
fn a5_an_id_that_contradicts_everything_else_waits_for_a_person() {
    judged(&[
        s("s", "2026-05-04T06:00:00Z", 3600.0).came_from_garmin(Some("123")),
        g("123", "2026-05-01T06:00:00Z", 2100.0),
    ])
    .are(&[&["s"], &["123"]])
    .wait(&[("s", "123")])
    .status("s", Status::NeedsReview);
}

#[test]
fn a6_the_same_garmin_id_by_two_channels_is_one_activity() {
    let push = g("123", "06:00:00", 3590.0).channel(Channel::Push).km(10.0);
    let judged = judged(&[push.clone(), g("123", "06:00:00", 3600.0).km(10.02)]);
    assert_eq!(judged.outcome.activities.len(), 1);
    let resolved = &judged.outcome.activities[0].fields[&Field::ElapsedTimeS];
    assert!(matches!(&resolved.provenance.origin, domain::Origin::Record { record, .. } if *record == push.id()));
}

#[test]
fn a7_five_channels_of_one_run() {
    let strava = s("s", "06:00:00", 3600.0).km(10.0);
    let garmin = g("g", "06:00:00", 3600.0).km(10.01);
    let judged = judged(&[
        strava.clone(),
        strava.channel(Channel::Archive),
        garmin.clone(),
        garmin.clone().channel(Channel::Push),
        garmin.channel(Channel::Archive),
    ]);
    assert_eq!(judged.outcome.activities.len(), 1);
    assert_eq!(judged.outcome.activities[0].members.len(), 5);
}

#[test]
fn a8_the_further_apart_the_starts_the_less_likely_one() {
    let base = s("s", "06:00:00", 3600.0).km(10.0);
    let starts =
        ["06:00:00", "06:00:05", "06:00:30", "06:01:00", "06:03:00", "06:05:00", "06:10:00", "06:13:00", "06:20:00"];
    let told: Vec<u32> = starts.iter().map(|start| probability(&base, &g("g", start, 3600.0).km(10.0))).collect();
    assert!(told.windows(2).all(|pair| pair[0] >= pair[1]), "{told:?}");
    assert_eq!(verdict(&base, &g("g", "06:00:30", 3600.0).km(10.0)), Verdict::Match);
    assert_eq!(verdict(&base, &g("g", "06:20:00", 3600.0).km(10.0)), Verdict::Candidate);
}

#[test]
fn a9_the_further_apart_the_distances_the_less_likely_one() {
    let base = s("s", "06:00:00", 1800.0).km(5.0);
    let told: Vec<u32> = [5.0, 5.05, 5.1, 5.3, 5.6, 6.0, 6.5, 7.0, 7.5]
        .iter()
        .map(|km| probability(&base, &g("g", "06:00:00", 1800.0).km(*km)))
        .collect();
    assert!(told.windows(2).all(|pair| pair[0] >= pair[1]), "{told:?}");
    assert_eq!(verdict(&base, &g("g", "06:00:00", 1800.0).km(5.05)), Verdict::Match);
    assert_eq!(verdict(&base, &g("g", "06:00:00", 1800.0).km(7.5)), Verdict::Candidate);
}

#[test]
fn a9_which_of_two_is_named_first_does_not_matter() {
    // Ids decide which one that is: each of these pairs has it the other way round.
    for number in 0..8 {
        let near = |case: Case| case.sport(Sport::Ride).serial(1).km(18.2);
        let far = |case: Case| case.sport(Sport::Ride).serial(2).km(23.7);
        let (strava, garmin) =
            (s(&format!("s{number}"), "06:00:00", 2420.0), g(&format!("g{number}"), "06:00:00", 2420.0));
        let told = [(near(strava.clone()), far(garmin.clone())), (far(strava), near(garmin))];
        for (one, other) in told {
            assert_eq!(verdict(&one, &other), Verdict::Candidate, "{number}");
        }
    }
}

#[test]
fn a10_a_window_is_a_status_that_time_alone_moves() {
    let garmin = g("g", "06:00:00", 3600.0).km(10.0).seen("2026-05-01T07:00:00Z");
    let early = ruled_at(std::slice::from_ref(&garmin), &[], at("2026-05-04T06:59:59Z"));
    early.status("g", Status::Pending);
    assert_eq!(early.activity("g").window_closes_at, Some(at("2026-05-04T07:00:00Z")));
    let late = ruled_at(&[garmin], &[], at("2026-05-04T07:00:00Z"));
    late.status("g", Status::SingleSource);
    assert_eq!(early.activity("g").fields, late.activity("g").fields);
}

#[test]
fn a11_strava_alone_is_settled_at_once() {
    judged(&[s("s", "06:00:00", 3600.0).km(10.0)]).status("s", Status::SingleSource);
}

/// Two workers see one run in the same millisecond: whichever plan is made and applied first, with or without the other
/// record in sight, the same activity stands in the end, under one id.
#[test]
fn a12_any_interleaving_of_two_arrivals_ends_in_the_same() {
    let policy = Policy::built_in();
    let as_of = at("2026-05-02T12:00:00Z");
    let strava = s("s", "06:00:00", 3600.0).km(10.0).build();
    let push = g("g", "06:00:00", 3600.0).km(10.01).channel(Channel::Push).build();
    let records = [strava.clone(), push.clone()];
    let outcome = |records: &[SourceRecord]| reconcile(&Input { as_of, records, rulings: &[] }, &policy);
    let together = outcome(&records).activities;
    assert_eq!(together.len(), 1);
    let only = |record: &SourceRecord| vec![record.clone()];
    for steps in [
        vec![records.to_vec()],
        vec![only(&strava), records.to_vec()],
        vec![only(&push), records.to_vec()],
        // Each worker judges what it sees, and then either sees both.
        vec![only(&strava), only(&push), records.to_vec()],
        vec![only(&push), only(&strava), records.to_vec()],
        vec![records.to_vec(), records.iter().rev().cloned().collect()],
    ] {
        let mut standing: Vec<Activity> = Vec::new();
        let mut seen: BTreeSet<RecordId> = BTreeSet::new();
        for step in steps {
            seen.extend(step.iter().map(|record| record.id));
            let current = |activity: &Activity| step.iter().any(|record| activity.members.contains(&record.id));
            let (touched, rest): (Vec<Activity>, Vec<Activity>) = standing.into_iter().partition(current);
            let made = plan(outcome(&step), touched);
            assert_eq!(check(&made, &step), Ok(()));
            standing = rest;
            standing.extend(outcome(&step).activities);
            let held: Vec<RecordId> = standing.iter().flat_map(|activity| activity.members.clone()).collect();
            assert_eq!(held.len(), seen.len(), "every record in exactly one activity");
        }
        assert_eq!(standing, together);
    }
}

#[test]
fn b1_strava_forty_days_late_takes_over_under_the_same_id() {
    let garmin = g("g", "06:00:00", 3600.0).km(10.0).seen("2026-05-01T07:00:00Z");
    let strava = s("s", "06:00:00", 3600.0).km(10.01).seen("2026-06-10T07:00:00Z");
    let judged = ruled_at(&[garmin.clone(), strava], &[], at("2026-06-10T07:01:00Z"));
    judged.are(&[&["g", "s"]]).status("s", Status::Matched).from("g", Field::DistanceM, "s");
    assert_eq!(judged.activity("g").id, ActivityId::founded_by(garmin.id()));
}

#[test]
fn b9_what_strava_does_not_say_yet_garmin_says() {
    let judged = judged(&[
        s("s", "06:00:00", 3600.0).km(10.0),
        g("g", "06:00:00", 3600.0).km(10.0).number(Field::AverageHeartRateBpm, 140.0),
    ]);
    judged.from("s", Field::AverageHeartRateBpm, "g");
    assert_eq!(judged.activity("s").fields[&Field::AverageHeartRateBpm].provenance.agreement, Agreement::Uncontested);
}

#[test]
fn three_sources_and_a_source_that_nobody_knows() {
    let coros = record(SourceSlug::parse("coros").unwrap(), Channel::Api, "c", "06:00:01", 3601.0).km(10.0);
    judged(&[
        s("s", "06:00:00", 3600.0).km(10.0),
        g("g", "06:00:00", 3600.0).km(10.0),
        coros,
        m("m", "06:00:00", 3600.0).km(10.02),
    ])
    .are(&[&["s", "g", "c", "m"]]);
}
