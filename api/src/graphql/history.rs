//! What became of an activity, change by change, and how it stood.

use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{ActivityId, Field, Status};
use hub::{Cause, Chronicle, PageRequest, RevisionRow, Snapshot};

use super::context::reader;
use super::error::Outcome;
use super::loader::{ChronicleOf, Undoable};
use super::scalar::{FieldValue, Instant};
use super::source::Source;
use super::word::Word;

/// One change of an activity. Nothing changed, no revision.
pub struct ActivityRevision(pub RevisionRow);

/// How a field stood before a change, and after it.
#[derive(Debug, SimpleObject)]
pub struct FieldChange {
    /// Which field.
    field: Word<Field>,
    /// Its value before; null where it had none.
    before: Option<FieldValue>,
    /// Its value after; null where it has none any more.
    after: Option<FieldValue>,
    /// Whose record gave it before; null for a person's word and for what was computed.
    source_before: Option<Source>,
    /// Whose record gives it after.
    source_after: Option<Source>,
}

impl FieldChange {
    /// The change as GraphQL tells it.
    pub fn of(change: &hub::FieldChange) -> Self {
        Self {
            field: Word(change.field),
            before: change.before.as_ref().map(FieldValue::of),
            after: change.after.as_ref().map(FieldValue::of),
            source_before: change.source_before.clone().map(Source),
            source_after: change.source_after.clone().map(Source),
        }
    }
}

/// One change of an activity.
#[Object]
impl ActivityRevision {
    /// Opaque; what `undo` takes.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The how-manieth of the activity, from 1.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// When it changed.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }

    /// Why it changed.
    async fn cause(&self) -> Word<Cause> {
        Word(self.0.cause)
    }

    /// On whose word: a token's client, or `datahub` itself.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// The reason that was given, where a person acted.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What changed, by field. The first revision tells every field that the activity began with.
    async fn changes(&self) -> Vec<FieldChange> {
        self.0.changes.iter().map(FieldChange::of).collect()
    }

    /// How the activity stood after it.
    async fn status(&self) -> Word<Status> {
        Word(self.0.status)
    }

    /// Whether `undo` would take it back: it is a person's decision, and nothing later rests on it.
    async fn undoable(&self, ctx: &Context<'_>) -> Outcome<bool> {
        match self.0.decision {
            Some(decision) => Ok(reader(ctx)?.one(Undoable(decision)).await?.unwrap_or(false)),
            None => Ok(false),
        }
    }
}

/// A page of an activity's history, the newest change first. A first page, which lists of activities ask for, is read
/// for all of them at once.
pub async fn page_of(
    ctx: &Context<'_>,
    activity: ActivityId,
    request: &PageRequest,
) -> Outcome<Connection<String, ActivityRevision>> {
    let reader = reader(ctx)?;
    if request.after.is_some() || request.before.is_some() || request.last.is_some() {
        let found = reader.view().history(activity, request).await?;
        let mut connection = Connection::new(found.has_previous, found.has_next);
        let edge = |(cursor, row): (hub::Cursor, RevisionRow)| Edge::new(cursor.0, ActivityRevision(row));
        connection.edges = found.items.into_iter().map(edge).collect();
        return Ok(connection);
    }
    let size = request.first.unwrap_or(20);
    let chronicle = reader.one(ChronicleOf(activity)).await?;
    let rows = chronicle.as_deref().map(Chronicle::revisions).unwrap_or_default();
    let shown = usize::try_from(size).unwrap_or(usize::MAX);
    let mut connection = Connection::new(false, rows.len() > shown);
    let edge = |row: &RevisionRow| Edge::new(reader.view().place_in_history(row).0, ActivityRevision(row.clone()));
    connection.edges = rows.iter().take(shown).map(edge).collect();
    Ok(connection)
}

/// How an activity stood at an instant; nothing before it existed.
pub async fn as_of(ctx: &Context<'_>, activity: ActivityId, at: DateTime<Utc>) -> Outcome<Option<ActivitySnapshot>> {
    let chronicle = reader(ctx)?.one(ChronicleOf(activity)).await?;
    Ok(chronicle.and_then(|chronicle| chronicle.at(at)).as_ref().map(ActivitySnapshot::of))
}

/// A field as it stood.
#[derive(Debug, SimpleObject)]
pub struct SnapshotField {
    /// Which field.
    field: Word<Field>,
    /// Its value then.
    value: Option<FieldValue>,
    /// Whose record gave it; null for a person's word and for what was computed.
    source: Option<Source>,
}

/// The canonical view as it stood at an instant.
#[derive(Debug, SimpleObject)]
pub struct ActivitySnapshot {
    /// The revision that stood then.
    revision: i32,
    /// Since when it had stood.
    at: Instant,
    /// How its records stood to each other then.
    status: Word<Status>,
    /// Every field that had a value then.
    fields: Vec<SnapshotField>,
}

impl ActivitySnapshot {
    /// The snapshot as GraphQL tells it.
    pub fn of(snapshot: &Snapshot) -> Self {
        let fields = snapshot.fields.iter().map(|one| SnapshotField {
            field: Word(one.field),
            value: Some(FieldValue::of(&one.value)),
            source: one.source.clone().map(Source),
        });
        Self {
            revision: snapshot.revision,
            at: Instant(snapshot.at),
            status: Word(snapshot.status),
            fields: fields.collect(),
        }
    }
}
