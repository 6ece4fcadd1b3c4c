//! Sums made by the database, against the same sums made here; and what comes in over HTTP.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use connectors::simulator::World;
use domain::{AthleteId, Field, Milli, Value as Said};
use hub::{ActivityFilter, ActivityOrder, ActivityRow, PageRequest, TotalsDimension, View};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};

async fn year(house: &House, name: &str, seed: u64) -> Result<AthleteId> {
    let start: DateTime<Utc> = "2025-11-20T00:00:00Z".parse()?;
    let world = World::year(seed, start);
    let (strava, garmin) = (house.folder.path().join(format!("s{name}")), house.folder.path().join(format!("g{name}")));
    world.write_strava_export(&strava, world.end)?;
    world.write_garmin_export(&garmin, world.end)?;
    let athlete = house.athlete(name).await?;
    house.import(athlete, &garmin).await?;
    house.import(athlete, &strava).await?;
    Ok(athlete)
}

async fn all(view: &View) -> Result<Vec<ActivityRow>> {
    let (mut rows, mut request) = (Vec::new(), PageRequest { first: Some(100), ..PageRequest::default() });
    loop {
        let page = view.activities(&ActivityFilter::default(), ActivityOrder::default(), &request).await?;
        request.after = page.items.last().map(|(cursor, _)| cursor.clone());
        rows.extend(page.items.into_iter().map(|(_, row)| row));
        if !page.has_next {
            return Ok(rows);
        }
    }
}

fn number(row: &ActivityRow, field: Field) -> i64 {
    row.activity.value(field).and_then(Said::number).map_or(0, Milli::thousandths)
}

/// The date where it was, or a place two hours east where nobody knows.
fn local(row: &ActivityRow) -> NaiveDate {
    let Some(Said::Instant(start)) = row.activity.value(Field::StartTimeUtc) else { return NaiveDate::default() };
    let offset = row.activity.value(Field::UtcOffsetS).and_then(Said::number);
    let offset = offset.map_or(Duration::hours(2), |offset| Duration::milliseconds(offset.thousandths()));
    (*start + offset).date_naive()
}

fn east(instant: DateTime<Utc>) -> NaiveDate {
    (instant + Duration::hours(2)).date_naive()
}

