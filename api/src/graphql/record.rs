//! Source records.

use std::sync::Arc;

use async_graphql::{Context, ID, InputType as _, Object, Value as Json};
use chrono::{DateTime, Utc};
use domain::{Channel, ExternalId, Field, Fingerprint, Sport, Value, WithdrawalReason};
use hub::{PageRequest, RecordFilter, RecordRow};

use super::activity::Activity;
use super::artifact::Artifact;
use super::at_hand::{AtHand, Plain};
use super::athlete::Athlete;
use super::context::reader;
use super::error::{Failure, Outcome};
use super::field::RecordField;
use super::loader::{ActivityKey, AthleteKey};
use super::page::{self, Paged, Total, connection};
use super::scalar::{Instant, SourceSlug};
use super::source::Source;
use super::word::Word;

/// A source record.
#[derive(Debug, Clone)]
pub struct SourceRecord(pub Arc<RecordRow>);

impl SourceRecord {
    fn fingerprint(&self) -> Outcome<&Fingerprint> {
        self.0.record.fingerprint().ok_or_else(|| {
            let cause = format!("record {} has no fingerprint", self.0.record.id);
            hub::HubError::Internal { deed: "showing a record", cause: cause.into() }.into()
        })
    }

    fn number(&self, field: Field) -> Option<f64> {
        self.0.record.readings.number(field).map(domain::Milli::as_f64)
    }
}

impl Plain for SourceRecord {
    fn plain(&self, field: &str) -> Option<Json> {
        Some(match field {
            "id" => Json::from(self.0.record.id.to_string()),
            "externalId" => Json::from(self.0.record.external_id.as_str()),
            "channel" => Word(self.0.record.channel).to_value(),
            "revision" => Json::from(self.0.record.revision),
            _ => return None,
        })
    }
}

/// What one channel of one source says about an activity, as last fetched: unique by athlete, source, channel and
/// external id.
#[Object]
impl SourceRecord {
    /// Opaque; unique among all nodes.
    pub async fn id(&self) -> ID {
        self.0.record.id.to_string().into()
    }

    /// Which source says so.
    async fn source(&self) -> AtHand<Source> {
        AtHand(Source(self.0.record.source.clone()))
    }

    /// The id in the source's own namespace, e.g. a Strava activity id: a string, since it may pass 2^53.
    async fn external_id(&self) -> &str {
        self.0.record.external_id.as_str()
    }

    /// By which channel it came.
    async fn channel(&self) -> Word<Channel> {
        Word(self.0.record.channel)
    }

    /// Where a person can look at it, where the source has such a page.
    async fn url(&self) -> Option<&str> {
        self.0.record.url.as_deref()
    }

    /// Whose record it is.
    async fn athlete(&self, ctx: &Context<'_>) -> Outcome<Athlete> {
        let id = self.0.record.athlete;
        let row = reader(ctx)?.one(AthleteKey(id)).await?;
        row.map(Athlete::of).ok_or_else(|| Failure::missing("athlete", &id.to_string()))
    }

    /// Null while no canonical activity holds it.
    async fn activity(&self, ctx: &Context<'_>) -> Outcome<Option<Activity>> {
        let Some(id) = self.0.activity else { return Ok(None) };
        Ok(reader(ctx)?.one(ActivityKey(id)).await?.map(Activity::of))
    }

    /// What the activity is called there.
    async fn name(&self) -> Option<&str> {
        match self.0.record.readings.value(Field::Name) {
            Some(Value::Text(name)) => Some(name),
            _ => None,
        }
    }

    /// Its sport, in the hub's taxonomy.
    async fn sport_type(&self) -> Outcome<Word<Sport>> {
        Ok(Word(self.fingerprint()?.sport))
    }

    /// The source's own word for the sport.
    async fn source_sport_type(&self) -> Option<&str> {
        self.0.record.source_sport.as_deref()
    }

    /// When the activity began.
    async fn start_time_utc(&self) -> Outcome<Instant> {
        Ok(Instant(self.fingerprint()?.start))
    }

    /// From start to end, pauses included.
    async fn elapsed_time_s(&self) -> Outcome<f64> {
        Ok(self.fingerprint()?.elapsed_s.as_f64())
    }

