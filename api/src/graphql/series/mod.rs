//! Laps and time series.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, SimpleObject, Value};
use domain::{ArtifactKind, Milli};
use hub::series::{self, Column, StreamType};
use hub::{RecordRow, Stored, Told};

use super::artifact::Artifact;
use super::context::{asker, reader};
use super::error::{Failure, Outcome};
use super::loader::ArtifactKey;
use super::record::SourceRecord;
use super::scalar::{FieldValue, Instant, Json};
use super::source::Source;
use super::word::{Vocabulary, Word};
use crate::auth::Scope;

impl Vocabulary for StreamType {
    const NAME: &'static str = "StreamType";
    const ABOUT: &'static str = "What a time series tells.";

    fn words() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Time => "Seconds since the start.",
            Self::Distance => "Metres since the start, as the device counts.",
            Self::Latlng => "Latitude and longitude, in degrees. Needs the scope artifacts:read.",
            Self::Altitude => "Metres above the sea.",
            Self::Speed => "Metres per second.",
            Self::HeartRate => "Beats per minute.",
            Self::Cadence => "Turns of the crank, or steps of one foot, a minute.",
            Self::Power => "Watts.",
            Self::Temperature => "Degrees Celsius.",
            Self::Grade => "Per cent.",
            Self::Moving => "1 in motion, 0 at rest, by the source's own judgement.",
        }
    }
}

/// One lap, as its source tells it.
#[derive(Debug, Clone, SimpleObject)]
pub struct Lap {
    /// Its place among the laps, from 1.
    index: i32,
    /// What the source calls it.
    name: Option<String>,
    /// When it began.
    start_time_utc: Option<Instant>,
    /// From start to end, pauses included.
    elapsed_time_s: Option<f64>,
    /// Time in motion, or by the timer.
    moving_time_s: Option<f64>,
    /// How far, in metres.
    distance_m: Option<f64>,
    /// Average speed, in metres per second.
    average_speed_mps: Option<f64>,
    /// Average heart rate, in beats per minute.
    average_heart_rate_bpm: Option<f64>,
    /// Highest heart rate, in beats per minute.
    max_heart_rate_bpm: Option<f64>,
    /// Average power, in watts.
    average_power_w: Option<f64>,
    /// Turns of the crank, or steps of one foot, a minute.
    average_cadence_rpm: Option<f64>,
    /// Metres climbed.
    elevation_gain_m: Option<f64>,
}

impl Lap {
    fn of((place, lap): (usize, series::Lap)) -> Self {
        let number = |number: Option<f64>| number.and_then(Milli::from_f64).map(Milli::as_f64);
        Self {
            index: i32::try_from(place).unwrap_or(i32::MAX).saturating_add(1),
            name: lap.name,
            start_time_utc: lap.start.map(Instant),
            elapsed_time_s: number(lap.elapsed_s),
            moving_time_s: number(lap.moving_s),
            distance_m: number(lap.distance_m),
            average_speed_mps: number(lap.average_speed_mps),
            average_heart_rate_bpm: number(lap.average_heart_rate_bpm),
            max_heart_rate_bpm: number(lap.max_heart_rate_bpm),
            average_power_w: number(lap.average_power_w),
            average_cadence_rpm: number(lap.average_cadence_rpm),
            elevation_gain_m: number(lap.elevation_gain_m),
        }
    }
}

/// Time series of one record, chosen by the policy.
#[derive(SimpleObject)]
pub struct StreamSet {
    /// Whose record it is.
    source: Source,
    /// The record that they belong to.
    source_record: SourceRecord,
    /// What they were read from.
    artifact: Artifact,
    /// How many samples the recording has.
    sample_count: i32,
    /// The series asked for, as far as the source gave them.
    streams: Vec<Stream>,
}

