//! Pairs of records: why they are one activity, or might be.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::{ActivityId, CandidateId, RecordId};
use hub::{CandidateRow, CandidateState};
use reconcile::{DecidedBy, Evidence, EvidenceKind, Judgement, Verdict, explain};

use super::athlete::Athlete;
use super::context::{asker, reader};
use super::error::{Failure, Outcome};
use super::loader::{AthleteKey, RecordKey};
use super::node::parsed;
use super::page::{self, Paged, Total, connection};
use super::record::SourceRecord;
use super::scalar::{FieldValue, Instant};
use super::word::Word;

/// A matched pair of an activity's records.
pub struct Match {
    /// Whose records they are.
    pub activity: ActivityId,
    /// How they were judged.
    pub judgement: Judgement,
}

/// A pair that waits for a decision.
pub struct MatchCandidate(pub CandidateRow);

/// How any pair is judged.
pub struct MatchExplanation(Judgement);

/// One observation: what was compared and how far it speaks for (positive) or against (negative) a match, in bits.
#[derive(SimpleObject)]
pub struct MatchEvidence {
    /// What was compared.
    kind: Word<EvidenceKind>,
    /// What the one record says of it.
    a: Option<FieldValue>,
    /// What the other says of it.
    b: Option<FieldValue>,
    /// How far it speaks for one activity (positive) or for two (negative), in bits.
    weight: f64,
    /// The observation in a sentence.
    explanation: String,
}

async fn record(ctx: &Context<'_>, id: RecordId) -> Outcome<SourceRecord> {
    let row = reader(ctx)?.one(RecordKey(id)).await?;
    row.map(SourceRecord::whole).ok_or_else(|| Failure::missing("record", &id.to_string()))
}

fn probability(judgement: &Judgement) -> f64 {
    f64::from(judgement.probability_ppm) / 1_000_000.0
}

fn evidence(judgement: &Judgement) -> Vec<MatchEvidence> {
    let told = |one: &Evidence| MatchEvidence {
        kind: Word(one.kind),
        a: one.a.as_ref().map(FieldValue::of),
        b: one.b.as_ref().map(FieldValue::of),
        weight: f64::from(one.weight_millibits) / 1000.0,
        explanation: explain::evidence(one),
    };
    judgement.evidence.iter().map(told).collect()
}

impl Match {
    async fn record(&self, ctx: &Context<'_>, id: RecordId) -> Outcome<SourceRecord> {
        let heads = reader(ctx)?.heads(self.activity).await?;
        SourceRecord::among(ctx, &heads, id).await?.ok_or_else(|| Failure::missing("record", &id.to_string()))
    }
}

/// Why two records were taken for one activity.
#[Object]
impl Match {
    /// One record.
    async fn a(&self, ctx: &Context<'_>) -> Outcome<SourceRecord> {
        self.record(ctx, self.judgement.a).await
    }

    /// The other.
    async fn b(&self, ctx: &Context<'_>) -> Outcome<SourceRecord> {
        self.record(ctx, self.judgement.b).await
    }

    /// Probability that both are the same physical activity, 0 to 1.
    async fn probability(&self) -> f64 {
        probability(&self.judgement)
    }

    /// What settled it.
    async fn decided_by(&self) -> Word<DecidedBy> {
        Word(self.judgement.decided_by)
    }

    /// All that was compared.
    async fn evidence(&self) -> Vec<MatchEvidence> {
        evidence(&self.judgement)
    }
}

/// Two records that might be one activity, but not surely enough to merge.
#[Object]
impl MatchCandidate {
    /// Opaque; unique among all nodes.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Whose records they are.
    async fn athlete(&self, ctx: &Context<'_>) -> Outcome<Athlete> {
        let row = reader(ctx)?.one(AthleteKey(self.0.athlete)).await?;
        row.map(Athlete::of).ok_or_else(|| Failure::missing("athlete", &self.0.athlete.to_string()))
    }

    /// One record.
    async fn a(&self, ctx: &Context<'_>) -> Outcome<SourceRecord> {
        record(ctx, self.0.judgement.a).await
    }

