//! What a plan says, on activities made by hand.

use domain::{
    ActivityId, Agreement, Alternative, AthleteId, Channel, ExternalId, Milli, Pointer, Provenance, Readings, Rule,
    SourceSlug, Sport, Status,
};
use reconcile::{DecidedBy, Verdict};
use uuid::Uuid;

use super::*;

fn athlete() -> AthleteId {
    AthleteId::from_uuid(Uuid::from_u128(1))
}

fn source_record(source: SourceSlug, external_id: &str) -> SourceRecord {
    let external_id = ExternalId::new(external_id);
    SourceRecord {
        id: RecordId::of(athlete(), &source, Channel::Archive, &external_id),
        athlete: athlete(),
        source,
        channel: Channel::Archive,
        external_id,
        url: None,
        artifacts: BTreeMap::new(),
        first_seen_at: DateTime::UNIX_EPOCH,
        fetched_at: DateTime::UNIX_EPOCH,
        revision: 1,
        readings: Readings::new(),
        source_sport: None,
        keys: domain::IdentityKeys::default(),
        fingerprints: Vec::new(),
        multisport: None,
        withdrawn: None,
    }
}

fn resolved(value: Value, from: RecordId, loser: Option<(RecordId, Value)>) -> Resolved {
    Resolved {
        value,
        provenance: Provenance {
            origin: Origin::Record { record: from, at: Pointer::new(domain::ArtifactKind::ArchiveRow, "Distance") },
            rule: if loser.is_some() { Rule::Precedence } else { Rule::OnlySource },
            note: None,
            agreement: if loser.is_some() { Agreement::WithinTolerance } else { Agreement::Uncontested },
            pin: None,
        },
        alternatives: loser.map(|(record, value)| Alternative { record, value }).into_iter().collect(),
    }
}

/// A run that Garmin told of, and that Strava would tell of as well.
struct Story {
    plan: Plan,
    records: Records,
}

fn story() -> Story {
    let strava = source_record(SourceSlug::STRAVA, "900");
    let garmin = source_record(SourceSlug::GARMIN, "700");
    let lone = source_record(SourceSlug::GARMIN, "701");
    let metres = |metres: i64| Value::Number(Milli::from_units(metres));
    let start = Value::Instant(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let before = Activity {
        id: ActivityId::founded_by(garmin.id),
        athlete: athlete(),
        status: Status::Pending,
        window_closes_at: None,
        members: vec![garmin.id],
        parent: None,
        fields: [
            (Field::StartTimeUtc, resolved(start.clone(), garmin.id, None)),
            (Field::SportType, resolved(Value::Sport(Sport::Run), garmin.id, None)),
            (Field::DistanceM, resolved(metres(10_020), garmin.id, None)),
            (Field::Vo2Max, resolved(metres(51), garmin.id, None)),
        ]
        .into(),
    };
    let mut after = Activity { status: Status::Matched, ..before.clone() };
    after.members = vec![strava.id, garmin.id];
    after.fields.insert(Field::Name, resolved(Value::Text("Tempo\n!".to_owned()), strava.id, None));
    after.fields.insert(Field::StartTimeUtc, resolved(start.clone(), strava.id, Some((garmin.id, start))));
    after.fields.insert(Field::DistanceM, resolved(metres(10_000), strava.id, Some((garmin.id, metres(10_020)))));
    let created = Activity { id: ActivityId::founded_by(lone.id), members: vec![lone.id], ..before.clone() };
    let judged = |a: RecordId, b: RecordId, verdict, probability_ppm| Judgement {
        a,
        b,
        verdict,
        probability_ppm,
        decided_by: DecidedBy::Similarity,
        evidence: Vec::new(),
    };
    let plan = Plan {
        create: vec![created],
        update: vec![(before, after)],
        retire: vec![ActivityId::founded_by(strava.id)],
        unchanged: 7,
        matches: vec![judged(strava.id, garmin.id, Verdict::Match, 998_000)],
        candidates: vec![judged(garmin.id, lone.id, Verdict::Candidate, 700_000)],
    };
    Story { plan, records: [strava, garmin, lone].into_iter().map(|record| (record.id, record)).collect() }
}

#[test]
fn every_record_of_a_plan_is_asked_for_once() {
    let story = story();
    let named: BTreeSet<RecordId> = named(&story.plan).into_iter().collect();
    assert_eq!(named, story.records.keys().copied().collect());
}

#[test]
fn people_read_what_would_change_from_where_and_why() {
    let story = story();
    let told = text("Ada", &story.plan, &story.records);
    for line in [
        "Ada: 1 to create, 1 to update, 1 to retire, 7 as they should be; 1 pair of records waits for a decision.",
        "        status: PENDING -> MATCHED",
        "        One activity with a probability of 99.8 %.",
        "        NAME: nothing -> \"Tempo\\n!\" (strava)",
        "        DISTANCE_M: 10020 m -> 10000 m (garmin -> strava)",
        "          The policy asks strava before garmin. Garmin differs within the tolerance.",
        "        the same value from elsewhere (garmin -> strava): START_TIME_UTC",
        "        its records all stand in other activities",
        "        Perhaps one activity (70.0 %): not sure enough to merge without a person.",
    ] {
        assert!(told.lines().any(|one| one == line), "{line:?} is missing:\n{told}");
    }
    assert!(!told.contains("VO2_MAX"), "what stays is not told:\n{told}");
    let created = told.lines().find(|line| line.starts_with("create")).unwrap();
    assert!(created.ends_with("2027-01-15T08:00:00Z  RUN  10020 m  PENDING"), "{created}");
}

#[test]
fn programs_read_values_in_their_own_types() {
    let story = story();
    let told = document(&story.plan, &story.records);
    let changes = told["update"][0]["changes"].as_array().unwrap();
    let distance = changes.iter().find(|change| change["field"] == "DISTANCE_M").unwrap();
    assert_eq!(distance["before"], json!({ "value": 10_020.0, "source": "garmin" }));
    assert_eq!(distance["after"], json!({ "value": 10_000.0, "source": "strava" }));
    assert_eq!(told["update"][0]["status_before"], "PENDING");
    assert_eq!(told["create"][0]["records"][0]["external_id"], "701");
    assert_eq!(told["decide"][0]["probability"], 0.7);
    assert_eq!(told["retire"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_long_plan_is_cut_short_and_says_so() {
    let mut story = story();
    let one = story.plan.create.first().cloned().unwrap();
    story.plan.create = vec![one; SHOWN + 3];
    let told = text("Ada", &story.plan, &story.records);
    assert_eq!(told.lines().filter(|line| line.starts_with("create")).count(), SHOWN);
    assert!(told.contains("... and 3 more to create: --json shows them all."), "{told}");
}
