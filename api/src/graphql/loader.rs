//! To-many relations in batches: a page of activities costs the same number of statements whatever its size.
//! The batches are run by the request's [`Driver`].

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use domain::{ActivityId, ArtifactRowId, AthleteId, DecisionId, Field, RecordId, Ruling};
use hub::{ActivityRow, AthleteRow, CandidateRow, Chronicle, HubError, RecordHead, RecordRow, Stored, View};
use reconcile::Judgement;

use super::driver::Driver;

/// What is found by what records say, by its names in a query. One that holds such a word elsewhere is answered rightly
/// too.
const IN_RECORDS: [&str; 3] = ["artifacts", "laps", "streams"];
/// More keys than a request may have objects: a batch is never cut.
const LARGEST_BATCH: usize = 1_000_000;

/// An activity by today's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ActivityKey(pub ActivityId);
/// A record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordKey(pub RecordId);
/// An athlete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AthleteKey(pub AthleteId);
/// An artifact, with the place of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ArtifactKey(pub ArtifactRowId);
/// The records of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordsOf(pub ActivityId);
/// Which records an activity has, without what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeadsOf(pub ActivityId);
/// The matched pairs of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MatchesOf(pub ActivityId);
/// The undecided pairs of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CandidatesOf(pub ActivityId);
/// The pins on an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PinsOf(pub ActivityId);
/// The legs of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LegsOf(pub ActivityId);

/// What became of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChronicleOf(pub ActivityId);
/// Whether a decision can be taken back now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Undoable(pub DecisionId);

/// A view, and the loads that wait for it.
pub struct Reader {
    view: View,
    loads: DataLoader<Batches, HashMapCache>,
    /// Whether records are read whole at once, since what they say is asked for anyway.
    whole: bool,
}

/// What answers a batch.
pub struct Batches(View);

impl Reader {
    /// A reader of that view for that query, and what drives its batches.
    pub fn of(view: View, query: &str) -> (Self, Driver) {
        let (send, driver) = Driver::new();
        // A batch that nobody drives any more belongs to a request that has ended.
        let spawn = move |batch| drop(send.unbounded_send(batch));
        let loads = DataLoader::with_cache(Batches(view.clone()), spawn, HashMapCache::default())
            .delay(Duration::ZERO)
            .max_batch_size(LARGEST_BATCH);
        (Self { view, loads, whole: needs_records(query) }, driver)
    }

    /// The view itself, for what is asked once.
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// Reads everything anew from here on: what was loaded before a deed is not what stands after it.
    pub fn forget(&self) {
        self.loads.enable_all_cache(false);
    }

    /// Keeps activities that were read as a page, for whoever comes back to them.
    pub async fn keep(&self, rows: impl Iterator<Item = Arc<ActivityRow>>) {
        self.loads.feed_many(rows.map(|row| (ActivityKey(row.activity.id), row))).await;
    }

    /// Which records an activity has.
    pub async fn heads(&self, activity: ActivityId) -> Result<Arc<Vec<Arc<RecordHead>>>, Arc<HubError>> {
        if !self.whole {
            return self.all(HeadsOf(activity)).await;
        }
        let records = self.all(RecordsOf(activity)).await?;
        Ok(Arc::new(records.iter().map(|row| Arc::new(RecordHead::from(row.as_ref()))).collect()))
    }

    /// A record that is thought to be one of the activity's, all of which are read at once.
    pub async fn record_of(&self, activity: ActivityId, id: RecordId) -> Result<Option<Arc<RecordRow>>, Arc<HubError>> {
        let records = self.all(RecordsOf(activity)).await?;
        match records.iter().find(|row| row.record.id == id) {
            Some(row) => Ok(Some(row.clone())),
            None => self.one(RecordKey(id)).await,
        }
    }

    /// The artifacts that the record was read from, by kind.
    pub async fn artifacts_of(&self, row: &RecordRow) -> Result<Vec<Arc<Stored>>, Arc<HubError>> {
        let held = || row.record.artifacts.values().map(|id| ArtifactKey(ArtifactRowId::of(row.record.athlete, id)));
        let found = self.loads.load_many(held()).await?;
        Ok(held().filter_map(|key| found.get(&key).cloned()).collect())
    }

    /// The one thing of that key.
    pub async fn one<K, T>(&self, key: K) -> Result<Option<T>, Arc<HubError>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        T: Clone + Send + Sync + 'static,
        Batches: Loader<K, Value = T, Error = Arc<HubError>>,
    {
        self.loads.load_one(key).await
    }

    /// All that belongs to that key.
    pub async fn all<K, T>(&self, key: K) -> Result<Arc<Vec<T>>, Arc<HubError>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        T: Send + Sync + 'static,
        Batches: Loader<K, Value = Arc<Vec<T>>, Error = Arc<HubError>>,
    {
        Ok(self.loads.load_one(key).await?.unwrap_or_default())
    }
}

/// Whether a query may ask for what records say.
fn needs_records(query: &str) -> bool {
    query.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| IN_RECORDS.contains(&word))
}

/// Answers by key, each once on the heap.
fn shared<K: Copy + Eq + Hash, L: Eq + Hash, T>(
    found: HashMap<K, T>,
    key: impl Fn(K) -> L,
) -> Result<HashMap<L, Arc<T>>, Arc<HubError>> {
    Ok(found.into_iter().map(|(id, value)| (key(id), Arc::new(value))).collect())
}

