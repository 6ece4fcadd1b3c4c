//! The canonical activity: one physical activity, whatever number of sources recorded it.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use domain::{Field, Status, Value};

use super::Activity;
use super::values::{GeoPoint, Values as _};
use crate::graphql::artifact::Artifact;
use crate::graphql::at_hand::{AllAtHand, AtHand};
use crate::graphql::athlete::Athlete;
use crate::graphql::context::reader;
use crate::graphql::error::{Failure, Outcome};
use crate::graphql::field::FieldProvenance;
use crate::graphql::history::{self, ActivityRevision, ActivitySnapshot};
use crate::graphql::loader::{ActivityKey, AthleteKey, CandidatesOf, LegsOf, MatchesOf};
use crate::graphql::matching::{Match, MatchCandidate};
use crate::graphql::page;
use crate::graphql::record::SourceRecord;
use crate::graphql::scalar::{Instant, LocalDateTime};
use crate::graphql::series;
use crate::graphql::source::Source;
use crate::graphql::word::Word;

/// The canonical activity: one physical activity, whatever number of sources recorded it.
#[Object]
impl Activity {
    /// Opaque; unique among all nodes.
    pub async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// Whose activity it is.
    async fn athlete(&self, ctx: &Context<'_>) -> Outcome<Athlete> {
        let id = self.row.activity.athlete;
        let row = reader(ctx)?.one(AthleteKey(id)).await?;
        row.map(Athlete::of).ok_or_else(|| Failure::missing("athlete", &id.to_string()))
    }

    /// How the records behind it stand to each other.
    async fn status(&self) -> Word<Status> {
        Word(if self.is_former() { Status::Merged } else { self.row.activity.status })
    }

    /// Grows by one with every change of the canonical view.
    async fn revision(&self) -> i32 {
        self.row.revision
    }

    /// The activity that this one was merged into, when status is MERGED.
    async fn merged_into(&self) -> Option<Activity> {
        self.is_former().then(|| Self::of(self.row.clone()))
    }

    /// What the athlete calls it.
    async fn name(&self) -> Option<&str> {
        self.row.text(Field::Name)
    }

    /// What the athlete says about it.
    async fn description(&self) -> Option<&str> {
        self.row.text(Field::Description)
    }

    /// Its sport in the hub's taxonomy; OTHER where no record tells one.
    async fn sport_type(&self) -> Word<domain::Sport> {
        match self.row.value(Field::SportType) {
            Some(Value::Sport(sport)) => Word(*sport),
            _ => Word(domain::Sport::Other),
        }
    }

    /// When it began.
    async fn start_time_utc(&self) -> Outcome<Instant> {
        self.row.instant(Field::StartTimeUtc).map(Instant).ok_or_else(|| self.lacking("start"))
    }

    /// Local wall clock minus UTC at the start.
    async fn utc_offset_s(&self) -> Option<i32> {
        self.row.int(Field::UtcOffsetS)
    }

    /// The IANA name of the local time zone.
    async fn timezone(&self) -> Option<&str> {
        self.row.text(Field::Timezone)
    }

    /// What the clock on the wall showed; null where the offset is not known.
    async fn start_time_local(&self) -> Option<LocalDateTime> {
        self.row.local_start().map(LocalDateTime)
    }

    /// From start to end, pauses included.
    async fn elapsed_time_s(&self) -> Outcome<f64> {
        self.row.number(Field::ElapsedTimeS).ok_or_else(|| self.lacking("elapsed time"))
    }

    /// Time in motion, by the source's own judgement.
    async fn moving_time_s(&self) -> Option<f64> {
        self.row.number(Field::MovingTimeS)
    }

    /// How far, in metres.
    async fn distance_m(&self) -> Option<f64> {
        self.row.number(Field::DistanceM)
    }

    /// Metres climbed.
    async fn elevation_gain_m(&self) -> Option<f64> {
        self.row.number(Field::ElevationGainM)
    }

    /// Metres descended.
    async fn elevation_loss_m(&self) -> Option<f64> {
        self.row.number(Field::ElevationLossM)
    }

    /// The lowest point, in metres above the sea.
    async fn elevation_min_m(&self) -> Option<f64> {
        self.row.number(Field::ElevationMinM)
    }

    /// The highest point, in metres above the sea.
    async fn elevation_max_m(&self) -> Option<f64> {
        self.row.number(Field::ElevationMaxM)
    }

    /// Average speed, in metres per second.
    async fn average_speed_mps(&self) -> Option<f64> {
        self.row.number(Field::AverageSpeedMps)
    }

    /// Highest speed, in metres per second.
    async fn max_speed_mps(&self) -> Option<f64> {
        self.row.number(Field::MaxSpeedMps)
    }

