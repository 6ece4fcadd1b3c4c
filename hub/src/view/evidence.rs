//! Why records are one, which pairs wait for a person, and what people pinned.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::{ActivityId, AthleteId, CandidateId, Decision, Field, Ruling};
use entity::{match_evidence, review, ruling, settled_candidate, source_record};
use reconcile::Judgement;
use sea_orm::sea_query::{ConditionType, Expr, ExprTrait as _, IntoCondition as _};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter, QuerySelect, RelationDef,
};
use uuid::Uuid;

use super::cursor::Place;
use super::page::{Direction, Order, Page, PageRequest, page};
use super::{View, unread};
use crate::HubError;
use crate::store::evidence::{match_from_row, review_from_row, settled_from_row};
use crate::store::{self, instant};

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
    /// Whether it waits, and what became of it if not.
    pub state: CandidateState,
    /// Since when it waits no longer.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who decided it.
    pub decided_by: Option<String>,
}

/// A pair that waits, and an activity that holds one of its records.
#[derive(FromQueryResult)]
struct Held {
    #[sea_orm(nested)]
    review: review::Model,
    holder: Uuid,
}

/// From a pair to either of its records.
fn either_record() -> RelationDef {
    let b = |pair, record| Expr::col((pair, review::Column::B)).equals((record, source_record::Column::Id));
    review::Entity::belongs_to(source_record::Entity)
        .from(review::Column::A)
        .to(source_record::Column::Id)
        .on_condition(move |pair, record| b(pair, record).into_condition())
        .condition_type(ConditionType::Any)
        .into()
}

/// What became of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CandidateState {
    /// It waits.
    Open,
    /// A person said that it is one activity.
    Same,
    /// A person said that it is not.
    Different,
    /// It settled itself.
    Expired,
}

impl CandidateState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Same, Self::Different, Self::Expired];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Same => "SAME",
            Self::Different => "DIFFERENT",
            Self::Expired => "EXPIRED",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

fn from_settled(row: &settled_candidate::Model) -> Result<CandidateRow, HubError> {
    let unknown = || store::codec::unreadable("read a candidate", row.id, "an unknown state");
    Ok(CandidateRow {
        id: CandidateId::from_uuid(row.id),
        athlete: AthleteId::from_uuid(row.athlete_id),
        judgement: settled_from_row(row)?,
        created_at: instant(row.created_at),
        state: CandidateState::from_name(&row.decision).ok_or_else(unknown)?,
        decided_at: Some(instant(row.decided_at)),
        decided_by: row.decided_by.clone(),
    })
}

fn from_row(row: &review::Model) -> Result<CandidateRow, HubError> {
    Ok(CandidateRow {
        id: CandidateId::from_uuid(row.id),
        athlete: AthleteId::from_uuid(row.athlete_id),
        judgement: review_from_row(row)?,
        created_at: instant(row.created_at),
        state: CandidateState::Open,
        decided_at: None,
        decided_by: None,
    })
}

