//! B: window, order, late, replay.

use domain::{ActivityId, Decision, Field, Group, PinTo, Status, Value};
use reconcile::{Policy, plan};

use crate::case::{at, g, judged, ruled, ruled_at, ruled_by, ruling, s};

#[test]
fn b2_strava_nine_days_late() {
    let garmin = g("g", "06:00:00", 3600.0).km(10.02).seen("2026-05-01T07:00:00Z");
    let strava = s("s", "06:00:00", 3600.0).km(10.0).seen("2026-05-10T07:00:00Z");
    let judged = ruled_at(&[garmin.clone(), strava], &[], at("2026-05-10T07:01:00Z"));
    judged.are(&[&["s", "g"]]).status("g", Status::Matched).from("g", Field::DistanceM, "s");
    assert_eq!(judged.activity("s").id, ActivityId::founded_by(garmin.id()));
}

#[test]
fn b5_years_of_garmin_before_strava_give_no_duplicate() {
    let start = |day: usize| format!("2026-04-{day:02}T06:00:00Z");
    let garmin: Vec<_> = (1..=12)
        .map(|day| g(&format!("g{day}"), &start(day), 3600.0 + day as f64).km(10.0).seen("2026-05-01T00:00:00Z"))
        .collect();
    let strava: Vec<_> = (1..=12)
        .map(|day| s(&format!("s{day}"), &start(day), 3600.0 + day as f64).km(10.0).seen("2026-05-02T00:00:00Z"))
        .collect();
    let alone = judged(&garmin);
    let both = judged(&[garmin, strava].concat());
    assert_eq!(both.outcome.activities.len(), 12);
    let ids = |judged: &crate::case::Judged| -> std::collections::BTreeSet<ActivityId> {
        judged.outcome.activities.iter().map(|activity| activity.id).collect()
    };
    assert_eq!(ids(&alone), ids(&both), "an id moved");
    both.wait(&[]);
}

#[test]
fn b6_another_order_for_elevation_moves_elevation_alone() {
    let cases = [
        s("s", "06:00:00", 3600.0).km(10.0).number(Field::ElevationGainM, 120.0).name("Hill"),
        g("g", "06:00:00", 3600.0).km(10.02).number(Field::ElevationGainM, 96.0).name("Lauf"),
    ];
    let text = Policy::built_in().text().replacen("[groups]\n", "[groups]\nelevation = [\"garmin\", \"strava\"]\n", 1);
    let turned = Policy::parse(&text).expect("a policy");
    let (before, after) = (judged(&cases), ruled_by(&cases, &[], at("2026-05-02T12:00:00Z"), &turned));
    before.from("s", Field::ElevationGainM, "s");
    after.from("s", Field::ElevationGainM, "g");
    let (before, after) = (before.activity("s"), after.activity("s"));
    assert_eq!((before.id, &before.members), (after.id, &after.members));
    for (field, resolved) in &before.fields {
        assert_eq!(after.fields[field] != *resolved, field.group() == Group::Elevation, "{}", field.name());
    }
}

#[test]
fn b7_what_is_derived_comes_again_under_the_same_ids() {
    let (strava, garmin) = (s("s", "06:00:00", 3600.0).km(10.0), g("g", "06:00:00", 3600.0).km(10.02));
    let apart = g("g2", "06:00:10", 3590.0).km(10.0);
    let rulings = [
        ruling(Decision::Different(strava.id(), apart.id())),
        ruling(Decision::Pin {
            activity: ActivityId::founded_by(strava.id()),
            field: Field::Name,
            to: PinTo::Value(Value::Text("A-race".to_owned())),
        }),
    ];
    let judged = ruled(&[strava.clone(), garmin.clone(), apart.clone()], &rulings);
    let again = ruled(&[apart, garmin, strava], &rulings);
    assert_eq!(judged.outcome, again.outcome);
    // Over what stands it is nothing at all; over nothing it is everything.
    let over = plan(again.outcome.clone(), judged.outcome.activities.clone());
    assert_eq!((over.create.len(), over.update.len(), over.retire.len()), (0, 0, 0));
    assert_eq!(plan(again.outcome, Vec::new()).create.len(), judged.outcome.activities.len());
}

#[test]
fn b8_looking_again_changes_nothing() {
    let judged = judged(&[s("s", "06:00:00", 3600.0).km(10.0), g("g", "06:00:00", 3600.0).km(10.02)]);
    let plan = plan(judged.outcome.clone(), judged.outcome.activities.clone());
    assert_eq!((plan.create.len(), plan.update.len(), plan.retire.len(), plan.unchanged), (0, 0, 0, 1));
}
