//! Source records.

use std::sync::Arc;

use async_graphql::parser::types::Field as Selected;
use async_graphql::{Context, ID, Object};
use domain::{Channel, ExternalId, Field, Fingerprint, RecordId, Sport, Value, WithdrawalReason};
use hub::{PageRequest, RecordFilter, RecordHead, RecordRow};

use super::activity::Activity;
use super::artifact::Artifact;
use super::at_hand::{AtHand, Plain};
use super::athlete::Athlete;
use super::context::reader;
use super::error::{Failure, Outcome};
use super::field::RecordField;
use super::loader::{ActivityKey, AthleteKey, RecordKey};
use super::page::{self, Paged, Total, connection};
use super::scalar::{Instant, SourceSlug};
use super::source::Source;
use super::word::{Vocabulary as _, Word};
use super::written::Written;

/// A source record: its head, and what it says where that was read already.
#[derive(Debug, Clone)]
pub struct SourceRecord {
    /// Which record it is.
    pub head: Arc<RecordHead>,
    row: Option<Arc<RecordRow>>,
}

impl SourceRecord {
    /// A record of which more is read when it is asked for.
    pub const fn of(head: Arc<RecordHead>) -> Self {
        Self { head, row: None }
    }

    /// A record that was read whole.
    pub fn whole(row: Arc<RecordRow>) -> Self {
        Self { head: Arc::new(RecordHead::from(row.as_ref())), row: Some(row) }
    }

    /// The record of that id, which is thought to be one of these. One that went to another activity since these were
    /// read is asked for.
    pub async fn among(ctx: &Context<'_>, heads: &[Arc<RecordHead>], id: RecordId) -> Outcome<Option<Self>> {
        match heads.iter().find(|head| head.id == id) {
            Some(head) => Ok(Some(Self::of(head.clone()))),
            None => Ok(reader(ctx)?.one(RecordKey(id)).await?.map(Self::whole)),
        }
    }

    /// What it says.
    pub async fn row(&self, ctx: &Context<'_>) -> Outcome<Arc<RecordRow>> {
        if let Some(row) = &self.row {
            return Ok(row.clone());
        }
        let (reader, id) = (reader(ctx)?, self.head.id);
        let row = match self.head.activity {
            Some(activity) => reader.record_of(activity, id).await?,
            None => reader.one(RecordKey(id)).await?,
        };
        row.ok_or_else(|| Failure::missing("record", &id.to_string()))
    }

    async fn number(&self, ctx: &Context<'_>, field: Field) -> Outcome<Option<f64>> {
        Ok(self.row(ctx).await?.record.readings.number(field).map(domain::Milli::as_f64))
    }
}

fn fingerprint(row: &RecordRow) -> Outcome<&Fingerprint> {
    row.record.fingerprint().ok_or_else(|| {
        let cause = format!("record {} has no fingerprint", row.record.id);
        hub::HubError::Internal { deed: "showing a record", cause: cause.into() }.into()
    })
}

impl Plain for SourceRecord {
    fn plain(&self, field: &Selected, to: &mut Written) -> Option<()> {
        match field.name.node.as_str() {
            "id" => to.put(&self.head.id.to_string()),
            "externalId" => to.put(self.head.external_id.as_str()),
            "channel" => to.put(self.head.channel.word()),
            "revision" => to.put(&self.head.revision),
            "source" => return to.object(&Source(self.head.source.clone()), &field.selection_set.node),
            _ => return None,
        }
        Some(())
    }
}

/// What one channel of one source says about an activity, as last fetched: unique by athlete, source, channel and
/// external id.
#[Object]
impl SourceRecord {
    /// Opaque; unique among all nodes.
    pub async fn id(&self) -> ID {
        self.head.id.to_string().into()
    }

    /// Which source says so.
    async fn source(&self) -> AtHand<Source> {
        AtHand(Source(self.head.source.clone()))
    }

    /// The id in the source's own namespace, e.g. a Strava activity id: a string, since it may pass 2^53.
    async fn external_id(&self) -> &str {
        self.head.external_id.as_str()
    }

    /// By which channel it came.
    async fn channel(&self) -> Word<Channel> {
        Word(self.head.channel)
    }

    /// Where a person can look at it, where the source has such a page.
    async fn url(&self, ctx: &Context<'_>) -> Outcome<Option<String>> {
        Ok(self.row(ctx).await?.record.url.clone())
    }

    /// Whose record it is.
    async fn athlete(&self, ctx: &Context<'_>) -> Outcome<Athlete> {
        let id = self.head.athlete;
        let row = reader(ctx)?.one(AthleteKey(id)).await?;
        row.map(Athlete::of).ok_or_else(|| Failure::missing("athlete", &id.to_string()))
    }

    /// Null while no canonical activity holds it.
    async fn activity(&self, ctx: &Context<'_>) -> Outcome<Option<Activity>> {
        let Some(id) = self.head.activity else { return Ok(None) };
        Ok(reader(ctx)?.one(ActivityKey(id)).await?.map(Activity::of))
    }

