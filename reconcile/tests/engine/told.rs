//! What people read: every sentence of these was read as a person would, and says what is true in words and units.

use domain::{
    ActivityId, Channel, Decision, Field, Milli, Origin, PinTo, RecordId, Ruling, SourceRecord, SourceSlug, Sport,
    Value, Visibility,
};
use reconcile::{Input, Policy, explain, judge, reconcile};

use crate::case::{Case, at, g, judged, m, ruled, ruling, s};

/// The summary of the pair that matches or waits, or of the two by themselves, and its evidence in sentences.
fn told(cases: &[Case]) -> (String, Vec<String>) {
    let judged = judged(cases);
    let outcome = &judged.outcome;
    let alone = judge(&judged.records[0], &judged.records[1], &Policy::built_in());
    let judgement = outcome.matches.first().or(outcome.candidates.first()).unwrap_or(&alone);
    (explain::summary(judgement), judgement.evidence.iter().map(explain::evidence).collect())
}

fn device(case: Case, name: &str) -> Case {
    case.set(Field::Device, Value::Text(name.to_owned()))
}

#[test]
fn pairs_are_told_in_sentences() {
    const PERHAPS: &str = "Perhaps one activity (75.0 %): not sure enough to merge without a person.";
    const SURE: &str = "One activity with a probability of more than 99.9 %.";
    let ten = |case: Case| case.km(10.0);
    let hour = |make: fn(&str, &str, f64) -> Case, id: &str| make(id, "06:00:00", 3600.0);
    for (cases, summary, evidence) in [
        (
            vec![hour(s, "1").km(10.012).from(48.0, 11.0), hour(g, "2").km(10.02).from(48.0001, 11.0)],
            format!("{SURE} They began in the same second."),
            vec!["Both took 1 h.", "One went 10.02 km, the other 10.012 km.", "They began 11 m from each other."],
        ),
        (
            vec![hour(s, "1").came_from_garmin(Some("123")), g("123", "06:00:07", 3605.0)],
            "One activity, by an identity key. One record names the other's id: garmin:123 and strava:1.".to_owned(),
            vec!["They began 7 s apart.", "One took 1 h 5 s, the other 1 h.", "Both are called run."],
        ),
        (
            vec![ten(hour(s, "1")).came_from_garmin(None), ten(hour(g, "9"))],
            format!("{SURE} They began in the same second."),
            vec!["Both went 10 km.", "One says that it came from garmin."],
        ),
        (
            vec![
                s("1", "2026-05-04T06:00:00Z", 3600.0).came_from_garmin(Some("123")),
                g("123", "2026-05-01T06:00:00Z", 2100.0),
            ],
            format!("{PERHAPS} They began 72 h apart."),
            vec!["They have no time in common.", "One took 35 min, the other 1 h."],
        ),
        (
            vec![g("7", "06:00:00", 3590.0).channel(Channel::Push).km(10.0), hour(g, "7").km(10.02)],
            "One activity, by an identity key. Two channels of one source give the same id.".to_owned(),
            vec!["One took 59 min 50 s, the other 1 h."],
        ),
        (
            vec![ten(hour(s, "1")).from(48.0, 11.0), m("2", "08:00:00", 3601.0).km(10.0).from(48.0, 11.0)],
            "One activity with a probability of 99.5 %. Length and distance agree; the starts differ by 2 h, as if one \
             clock stood in another time zone."
                .to_owned(),
            vec!["They began at the same place."],
        ),
        (
            vec![ten(hour(s, "1")).serial(7), g("2", "05:09:00", 3600.0).km(10.0).serial(7)],
            format!("{PERHAPS} Length and distance agree; the starts differ by 51 min, as if one clock stood wrong."),
            vec!["Both were recorded by the device with serial number 7."],
        ),
        (
            vec![s("1", "06:00:00", 2700.0).km(7.5), ten(hour(g, "2"))],
            format!("{PERHAPS} The shorter one lies within the longer one, as a part of it would."),
            vec!["75 % of the time that either covers is common to both.", "One went 10 km, the other 7.5 km."],
        ),
        (
            vec![
                s("1", "2026-04-30T22:00:01Z", 3600.0).km(10.01).offset(7200.0).hidden(),
                g("2", "06:12:10", 3600.0).km(10.01).offset(7200.0),
            ],
            "One activity with a probability of 99.6 %. Both took 1 h.".to_owned(),
            vec!["One record hides when it began; the local date is the same.", "Both went 10.01 km."],
        ),
        (
            vec![s("1", "06:00:00", 1800.0).km(0.95), g("2", "06:00:00", 1800.4).km(1.5)],
            "Perhaps one activity (91.9 %): not sure enough to merge without a person. One went 1.5 km, the other 950 m."
                .to_owned(),
            vec!["Both took 30 min."],
        ),
        (
            vec![device(ten(hour(s, "1")), "iPhone 15"), device(s("2", "06:00:20", 3580.0).km(10.1), "Edge 530")],
            "Perhaps one activity (80.0 %): not sure enough to merge without a person. One source gives them two ids: \
             strava:2 and strava:1."
                .to_owned(),
            vec!["They began 20 s apart."],
        ),
        (
            vec![device(ten(hour(s, "1")), "Bike"), device(ten(hour(s, "2")), "Bike").came_from_garmin(None)],
            "One activity, by an identity key. One was recorded by Bike, by way of garmin; the other was recorded by \
             Bike."
                .to_owned(),
            vec!["One source gives them two ids: strava:2 and strava:1."],
        ),
        (
            vec![hour(s, "1").sport(Sport::Strength), g("2", "06:05:00", 1500.0).km(1.2).sport(Sport::TrailRun)],
            "Two activities (less than 0.1 % for one). One is called trail run, the other strength.".to_owned(),
            vec!["They began 5 min apart."],
        ),
        (
            vec![ten(hour(s, "1")).manual(), g("2", "06:04:12", 3551.0).km(9.93)],
            "Perhaps one activity (90.0 %): not sure enough to merge without a person. They began 4 min 12 s apart."
                .to_owned(),
            vec!["One took 59 min 11 s, the other 1 h."],
        ),
        (
            vec![ten(hour(m, "1")).file("x", 0), m("2", "07:00:00", 3600.0).km(10.0).file("x", 1)],
            "Two activities, whatever else agrees. They began 1 h apart.".to_owned(),
            vec!["They have no time in common."],
        ),
    ] {
        let (told, sentences) = told(&cases);
        assert_eq!(told, summary);
        for sentence in evidence {
            assert!(sentences.iter().any(|one| one == sentence), "{sentence} is missing: {sentences:#?}");
        }
    }
}