    /// Average heart rate, in beats per minute.
    async fn average_heart_rate_bpm(&self) -> Option<f64> {
        self.row.number(Field::AverageHeartRateBpm)
    }

    /// Highest heart rate, in beats per minute.
    async fn max_heart_rate_bpm(&self) -> Option<f64> {
        self.row.number(Field::MaxHeartRateBpm)
    }

    /// Average power, in watts.
    async fn average_power_w(&self) -> Option<f64> {
        self.row.number(Field::AveragePowerW)
    }

    /// Highest power, in watts.
    async fn max_power_w(&self) -> Option<f64> {
        self.row.number(Field::MaxPowerW)
    }

    /// Power weighted by its variation.
    async fn normalized_power_w(&self) -> Option<f64> {
        self.row.number(Field::NormalizedPowerW)
    }

    /// Turns of the crank, or steps of one foot, a minute.
    async fn average_cadence_rpm(&self) -> Option<f64> {
        self.row.number(Field::AverageCadenceRpm)
    }

    /// The highest cadence, counted as the average is.
    async fn max_cadence_rpm(&self) -> Option<f64> {
        self.row.number(Field::MaxCadenceRpm)
    }

    /// Energy spent, in kilocalories.
    async fn energy_kcal(&self) -> Option<f64> {
        self.row.number(Field::EnergyKcal)
    }

    /// Average temperature, in degrees Celsius.
    async fn average_temperature_c(&self) -> Option<f64> {
        self.row.number(Field::AverageTemperatureC)
    }

    /// Where it began.
    async fn start_point(&self) -> Option<GeoPoint> {
        self.row.point(Field::StartPoint)
    }

    /// Where it ended.
    async fn end_point(&self) -> Option<GeoPoint> {
        self.row.point(Field::EndPoint)
    }

    /// The track, simplified, as a Google polyline of precision 5.
    async fn summary_polyline(&self) -> Option<&str> {
        self.row.text(Field::SummaryPolyline)
    }

    /// Who may see it at its source.
    async fn visibility(&self) -> Option<Word<domain::Visibility>> {
        self.row.visibility(Field::Visibility)
    }

    /// A way to work and not a workout.
    async fn commute(&self) -> Option<bool> {
        self.row.flag(Field::Commute)
    }

    /// Done indoors, on a machine or in a pool.
    async fn indoor(&self) -> Option<bool> {
        self.row.flag(Field::Indoor)
    }

    /// Typed in by a person, not recorded.
    async fn manual(&self) -> Option<bool> {
        self.row.flag(Field::Manual)
    }

    /// Shoes or bike, by the athlete's name for them.
    async fn gear(&self) -> Option<&str> {
        self.row.text(Field::Gear)
    }

    /// What recorded it.
    async fn device(&self) -> Option<&str> {
        self.row.text(Field::Device)
    }

    /// Garmin's aerobic training effect, 0 to 5.
    async fn aerobic_training_effect(&self) -> Option<f64> {
        self.row.number(Field::AerobicTrainingEffect)
    }

    /// Garmin's anaerobic training effect, 0 to 5.
    async fn anaerobic_training_effect(&self) -> Option<f64> {
        self.row.number(Field::AnaerobicTrainingEffect)
    }

    /// Garmin's training load.
    async fn training_load(&self) -> Option<f64> {
        self.row.number(Field::TrainingLoad)
    }

    /// Estimated maximal oxygen uptake, in ml per kg and minute.
    async fn vo2_max(&self) -> Option<f64> {
        self.row.number(Field::Vo2Max)
    }

    /// Average length of a stride, in metres.
    async fn average_stride_length_m(&self) -> Option<f64> {
        self.row.number(Field::AverageStrideLengthM)
    }

    /// How far the body moves up and down with each step, on average.
    async fn average_vertical_oscillation_cm(&self) -> Option<f64> {
        self.row.number(Field::AverageVerticalOscillationCm)
    }

    /// How long a foot stays on the ground, on average.
    async fn average_ground_contact_time_ms(&self) -> Option<f64> {
        self.row.number(Field::AverageGroundContactTimeMs)
    }

    /// Breaths a minute, on average.
    async fn average_respiration_rate(&self) -> Option<f64> {
        self.row.number(Field::AverageRespirationRate)
    }

    /// Length of the pool, in metres.
    async fn pool_length_m(&self) -> Option<f64> {
        self.row.number(Field::PoolLengthM)
    }

    /// Swim strokes, counted.
    async fn strokes(&self) -> Option<i32> {
        self.row.int(Field::Strokes)
    }

