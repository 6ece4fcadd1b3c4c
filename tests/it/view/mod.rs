//! Reading: pages that stay right while rows come and go, filters against the same question asked in Rust, and a scope
//! that nothing gets round.

mod filters;
mod pages;
mod scope;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Duration, Utc};
use connectors::simulator::{Account, Case, World};
use domain::AthleteId;
use hub::{ActivityFilter, ActivityOrder, ActivityRow, Cursor, PageRequest, View};
use sea_orm::{ConnectionTrait, Database};
use tests::house::House;

/// One row of a Strava export.
struct Run {
    id: u64,
    name: &'static str,
    start: &'static str,
    seconds: u32,
    metres: Option<u32>,
}

/// Runs that tie in start, distance and elapsed time, some without a distance.
fn runs() -> Vec<Run> {
    let mut runs = Vec::new();
    for id in 1..=23 {
        runs.push(Run {
            id: 7_000_000_000 + id,
            name: "Run",
            start: ["2025-03-01T06:00:00Z", "2025-03-02T06:00:00Z", "2025-03-03T06:00:00Z"][(id % 3) as usize],
            seconds: [1800, 2400][(id % 2) as usize],
            metres: [None, Some(2500), Some(5000), Some(10_000)][(id % 4) as usize],
        });
    }
    runs
}

/// A Strava export of these runs.
fn export(house: &House, name: &str, runs: &[Run]) -> Result<PathBuf> {
    let folder = house.folder.path().join(name);
    std::fs::create_dir_all(&folder)?;
    let mut text = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,\
                    Relative Effort,Commute,Activity Gear,Filename,Athlete Weight,Bike Weight,Elapsed Time,Moving Time,\
                    Distance,Max Speed,Average Speed,Elevation Gain,Calories,Average Heart Rate,Max Heart Rate\n"
        .to_owned();
    for run in runs {
        let start: DateTime<Utc> = run.start.parse()?;
        let date = start.format("%b %-d, %Y, %-I:%M:%S %p");
        let kilometres = run.metres.map(|metres| format!("{:.2}", f64::from(metres) / 1000.0)).unwrap_or_default();
        let metres = run.metres.map(|metres| format!("{metres}.0")).unwrap_or_default();
        writeln!(
            text,
            "{},\"{date}\",\"{}\",Run,,{2},{kilometres},,false,,,,,{2}.0,{2}.0,{metres},,,,,,",
            run.id, run.name, run.seconds
        )?;
    }
    std::fs::write(folder.join("activities.csv"), text)?;
    Ok(folder)
}

/// The first two months of a year and its triathlon, told by Strava and by Garmin, both brought in.
async fn told_twice(house: &House, athlete: AthleteId, seed: u64) -> Result<()> {
    let start: DateTime<Utc> = "2025-11-20T00:00:00Z".parse()?;
    let mut world = World::year(seed, start);
    world.activities.retain(|physical| {
        let early = |account: &Account| account.start < start + Duration::days(60);
        matches!(physical.case, Case::TriathlonWhole | Case::TriathlonLeg)
            || physical.strava.iter().chain(&physical.garmin).any(early)
    });
    let folder = |source: &str| house.folder.path().join(format!("{source}-{athlete}"));
    let (strava, garmin) = (folder("strava"), folder("garmin"));
    world.write_strava_export(&strava, world.end)?;
    world.write_garmin_export(&garmin, world.end)?;
    for path in [&garmin, &strava] {
        house.import(athlete, path).await?;
    }
    Ok(())
}

/// All pages of a list, forwards (or backwards), each item once with its cursor, in the list's order.
async fn walk(
    view: &View,
    filter: &ActivityFilter,
    order: ActivityOrder,
    size: u32,
    backwards: bool,
) -> Result<Vec<(Cursor, ActivityRow)>> {
    let mut found: Vec<(Cursor, ActivityRow)> = Vec::new();
    let mut request = PageRequest::default();
    if backwards {
        request.last = Some(size);
    } else {
        request.first = Some(size);
    }
    loop {
        let page = view.activities(filter, order, &request).await?;
        let begun = !found.is_empty();
        assert!(page.items.len() <= size as usize);
        let more = if backwards {
            assert_eq!(page.has_next, begun, "backwards, what was read stands behind");
            request.before = page.items.first().map(|(cursor, _)| cursor.clone());
            found.splice(0..0, page.items);
            page.has_previous
        } else {
            assert_eq!(page.has_previous, begun, "forwards, what was read stands in front");
            request.after = page.items.last().map(|(cursor, _)| cursor.clone());
            found.extend(page.items);
            page.has_next
        };
        if !more {
            return Ok(found);
        }
    }
}

/// Writes past the hub: for states that no deed of it makes yet.
async fn execute(house: &House, statement: &str) -> Result<()> {
    let database = Database::connect(&house.database_url).await?;
    database.execute_unprepared(statement).await?;
    database.close().await?;
    Ok(())
}
