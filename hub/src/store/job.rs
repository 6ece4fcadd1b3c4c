//! The queue: one table, the same SQL on both databases.

use chrono::{DateTime, Utc};
use domain::{AccountId, AthleteId};
pub(crate) use entity::job::Model;
use entity::job::{Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr,
    Statement, Value,
};
use uuid::Uuid;

use super::{bulk, micros};

/// How often a job is tried before it is put aside.
pub(crate) const TRIES: i32 = 5;

/// A job to put into a queue.
#[derive(Debug, Clone)]
pub(crate) struct New {
    pub(crate) id: Uuid,
    pub(crate) queue: String,
    /// At most one live job of a queue has it.
    pub(crate) dedupe: String,
    pub(crate) payload: String,
    pub(crate) priority: i32,
    pub(crate) run_at: DateTime<Utc>,
    pub(crate) account: Option<AccountId>,
    pub(crate) athlete: Option<AthleteId>,
}

const COLUMNS: [&str; 13] = [
    "id",
    "queue",
    "dedupe",
    "payload",
    "state",
    "priority",
    "attempt",
    "max_attempts",
    "run_at",
    "fence",
    "created_at",
    "account_id",
    "athlete_id",
];

/// Puts jobs into their queues. One that is there already is asked for sooner, and again where it runs.
pub(crate) async fn push(connection: &impl ConnectionTrait, jobs: Vec<New>, now: DateTime<Utc>) -> Result<(), DbErr> {
    let mut seen = std::collections::HashSet::new();
    let rows = jobs
        .into_iter()
        .filter(|job| seen.insert((job.queue.clone(), job.dedupe.clone())))
        .map(|job| {
            vec![
                Value::from(job.id),
                Value::from(job.queue),
                Value::from(job.dedupe),
                Value::from(job.payload),
                Value::from("ready"),
                Value::from(job.priority),
                Value::from(0_i32),
                Value::from(TRIES),
                Value::from(micros(job.run_at)),
                Value::from(0_i64),
                Value::from(micros(now)),
                Value::from(job.account.map(AccountId::uuid)),
                Value::from(job.athlete.map(AthleteId::uuid)),
            ]
        })
        .collect();
    let conflict = "(queue, dedupe) WHERE state IN ('ready', 'running') DO UPDATE SET \
                    again = (job.state = 'running'), \
                    payload = CASE WHEN job.state = 'running' THEN job.payload ELSE excluded.payload END, \
                    priority = CASE WHEN excluded.priority > job.priority THEN excluded.priority ELSE job.priority END";
    bulk::insert(connection, "job", &COLUMNS, rows, conflict).await.map(drop)
}

