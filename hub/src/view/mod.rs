//! The only way to read: scoped to athletes from the start.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    Activity, ActivityId, Agreement, ArtifactId, ArtifactKind, ArtifactRowId, AthleteId, CandidateId, Channel,
    ExternalId, Field, ImportRunId, Milli, RecordId, SourceRecord, SourceSlug, Sport, Status,
};
use reconcile::Judgement;

use crate::{HubError, ImportState, Refusal};

/// Which athletes may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Athletes {
    /// All of them.
    All,
    /// These.
    Only(BTreeSet<AthleteId>),
}

/// An opaque place in a list, as clients hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// Which page of a list, as Relay asks for it. At most one of `first` and `last`; both absent means the default size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// That many from the front (after `after`).
    pub first: Option<u32>,
    /// Behind that place.
    pub after: Option<Cursor>,
    /// That many from the back (before `before`).
    pub last: Option<u32>,
    /// In front of that place.
    pub before: Option<Cursor>,
}

/// A page of a list, in the list's order.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The items, each with its place.
    pub items: Vec<(Cursor, T)>,
    /// Whether more come behind.
    pub has_next: bool,
    /// Whether more stand in front.
    pub has_previous: bool,
}

/// From inclusive, until exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

/// Both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FloatRange {
    /// At least.
    pub min: Option<Milli>,
    /// At most.
    pub max: Option<Milli>,
}

/// All conditions hold together. WITHDRAWN is left out unless `statuses` names it or `include_hidden` is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActivityFilter {
    /// Of these athletes.
    pub athletes: Option<Vec<AthleteId>>,
    /// Begun then.
    pub start: TimeRange,
    /// Of these sports.
    pub sports: Option<Vec<Sport>>,
    /// In these states.
    pub statuses: Option<Vec<Status>>,
    /// With a record of one of these sources.
    pub sources: Option<Vec<SourceSlug>>,
    /// With a field whose agreement is one of these.
    pub agreements: Option<Vec<Agreement>>,
    /// That far.
    pub distance: FloatRange,
    /// That long.
    pub elapsed: FloatRange,
    /// Whose name holds this text, whatever the case.
    pub name_contains: Option<String>,
    /// With an artifact of that kind.
    pub has_artifact: Option<ArtifactKind>,
    /// Changed since.
    pub updated_since: Option<DateTime<Utc>>,
    /// Withdrawn ones too.
    pub include_hidden: bool,
}

/// What a list is ordered by; ties by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityOrderField {
    /// Start.
    StartTimeUtc,
    /// Last change.
    UpdatedAt,
    /// Distance; those without one count as the smallest.
    DistanceM,
    /// Elapsed time.
    ElapsedTimeS,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Small to large.
    Asc,
    /// Large to small.
    Desc,
}

/// A list's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityOrder {
    /// By what.
    pub field: ActivityOrderField,
    /// Which way.
    pub direction: Direction,
}

impl Default for ActivityOrder {
    fn default() -> Self {
        Self { field: ActivityOrderField::StartTimeUtc, direction: Direction::Desc }
    }
}

/// An athlete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AthleteRow {
    /// The id.
    pub id: AthleteId,
    /// The name.
    pub display_name: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// A canonical activity as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRow {
    /// The activity.
    pub activity: Activity,
    /// Grows by one with every change.
    pub revision: i32,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// A source record and the activity that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// The record.
    pub record: SourceRecord,
    /// The activity; `None` until it is reconciled.
    pub activity: Option<ActivityId>,
}

/// Which records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordFilter {
    /// Of that athlete.
    pub athlete: Option<AthleteId>,
    /// Of that source.
    pub source: Option<SourceSlug>,
    /// By that channel.
    pub channel: Option<Channel>,
    /// With that external id.
    pub external_id: Option<ExternalId>,
    /// Alone in their activity.
    pub unmatched_only: bool,
}

/// An artifact as its athlete holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRow {
    /// Its id for this athlete.
    pub id: ArtifactRowId,
    /// Whose.
    pub athlete: AthleteId,
    /// Its name by content.
    pub sha256: ArtifactId,
    /// What it is.
    pub kind: ArtifactKind,
    /// Who gave it.
    pub source: SourceSlug,
    /// Bytes, uncompressed.
    pub size_bytes: i64,
    /// Its document type.
    pub content_type: String,
    /// The name it had.
    pub filename: Option<String>,
    /// When it was received.
    pub fetched_at: DateTime<Utc>,
}

/// A pair that waits for a decision, or waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateRow {
    /// Its id.
    pub id: CandidateId,
    /// Whose.
    pub athlete: AthleteId,
    /// The pair and what speaks for and against.
    pub judgement: Judgement,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// How many activities stand how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// By status.
    pub by_status: HashMap<Status, u64>,
    /// Pairs that wait.
    pub open_candidates: u64,
    /// When the longest pending activity was first seen.
    pub oldest_pending_since: Option<DateTime<Utc>>,
}

/// An import as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRunRow {
    /// Its id.
    pub id: ImportRunId,
    /// Whose.
    pub athlete: AthleteId,
    /// What was given.
    pub filename: String,
    /// How it stands.
    pub state: ImportState,
    /// Entries to come, where known.
    pub entries_total: Option<i64>,
    /// Entries done.
    pub entries_done: i64,
    /// Records that were not there.
    pub records_new: i64,
    /// Records that changed.
    pub records_updated: i64,
    /// Records that were there already.
    pub records_unchanged: i64,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<String>,
}

/// What these athletes hold, and nothing else. Another athlete's id is answered as one that does not exist. Cheap to clone.
#[derive(Clone)]
pub struct View {
    athletes: Athletes,
}