    /// What the activity is called there.
    async fn name(&self, ctx: &Context<'_>) -> Outcome<Option<String>> {
        Ok(match self.row(ctx).await?.record.readings.value(Field::Name) {
            Some(Value::Text(name)) => Some(name.clone()),
            _ => None,
        })
    }

    /// Its sport, in the hub's taxonomy.
    async fn sport_type(&self, ctx: &Context<'_>) -> Outcome<Word<Sport>> {
        Ok(Word(fingerprint(self.row(ctx).await?.as_ref())?.sport))
    }

    /// The source's own word for the sport.
    async fn source_sport_type(&self, ctx: &Context<'_>) -> Outcome<Option<String>> {
        Ok(self.row(ctx).await?.record.source_sport.clone())
    }

    /// When the activity began.
    async fn start_time_utc(&self, ctx: &Context<'_>) -> Outcome<Instant> {
        Ok(Instant(fingerprint(self.row(ctx).await?.as_ref())?.start))
    }

    /// From start to end, pauses included.
    async fn elapsed_time_s(&self, ctx: &Context<'_>) -> Outcome<f64> {
        Ok(fingerprint(self.row(ctx).await?.as_ref())?.elapsed_s.as_f64())
    }

    /// Time in motion, by the source's own judgement.
    async fn moving_time_s(&self, ctx: &Context<'_>) -> Outcome<Option<f64>> {
        self.number(ctx, Field::MovingTimeS).await
    }

    /// How far, in metres.
    async fn distance_m(&self, ctx: &Context<'_>) -> Outcome<Option<f64>> {
        self.number(ctx, Field::DistanceM).await
    }

    /// SHA-256 of the original activity file, where the source gave one.
    async fn file_sha256(&self, ctx: &Context<'_>) -> Outcome<Option<String>> {
        Ok(self.row(ctx).await?.record.keys.file.map(|file| file.to_string()))
    }

    /// Every normalized field that this record offers.
    async fn fields(&self, ctx: &Context<'_>) -> Outcome<Vec<RecordField>> {
        let row = self.row(ctx).await?;
        Ok(row.record.readings.iter().map(|(field, reading)| RecordField::of(field, &reading.value)).collect())
    }

    /// The documents and files that it was read from.
    async fn artifacts(&self, ctx: &Context<'_>) -> Outcome<Vec<Artifact>> {
        let record = self.row(ctx).await?;
        let rows = reader(ctx)?.artifacts_of(&record).await?;
        let of = Self { row: Some(record), ..self.clone() };
        Ok(rows.iter().map(|stored| Artifact::read_by(stored.row.clone(), of.clone())).collect())
    }

    /// Grows by one whenever its content changed.
    async fn revision(&self) -> i32 {
        self.head.revision
    }

    /// When the hub first heard of it.
    async fn first_seen_at(&self) -> Instant {
        Instant(self.head.first_seen_at)
    }

    /// When its present content was fetched.
    async fn fetched_at(&self) -> Instant {
        Instant(self.head.fetched_at)
    }

    /// When the source stopped showing it, and as far as known why.
    async fn withdrawn_at(&self) -> Option<Instant> {
        self.head.withdrawn_at.map(Instant)
    }

    /// Why the source stopped showing it; null while it shows it.
    async fn withdrawn_reason(&self, ctx: &Context<'_>) -> Outcome<Option<Word<WithdrawalReason>>> {
        // Most were never withdrawn, and need not be read for it.
        if self.head.withdrawn_at.is_none() {
            return Ok(None);
        }
        Ok(self.row(ctx).await?.record.withdrawn.map(|withdrawn| Word(withdrawn.reason)))
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
        Ok(found.items.into_iter().next().map(|(_, row)| SourceRecord::whole(row.into())))
    }

    /// Records, by id.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of the API")]
    async fn source_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "The cursor behind which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many at most, from the end of the list.")] last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
        #[graphql(desc = "Only of this athlete; of all that the token speaks for where absent.")] athlete_id: Option<
            ID,
        >,
        #[graphql(desc = "Only of this source.")] source: Option<SourceSlug>,
        #[graphql(desc = "Only those that came by this channel.")] channel: Option<Word<Channel>>,
        #[graphql(desc = "Only those with this id at their source.")] external_id: Option<String>,
        #[graphql(desc = "Only records that stand alone in their activity.")] unmatched_only: Option<bool>,
    ) -> Outcome<Paged<SourceRecord>> {
        let page = page::request(ctx, first, after, last, before)?;
        let athlete = Athlete::narrowed(ctx, athlete_id.as_ref()).await?;
        let filter = RecordFilter {
            athlete,
            source: source.map(|source| source.0),
            channel: channel.map(|channel| channel.0),
            external_id: external_id.map(ExternalId::new),
            unmatched_only: unmatched_only.unwrap_or(false),
        };
        let rows = reader(ctx)?.view().records(&filter, &page).await?;
        Ok(connection(rows, Total::Records(filter), |row| SourceRecord::whole(row.into())))
    }
}