/// Whether all of these stand in their queues already.
pub(crate) async fn stand(connection: &impl ConnectionTrait, jobs: &[New]) -> Result<bool, DbErr> {
    for job in jobs {
        let alike = Entity::find()
            .filter(Column::Queue.eq(job.queue.as_str()))
            .filter(Column::Dedupe.eq(job.dedupe.as_str()))
            .filter(Column::State.is_in(["ready", "running"]));
        if alike.one(connection).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Claims the next job of a queue of at least that priority until an instant, or none. At most one job of an account
/// runs at a time, and only where it is in one of these states; accounts take turns.
pub(crate) async fn claim(
    connection: &impl ConnectionTrait,
    queue: &str,
    least: i32,
    states: &[&str],
    worker: &str,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<Model>, DbErr> {
    let backend = connection.get_database_backend();
    let place = |number| bulk::place(connection, number);
    let skip = if backend == DbBackend::Postgres { " FOR UPDATE OF j SKIP LOCKED" } else { "" };
    let states = states.iter().map(|state| format!("'{state}'")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "UPDATE job SET state = 'running', worker = {}, lease_until = {}, fence = fence + 1, \
         attempt = attempt + 1 WHERE id = (SELECT j.id FROM job j LEFT JOIN account a ON a.id = j.account_id \
         WHERE j.queue = {} AND j.state = 'ready' AND j.run_at <= {} AND j.priority >= {} \
         AND (j.account_id IS NULL OR (a.state IN ({states}) AND a.not_before <= {} AND NOT EXISTS (SELECT 1 FROM job r WHERE r.account_id = j.account_id \
         AND r.state = 'running'))) ORDER BY j.priority DESC, COALESCE(a.turn, 0), j.run_at, j.id LIMIT 1{skip}) \
         RETURNING id",
        place(1),
        place(2),
        place(3),
        place(4),
        place(5),
        place(6),
    );
    let now = micros(now);
    let values = [
        Value::from(worker),
        Value::from(micros(until)),
        Value::from(queue),
        Value::from(now),
        Value::from(least),
        Value::from(now),
    ];
    let found = connection.query_one_raw(Statement::from_sql_and_values(backend, text, values)).await;
    let row = match found {
        Ok(row) => row,
        // Another worker took a job of the same account in the same moment.
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(row) = row else { return Ok(None) };
    Entity::find_by_id(row.try_get::<Uuid>("", "id")?).one(connection).await
}

/// Ends a job that is done; whether this claim still held it.
pub(crate) async fn done(connection: &impl ConnectionTrait, job: &Model) -> Result<bool, DbErr> {
    let gone = Entity::delete_many()
        .filter(Column::Id.eq(job.id))
        .filter(Column::Fence.eq(job.fence))
        .filter(Column::State.eq("running"))
        .filter(Column::Again.eq(false))
        .exec(connection)
        .await?;
    if gone.rows_affected == 1 {
        return Ok(true);
    }
    let once_more = held(job, "ready").col_expr(Column::Attempt, Expr::value(0)).exec(connection).await?;
    Ok(once_more.rows_affected == 1)
}

/// An update that gives a job back in that state, if this claim still holds it.
fn held(job: &Model, state: &str) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::Again, Expr::value(false))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .filter(Column::Id.eq(job.id))
        .filter(Column::Fence.eq(job.fence))
        .filter(Column::State.eq("running"))
}

/// Gives a job back for later without spending a try.
pub(crate) async fn defer(
    connection: &impl ConnectionTrait,
    job: &Model,
    until: DateTime<Utc>,
    payload: Option<String>,
) -> Result<(), DbErr> {
    let mut update = held(job, "ready")
        .col_expr(Column::RunAt, Expr::value(micros(until)))
        .col_expr(Column::Attempt, Expr::value(job.attempt.saturating_sub(1)));
    if let Some(payload) = payload {
        update = update.col_expr(Column::Payload, Expr::value(payload));
    }
    update.exec(connection).await.map(drop)
}

/// Gives a job back after a failure, or puts it aside after the last one; whether it was put aside.
pub(crate) async fn fail(
    connection: &impl ConnectionTrait,
    job: &Model,
    until: DateTime<Utc>,
    error: &str,
) -> Result<bool, DbErr> {
    let dead = job.attempt >= job.max_attempts;
    let state = if dead { "dead" } else { "ready" };
    held(job, state)
        .col_expr(Column::RunAt, Expr::value(micros(until)))
        .col_expr(Column::Error, Expr::value(error))
        .exec(connection)
        .await?;
    Ok(dead)
}

/// Gives back what a worker that died held.
pub(crate) async fn reap(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value("ready"))
        .filter(Column::State.eq("running"))
        .filter(Column::LeaseUntil.lt(micros(now)));
    Ok(update.exec(connection).await?.rows_affected)
}

/// Gives the jobs that were put aside back to their queue; how many.
pub(crate) async fn replay(connection: &impl ConnectionTrait, id: Option<Uuid>, now: i64) -> Result<u64, DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value("ready"))
        .col_expr(Column::Attempt, Expr::value(0))
        .col_expr(Column::RunAt, Expr::value(now))
        .filter(Column::State.eq("dead"));
    if let Some(id) = id {
        update = update.filter(Column::Id.eq(id));
    }
    Ok(update.exec(connection).await?.rows_affected)
}

/// The jobs that were put aside, oldest first.
pub(crate) async fn dead(connection: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::State.eq("dead"))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(1_000)
        .all(connection)
        .await
}

/// How many jobs there are, by queue and state.
pub(crate) async fn counts(connection: &impl ConnectionTrait) -> Result<Vec<(String, String, i64)>, DbErr> {
    Entity::find()
        .select_only()
        .columns([Column::Queue, Column::State])
        .column_as(Column::Id.count(), "jobs")
        .group_by(Column::Queue)
        .group_by(Column::State)
        .into_tuple()
        .all(connection)
        .await
}

/// How many live jobs an account has at that priority or above, and below the next.
pub(crate) async fn waiting_for(connection: &impl ConnectionTrait, account: AccountId) -> Result<Vec<i32>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Priority)
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::State.is_in(["ready", "running"]))
        .into_tuple()
        .all(connection)
        .await
}

/// The earliest instant at which some job is due, in microseconds.
pub(crate) async fn next(connection: &impl ConnectionTrait, queue: &str) -> Result<Option<i64>, DbErr> {
    Entity::find()
        .select_only()
        .column_as(Column::RunAt.min(), "next")
        .filter(Column::State.eq("ready"))
        .filter(Column::Queue.eq(queue))
        .into_tuple()
        .one(connection)
        .await
        .map(Option::flatten)
}

/// Removes the live and the dead jobs of an account, or of an athlete.
pub(crate) async fn forget(
    connection: &impl ConnectionTrait,
    account: Option<AccountId>,
    athlete: Option<AthleteId>,
) -> Result<(), DbErr> {
    let any = sea_orm::Condition::any()
        .add_option(account.map(|id| Column::AccountId.eq(id.uuid())))
        .add_option(athlete.map(|id| Column::AthleteId.eq(id.uuid())));
    if account.is_none() && athlete.is_none() {
        return Ok(());
    }
    Entity::delete_many().filter(any).exec(connection).await.map(drop)
}