#[tokio::test]
async fn a_local_day_is_of_its_own_month_and_year_at_every_edge_of_the_calendar() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = year(&house, "Ada", 11).await?;
        let view = house.view([ada]);
        let database = Database::connect(&house.database_url).await?;
        for (start, offset_s, day) in [
            ("1969-12-31T23:59:59.5Z", 0, "1969-12-31"),
            ("1970-01-01T00:00:00Z", 0, "1970-01-01"),
            ("1970-01-01T00:00:00Z", -1, "1969-12-31"),
            ("1900-03-01T00:30:00Z", -3_600, "1900-02-28"),
            ("2024-02-29T12:00:00Z", 45_900, "2024-03-01"),
            ("2025-12-31T22:30:00Z", 5_400, "2026-01-01"),
            ("2100-12-31T23:59:59Z", 0, "2100-12-31"),
        ] {
            let micros = start.parse::<DateTime<Utc>>()?.timestamp_micros();
            let moved = format!("UPDATE activity SET start_at = {micros}, utc_offset = {}", offset_s * 1_000);
            database.execute_unprepared(&moved).await?;
            let day: NaiveDate = day.parse()?;
            for (by, first) in [
                (TotalsDimension::Day, Some(day)),
                (TotalsDimension::Month, day.with_day(1)),
                (TotalsDimension::Year, NaiveDate::from_ymd_opt(day.year(), 1, 1)),
            ] {
                let found = view.totals(&ActivityFilter::default(), &[by], &east).await?;
                let periods: Vec<Option<NaiveDate>> = found.iter().map(|row| row.period).collect();
                assert_eq!(periods, [first], "{start} at {offset_s} s, by {by:?}");
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn totals_are_what_adding_up_gives_and_know_nobody_else() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = year(&house, "Ada", 11).await?;
        let bob = year(&house, "Bob", 12).await?;
        let view = house.view([ada]);
        let rows: Vec<ActivityRow> =
            all(&view).await?.into_iter().filter(|row| row.activity.parent.is_none()).collect();
        assert!(rows.len() > 100, "a year");
        let filter = ActivityFilter::default();
        for (by, key) in [
            (vec![TotalsDimension::Month], (|row: &ActivityRow| local(row).with_day(1)) as fn(&ActivityRow) -> _),
            (vec![TotalsDimension::Day], |row: &ActivityRow| Some(local(row))),
            (vec![TotalsDimension::Year, TotalsDimension::Sport], |row: &ActivityRow| {
                NaiveDate::from_ymd_opt(local(row).year(), 1, 1)
            }),
            (vec![], |_: &ActivityRow| None),
        ] {
            let sport = by.contains(&TotalsDimension::Sport);
            let mut expected: BTreeMap<(Option<NaiveDate>, Option<String>), [i64; 6]> = BTreeMap::new();
            for row in &rows {
                let named = match row.activity.value(Field::SportType) {
                    Some(Said::Sport(one)) if sport => Some(one.name().to_owned()),
                    _ => None,
                };
                let sums = expected.entry((key(row), named)).or_default();
                sums[0] += 1;
                let fields = [
                    Field::DistanceM,
                    Field::ElapsedTimeS,
                    Field::MovingTimeS,
                    Field::ElevationGainM,
                    Field::EnergyKcal,
                ];
                for (sum, field) in sums.iter_mut().skip(1).zip(fields) {
                    *sum += number(row, field);
                }
            }
            let found: BTreeMap<_, _> = view
                .totals(&filter, &by, &east)
                .await?
                .into_iter()
                .map(|row| {
                    let sums = [row.distance, row.elapsed, row.moving, row.gain, row.energy].map(Milli::thousandths);
                    let [a, b, c, d, e] = sums;
                    ((row.period, row.sport.map(|sport| sport.name().to_owned())), [row.count as i64, a, b, c, d, e])
                })
                .collect();
            assert_eq!(found, expected, "{by:?}");
        }
        // By leading source every activity counts once, whatever number of sources has it.
        let led = view.totals(&filter, &[TotalsDimension::Source, TotalsDimension::Status], &east).await?;
        assert_eq!(led.iter().map(|row| row.count).sum::<u64>(), rows.len() as u64);
        assert!(led.iter().any(|row| row.source.as_ref().is_some_and(|source| source.as_str() == "garmin")));
        let two = view.totals(&filter, &[TotalsDimension::Day, TotalsDimension::Week], &east).await;
        assert!(two.is_err(), "two kinds of periods");
        let foreign = ActivityFilter { athletes: Some(vec![bob]), ..ActivityFilter::default() };
        let none = view.totals(&foreign, &[], &east).await?;
        assert_eq!(none.iter().map(|row| row.count).sum::<u64>(), 0);

        let coverage = view.coverage(ada, None, None).await?;
        let shown = |source: &str| {
            coverage.iter().filter(|row| row.source.as_str() == source).map(|row| row.records).sum::<u64>()
        };
        for source in ["strava", "garmin"] {
            let slug = domain::SourceSlug::parse(source)?;
            let filter = hub::RecordFilter { athlete: Some(ada), source: Some(slug), ..Default::default() };
            assert_eq!(shown(source), view.count_records(&filter).await?, "{source}: one channel each");
        }
        assert!(coverage.iter().any(|row| row.matched > 0 && row.matched < row.records));
        let march: NaiveDate = "2026-03-01".parse()?;
        let part = view.coverage(ada, Some(march), Some("2026-04-01".parse()?)).await?;
        let whole: Vec<_> = coverage.into_iter().filter(|row| row.month == march).collect();
        assert_eq!(part, whole);
        assert!(view.coverage(bob, None, None).await?.is_empty(), "another athlete's");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_dashboard_asks_for_sums_in_one_request() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = year(&house, "Ada", 11).await?;
        let door = Door::of(&house).await?;
        let token = door.token("activities:read", &[ada]).await?;
        let query = "query($id: ID!) { totals(groupBy: [MONTH, SPORT_TYPE], timeZone: \"Europe/Vienna\") { periodStart \
                     sportType count distanceM } athlete(id: $id) { totals(groupBy: [YEAR]) { periodStart count } } \
                     coverage(athleteId: $id, from: \"2026-01-01\") { month source { slug } records matched onlyHere } }";
        let data = door.ask(&token, query, json!({ "id": ada.to_string() })).await?;
        let sum = |rows: &Value| rows.as_array().map(|rows| rows.iter().filter_map(|row| row["count"].as_i64()).sum::<i64>());
        assert_eq!(sum(&data["totals"]), sum(&data["athlete"]["totals"]));
        for row in data["coverage"].as_array().context("coverage")? {
            let count = |key: &str| row[key].as_i64().unwrap_or_default();
            assert_eq!(count("records"), count("matched") + count("onlyHere"));
        }
        for wrong in ["groupBy: [DAY, MONTH]", "groupBy: [DAY], timeZone: \"Vienna\"", "groupBy: [DAY], timeZone: \"../x\""] {
            assert_eq!(door.refusal(&token, &format!("{{ totals({wrong}) {{ count }} }}")).await?, "BAD_USER_INPUT");
        }
        Ok(())
    })
    .await
}

