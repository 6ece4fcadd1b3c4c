//! D and J: renamed, deleted, hidden, given back, left out.

use domain::{ActivityId, Channel, Field, Status, Value};
use reconcile::Policy;

use crate::case::{Judged, at, g, judged, record, ruled_by, s};

/// The fields of an activity that differ between two judgements, by name.
fn differing(before: &Judged, after: &Judged, id: &str) -> Vec<&'static str> {
    let (before, after) = (&before.activity(id).fields, &after.activity(id).fields);
    Field::all().filter(|field| before.get(field) != after.get(field)).map(Field::name).collect()
}

#[test]
fn d5_a_new_name_changes_the_name_and_nothing_else() {
    let strava = s("s", "06:00:00", 3600.0).km(10.0).name("Morning Run");
    let garmin = g("g", "06:00:00", 3600.0).km(10.02);
    let before = judged(&[strava.clone(), garmin.clone()]);
    let after = judged(&[strava.clone().name("Tempo!").once(strava), garmin]);
    after.from("g", Field::Name, "s");
    assert_eq!(differing(&before, &after, "g"), ["NAME"]);
    assert_eq!(before.activity("g").id, after.activity("g").id);
}

#[test]
fn d12_what_was_hidden_comes_back_as_what_it_was() {
    let strava = s("s", "06:00:00", 3600.0).km(10.0);
    let visible = judged(std::slice::from_ref(&strava));
    let hidden = judged(&[strava.clone().withdrawn()]);
    hidden.status("s", Status::Withdrawn);
    assert_eq!(hidden.activity("s").id, visible.activity("s").id);
    assert_eq!(judged(&[strava]).outcome, visible.outcome);
}

#[test]
fn d15_only_what_garmin_alone_had_goes_with_it() {
    let strava = s("s", "06:00:00", 3600.0).km(10.0).name("Run");
    let garmin = g("g", "06:00:00", 3600.0).km(10.02).number(Field::TrainingLoad, 88.0);
    let both = judged(&[strava.clone(), garmin.clone()]);
    both.from("s", Field::TrainingLoad, "g");
    let alone = judged(&[strava, garmin.withdrawn()]);
    alone.status("s", Status::SingleSource).from("s", Field::DistanceM, "s");
    assert_eq!(alone.activity("s").value(Field::TrainingLoad), None);
    for field in both.activity("s").fields.keys().filter(|field| **field != Field::TrainingLoad) {
        assert_eq!(alone.activity("s").value(*field), both.activity("s").value(*field), "{}", field.name());
    }
    assert_eq!(alone.activity("s").id, both.activity("s").id);
}

#[test]
fn d16_access_withdrawn_leaves_the_archive_s_word() {
    let archive =
        record(domain::SourceSlug::STRAVA, Channel::Archive, "7", "06:00:00", 3600.0).km(10.0).name("Archive");
    let api = s("7", "06:00:00", 3600.0).km(10.0).name("Live");
    let garmin = g("g", "06:00:00", 3600.0).km(10.02);
    let before = judged(&[api.clone(), archive.clone(), garmin.clone()]);
    assert_eq!(before.activity("g").value(Field::Name), Some(&Value::Text("Live".to_owned())));
    let after = judged(&[api.withdrawn(), archive, garmin]);
    assert_eq!(after.activity("g").value(Field::Name), Some(&Value::Text("Archive".to_owned())));
    assert_eq!(after.activity("g").id, before.activity("g").id);
    after.status("g", Status::Matched);
}

#[test]
fn d17_gear_comes_from_strava_with_garmin_s_beside_it() {
    let text = |text: &str| Value::Text(text.to_owned());
    let judged = judged(&[
        s("s", "06:00:00", 3600.0).km(10.0).set(Field::Gear, text("Red shoes")),
        g("g", "06:00:00", 3600.0).km(10.02).set(Field::Gear, text("Running Shoes 1")),
    ]);
    judged.from("s", Field::Gear, "s");
    assert_eq!(judged.activity("s").fields[&Field::Gear].alternatives[0].value, text("Running Shoes 1"));
}

#[test]
fn j9_an_excluded_channel_gives_no_value() {
    let strava = s("s", "06:00:00", 3600.0).km(10.0).name("Secret").seen("2026-05-01T07:00:00Z");
    let garmin = g("g", "06:00:00", 3600.0).km(10.02).name("Run").seen("2026-05-01T08:00:00Z");
    let text = Policy::built_in().text().replacen("exclude = []", "exclude = [\"strava/api\"]", 1);
    let policy = Policy::parse(&text).expect("a policy");
    let left_out = ruled_by(&[strava.clone(), garmin.clone()], &[], at("2026-05-02T12:00:00Z"), &policy);
    left_out.are(&[&["s", "g"]]);
    let activity = left_out.activity("g");
    assert_eq!(activity.id, ActivityId::founded_by(strava.id()));
    for (field, resolved) in &activity.fields {
        assert!(
            matches!(&resolved.provenance.origin, domain::Origin::Record { record, .. } if *record == garmin.id()),
            "{} comes from what is excluded",
            field.name()
        );
        assert!(resolved.alternatives.is_empty(), "{} tells what is excluded", field.name());
    }
}

#[test]
fn j10_what_is_purged_leaves_the_rest_as_if_alone() {
    let (strava, garmin) = (s("s", "06:00:00", 3600.0).km(10.0), g("g", "06:00:00", 3600.0).km(10.02));
    let both = judged(&[strava, garmin.clone().seen("2026-04-01T00:00:00Z")]);
    let rest = judged(&[garmin.seen("2026-04-01T00:00:00Z")]);
    rest.from("g", Field::DistanceM, "g");
    assert_eq!(rest.activity("g").id, both.activity("g").id);
    assert!(rest.activity("g").fields.values().all(|resolved| resolved.alternatives.is_empty()));
}