impl View {
    /// Why the records of these activities are one: every pair, by its records.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn matches_of(&self, activities: &[ActivityId]) -> Result<HashMap<ActivityId, Vec<Judgement>>, HubError> {
        let ids = activities.iter().map(|id| id.uuid());
        let column = match_evidence::Column::ActivityId;
        let mut rows = self.rows::<match_evidence::Entity>(column, ids, match_evidence::Column::AthleteId).await?;
        rows.sort_by_key(|row| (row.a, row.b));
        let mut matches: HashMap<ActivityId, Vec<Judgement>> = HashMap::new();
        for row in &rows {
            matches.entry(ActivityId::from_uuid(row.activity_id)).or_default().push(match_from_row(row)?);
        }
        Ok(matches)
    }

    /// The undecided pairs that involve these activities, by creation.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn candidates_of(
        &self,
        activities: &[ActivityId],
    ) -> Result<HashMap<ActivityId, Vec<CandidateRow>>, HubError> {
        // A pair may concern two of these activities, and be found by both its records.
        let mut found: BTreeMap<(i64, Uuid), (review::Model, BTreeSet<ActivityId>)> = BTreeMap::new();
        for ids in self.chunks(activities.iter().map(|id| id.uuid())) {
            let rows = review::Entity::find()
                .join(JoinType::InnerJoin, either_record())
                .column_as(source_record::Column::ActivityId, "holder")
                .filter(self.check(review::Column::AthleteId))
                .filter(self.one_of(source_record::Column::ActivityId, ids))
                .into_model::<Held>()
                .all(self.read())
                .await
                .map_err(unread)?;
            for Held { review, holder } in rows {
                let place = (review.created_at, review.id);
                found.entry(place).or_insert_with(|| (review, BTreeSet::new())).1.insert(ActivityId::from_uuid(holder));
            }
        }
        let mut candidates: HashMap<ActivityId, Vec<CandidateRow>> = HashMap::new();
        for (row, holders) in found.values() {
            let candidate = from_row(row)?;
            for activity in holders {
                candidates.entry(*activity).or_default().push(candidate.clone());
            }
        }
        Ok(candidates)
    }

    /// A page of undecided pairs, by creation.
    ///
    /// # Errors
    /// As [`View::activities`].
    pub async fn candidates(
        &self,
        athlete: Option<AthleteId>,
        request: &PageRequest,
    ) -> Result<Page<CandidateRow>, HubError> {
        let order = Order {
            list: self.list("candidate", &self.reach(athlete), ""),
            key: Some(review::Column::CreatedAt.into_expr()),
            id: review::Column::Id.into_expr(),
            direction: Direction::Asc,
        };
        let select = review::Entity::find().filter(self.own_of(athlete, review::Column::AthleteId));
        page(self.read(), select, &order, request, |row| {
            Ok((Place { key: row.created_at, id: row.id }, from_row(&row)?))
        })
        .await
    }

    /// A page of the pairs in that state, by creation.
    ///
    /// # Errors
    /// As [`View::activities`].
    pub async fn candidates_in(
        &self,
        athlete: Option<AthleteId>,
        state: CandidateState,
        request: &PageRequest,
    ) -> Result<Page<CandidateRow>, HubError> {
        if state == CandidateState::Open {
            return self.candidates(athlete, request).await;
        }
        let order = Order {
            list: self.list("settled", &self.reach(athlete), state.name()),
            key: Some(settled_candidate::Column::CreatedAt.into_expr()),
            id: settled_candidate::Column::Id.into_expr(),
            direction: Direction::Asc,
        };
        let select = self.settled(athlete, state);
        page(self.read(), select, &order, request, |row| {
            Ok((Place { key: row.created_at, id: row.id }, from_settled(&row)?))
        })
        .await
    }

    /// How many pairs are in that state.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn count_candidates_in(
        &self,
        athlete: Option<AthleteId>,
        state: CandidateState,
    ) -> Result<u64, HubError> {
        match state {
            CandidateState::Open => self.count_candidates(athlete).await,
            settled => self.settled(athlete, settled).count(self.read()).await.map_err(unread),
        }
    }

    fn settled(&self, athlete: Option<AthleteId>, state: CandidateState) -> sea_orm::Select<settled_candidate::Entity> {
        settled_candidate::Entity::find()
            .filter(self.own_of(athlete, settled_candidate::Column::AthleteId))
            .filter(settled_candidate::Column::Decision.eq(state.name()))
    }

    /// How many pairs wait.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn count_candidates(&self, athlete: Option<AthleteId>) -> Result<u64, HubError> {
        let own = self.own_of(athlete, review::Column::AthleteId);
        review::Entity::find().filter(own).count(self.read()).await.map_err(unread)
    }

    /// A pair, whether it waits or waited.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn candidate(&self, id: CandidateId) -> Result<Option<CandidateRow>, HubError> {
        let rows = self.rows::<review::Entity>(review::Column::Id, [id.uuid()], review::Column::AthleteId).await?;
        if let Some(row) = rows.first() {
            return from_row(row).map(Some);
        }
        let (column, athlete) = (settled_candidate::Column::Id, settled_candidate::Column::AthleteId);
        let rows = self.rows::<settled_candidate::Entity>(column, [id.uuid()], athlete).await?;
        rows.first().map(from_settled).transpose()
    }

    /// The pins on these activities, under whatever id they were shown when it was said, by field.
    ///
    /// # Errors
    /// As [`View::activity`].
    pub async fn pins_of(
        &self,
        activities: &[ActivityId],
    ) -> Result<HashMap<ActivityId, Vec<(Field, Ruling)>>, HubError> {
        let holder = self.founded(activities).await?;
        let column = ruling::Column::ActivityId;
        let rows = self.rows::<ruling::Entity>(column, holder.keys().copied(), ruling::Column::AthleteId).await?;
        let mut pins: HashMap<ActivityId, Vec<(Field, Ruling)>> = HashMap::new();
        for row in rows {
            let ruling = store::ruling::from_row(row)?;
            if let Decision::Pin { activity, field, .. } = ruling.decision
                && let Some(holder) = holder.get(&activity.uuid())
            {
                pins.entry(*holder).or_default().push((field, ruling));
            }
        }
        for list in pins.values_mut() {
            list.sort_by_key(|(field, ruling)| (*field, ruling.at, ruling.id));
        }
        Ok(pins)
    }
}
