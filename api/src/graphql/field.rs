//! Fields with their provenance.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::parser::types::Field as Selected;
use async_graphql::{Context, Object, SimpleObject};
use domain::{ArtifactRowId, Field, Origin, Resolved, Ruling, Value};
use hub::{ActivityRow, RecordHead};

use super::artifact::Artifact;
use super::at_hand::{AllAtHand, AtHand, Plain};
use super::context::{asker, reader};
use super::error::{Failure, Outcome};
use super::loader::{ArtifactKey, PinsOf};
use super::record::SourceRecord;
use super::scalar::{FieldValue, Instant};
use super::source::Source;
use super::word::{Vocabulary as _, Word};
use super::written::Written;

/// A field of an activity that has a value.
pub struct FieldProvenance {
    row: Arc<ActivityRow>,
    field: Field,
    /// The activity's records: a field's winner and the others are among them.
    records: Arc<Vec<Arc<RecordHead>>>,
}

/// What of a field's provenance needs the activity's records.
const TOLD_BY_RECORDS: [&str; 7] =
    ["source", "sourceRecord", "artifact", "channel", "reason", "alternatives", "observedAt"];

/// What another record says.
pub struct FieldAlternative {
    row: Arc<ActivityRow>,
    field: Field,
    /// Its place among the field's alternatives.
    place: usize,
    record: SourceRecord,
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
    ) -> Outcome<AllAtHand<Self>> {
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
            true => reader(ctx)?.heads(row.activity.id).await?,
            false => Arc::default(),
        };
        Ok(AllAtHand::of(fields.into_iter().map(|field| Self { row: row.clone(), field, records: records.clone() })))
    }

    fn resolved(&self) -> Outcome<&Resolved> {
        self.row.activity.fields.get(&self.field).ok_or_else(|| {
            Failure::NotFound(format!("The activity has no {}.", self.field.name().to_lowercase().replace('_', " ")))
        })
    }

    /// The record that the value came from.
    async fn winner(&self, ctx: &Context<'_>) -> Outcome<Option<SourceRecord>> {
        match &self.resolved()?.provenance.origin {
            Origin::Record { record, .. } => SourceRecord::among(ctx, &self.records, *record).await,
            Origin::Ruling(_) | Origin::Derivation => Ok(None),
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
    fn plain(&self, field: &Selected, to: &mut Written) -> Option<()> {
        let resolved = self.row.activity.fields.get(&self.field)?;
        let provenance = &resolved.provenance;
        let head = |id| self.records.iter().find(|head| head.id == id);
        match field.name.node.as_str() {
            "field" => to.put(self.field.name()),
            "value" => to.value(&resolved.value),
            "rule" => to.put(provenance.rule.word()),
            "agreement" => to.put(provenance.agreement.word()),
            "path" => match &provenance.origin {
                Origin::Record { at, .. } => to.put(at.path.as_ref()),
                Origin::Ruling(_) | Origin::Derivation => to.null(),
            },
            "source" => match &provenance.origin {
                Origin::Record { record, .. } => {
                    return to.object(&Source(head(*record)?.source.clone()), &field.selection_set.node);
                }
                Origin::Ruling(_) | Origin::Derivation => to.null(),
            },
            "alternatives" => {
                let alternatives = resolved.alternatives.iter().enumerate().map(|(place, alternative)| {
                    let record = SourceRecord::of(head(alternative.record)?.clone());
                    Some(FieldAlternative { row: self.row.clone(), field: self.field, place, record })
                });
                return to.list::<FieldAlternative>(alternatives, &field.selection_set.node);
            }
            _ => return None,
        }
        Some(())
    }
}

impl FieldAlternative {
    fn canonical(&self) -> Option<&Resolved> {
        self.row.activity.fields.get(&self.field)
    }

    fn said(&self) -> Option<&Value> {
        Some(&self.canonical()?.alternatives.get(self.place)?.value)
    }
}

impl Plain for FieldAlternative {
    fn plain(&self, field: &Selected, to: &mut Written) -> Option<()> {
        match field.name.node.as_str() {
            "value" => to.value(self.said()?),
            "source" => return to.object(&Source(self.record.head.source.clone()), &field.selection_set.node),
            "sourceRecord" => return to.object(&self.record, &field.selection_set.node),
            _ => return None,
        }
        Some(())
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
        Ok(self.winner(ctx).await?.map(|record| AtHand(Source(record.head.source.clone()))))
    }

    /// The record that gave it; null only where a person gave the value or it was derived.
    async fn source_record(&self, ctx: &Context<'_>) -> Outcome<Option<AtHand<SourceRecord>>> {
        Ok(self.winner(ctx).await?.map(AtHand))
    }

    /// The raw document or file the value was read from.
    async fn artifact(&self, ctx: &Context<'_>) -> Outcome<Option<Artifact>> {
        let Origin::Record { at, .. } = &self.resolved()?.provenance.origin else { return Ok(None) };
        let Some(record) = self.winner(ctx).await? else { return Ok(None) };
        let said = record.row(ctx).await?;
        let Some(sha256) = said.record.artifacts.get(&at.artifact) else { return Ok(None) };
        let id = ArtifactRowId::of(said.record.athlete, sha256);
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
        Ok(self.winner(ctx).await?.map(|record| Word(record.head.channel)))
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
            others.extend(SourceRecord::among(ctx, &self.records, alternative.record).await?);
        }
        let names: Vec<&str> = others.iter().map(|row| asker.source_name(&row.head.source)).collect();
        let source = winner.as_ref().map(|row| asker.source_name(&row.head.source));
        Ok(reconcile::explain::provenance(self.field, &resolved.provenance, source, &names))
    }

    /// How the records' values stand to each other.
    async fn agreement(&self) -> Outcome<Word<domain::Agreement>> {
        Ok(Word(self.resolved()?.provenance.agreement))
    }

    /// What the other records say.
    async fn alternatives(&self, ctx: &Context<'_>) -> Outcome<AllAtHand<FieldAlternative>> {
        let resolved = self.resolved()?;
        let mut alternatives = Vec::with_capacity(resolved.alternatives.len());
        for (place, alternative) in resolved.alternatives.iter().enumerate() {
            let record = SourceRecord::among(ctx, &self.records, alternative.record).await?;
            let of = |record| FieldAlternative { row: self.row.clone(), field: self.field, place, record };
            alternatives.extend(record.map(of));
        }
        Ok(AllAtHand::of(alternatives))
    }

    /// The decision that holds this field, where there is one.
    async fn pin(&self, ctx: &Context<'_>) -> Outcome<Option<FieldPin>> {
        Ok(self.ruling(ctx).await?.as_ref().and_then(FieldPin::of))
    }

    /// When the value was fetched, given or computed.
    async fn observed_at(&self, ctx: &Context<'_>) -> Outcome<Instant> {
        if let Some(record) = self.winner(ctx).await? {
            return Ok(Instant(record.head.fetched_at));
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
        self.said().map(FieldValue::of)
    }

    /// Which source says so.
    async fn source(&self) -> AtHand<Source> {
        AtHand(Source(self.record.head.source.clone()))
    }

    /// The record that says so.
    async fn source_record(&self) -> AtHand<SourceRecord> {
        AtHand(self.record.clone())
    }

    /// Value minus the canonical one, where both are numbers.
    async fn difference(&self) -> Option<f64> {
        let (value, canonical) = (self.said()?.number()?, self.canonical()?.value.number()?);
        Some(domain::Milli::new(value.thousandths().saturating_sub(canonical.thousandths())).as_f64())
    }
}
