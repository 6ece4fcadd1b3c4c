//! Filters of activities and of records: each held against the same question asked of every row in Rust.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use domain::{ActivityId, Agreement, ArtifactKind, Channel, Field, Milli, SourceSlug, Sport, Status, Value};
use hub::{ActivityFilter, ActivityOrder, ActivityRow, FloatRange, PageRequest, RecordFilter, RecordRow, TimeRange};
use tests::house::{House, in_each_house};

use super::{Run, execute, export, told_twice, walk};

fn number(row: &ActivityRow, field: Field) -> Option<Milli> {
    row.activity.value(field).and_then(Value::number)
}

fn start(row: &ActivityRow) -> DateTime<Utc> {
    match row.activity.value(Field::StartTimeUtc) {
        Some(Value::Instant(start)) => *start,
        _ => panic!("every activity has a start"),
    }
}

type Question = (&'static str, ActivityFilter, Box<dyn Fn(&ActivityRow, &[RecordRow]) -> bool>);

/// Every condition by itself, and some together. `middle` and `later` lie within the data.
fn questions(middle: DateTime<Utc>, later: DateTime<Utc>) -> Vec<Question> {
    let any = ActivityFilter::default;
    let shown = |row: &ActivityRow| row.activity.status != Status::Withdrawn;
    let km = |km: i64| Some(Milli::from_units(km * 1000));
    let is = |row: &ActivityRow, sport| row.activity.value(Field::SportType) == Some(&Value::Sport(sport));
    let has = |row: &ActivityRow, wanted: &[Agreement]| {
        row.activity.fields.values().any(|field| wanted.contains(&field.provenance.agreement))
    };
    let of = |records: &[RecordRow], source: SourceSlug| records.iter().any(|row| row.record.source == source);
    let elapsed = |row: &ActivityRow| number(row, Field::ElapsedTimeS).expect("every activity has an elapsed time");
    let hour = Milli::from_units(3600);
    vec![
        ("all", any(), Box::new(move |row, _| shown(row))),
        ("hidden too", ActivityFilter { include_hidden: true, ..any() }, Box::new(|_, _| true)),
        (
            "withdrawn",
            ActivityFilter { statuses: Some(vec![Status::Withdrawn]), ..any() },
            Box::new(|row, _| row.activity.status == Status::Withdrawn),
        ),
        (
            "statuses",
            ActivityFilter { statuses: Some(vec![Status::Pending, Status::Conflicted]), include_hidden: true, ..any() },
            Box::new(|row, _| matches!(row.activity.status, Status::Pending | Status::Conflicted)),
        ),
        (
            "from is inclusive",
            ActivityFilter { start: TimeRange { from: Some(middle), until: None }, ..any() },
            Box::new(move |row, _| shown(row) && start(row) >= middle),
        ),
        (
            "until is exclusive",
            ActivityFilter { start: TimeRange { from: None, until: Some(middle) }, ..any() },
            Box::new(move |row, _| shown(row) && start(row) < middle),
        ),
        (
            "sports",
            ActivityFilter { sports: Some(vec![Sport::Ride, Sport::Ride, Sport::Walk]), ..any() },
            Box::new(move |row, _| shown(row) && (is(row, Sport::Ride) || is(row, Sport::Walk))),
        ),
        (
            "one sport",
            ActivityFilter { sports: Some(vec![Sport::Run]), ..any() },
            Box::new(move |row, _| shown(row) && is(row, Sport::Run)),
        ),
        (
            "distance, upwards",
            ActivityFilter { distance: FloatRange { min: km(8), max: None }, ..any() },
            Box::new(move |row, _| shown(row) && number(row, Field::DistanceM) >= km(8)),
        ),
        (
            "distance, downwards: none is not little",
            ActivityFilter { distance: FloatRange { min: None, max: km(8) }, ..any() },
            Box::new(move |row, _| shown(row) && number(row, Field::DistanceM).is_some_and(|far| Some(far) <= km(8))),
        ),
        (
            "elapsed, both ends inclusive",
            ActivityFilter { elapsed: FloatRange { min: Some(Milli::from_units(600)), max: Some(hour) }, ..any() },
            Box::new(move |row, _| shown(row) && (Milli::from_units(600)..=hour).contains(&elapsed(row))),
        ),
        (
            "conflicts",
            ActivityFilter { agreements: Some(vec![Agreement::Conflicts]), ..any() },
            Box::new(move |row, _| shown(row) && has(row, &[Agreement::Conflicts])),
        ),
        (
            "conflicts or near",
            ActivityFilter { agreements: Some(vec![Agreement::Conflicts, Agreement::WithinTolerance]), ..any() },
            Box::new(move |row, _| shown(row) && has(row, &[Agreement::Conflicts, Agreement::WithinTolerance])),
        ),
        (
            "from Strava",
            ActivityFilter { sources: Some(vec![SourceSlug::STRAVA]), ..any() },
            Box::new(move |row, records| shown(row) && of(records, SourceSlug::STRAVA)),
        ),
        (
            "from Garmin or a file",
            ActivityFilter { sources: Some(vec![SourceSlug::GARMIN, SourceSlug::FILE]), ..any() },
            Box::new(move |row, records| {
                shown(row) && (of(records, SourceSlug::GARMIN) || of(records, SourceSlug::FILE))
            }),
        ),
        (
            "with a FIT file",
            ActivityFilter { has_artifact: Some(ArtifactKind::Fit), ..any() },
            Box::new(move |row, records| {
                shown(row) && records.iter().any(|row| row.record.artifacts.contains_key(&ArtifactKind::Fit))
            }),
        ),
        (
            "changed since",
            ActivityFilter { updated_since: Some(later), ..any() },
            Box::new(move |row, _| shown(row) && row.updated_at >= later),
        ),
        (
            "all together",
            ActivityFilter {
                start: TimeRange { from: None, until: Some(middle) },
                sports: Some(vec![Sport::Run]),
                sources: Some(vec![SourceSlug::GARMIN]),
                distance: FloatRange { min: km(5), max: None },
                ..any()
            },
            Box::new(move |row, records| {
                shown(row)
                    && start(row) < middle
                    && is(row, Sport::Run)
                    && of(records, SourceSlug::GARMIN)
                    && number(row, Field::DistanceM) >= km(5)
            }),
        ),
    ]
}

#[tokio::test]
async fn every_filter_gives_what_it_says() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        told_twice(&house, ada, 7).await?;
        house.clock.advance(Duration::hours(1));
        let more = [
            Run { id: 9_000_000_001, name: "At the gym", start: "2026-02-20T06:00:00Z", seconds: 3600, metres: None },
            Run {
                id: 9_000_000_002,
                name: "A short one",
                start: "2026-02-21T06:00:00Z",
                seconds: 600,
                metres: Some(8000),
            },
        ];
        house.import(ada, &export(&house, "more", &more)?).await?;
        let view = house.view([ada]);
        let hidden = ActivityFilter { include_hidden: true, ..ActivityFilter::default() };
        let walked = walk(&view, &hidden, ActivityOrder::default(), 100, false).await?;
        // No deed withdraws yet: the state by itself.
        let (_, gone) = &walked[walked.len() / 3];
        let gone = number_of(gone);
        execute(&house, &format!("UPDATE activity SET status = 'WITHDRAWN' WHERE start_at = {gone}")).await?;
        let walked = walk(&view, &hidden, ActivityOrder::default(), 100, false).await?;
        let rows: Vec<ActivityRow> = walked.into_iter().map(|(_, row)| row).collect();
        let ids: Vec<ActivityId> = rows.iter().map(|row| row.activity.id).collect();
        let records: HashMap<ActivityId, Vec<RecordRow>> = view.records_of(&ids).await?;
        let middle = start(&rows[rows.len() / 2]);
        let later = rows.iter().map(|row| row.updated_at).max().context("rows")?;
        for (name, filter, passes) in questions(middle, later) {
            let expected: Vec<ActivityId> =
                rows.iter().filter(|row| passes(row, &records[&row.activity.id])).map(|row| row.activity.id).collect();
            assert!(!expected.is_empty(), "{name}: the data has no case of it");
            assert!(expected.len() < rows.len() || name == "hidden too", "{name}: the data has nothing else");
            let found: Vec<ActivityId> = walk(&view, &filter, ActivityOrder::default(), 9, false)
                .await?
                .into_iter()
                .map(|(_, row)| row.activity.id)
                .collect();
            assert_eq!(found, expected, "{name}");
            assert_eq!(view.count_activities(&filter).await?, expected.len() as u64, "{name}");
        }
        // A list that names nothing is passed by nothing.
        for filter in [
            ActivityFilter { sports: Some(Vec::new()), ..ActivityFilter::default() },
            ActivityFilter { statuses: Some(Vec::new()), ..ActivityFilter::default() },
            ActivityFilter { sources: Some(Vec::new()), ..ActivityFilter::default() },
            ActivityFilter { agreements: Some(Vec::new()), ..ActivityFilter::default() },
            ActivityFilter { athletes: Some(Vec::new()), ..ActivityFilter::default() },
        ] {
            assert_eq!(view.count_activities(&filter).await?, 0, "{filter:?}");
        }
        Ok(())
    })
    .await
}