    /// Strava's relative effort.
    async fn relative_effort(&self) -> Option<f64> {
        self.row.number(Field::RelativeEffort)
    }

    /// How hard it felt, 1 to 10.
    async fn perceived_exertion(&self) -> Option<f64> {
        self.row.number(Field::PerceivedExertion)
    }

    /// Which source gave each field, by which rule, and what the others said. All fields that have a value, or those
    /// named.
    async fn provenance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these; all that have a value where absent.")] fields: Option<Vec<Word<Field>>>,
    ) -> Outcome<AllAtHand<FieldProvenance>> {
        FieldProvenance::all(ctx, &self.row, fields).await
    }

    /// The provenance of one field; null where the field has no value.
    async fn field(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which field.")] name: Word<Field>,
    ) -> Outcome<Option<AtHand<FieldProvenance>>> {
        Ok(FieldProvenance::all(ctx, &self.row, Some(vec![name])).await?.into_iter().next())
    }

    /// The distinct sources behind this activity, canonical source first.
    async fn sources(&self, ctx: &Context<'_>) -> Outcome<Vec<Source>> {
        Ok(self.leading(ctx).await?.into_iter().map(Source).collect())
    }

    /// What each channel of each source says about it, withdrawn records included.
    async fn source_records(&self, ctx: &Context<'_>) -> Outcome<AllAtHand<SourceRecord>> {
        Ok(AllAtHand::of(self.heads(reader(ctx)?).await?.iter().cloned().map(SourceRecord::of)))
    }

    /// The documents and files that its records were read from.
    async fn artifacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this kind; of every kind where absent.")] kind: Option<Word<domain::ArtifactKind>>,
    ) -> Outcome<Vec<Artifact>> {
        self.found(ctx, kind.map(|kind| kind.0)).await
    }

    /// As the record tells them whose laps the policy prefers.
    async fn laps(&self, ctx: &Context<'_>) -> Outcome<Vec<series::Lap>> {
        series::laps(ctx, &self.row.activity).await
    }

    /// Time series, at most `points` samples (largest-triangle-three-buckets over the whole activity); all of them where
    /// absent. Places need the scope artifacts:read: without it they are left out, or refused where `types` names them.
    async fn streams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these series; all that the token may read where absent.")] types: Option<
            Vec<Word<hub::series::StreamType>>,
        >,
        #[graphql(desc = "At most so many samples, at least 2; all of them where absent.")] points: Option<i32>,
    ) -> Outcome<Option<series::StreamSet>> {
        series::streams(ctx, &self.row.activity, types, points).await
    }

    /// Why these records are one activity: every pair's evidence.
    async fn matches(&self, ctx: &Context<'_>) -> Outcome<Vec<Match>> {
        let pairs = reader(ctx)?.all(MatchesOf(self.today())).await?;
        let activity = self.today();
        Ok(pairs.iter().map(|judgement| Match { activity, judgement: judgement.clone() }).collect())
    }

    /// Undecided pairs that involve this activity.
    async fn candidates(&self, ctx: &Context<'_>) -> Outcome<Vec<MatchCandidate>> {
        let pairs = reader(ctx)?.all(CandidatesOf(self.today())).await?;
        Ok(pairs.iter().cloned().map(MatchCandidate).collect())
    }

    /// Multisport: the whole of which this is a leg.
    async fn parent(&self, ctx: &Context<'_>) -> Outcome<Option<Activity>> {
        let Some(parent) = self.row.activity.parent else { return Ok(None) };
        Ok(reader(ctx)?.one(ActivityKey(parent)).await?.map(Self::of))
    }

    /// Multisport: the parts of this whole, by start.
    async fn legs(&self, ctx: &Context<'_>) -> Outcome<Vec<Activity>> {
        let legs = reader(ctx)?.all(LegsOf(self.today())).await?;
        Ok(legs.iter().cloned().map(Self::of).collect())
    }

    /// What became of it, the newest change first. An id that was merged away has a history of its own.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100; 20 where neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "The cursor behind which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many at most, from the end of the list.")] last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
    ) -> Outcome<Connection<String, ActivityRevision>> {
        history::page_of(ctx, self.id, &page::request(ctx, first, after, last, before)?).await
    }

    /// The canonical view as it stood at that instant; null before it existed.
    async fn as_of(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The instant to look back to.")] time: Instant,
    ) -> Outcome<Option<ActivitySnapshot>> {
        history::as_of(ctx, self.id, time.0).await
    }

    /// Since when the hub knows it.
    async fn created_at(&self) -> Instant {
        Instant(self.row.created_at)
    }

    /// When the canonical view last changed.
    async fn updated_at(&self) -> Instant {
        Instant(self.row.updated_at)
    }
}