impl View {
    /// For which athletes.
    pub fn scope(&self) -> &Athletes {
        &self.athletes
    }

    /// The athlete.
    pub async fn athlete(&self, id: AthleteId) -> Result<Option<AthleteRow>, HubError> {
        todo!()
    }
    /// Several athletes; unknown ones are missing.
    pub async fn athletes_by_id(&self, ids: &[AthleteId]) -> Result<HashMap<AthleteId, AthleteRow>, HubError> {
        todo!()
    }
    /// The athletes, by creation.
    pub async fn athletes(&self, page: &PageRequest) -> Result<Page<AthleteRow>, HubError> {
        todo!()
    }
    /// How many athletes.
    pub async fn count_athletes(&self) -> Result<u64, HubError> {
        todo!()
    }

    /// The activity that this id leads to today: itself, or the one into which it was merged (then its id differs).
    pub async fn activity(&self, id: ActivityId) -> Result<Option<ActivityRow>, HubError> {
        todo!()
    }
    /// Several activities by today's ids; unknown ones are missing.
    pub async fn activities_by_id(&self, ids: &[ActivityId]) -> Result<HashMap<ActivityId, ActivityRow>, HubError> {
        todo!()
    }
    /// The activity that holds the source's record with that external id, by whatever channel.
    pub async fn activity_by_source(
        &self,
        source: &SourceSlug,
        external_id: &ExternalId,
    ) -> Result<Option<ActivityRow>, HubError> {
        todo!()
    }
    /// A page of activities.
    pub async fn activities(
        &self,
        filter: &ActivityFilter,
        order: ActivityOrder,
        page: &PageRequest,
    ) -> Result<Page<ActivityRow>, HubError> {
        todo!()
    }
    /// How many activities pass the filter.
    pub async fn count_activities(&self, filter: &ActivityFilter) -> Result<u64, HubError> {
        todo!()
    }
    /// The legs of these multisport activities, by start.
    pub async fn legs_of(&self, parents: &[ActivityId]) -> Result<HashMap<ActivityId, Vec<ActivityRow>>, HubError> {
        todo!()
    }

    /// The records of these activities, by policy rank of their source and channel, then id.
    pub async fn records_of(&self, activities: &[ActivityId]) -> Result<HashMap<ActivityId, Vec<RecordRow>>, HubError> {
        todo!()
    }
    /// Several records; unknown ones are missing.
    pub async fn records_by_id(&self, ids: &[RecordId]) -> Result<HashMap<RecordId, RecordRow>, HubError> {
        todo!()
    }
    /// A page of records, by id.
    pub async fn records(&self, filter: &RecordFilter, page: &PageRequest) -> Result<Page<RecordRow>, HubError> {
        todo!()
    }
    /// How many records pass the filter.
    pub async fn count_records(&self, filter: &RecordFilter) -> Result<u64, HubError> {
        todo!()
    }

    /// The artifacts of these records, by kind.
    pub async fn artifacts_of(&self, records: &[RecordId]) -> Result<HashMap<RecordId, Vec<ArtifactRow>>, HubError> {
        todo!()
    }
    /// Several artifacts by the ids that their athletes hold them under.
    pub async fn artifacts_by_id(
        &self,
        ids: &[ArtifactRowId],
    ) -> Result<HashMap<ArtifactRowId, ArtifactRow>, HubError> {
        todo!()
    }
    /// A record that was read from the artifact; `None` for one that was only kept.
    pub async fn record_of_artifact(&self, id: ArtifactRowId) -> Result<Option<RecordRow>, HubError> {
        todo!()
    }
    /// An artifact's bytes, uncompressed, their hash checked.
    pub async fn bytes(&self, id: ArtifactRowId) -> Result<Option<(ArtifactRow, bytes::Bytes)>, HubError> {
        todo!()
    }

    /// Why the records of these activities are one: every pair.
    pub async fn matches_of(&self, activities: &[ActivityId]) -> Result<HashMap<ActivityId, Vec<Judgement>>, HubError> {
        todo!()
    }
    /// The undecided pairs that involve these activities.
    pub async fn candidates_of(
        &self,
        activities: &[ActivityId],
    ) -> Result<HashMap<ActivityId, Vec<CandidateRow>>, HubError> {
        todo!()
    }
    /// A page of undecided pairs, by creation.
    pub async fn candidates(
        &self,
        athlete: Option<AthleteId>,
        page: &PageRequest,
    ) -> Result<Page<CandidateRow>, HubError> {
        todo!()
    }
    /// How many pairs wait.
    pub async fn count_candidates(&self, athlete: Option<AthleteId>) -> Result<u64, HubError> {
        todo!()
    }
    /// A pair.
    pub async fn candidate(&self, id: CandidateId) -> Result<Option<CandidateRow>, HubError> {
        todo!()
    }
    /// The pins on these activities, by field.
    pub async fn pins_of(
        &self,
        activities: &[ActivityId],
    ) -> Result<HashMap<ActivityId, Vec<(Field, domain::Ruling)>>, HubError> {
        todo!()
    }

    /// How the activities stand.
    pub async fn summary(&self, athlete: Option<AthleteId>) -> Result<Summary, HubError> {
        todo!()
    }
    /// An import.
    pub async fn import_run(&self, id: ImportRunId) -> Result<Option<ImportRunRow>, HubError> {
        todo!()
    }
    /// What an import refused, in the order in which it met them.
    pub async fn refusals(&self, id: ImportRunId, first: u32) -> Result<Vec<(Refusal, Option<ArtifactRow>)>, HubError> {
        todo!()
    }
}
