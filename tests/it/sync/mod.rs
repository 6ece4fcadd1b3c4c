//! Live sources: the hub against a simulated Strava and a simulated Garmin Connect.

mod asked;
mod backfill;
mod connect;
mod garmin;
mod notices;
mod sweep;

use anyhow::{Context as _, Result};
use domain::{AthleteId, Channel, ExternalId, RecordId, SourceSlug};
use hub::{AccountRow, Hub, RecordRow, View};
use tests::house::House;
use tests::live::Sources;

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