/// One time series; every stream of a set has the same length. latlng holds pairs, the others numbers; null where the
/// device gave none.
#[derive(Debug, Clone, SimpleObject)]
pub struct Stream {
    /// What it tells.
    r#type: Word<StreamType>,
    /// The unit of its numbers.
    unit: &'static str,
    /// Its values, one for each sample.
    data: Json,
}

/// The record that tells it, and the artifact in which it does: both found for all activities of a page at once.
async fn teller(
    ctx: &Context<'_>,
    activity: &domain::Activity,
    told: Told,
) -> Outcome<Option<(Arc<RecordRow>, ArtifactKind, Arc<Stored>)>> {
    let reader = reader(ctx)?;
    let Some(record) = told.teller(activity) else { return Ok(None) };
    let Some(record) = reader.record_of(activity.id, record).await? else { return Ok(None) };
    let Some((kind, artifact)) = told.place(activity, &record) else { return Ok(None) };
    let stored = reader.one(ArtifactKey(artifact)).await?;
    Ok(stored.map(|stored| (record, kind, stored)))
}

/// The laps of an activity.
pub async fn laps(ctx: &Context<'_>, activity: &domain::Activity) -> Outcome<Vec<Lap>> {
    let Some((record, kind, stored)) = teller(ctx, activity, Told::Laps).await? else { return Ok(Vec::new()) };
    let laps = reader(ctx)?.view().laps(&record, kind, &stored).await?;
    Ok(laps.into_iter().enumerate().map(Lap::of).collect())
}

/// The time series of an activity.
pub async fn streams(
    ctx: &Context<'_>,
    activity: &domain::Activity,
    types: Option<Vec<Word<StreamType>>>,
    points: Option<i32>,
) -> Outcome<Option<StreamSet>> {
    let few = || Failure::Invalid("`points` is at least 2: the first and the last sample always stay.".to_owned());
    let points = points.map(|points| usize::try_from(points).ok().filter(|points| *points >= 2).ok_or_else(few));
    let points = points.transpose()?;
    // A track is what raw files are guarded for.
    let places = asker(ctx).principal.may(Scope::ArtifactsRead);
    let wanted: BTreeSet<StreamType> = match types {
        Some(types) => types.into_iter().map(|kind| kind.0).collect(),
        None => StreamType::ALL.into_iter().filter(|kind| *kind != StreamType::Latlng || places.is_ok()).collect(),
    };
    if wanted.contains(&StreamType::Latlng) {
        places?;
    }
    let Some((record, kind, stored)) = teller(ctx, activity, Told::Streams).await? else { return Ok(None) };
    let whole = reader(ctx)?.view().streams(&record, kind, &stored).await?;
    let sample_count = i32::try_from(whole.samples()).unwrap_or(i32::MAX);
    let thin = match points {
        Some(points) => whole.thinned(points),
        None => whole,
    };
    let streams = thin
        .iter()
        .filter(|(kind, _)| wanted.contains(kind))
        .map(|(kind, column)| Stream { r#type: Word(kind), unit: kind.unit(), data: Json(data(column)) })
        .collect();
    let source = Source(record.record.source.clone());
    let record = SourceRecord::whole(record);
    Ok(Some(StreamSet {
        source,
        source_record: record.clone(),
        artifact: Artifact::read_by(stored.row.clone(), record),
        sample_count,
        streams,
    }))
}

fn data(column: &Column) -> Value {
    let number = |number: &Option<f64>| match number.and_then(Milli::from_f64) {
        Some(number) => FieldValue::of(&domain::Value::Number(number)).0,
        None => Value::Null,
    };
    let place = |place: &Option<domain::Point>| match place.map(domain::Point::degrees) {
        Some((latitude, longitude)) => Value::List(vec![Value::from(latitude), Value::from(longitude)]),
        None => Value::Null,
    };
    Value::List(match column {
        Column::Numbers(numbers) => numbers.iter().map(number).collect(),
        Column::Places(places) => places.iter().map(place).collect(),
    })
}
