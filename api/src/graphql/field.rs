//! Fields with their provenance.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, InputType as _, Object, SimpleObject, Value as Json};
use domain::{ArtifactRowId, Field, Origin, Resolved, Ruling, Value};
use hub::{ActivityRow, RecordRow};

use super::artifact::Artifact;
use super::at_hand::{AtHand, Plain};
use super::context::{asker, reader};
use super::error::{Failure, Outcome};
use super::loader::{ArtifactKey, PinsOf, RecordKey, RecordsOf};
use super::record::SourceRecord;
use super::scalar::{FieldValue, Instant};
use super::source::Source;
use super::word::Word;

/// A field of an activity that has a value.
pub struct FieldProvenance {
    row: Arc<ActivityRow>,
    field: Field,
    /// The activity's records: a field's winner and the others are among them.
    records: Arc<Vec<Arc<RecordRow>>>,
}

/// What of a field's provenance needs the activity's records.
const TOLD_BY_RECORDS: [&str; 7] =
    ["source", "sourceRecord", "artifact", "channel", "reason", "alternatives", "observedAt"];

/// What another record says.
pub struct FieldAlternative {
    canonical: Value,
    value: Value,
    record: Arc<RecordRow>,
}

/// A person's decision about a field.
#[derive(SimpleObject)]
pub struct FieldPin {
    /// The source that it is held to; null where it is held to a value.
    source: Option<Source>,
    /// The value that it is held to; null where it is held to a source.
    value: Option<FieldValue>,
    /// The reason that was given.
    reason: String,
    /// On whose word: a token's client, or the command line's user.
    actor: String,
    /// When it was decided.
    at: Instant,
}

/// One field that a record offers.
#[derive(SimpleObject)]
pub struct RecordField {
    /// Which field.
    field: Word<Field>,
    /// What the record says of it, in the field's own JSON type.
    value: FieldValue,
}

impl RecordField {
    /// A field and its value.
    pub fn of(field: Field, value: &Value) -> Self {
        Self { field: Word(field), value: FieldValue::of(value) }
    }
}

impl FieldPin {
    fn of(ruling: &Ruling) -> Option<Self> {
        let domain::Decision::Pin { to, .. } = &ruling.decision else { return None };
        let (source, value) = match to {
            domain::PinTo::Source(source) => (Some(Source(source.clone())), None),
            domain::PinTo::Value(value) => (None, Some(FieldValue::of(value))),
        };
        Some(Self { source, value, reason: ruling.reason.clone(), actor: ruling.actor.clone(), at: Instant(ruling.at) })
    }
}

impl FieldProvenance {
    /// The provenance of that field.
    pub fn of(row: Arc<ActivityRow>, field: Field) -> Self {
        Self { row, field, records: Arc::default() }
    }

    /// The provenance of these fields, each once, or of all: those that have a value. The activity's records are read
    /// beforehand where what is asked of any of them needs one.
    pub async fn all(
        ctx: &Context<'_>,
        row: &Arc<ActivityRow>,
        fields: Option<Vec<Word<Field>>>,
    ) -> Outcome<Vec<AtHand<Self>>> {
        let with_value = &row.activity.fields;
        let fields: Vec<Field> = match fields {
            None => with_value.keys().copied().collect(),
            Some(named) => {
                let mut seen = BTreeSet::new();
                let wanted = named.into_iter().map(|word| word.0);
                wanted.filter(|field| with_value.contains_key(field) && seen.insert(*field)).collect()
            }
        };
        let asked = ctx.look_ahead();
        let records = match TOLD_BY_RECORDS.iter().any(|name| asked.field(name).exists()) {
            true => reader(ctx)?.all(RecordsOf(row.activity.id)).await?,
            false => Arc::default(),
        };
        Ok(fields.into_iter().map(|field| AtHand(Self { row: row.clone(), field, records: records.clone() })).collect())
    }