fn number_of(row: &ActivityRow) -> i64 {
    start(row).timestamp_micros()
}

#[tokio::test]
async fn names_are_found_by_any_part_in_any_case() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let names = [
            "Über die Höhe",
            "ÜBER DIE HÖHE",
            "100% effort",
            "100 percent effort",
            "a_b",
            "aXb",
            "[intervals] 4x4",
            "*star*",
            "why?",
            r"back\slash",
            "^hat-dash]",
            "Straße",
            "Ёлка ελιά",
            "(.+) $1",
        ];
        let runs: Vec<Run> = names
            .iter()
            .zip(1..)
            .map(|(name, id)| Run { id, name, start: "2025-03-01T06:00:00Z", seconds: 1800, metres: None })
            .collect();
        house.import(ada, &export(&house, "names", &runs)?).await?;
        let view = house.view([ada]);
        assert_eq!(view.count_activities(&ActivityFilter::default()).await?, names.len() as u64);
        let search = |text: &str| ActivityFilter { name_contains: Some(text.to_owned()), ..ActivityFilter::default() };
        let asked = [
            "über",
            "HÖHE",
            "höhe",
            "100%",
            "%",
            "_",
            "a_b",
            "A_B",
            "[",
            "]",
            "[i",
            "*",
            "?",
            "\\",
            "\\s",
            "^",
            "-",
            "e",
            "SS",
            "ß",
            "ёЛ",
            "ΕΛΙΆ",
            "(",
            "(.",
            ".",
            "+",
            "$1",
            "x",
            "X",
            " ",
            "nothing has this",
            "\0",
            "",
            "'",
            "\"",
        ];
        for text in asked {
            let expected: BTreeSet<&str> =
                names.into_iter().filter(|name| name.to_lowercase().contains(&text.to_lowercase())).collect();
            let found = walk(&view, &search(text), ActivityOrder::default(), 100, false).await?;
            let found: BTreeSet<String> = found
                .into_iter()
                .filter_map(|(_, row)| match row.activity.value(Field::Name) {
                    Some(Value::Text(name)) => Some(name.clone()),
                    _ => None,
                })
                .collect();
            assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{text:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn records_are_found_by_what_names_them() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        told_twice(&house, ada, 7).await?;
        let view = house.view([ada]);
        let list = async |filter: RecordFilter| -> Result<Vec<RecordRow>> {
            let mut found = Vec::new();
            let mut request = PageRequest { first: Some(50), ..PageRequest::default() };
            loop {
                let page = view.records(&filter, &request).await?;
                request.after = page.items.last().map(|(cursor, _)| cursor.clone());
                found.extend(page.items.into_iter().map(|(_, row)| row));
                if !page.has_next {
                    assert_eq!(view.count_records(&filter).await?, found.len() as u64);
                    return Ok(found);
                }
            }
        };
        let all = list(RecordFilter::default()).await?;
        let mut shared: HashMap<ActivityId, usize> = HashMap::new();
        for row in &all {
            *shared.entry(row.activity.context("all is reconciled")?).or_default() += 1;
        }
        let one = &all.iter().find(|row| row.record.source == SourceSlug::GARMIN).context("one of Garmin's")?.record;
        type Passes<'a> = Box<dyn Fn(&RecordRow) -> bool + 'a>;
        let questions: Vec<(RecordFilter, Passes<'_>)> = vec![
            (
                RecordFilter { source: Some(SourceSlug::STRAVA), ..RecordFilter::default() },
                Box::new(|row| row.record.source == SourceSlug::STRAVA),
            ),
            (
                RecordFilter {
                    source: Some(SourceSlug::GARMIN),
                    channel: Some(Channel::Archive),
                    ..RecordFilter::default()
                },
                Box::new(|row| row.record.source == SourceSlug::GARMIN && row.record.channel == Channel::Archive),
            ),
            (
                RecordFilter { external_id: Some(one.external_id.clone()), ..RecordFilter::default() },
                Box::new(|row| row.record.external_id == one.external_id),
            ),
            (
                RecordFilter { unmatched_only: true, ..RecordFilter::default() },
                Box::new(|row| row.activity.is_none_or(|activity| shared[&activity] == 1)),
            ),
        ];
        for (filter, passes) in questions {
            let expected: Vec<&RecordRow> = all.iter().filter(|row| passes(row)).collect();
            assert!(!expected.is_empty() && expected.len() < all.len(), "{filter:?}");
            assert_eq!(list(filter.clone()).await?.iter().collect::<Vec<_>>(), expected, "{filter:?}");
        }
        let nowhere = RecordFilter { external_id: Some(domain::ExternalId::new("\0")), ..RecordFilter::default() };
        assert!(list(nowhere).await?.is_empty());
        Ok(())
    })
    .await
}
