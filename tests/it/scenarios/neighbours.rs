//! How much of a history one record moves.

use anyhow::Result;
use chrono::{DateTime, Duration, Utc};
use connectors::Range;
use connectors::simulator::World;
use domain::{ActivityId, AthleteId, Channel, ExternalId, RecordId, SourceSlug};
use entity::source_record::{Column, Entity, Model};
use hub::Ingested;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Database, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _,
};
use tests::house::{House, in_each_house};

use super::{Live, ME, recorded};
use crate::chronicle::run;

/// Microseconds of a year.
const YEAR: i64 = 365 * 86_400_000_000;

/// The same record some years earlier, under ids and keys of its own, settled long ago.
fn earlier(record: &Model, years: i64) -> Result<Model> {
    let athlete = AthleteId::from_uuid(record.athlete_id);
    let source = SourceSlug::parse(&record.source)?;
    let external_id = format!("{}-{years}", record.external_id);
    let id = RecordId::of(athlete, &source, Channel::Archive, &ExternalId::new(external_id.as_str()));
    let founds = ActivityId::founded_by(id).uuid();
    let apart = |key: &Option<String>| key.as_ref().map(|key| format!("{key}-{years}"));
    let by = years * YEAR;
    let start = record.spans_from.to_string();
    Ok(Model {
        id: id.uuid(),
        external_id,
        founds,
        activity_id: Some(founds),
        waits: false,
        file_sha256: None,
        fit_key: apart(&record.fit_key),
        lineage_key: apart(&record.lineage_key),
        parent_external_id: apart(&record.parent_external_id),
        spans_from: record.spans_from - by,
        spans_until: record.spans_until - by,
        document: record.document.replace(&start, &(record.spans_from - by).to_string()),
        ..record.clone()
    })
}

#[tokio::test]
async fn of_twenty_thousand_records_a_new_one_reads_at_most_a_hundred() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let start: DateTime<Utc> = "2025-11-20T00:00:00Z".parse()?;
        let world = World::year(7, start);
        let (strava, garmin) = (house.folder.path().join("strava"), house.folder.path().join("garmin"));
        world.write_garmin_export(&garmin, world.end)?;
        world.write_strava_export(&strava, world.end)?;
        house.import(ada, &garmin).await?;
        house.import(ada, &strava).await?;
        // The same year again and again: rows that lie too far away to be read.
        let database = Database::connect(&house.database_url).await?;
        let year = Entity::find().filter(Column::AthleteId.eq(ada.uuid())).all(&database).await?;
        let mut years = 0;
        while Entity::find().count(&database).await? < 20_000 {
            years += 1;
            for part in year.chunks(500) {
                let rows: Vec<_> = part
                    .iter()
                    .map(|record| Ok(earlier(record, years)?.into_active_model().reset_all()))
                    .collect::<Result<_>>()?;
                Entity::insert_many(rows).exec_without_returning(&database).await?;
            }
        }
        database.close().await?;
        let live = Live::open(&house).await?;
        let mut most = 0;
        for (number, physical) in world.activities.iter().enumerate().step_by(23) {
            let Some(told) = physical.garmin.first().or(physical.strava.first()) else { continue };
            let begins = (told.start - Duration::minutes(50)).to_rfc3339();
            let id = 5_000_000 + number as u64;
            live.simulator.add(ME, &recorded(run(id, &begins, 2_000, 6_000.0)));
            let around = Range { after: Some(told.start - Duration::hours(1)), before: Some(told.start) };
            let brought = house.hub.bring(ada, live.list(around).await?).await?;
            assert!(matches!(brought.outcomes[..], [Ingested::New(_)]), "{brought:?}");
            most = most.max(brought.reconciled.records_read);
        }
        println!("at most {most} rows for one new record");
        assert!((1..=100).contains(&most), "{most}");
        Ok(())
    })
    .await
}