    /// The other.
    async fn b(&self, ctx: &Context<'_>) -> Outcome<SourceRecord> {
        record(ctx, self.0.judgement.b).await
    }

    /// Probability that both are the same physical activity, 0 to 1.
    async fn probability(&self) -> f64 {
        probability(&self.0.judgement)
    }

    /// All that was compared.
    async fn evidence(&self) -> Vec<MatchEvidence> {
        evidence(&self.0.judgement)
    }

    /// What was decided about it.
    async fn decision(&self) -> Word<CandidateState> {
        Word(self.0.state)
    }

    /// When it came up.
    async fn created_at(&self) -> Instant {
        Instant(self.0.created_at)
    }

    /// When it was decided or settled; null while it waits.
    async fn decided_at(&self) -> Option<Instant> {
        self.0.decided_at.map(Instant)
    }

    /// A token's client or the command line's user; null where it settled itself.
    async fn decided_by(&self) -> Option<&str> {
        self.0.decided_by.as_deref()
    }
}

/// How two records are judged, whether or not they were ever near a match.
#[Object]
impl MatchExplanation {
    /// One record.
    async fn a(&self, ctx: &Context<'_>) -> Outcome<SourceRecord> {
        record(ctx, self.0.a).await
    }

    /// The other.
    async fn b(&self, ctx: &Context<'_>) -> Outcome<SourceRecord> {
        record(ctx, self.0.b).await
    }

    /// How the pair is judged by itself.
    async fn verdict(&self) -> Word<Verdict> {
        Word(self.0.verdict)
    }

    /// Probability that both are the same physical activity, 0 to 1.
    async fn probability(&self) -> f64 {
        probability(&self.0)
    }

    /// All that was compared.
    async fn evidence(&self) -> Vec<MatchEvidence> {
        evidence(&self.0)
    }

    /// What settled it, in a sentence.
    async fn summary(&self) -> String {
        explain::summary(&self.0)
    }
}

/// The roots of pairs.
#[derive(Default)]
pub struct MatchQuery;

#[Object]
impl MatchQuery {
    /// Pairs that might be one activity, or were decided, the oldest first.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of the API")]
    async fn match_candidates(
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
        #[graphql(desc = "Only those of which this was decided.", default_with = "Some(Word(CandidateState::Open))")]
        decision: Option<Word<CandidateState>>,
    ) -> Outcome<Paged<MatchCandidate>> {
        let page = page::request(ctx, first, after, last, before)?;
        let athlete = Athlete::narrowed(ctx, athlete_id.as_ref()).await?;
        let state = decision.map_or(CandidateState::Open, |word| word.0);
        let rows = reader(ctx)?.view().candidates_in(athlete, state, &page).await?;
        Ok(connection(rows, Total::Candidates(athlete, state), MatchCandidate))
    }

    /// Why these two records were matched, or were not.
    async fn explain_match(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of one record.")] a: ID,
        #[graphql(desc = "The id of the other, of the same athlete.")] b: ID,
    ) -> Outcome<MatchExplanation> {
        let reader = reader(ctx)?;
        let load = async |id: &ID| match parsed(id) {
            Some(key) => reader.one(RecordKey(key)).await?.ok_or_else(|| Failure::missing("record", id)),
            None => Err(Failure::missing("record", id)),
        };
        let (a, b) = (load(&a).await?, load(&b).await?);
        if a.record.id == b.record.id {
            return Err(Failure::Invalid("A record is compared with another one; both ids are the same.".to_owned()));
        }
        if a.record.athlete != b.record.athlete {
            return Err(Failure::Invalid("Records of two athletes are never one activity.".to_owned()));
        }
        Ok(MatchExplanation(reconcile::judge(&a.record, &b.record, asker(ctx).app.hub.policy())))
    }
}

/// A candidate by its id.
pub async fn candidate(ctx: &Context<'_>, id: CandidateId) -> Outcome<Option<MatchCandidate>> {
    Ok(reader(ctx)?.view().candidate(id).await?.map(MatchCandidate))
}
