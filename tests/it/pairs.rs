//! A Strava list and a Garmin list of one athlete, with proven pairs, where they lie beside the repository: all pairs
//! are found, and nothing else is merged, with the ids that Strava names and without.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDateTime, Utc};
use domain::{
    ArtifactId, ArtifactKind, AthleteId, Channel, ExternalId, Field, Fingerprint, IdentityKeys, Lineage, Milli,
    Pointer, Readings, RecordId, SourceRecord, SourceSlug, StartPrecision, Value,
};
use reconcile::{Input, Policy, reconcile};
use serde_json::Value as Json;

use crate::corpus::corpus;

/// A record of what a list says.
fn record(
    source: SourceSlug,
    id: &Json,
    start: DateTime<Utc>,
    elapsed: f64,
    distance: f64,
    sport: domain::Sport,
) -> SourceRecord {
    let external_id = ExternalId::new(id.to_string());
    let athlete = AthleteId::from_uuid(uuid::Uuid::nil());
    let mut readings = Readings::new();
    let mut say = |field, value| readings.set(field, value, Pointer::new(ArtifactKind::ActivitySummary, "/list"));
    say(Field::StartTimeUtc, Value::Instant(start));
    say(Field::ElapsedTimeS, Value::Number(Milli::from_f64(elapsed).unwrap_or_default()));
    say(Field::DistanceM, Value::Number(Milli::from_f64(distance).unwrap_or_default()));
    say(Field::SportType, Value::Sport(sport));
    let print = Fingerprint::of(&readings, StartPrecision::Second, None);
    SourceRecord {
        id: RecordId::of(athlete, &source, Channel::Api, &external_id),
        athlete,
        source,
        channel: Channel::Api,
        url: None,
        artifacts: [(ArtifactKind::ActivitySummary, ArtifactId::of(external_id.as_str().as_bytes()))].into(),
        external_id,
        first_seen_at: start,
        fetched_at: start,
        revision: 1,
        readings,
        source_sport: None,
        keys: IdentityKeys::default(),
        fingerprints: print.into_iter().collect(),
        multisport: None,
        withdrawn: None,
    }
}

fn read(path: &std::path::Path) -> Result<Json> {
    Ok(serde_json::from_slice(&std::fs::read(path).with_context(|| path.display().to_string())?)?)
}

#[test]
fn proven_pairs_are_found_and_nothing_else_is_merged() -> Result<()> {
    let Some(corpus) = corpus() else { return Ok(()) };
    let folder = corpus.join("files/extras/connectstats_organizer_json");
    let truth = read(&folder.join("MATCH_TRUTH.json"))?;
    let pairs: BTreeSet<(String, String)> = truth["matches"]
        .as_array()
        .context("matches")?
        .iter()
        .map(|one| (one["strava"]["strava_id"].to_string(), one["garmin"]["garmin_id"].to_string()))
        .collect();
    assert_eq!(pairs.len(), 20);
    let number = |json: &Json| json.as_f64().unwrap_or_default();
    let mut records = Vec::new();
    let mut named = BTreeMap::new();
    for one in read(&folder.join("strava_list.json"))?.as_array().context("Strava's list")? {
        let start = one["start_date"].as_str().context("a start")?.parse()?;
        let sport =
            connectors::strava::sport_of_word(one["type"].as_str().unwrap_or_default()).unwrap_or(domain::Sport::Other);
        let (elapsed, distance) = (number(&one["elapsed_time"]), number(&one["distance"]));
        let made = record(SourceSlug::STRAVA, &one["id"], start, elapsed, distance, sport);
        if let Some(id) = one["external_id"].as_str().and_then(|id| id.strip_prefix("garmin_push_")) {
            named.insert(made.id, id.to_owned());
        }
        records.push(made);
    }
    for one in read(&folder.join("activities_list_modern.json"))?["activityList"].as_array().context("Garmin's list")? {
        let start =
            NaiveDateTime::parse_from_str(one["startTimeGMT"].as_str().context("a start")?, "%Y-%m-%d %H:%M:%S")?;
        let sport = connectors::garmin::sport_of_type_key(one["activityType"]["typeKey"].as_str().unwrap_or_default())
            .unwrap_or(domain::Sport::Other);
        let (elapsed, distance) = (number(&one["duration"]), number(&one["distance"]));
        records.push(record(SourceSlug::GARMIN, &one["activityId"], start.and_utc(), elapsed, distance, sport));
    }
    for with_ids in [false, true] {
        for record in &mut records {
            let id = named.get(&record.id).filter(|_| with_ids);
            record.keys.lineage =
                id.map(|id| Lineage { source: SourceSlug::GARMIN, external_id: Some(ExternalId::new(id.clone())) });
        }
        let input = Input { as_of: "2026-01-01T00:00:00Z".parse()?, records: &records, rulings: &[] };
        let outcome = reconcile(&input, &Policy::built_in());
        let of: BTreeMap<RecordId, &SourceRecord> = records.iter().map(|record| (record.id, record)).collect();
        let mut found = BTreeSet::new();
        for activity in outcome.activities.iter().filter(|activity| activity.members.len() > 1) {
            let mut by_source: BTreeMap<&SourceSlug, Vec<String>> = BTreeMap::new();
            for member in &activity.members {
                by_source.entry(&of[member].source).or_default().push(of[member].external_id.to_string());
            }
            let one = |source| by_source[&source].first().cloned().unwrap_or_default();
            assert_eq!(activity.members.len(), 2, "{by_source:?}");
            found.insert((one(SourceSlug::STRAVA), one(SourceSlug::GARMIN)));
        }
        println!("with ids: {with_ids}, {} pairs, {} candidates", found.len(), outcome.candidates.len());
        assert!(found.is_subset(&pairs), "{:?}", found.difference(&pairs));
        let missed: Vec<_> = pairs.difference(&found).collect();
        assert!(missed.len() <= usize::from(!with_ids), "{missed:?}");
    }
    Ok(())
}