const GPX: &str = "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"made\" xmlns=\"http://www.topografix.com/GPX/1/1\">\
                   <trk><type>running</type><trkseg><trkpt lat=\"1.0\" lon=\"2.0\"><time>2026-05-01T06:00:00Z</time></trkpt>\
                   <trkpt lat=\"1.01\" lon=\"2.0\"><time>2026-05-01T06:10:00Z</time></trkpt></trkseg></trk></gpx>";

#[tokio::test]
async fn a_file_comes_in_over_http_as_by_the_command_line() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, eve) = (house.athlete("Ada").await?, house.athlete("Eve").await?);
        let door = Door::of(&house).await?;
        let token = door.token("activities:read imports:write", &[ada]).await?;
        let reader = door.token("activities:read", &[ada]).await?;
        let send = async |token: &str, query: &str, body: &str| -> Result<(u16, Value)> {
            let bearer = format!("Bearer {token}");
            let path = format!("/imports?{query}");
            let answer = door.send("POST", &path, &[("authorization", &bearer)], body.as_bytes().to_vec()).await?;
            Ok((answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await?)?))
        };
        let good = format!("athlete={ada}&filename=run.gpx");
        for (token, query, body, status) in [
            ("nonsense", good.as_str(), GPX, 401),
            (reader.as_str(), &good, GPX, 403),
            (&token, &format!("athlete={eve}&filename=run.gpx"), GPX, 404),
            (&token, "athlete=ath_1&filename=run.gpx", GPX, 404),
            (&token, &format!("athlete={ada}"), GPX, 400),
            (&token, &format!("athlete={ada}&filename=..%2Frun.gpx"), GPX, 400),
            (&token, &format!("athlete={ada}&filename=run.gpx&source=a%20b"), GPX, 400),
            (&token, &good, "", 400),
        ] {
            assert_eq!(send(token, query, body).await?.0, status, "{query}");
        }
        let ended = async |query: &str, body: &str| -> Result<Value> {
            let (status, answer) = send(&token, query, body).await?;
            assert_eq!(status, 202, "{answer}");
            let ask = "query($id: ID!) { importRun(id: $id) { filename state recordsNew recordsUnchanged error } }";
            loop {
                let told = door.ask(&token, ask, json!({ "id": answer["importRun"] })).await?;
                match told["importRun"]["state"].as_str() {
                    Some("RUNNING") => tokio::task::yield_now().await,
                    _ => return Ok(told["importRun"].clone()),
                }
            }
        };
        let first = ended(&good, GPX).await?;
        assert_eq!((&first["state"], &first["recordsNew"]), (&json!("SUCCEEDED"), &json!(1)), "{first}");
        assert_eq!(first["filename"], "run.gpx");
        let again = ended(&good, GPX).await?;
        assert_eq!((&again["recordsNew"], &again["recordsUnchanged"]), (&json!(0), &json!(1)), "{again}");
        let failed = ended(&format!("athlete={ada}&filename=notes.txt"), "nothing").await?;
        assert_eq!(failed["state"], "FAILED");
        let error = failed["error"].as_str().context("an error")?;
        assert!(!error.contains("/tmp"), "our own folders are nobody's business: {error}");
        Ok(())
    })
    .await
}