    fn resolved(&self) -> Outcome<&Resolved> {
        self.row.activity.fields.get(&self.field).ok_or_else(|| {
            Failure::NotFound(format!("The activity has no {}.", self.field.name().to_lowercase().replace('_', " ")))
        })
    }

    /// The record that the value came from.
    async fn winner(&self, ctx: &Context<'_>) -> Outcome<Option<Arc<RecordRow>>> {
        match &self.resolved()?.provenance.origin {
            Origin::Record { record, .. } => self.record(ctx, *record).await,
            Origin::Ruling(_) | Origin::Derivation => Ok(None),
        }
    }

    /// One of the activity's records. One that went to another activity since this one was read is asked for.
    async fn record(&self, ctx: &Context<'_>, id: domain::RecordId) -> Outcome<Option<Arc<RecordRow>>> {
        match self.records.iter().find(|row| row.record.id == id) {
            Some(row) => Ok(Some(row.clone())),
            None => Ok(reader(ctx)?.one(RecordKey(id)).await?),
        }
    }

    /// The ruling that decided, where one did.
    async fn ruling(&self, ctx: &Context<'_>) -> Outcome<Option<Ruling>> {
        let provenance = &self.resolved()?.provenance;
        let decided = match (&provenance.origin, provenance.pin) {
            (_, Some(pin)) => pin,
            (Origin::Ruling(ruling), None) => *ruling,
            _ => return Ok(None),
        };
        let pins = reader(ctx)?.all(PinsOf(self.row.activity.id)).await?;
        Ok(pins.iter().map(|(_, ruling)| ruling).find(|ruling| ruling.id == decided).cloned())
    }
}

impl Plain for FieldProvenance {
    fn plain(&self, field: &str) -> Option<Json> {
        let resolved = self.row.activity.fields.get(&self.field)?;
        Some(match field {
            "field" => Word(self.field).to_value(),
            "value" => FieldValue::of(&resolved.value).0,
            "rule" => Word(resolved.provenance.rule).to_value(),
            "agreement" => Word(resolved.provenance.agreement).to_value(),
            "path" => match &resolved.provenance.origin {
                Origin::Record { at, .. } => Json::from(at.path.as_ref()),
                Origin::Ruling(_) | Origin::Derivation => Json::Null,
            },
            _ => return None,
        })
    }
}

impl Plain for FieldAlternative {
    fn plain(&self, field: &str) -> Option<Json> {
        (field == "value").then(|| FieldValue::of(&self.value).0)
    }
}

/// Where a canonical field's value came from, and why it stands.
#[Object]
impl FieldProvenance {
    /// Which field.
    async fn field(&self) -> Word<Field> {
        Word(self.field)
    }

    /// The value that stands, in the field's own JSON type.
    async fn value(&self) -> Outcome<Option<FieldValue>> {
        Ok(Some(FieldValue::of(&self.resolved()?.value)))
    }

    /// Null only where a person gave the value or it was derived.
    async fn source(&self, ctx: &Context<'_>) -> Outcome<Option<AtHand<Source>>> {
        Ok(self.winner(ctx).await?.map(|row| AtHand(Source(row.record.source.clone()))))
    }

    /// The record that gave it; null only where a person gave the value or it was derived.
    async fn source_record(&self, ctx: &Context<'_>) -> Outcome<Option<AtHand<SourceRecord>>> {
        Ok(self.winner(ctx).await?.map(SourceRecord).map(AtHand))
    }

    /// The raw document or file the value was read from.
    async fn artifact(&self, ctx: &Context<'_>) -> Outcome<Option<Artifact>> {
        let Origin::Record { at, .. } = &self.resolved()?.provenance.origin else { return Ok(None) };
        let Some(record) = self.winner(ctx).await? else { return Ok(None) };
        let Some(sha256) = record.record.artifacts.get(&at.artifact) else { return Ok(None) };
        let id = ArtifactRowId::of(record.record.athlete, sha256);
        let row = reader(ctx)?.one(ArtifactKey(id)).await?;
        Ok(row.map(|row| Artifact::read_by(row.row.clone(), record)))
    }

