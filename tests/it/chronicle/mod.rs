//! What becomes of activities: every change written down, every decision taken back whole, every law held.

mod decisions;
mod feed;
pub mod laws;
mod runs;
mod time;

use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use connectors::simulator::{Account, Case, Part, Physical, Recording, Sample, WATCH, World};
use domain::{ActivityId, AthleteId, Channel, ExternalId, Field, Point, RecordId, SourceSlug, Sport, Value};
use hub::{ActivityFilter, ActivityOrder, ActivityRow, Cause, PageRequest, RevisionRow, View, Word};
use tests::house::House;

/// Who decides in these tests, and why.
pub const WORD: Word<'static> = Word { actor: "ada", reason: "I was there" };

/// A run as a source tells it.
pub fn run(id: u64, start: &str, seconds: u32, metres: f64) -> Account {
    Account {
        external_id: id.to_string(),
        name: format!("Run {id}"),
        description: None,
        sport: Sport::Run,
        start: start.parse().expect("an instant"),
        elapsed_s: f64::from(seconds),
        moving_s: f64::from(seconds),
        distance_m: metres,
        gain_m: Some(40.0),
        heart_rate: None,
        cadence: None,
        power: None,
        kcal: 500.0,
        gear: None,
        commute: false,
        recording: None,
        original: false,
        is_parent: false,
        parent: None,
    }
}

/// What recorded it, a sample every five minutes, nowhere in particular.
pub fn recording(account: &Account) -> Recording {
    let samples = (0..=12_u32).map(|step| Sample {
        time: account.start + Duration::seconds((account.elapsed_s * f64::from(step) / 12.0) as i64),
        place: Point::from_degrees(54.75 + f64::from(step) * 0.001, 2.25),
        altitude_m: 20.0,
        distance_m: account.distance_m * f64::from(step) / 12.0,
        heart_rate: None,
    });
    let part = Part {
        sport: account.sport,
        start: account.start,
        elapsed_s: account.elapsed_s,
        timer_s: account.moving_s,
        distance_m: account.distance_m,
        gain_m: account.gain_m,
        heart_rate: None,
        cadence: None,
        power: None,
        kcal: account.kcal,
        samples: samples.collect(),
    };
    Recording { device: WATCH, sessions: vec![part] }
}

/// The same, recorded: without a recording it would be typed in.
pub fn recorded(account: &Account) -> Account {
    Account { recording: Some(Arc::new(recording(account))), ..account.clone() }
}

/// Brings in what a source tells, as its export; gives the records in the order of the accounts.
pub async fn bring(
    house: &House,
    athlete: AthleteId,
    source: &SourceSlug,
    accounts: &[Account],
) -> Result<Vec<RecordId>> {
    let physical = |account: &Account| {
        let (mut strava, mut garmin) = (Vec::new(), Vec::new());
        if *source == SourceSlug::STRAVA {
            strava.push(recorded(account));
        } else {
            garmin.push(account.clone());
        }
        Physical { case: Case::Matched, strava, garmin }
    };
    let end: DateTime<Utc> = "2027-12-31T00:00:00Z".parse()?;
    let world = World { activities: accounts.iter().map(physical).collect(), end };
    let folder = tempfile::tempdir_in(house.folder.path())?;
    let path = folder.path().join("export");
    if *source == SourceSlug::STRAVA {
        world.write_strava_export(&path, end)?;
    } else {
        world.write_garmin_export(&path, end)?;
    }
    let report = house.import(athlete, &path).await?;
    assert!(report.refused.is_empty(), "{:?}", report.refused);
    Ok(accounts.iter().map(|account| record(athlete, source, &account.external_id)).collect())
}

/// The record of an export's activity.
pub fn record(athlete: AthleteId, source: &SourceSlug, id: &str) -> RecordId {
    RecordId::of(athlete, source, Channel::Archive, &ExternalId::new(id))
}

/// All activities, hidden ones too, by start.
pub async fn all(view: &View) -> Result<Vec<ActivityRow>> {
    let filter = ActivityFilter { include_hidden: true, ..ActivityFilter::default() };
    let request = PageRequest { first: Some(100), ..PageRequest::default() };
    let page = view.activities(&filter, ActivityOrder::default(), &request).await?;
    assert!(!page.has_next, "these worlds are small");
    let mut rows: Vec<ActivityRow> = page.items.into_iter().map(|(_, row)| row).collect();
    rows.sort_by_key(|row| row.activity.id);
    Ok(rows)
}

/// The activity that holds a record.
pub async fn holder(view: &View, record: RecordId) -> Result<ActivityRow> {
    let rows = view.records_by_id(&[record]).await?;
    let id = rows.get(&record).and_then(|row| row.activity).context("it is held")?;
    view.activity(id).await?.context("it stands")
}

/// An activity's revisions, the newest first.
pub async fn history(view: &View, id: ActivityId) -> Result<Vec<RevisionRow>> {
    let request = PageRequest { first: Some(100), ..PageRequest::default() };
    Ok(view.history(id, &request).await?.items.into_iter().map(|(_, row)| row).collect())
}

/// Why an activity changed, the newest first.
pub async fn causes(view: &View, id: ActivityId) -> Result<Vec<Cause>> {
    Ok(history(view, id).await?.into_iter().map(|row| row.cause).collect())
}

/// What an activity is called.
pub fn name(row: &ActivityRow) -> String {
    match row.activity.value(Field::Name) {
        Some(Value::Text(name)) => name.clone(),
        other => panic!("no name: {other:?}"),
    }
}