/// Why each field of the only activity stands, by the names that people know.
fn reason(cases: &[Case], rulings: &[Ruling], field: Field) -> String {
    let judged = ruled(cases, rulings);
    assert_eq!(judged.outcome.activities.len(), 1);
    let name = |id: RecordId| -> &str {
        let of = |record: &&SourceRecord| record.id == id;
        match judged.records.iter().find(of).expect("a record").source.as_str() {
            "strava" => "Strava",
            "garmin" => "Garmin Connect",
            _ => "a file",
        }
    };
    let resolved = &judged.outcome.activities[0].fields[&field];
    let winner = match &resolved.provenance.origin {
        Origin::Record { record, .. } => Some(name(*record)),
        Origin::Ruling(_) | Origin::Derivation => None,
    };
    let others: Vec<&str> = resolved.alternatives.iter().map(|other| name(other.record)).collect();
    explain::provenance(field, &resolved.provenance, winner, &others)
}

#[test]
fn values_are_told_in_sentences() {
    let visible = |visibility| Value::Visibility(visibility);
    let strava = s("1", "06:00:00", 3600.0)
        .km(10.0)
        .number(Field::AverageHeartRateBpm, 1.0)
        .set(Field::Visibility, visible(Visibility::Everyone));
    let garmin = g("2", "06:00:00", 3600.0)
        .km(10.3)
        .number(Field::AverageHeartRateBpm, 140.0)
        .number(Field::TrainingLoad, 80.0)
        .set(Field::Visibility, visible(Visibility::OnlyMe));
    let both = [strava.clone(), garmin.clone()];
    let archive = [strava.clone(), strava.clone().channel(Channel::Archive)];
    let three = [strava.clone(), garmin.clone(), m("3", "06:00:00", 3600.0).km(10.01)];
    let swim = [
        s("1", "06:00:00", 2700.0).km(0.0).sport(Sport::Swim),
        g("2", "06:00:00", 2700.0).km(1.5).sport(Sport::PoolSwim),
    ];
    let cut = [s("1", "06:00:00", 2700.0).km(7.5).once(strava.clone()), garmin.clone()];
    let activity = ActivityId::founded_by(strava.id().min(garmin.id()));
    let pin = |to| vec![ruling(Decision::Pin { activity, field: Field::DistanceM, to })];
    let by_hand = pin(PinTo::Value(Value::Number(Milli::from_units(9000))));
    let to_garmin = pin(PinTo::Source(SourceSlug::GARMIN));
    let none = Vec::new();
    for (cases, rulings, field, sentence) in [
        (&both[..], &none, Field::TrainingLoad, "Only Garmin Connect has it."),
        (&both, &none, Field::SportType, "The policy asks Strava before Garmin Connect. Garmin Connect says the same."),
        (
            &both,
            &none,
            Field::DistanceM,
            "It comes from Strava together with its group (core), so that no activity mixes two recordings. Garmin \
             Connect differs by more than the tolerance.",
        ),
        (
            &both,
            &none,
            Field::AverageHeartRateBpm,
            "Garmin Connect stands in for Strava. The record asked first was passed over: a heart does not beat that \
             slowly or fast on average. Strava differs by more than the tolerance.",
        ),
        (
            &both,
            &none,
            Field::Visibility,
            "It is Garmin Connect's: the most restrictive visibility wins, whoever leads. Strava differs within the \
             tolerance.",
        ),
        (
            &archive,
            &none,
            Field::SportType,
            "Of Strava's records the policy asks this one first. Another record of Strava \
             says the same.",
        ),
        (&three, &none, Field::SportType, "The policy asks Strava before a file and Garmin Connect. All agree."),
        (
            &three,
            &none,
            Field::DistanceM,
            "It comes from Strava together with its group (core), so that no activity mixes two recordings. At least one \
             other differs by more than the tolerance.",
        ),
        (
            &swim,
            &none,
            Field::StartTimeUtc,
            "Garmin Connect stands in for Strava. The record asked first was passed over: it tells no distance, and \
             another record does. Strava says the same.",
        ),
        (
            &cut,
            &none,
            Field::StartTimeUtc,
            "The policy asks Strava before Garmin Connect. Strava's recording is cropped: it is a part of what was \
             recorded. Garmin Connect says the same.",
        ),
        (
            &both,
            &by_hand,
            Field::DistanceM,
            "A person gave this value. At least one other differs by more than the \
             tolerance.",
        ),
        (&both, &by_hand, Field::AverageSpeedMps, "Computed from the activity's distance and time."),
        (
            &both,
            &to_garmin,
            Field::StartTimeUtc,
            "A person pinned its group (core) to Garmin Connect. Strava says the same.",
        ),
    ] {
        let told = reason(cases, rulings, field);
        if cases.len() == 3 {
            // The names of several come in the order of their records.
            let turned = sentence.replace("a file and Garmin Connect", "Garmin Connect and a file");
            assert!(told == sentence || told == turned, "{told}");
        } else {
            assert_eq!(told, sentence, "{}", field.name());
        }
    }
}

#[test]
fn a_shift_of_neighbours_is_told_by_its_quarter_hours() {
    let cases = [
        s("1", "06:00:00", 3600.0).km(10.0),
        m("2", "08:00:00", 3601.0).km(10.0),
        s("3", "2026-05-02T05:10:00Z", 2400.0).km(7.1),
        m("4", "2026-05-02T07:10:01Z", 2400.0).km(7.1),
    ];
    let records: Vec<SourceRecord> = cases.iter().map(Case::build).collect();
    let input = Input { as_of: at("2026-06-01T00:00:00Z"), records: &records, rulings: &[] };
    for judgement in reconcile(&input, &Policy::built_in()).matches {
        let sentences: Vec<String> = judgement.evidence.iter().map(explain::evidence).collect();
        assert!(
            sentences.contains(&"Neighbouring activities of both sources differ by the same 2 h.".to_owned()),
            "{sentences:#?}"
        );
    }
}
