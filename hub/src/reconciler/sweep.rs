//! All records of athletes, part by part: one athlete after the other, each in the order of time. Memory follows the
//! largest neighbourhood and not the history.

use std::collections::HashMap;

use domain::{ActivityId, AthleteId, RecordId};
use entity::source_record::{Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{AT_ONCE, Occasion, Settled};
use crate::store::{database_error, micros};
use crate::{Athletes, Hub, HubError, TimeRange};

/// A walk over records.
pub(crate) struct Sweep {
    athletes: Athletes,
    range: Option<TimeRange>,
    /// Whose records it is at.
    at: Option<Place>,
}

/// Where a walk is in an athlete's records.
struct Place {
    athlete: AthleteId,
    /// How far: earliest start in microseconds, and id.
    last: Option<(i64, Uuid)>,
    /// Records beyond, that were settled with their neighbours.
    ahead: HashMap<RecordId, i64>,
}

impl Sweep {
    /// A walk over these athletes' records whose earliest start lies in the range.
    pub(crate) fn over(athletes: Athletes, range: Option<TimeRange>) -> Self {
        Self { athletes, range, at: None }
    }

    fn condition(&self) -> Condition {
        let mut condition = Condition::all().add(Column::IsHeld.eq(false));
        if let Some(from) = self.range.and_then(|range| range.from) {
            condition = condition.add(Column::SpansFrom.gte(micros(from)));
        }
        if let Some(until) = self.range.and_then(|range| range.until) {
            condition = condition.add(Column::SpansFrom.lt(micros(until)));
        }
        condition
    }

    fn covers(&self, from: i64) -> bool {
        self.range.is_none_or(|range| {
            range.from.is_none_or(|first| micros(first) <= from) && range.until.is_none_or(|until| from < micros(until))
        })
    }
}

impl Hub {
    /// Settles the next part of a walk; gives what it did and how many records of the walk it looked at. `None` at the
    /// end.
    pub(crate) async fn step(
        &self,
        sweep: &mut Sweep,
        occasion: &Occasion<'_>,
    ) -> Result<Option<(Settled, u64)>, HubError> {
        loop {
            if let Some(mut place) = sweep.at.take() {
                let found = self.part(sweep, &mut place, occasion).await?;
                sweep.at = Some(place);
                if found.is_some() {
                    return Ok(found);
                }
            }
            let last = sweep.at.take().map(|place| place.athlete);
            let Some(athlete) = self.athlete_after(&sweep.athletes, last).await? else { return Ok(None) };
            sweep.at = Some(Place { athlete, last: None, ahead: HashMap::new() });
        }
    }

    /// The next part of an athlete's records; `None` at their end.
    async fn part(
        &self,
        sweep: &Sweep,
        place: &mut Place,
        occasion: &Occasion<'_>,
    ) -> Result<Option<(Settled, u64)>, HubError> {
        loop {
            let mut condition = sweep.condition().add(Column::AthleteId.eq(place.athlete.uuid()));
            if let Some((from, id)) = place.last {
                let row = Expr::tuple([Column::SpansFrom.into_expr(), Column::Id.into_expr()]);
                condition = condition.add(row.gt(Expr::tuple([Expr::value(from), Expr::value(id)])));
            }
            let rows: Vec<(Uuid, i64)> = Entity::find()
                .select_only()
                .columns([Column::Id, Column::SpansFrom])
                .filter(condition)
                .order_by_asc(Column::SpansFrom)
                .order_by_asc(Column::Id)
                .limit(AT_ONCE)
                .into_tuple()
                .all(&self.database.read)
                .await
                .map_err(database_error("list an athlete's records"))?;
            let Some((id, from)) = rows.last().copied() else { return Ok(None) };
            let before = place.last.replace((from, id));
            let touched: Vec<RecordId> = rows
                .into_iter()
                .map(|(id, _)| RecordId::from_uuid(id))
                .filter(|id| place.ahead.remove(id).is_none())
                .collect();
            if touched.is_empty() {
                continue;
            }
            let settled = self.settle(place.athlete, &touched, occasion).await?;
            let mut records = 0;
            for (record, start) in &settled.records {
                let at = (*start, record.uuid());
                let is_new = before.is_none_or(|before| before < at) && sweep.covers(*start);
                // What lies up to here is counted once: it was touched, or had been met ahead.
                if at <= (from, id) {
                    records += u64::from(is_new && touched.contains(record));
                } else if is_new && place.ahead.insert(*record, *start).is_none() {
                    records += 1;
                }
            }
            return Ok(Some((settled, records)));
        }
    }

    /// How many records a walk meets.
    pub(crate) async fn extent(&self, sweep: &Sweep) -> Result<u64, HubError> {
        let condition = match &sweep.athletes {
            Athletes::All => sweep.condition(),
            Athletes::Only(ids) => sweep.condition().add(Column::AthleteId.is_in(ids.iter().map(|id| id.uuid()))),
        };
        let count = Entity::find().filter(condition).count(&self.database.read);
        count.await.map_err(database_error("count records"))
    }

    /// The athlete of these that follows one in the order of ids.
    async fn athlete_after(&self, athletes: &Athletes, last: Option<AthleteId>) -> Result<Option<AthleteId>, HubError> {
        use entity::athlete;
        if let Athletes::Only(ids) = athletes {
            return Ok(ids.iter().find(|id| last.is_none_or(|last| **id > last)).copied());
        }
        let mut select = athlete::Entity::find().select_only().column(athlete::Column::Id);
        if let Some(last) = last {
            select = select.filter(athlete::Column::Id.gt(last.uuid()));
        }
        let found: Option<Uuid> = select
            .order_by_asc(athlete::Column::Id)
            .limit(1)
            .into_tuple()
            .one(&self.database.read)
            .await
            .map_err(database_error("look for athletes"))?;
        Ok(found.map(AthleteId::from_uuid))
    }

    /// The records of the activity that an id leads to today, each with its activity: itself, or the one that holds its
    /// founder since.
    ///
    /// # Errors
    /// `NotFound` where it leads nowhere.
    pub(crate) async fn members_of(
        &self,
        athlete: AthleteId,
        activity: ActivityId,
    ) -> Result<Vec<(RecordId, Option<ActivityId>)>, HubError> {
        let read = async |condition: Condition| -> Result<Vec<(Uuid, Option<Uuid>)>, HubError> {
            let rows = Entity::find()
                .select_only()
                .columns([Column::Id, Column::ActivityId])
                .filter(Column::AthleteId.eq(athlete.uuid()))
                .filter(condition)
                .order_by_asc(Column::Id)
                .into_tuple();
            rows.all(&self.database.write).await.map_err(database_error("read the records of an activity"))
        };
        let founder = read(Condition::all().add(Column::Founds.eq(activity.uuid()))).await?;
        let missing = || HubError::NotFound(format!("there is no activity {activity}"));
        let holder = match founder.first().and_then(|(_, holder)| *holder) {
            Some(holder) => holder,
            None => return Err(missing()),
        };
        let members = read(Condition::all().add(Column::ActivityId.eq(holder))).await?;
        let word =
            |(id, activity): (Uuid, Option<Uuid>)| (RecordId::from_uuid(id), activity.map(ActivityId::from_uuid));
        Ok(members.into_iter().map(word).collect())
    }
}