    /// Time in motion, by the source's own judgement.
    async fn moving_time_s(&self) -> Option<f64> {
        self.number(Field::MovingTimeS)
    }

    /// How far, in metres.
    async fn distance_m(&self) -> Option<f64> {
        self.number(Field::DistanceM)
    }

    /// SHA-256 of the original activity file, where the source gave one.
    async fn file_sha256(&self) -> Option<String> {
        self.0.record.keys.file.map(|file| file.to_string())
    }

    /// Every normalized field that this record offers.
    async fn fields(&self) -> Vec<RecordField> {
        let readings = &self.0.record.readings;
        readings.iter().map(|(field, reading)| RecordField::of(field, &reading.value)).collect()
    }

    /// The documents and files that it was read from.
    async fn artifacts(&self, ctx: &Context<'_>) -> Outcome<Vec<Artifact>> {
        let rows = reader(ctx)?.artifacts_of(&self.0).await?;
        Ok(rows.iter().map(|row| Artifact::read_by(row.row.clone(), self.0.clone())).collect())
    }

    /// Grows by one whenever its content changed.
    async fn revision(&self) -> i32 {
        self.0.record.revision
    }

    /// When the hub first heard of it.
    async fn first_seen_at(&self) -> Instant {
        Instant(self.0.record.first_seen_at)
    }

    /// When its present content was fetched.
    async fn fetched_at(&self) -> Instant {
        Instant(self.0.record.fetched_at)
    }

    /// When the source stopped showing it, and as far as known why.
    async fn withdrawn_at(&self) -> Option<Instant> {
        self.0.record.withdrawn.map(|withdrawn| -> DateTime<Utc> { withdrawn.at }).map(Instant)
    }

    /// Why the source stopped showing it; null while it shows it.
    async fn withdrawn_reason(&self) -> Option<Word<WithdrawalReason>> {
        self.0.record.withdrawn.map(|withdrawn| Word(withdrawn.reason))
    }
}

/// The roots of records.
#[derive(Default)]
pub struct RecordQuery;

#[Object]
impl RecordQuery {
    /// The record of that identity. Athletes may hold records of the same external id: then the first of them.
    async fn source_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose record it is.")] source: SourceSlug,
        #[graphql(desc = "By which channel it came.")] channel: Word<Channel>,
        #[graphql(desc = "Its id at its source.")] external_id: String,
    ) -> Outcome<Option<SourceRecord>> {
        let filter = RecordFilter {
            source: Some(source.0),
            channel: Some(channel.0),
            external_id: Some(ExternalId::new(external_id)),
            ..RecordFilter::default()
        };
        let page = PageRequest { first: Some(1), ..PageRequest::default() };
        let found = reader(ctx)?.view().records(&filter, &page).await?;
        Ok(found.items.into_iter().next().map(|(_, row)| SourceRecord(row.into())))
    }

    /// Records, by id.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of the API")]
    async fn source_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100; 20 where absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor behind which the page begins.")] after: Option<String>,
        #[graphql(desc = "Only of this athlete; of all that the token speaks for where absent.")] athlete_id: Option<
            ID,
        >,
        #[graphql(desc = "Only of this source.")] source: Option<SourceSlug>,
        #[graphql(desc = "Only those that came by this channel.")] channel: Option<Word<Channel>>,
        #[graphql(desc = "Only those with this id at their source.")] external_id: Option<String>,
        #[graphql(desc = "Only records that stand alone in their activity.")] unmatched_only: Option<bool>,
    ) -> Outcome<Paged<SourceRecord>> {
        let page = page::request(ctx, first, after, None, None)?;
        let athlete = Athlete::narrowed(ctx, athlete_id.as_ref()).await?;
        let filter = RecordFilter {
            athlete,
            source: source.map(|source| source.0),
            channel: channel.map(|channel| channel.0),
            external_id: external_id.map(ExternalId::new),
            unmatched_only: unmatched_only.unwrap_or(false),
        };
        let rows = reader(ctx)?.view().records(&filter, &page).await?;
        Ok(connection(rows, Total::Records(filter), |row| SourceRecord(row.into())))
    }
}