impl Loader<ActivityKey> for Batches {
    type Value = Arc<ActivityRow>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[ActivityKey]) -> Result<HashMap<ActivityKey, Self::Value>, Self::Error> {
        let ids: Vec<ActivityId> = keys.iter().map(|key| key.0).collect();
        shared(self.0.activities_by_id(&ids).await?, ActivityKey)
    }
}

impl Loader<RecordKey> for Batches {
    type Value = Arc<RecordRow>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[RecordKey]) -> Result<HashMap<RecordKey, Self::Value>, Self::Error> {
        let ids: Vec<RecordId> = keys.iter().map(|key| key.0).collect();
        shared(self.0.records_by_id(&ids).await?, RecordKey)
    }
}

impl Loader<AthleteKey> for Batches {
    type Value = Arc<AthleteRow>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[AthleteKey]) -> Result<HashMap<AthleteKey, Self::Value>, Self::Error> {
        let ids: Vec<AthleteId> = keys.iter().map(|key| key.0).collect();
        shared(self.0.athletes_by_id(&ids).await?, AthleteKey)
    }
}

impl Loader<ArtifactKey> for Batches {
    type Value = Arc<Stored>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[ArtifactKey]) -> Result<HashMap<ArtifactKey, Self::Value>, Self::Error> {
        let ids: Vec<ArtifactRowId> = keys.iter().map(|key| key.0).collect();
        shared(self.0.stored(&ids).await?, ArtifactKey)
    }
}

impl Loader<RecordsOf> for Batches {
    type Value = Arc<Vec<Arc<RecordRow>>>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[RecordsOf]) -> Result<HashMap<RecordsOf, Self::Value>, Self::Error> {
        let ids: Vec<ActivityId> = keys.iter().map(|key| key.0).collect();
        let found = self.0.records_of(&ids).await?;
        let found = found.into_iter().map(|(id, rows)| (id, rows.into_iter().map(Arc::new).collect::<Vec<_>>()));
        shared(found.collect(), RecordsOf)
    }
}

impl Loader<HeadsOf> for Batches {
    type Value = Arc<Vec<Arc<RecordHead>>>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[HeadsOf]) -> Result<HashMap<HeadsOf, Self::Value>, Self::Error> {
        let ids: Vec<ActivityId> = keys.iter().map(|key| key.0).collect();
        let found = self.0.record_heads_of(&ids).await?;
        let found = found.into_iter().map(|(id, heads)| (id, heads.into_iter().map(Arc::new).collect::<Vec<_>>()));
        shared(found.collect(), HeadsOf)
    }
}

impl Loader<MatchesOf> for Batches {
    type Value = Arc<Vec<Judgement>>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[MatchesOf]) -> Result<HashMap<MatchesOf, Self::Value>, Self::Error> {
        let ids: Vec<ActivityId> = keys.iter().map(|key| key.0).collect();
        shared(self.0.matches_of(&ids).await?, MatchesOf)
    }
}

impl Loader<CandidatesOf> for Batches {
    type Value = Arc<Vec<CandidateRow>>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[CandidatesOf]) -> Result<HashMap<CandidatesOf, Self::Value>, Self::Error> {
        let ids: Vec<ActivityId> = keys.iter().map(|key| key.0).collect();
        shared(self.0.candidates_of(&ids).await?, CandidatesOf)
    }
}

impl Loader<PinsOf> for Batches {
    type Value = Arc<Vec<(Field, Ruling)>>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[PinsOf]) -> Result<HashMap<PinsOf, Self::Value>, Self::Error> {
        let ids: Vec<ActivityId> = keys.iter().map(|key| key.0).collect();
        shared(self.0.pins_of(&ids).await?, PinsOf)
    }
}

impl Loader<LegsOf> for Batches {
    type Value = Arc<Vec<Arc<ActivityRow>>>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[LegsOf]) -> Result<HashMap<LegsOf, Self::Value>, Self::Error> {
        let ids: Vec<ActivityId> = keys.iter().map(|key| key.0).collect();
        let found = self.0.legs_of(&ids).await?;
        let found = found.into_iter().map(|(id, rows)| (id, rows.into_iter().map(Arc::new).collect::<Vec<_>>()));
        shared(found.collect(), LegsOf)
    }
}

impl Loader<ChronicleOf> for Batches {
    type Value = Arc<Chronicle>;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[ChronicleOf]) -> Result<HashMap<ChronicleOf, Self::Value>, Self::Error> {
        let ids: Vec<ActivityId> = keys.iter().map(|key| key.0).collect();
        shared(self.0.chronicles(&ids).await?, ChronicleOf)
    }
}

impl Loader<Undoable> for Batches {
    type Value = bool;
    type Error = Arc<HubError>;

    async fn load(&self, keys: &[Undoable]) -> Result<HashMap<Undoable, Self::Value>, Self::Error> {
        let ids: Vec<DecisionId> = keys.iter().map(|key| key.0).collect();
        let free = self.0.undoable(&ids).await?;
        Ok(keys.iter().map(|key| (*key, free.contains(&key.0))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_whole_for_what_they_say_and_for_no_word_that_holds_its_name() {
        assert!(!needs_records("{ activities { nodes { name elapsedTimeS artifact { kind } } } }"));
        for query in ["{activity(id:$id){laps{index}}}", "{ a { streams(types: [HEART_RATE]) { type } } }", "artifacts"]
        {
            assert!(needs_records(query), "{query}");
        }
    }
}