    /// Where in the artifact: a JSON pointer, a CSV column, or a FIT message and field.
    async fn path(&self) -> Outcome<Option<&str>> {
        Ok(match &self.resolved()?.provenance.origin {
            Origin::Record { at, .. } => Some(&at.path),
            Origin::Ruling(_) | Origin::Derivation => None,
        })
    }

    /// By which channel that record came.
    async fn channel(&self, ctx: &Context<'_>) -> Outcome<Option<Word<domain::Channel>>> {
        Ok(self.winner(ctx).await?.map(|row| Word(row.record.channel)))
    }

    /// By which rule it was chosen.
    async fn rule(&self) -> Outcome<Word<domain::Rule>> {
        Ok(Word(self.resolved()?.provenance.rule))
    }

    /// The rule in a sentence.
    async fn reason(&self, ctx: &Context<'_>) -> Outcome<String> {
        let asker = asker(ctx);
        let resolved = self.resolved()?;
        let winner = self.winner(ctx).await?;
        let mut others = Vec::with_capacity(resolved.alternatives.len());
        for alternative in &resolved.alternatives {
            others.extend(self.record(ctx, alternative.record).await?);
        }
        let names: Vec<&str> = others.iter().map(|row| asker.source_name(&row.record.source)).collect();
        let source = winner.as_ref().map(|row| asker.source_name(&row.record.source));
        Ok(reconcile::explain::provenance(self.field, &resolved.provenance, source, &names))
    }

    /// How the records' values stand to each other.
    async fn agreement(&self) -> Outcome<Word<domain::Agreement>> {
        Ok(Word(self.resolved()?.provenance.agreement))
    }

    /// What the other records say.
    async fn alternatives(&self, ctx: &Context<'_>) -> Outcome<Vec<AtHand<FieldAlternative>>> {
        let resolved = self.resolved()?;
        let mut alternatives = Vec::with_capacity(resolved.alternatives.len());
        for alternative in &resolved.alternatives {
            let record = self.record(ctx, alternative.record).await?;
            alternatives.extend(record.map(|record| {
                let (canonical, value) = (resolved.value.clone(), alternative.value.clone());
                AtHand(FieldAlternative { canonical, value, record })
            }));
        }
        Ok(alternatives)
    }

    /// The decision that holds this field, where there is one.
    async fn pin(&self, ctx: &Context<'_>) -> Outcome<Option<FieldPin>> {
        Ok(self.ruling(ctx).await?.as_ref().and_then(FieldPin::of))
    }

    /// When the value was fetched, given or computed.
    async fn observed_at(&self, ctx: &Context<'_>) -> Outcome<Instant> {
        if let Some(record) = self.winner(ctx).await? {
            return Ok(Instant(record.record.fetched_at));
        }
        let ruling = self.ruling(ctx).await?;
        Ok(Instant(ruling.map_or(self.row.updated_at, |ruling| ruling.at)))
    }
}

/// What another record says of a field.
#[Object]
impl FieldAlternative {
    /// What it says.
    async fn value(&self) -> Option<FieldValue> {
        Some(FieldValue::of(&self.value))
    }

    /// Which source says so.
    async fn source(&self) -> AtHand<Source> {
        AtHand(Source(self.record.record.source.clone()))
    }

    /// The record that says so.
    async fn source_record(&self) -> AtHand<SourceRecord> {
        AtHand(SourceRecord(self.record.clone()))
    }

    /// Value minus the canonical one, where both are numbers.
    async fn difference(&self) -> Option<f64> {
        let (value, canonical) = (self.value.number()?, self.canonical.number()?);
        Some(domain::Milli::new(value.thousandths().saturating_sub(canonical.thousandths())).as_f64())
    }
}
