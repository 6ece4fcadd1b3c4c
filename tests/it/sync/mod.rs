//! Live sources: the hub against a simulated Strava and a simulated Garmin Connect.

mod backfill;
mod connect;
mod garmin;
mod notices;
mod sweep;

use anyhow::{Context as _, Result};
use domain::{AthleteId, Channel, ExternalId, RecordId, SourceSlug};
use hub::{AccountRow, Athletes, Hub, RecordRow, View};
use tests::house::House;
use tests::live::Sources;

use crate::chronicle::all;

/// A hub that speaks to both sources, and an athlete whose Strava is connected and read.
async fn connected(house: &House, sources: &Sources) -> Result<(Hub, AthleteId, AccountRow)> {
    let hub = sources.hub(house).await?;
    let ada = house.athlete("Ada").await?;
    let account = sources.connect_strava(&hub, ada).await?;
    hub.work_until_idle().await?;
    Ok((hub, ada, account))
}

/// The record of an activity at Strava.
fn at_strava(athlete: AthleteId, id: u64) -> RecordId {
    RecordId::of(athlete, &SourceSlug::STRAVA, Channel::Api, &ExternalId::new(id.to_string()))
}

/// The record of an activity at Garmin.
fn at_garmin(athlete: AthleteId, id: &str) -> RecordId {
    RecordId::of(athlete, &SourceSlug::GARMIN, Channel::Api, &ExternalId::new(id))
}

/// A record as it stands.
async fn record(view: &View, id: RecordId) -> Result<RecordRow> {
    view.records_by_id(&[id]).await?.remove(&id).context("the record is there")
}

/// What its sources show of an athlete, told by the sources' own ids: for comparing two ways to the same state.
async fn told(hub: &Hub, athlete: AthleteId) -> Result<Vec<String>> {
    let view = hub.view(Athletes::Only([athlete].into()));
    let mut told = Vec::new();
    for row in all(&view).await? {
        let records = view.records_by_id(&row.activity.members).await?;
        let live = records.values().filter(|one| one.record.is_live());
        let mut members: Vec<String> =
            live.map(|one| format!("{}/{}", one.record.source, one.record.external_id)).collect();
        members.sort();
        if members.is_empty() {
            continue;
        }
        let fields: Vec<String> =
            row.activity.fields.iter().map(|(field, one)| format!("{field:?}={:?}", one.value)).collect();
        told.push(format!("{members:?} {:?} {fields:?}", row.activity.status));
    }
    told.sort();
    Ok(told)
}
