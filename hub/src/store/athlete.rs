//! Athletes and their generations.

use domain::AthleteId;
use entity::athlete::{Column, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::instant;
use crate::AthleteRow;

/// The athlete that a row tells of.
pub(crate) fn from_row(row: Model) -> AthleteRow {
    AthleteRow { id: AthleteId::from_uuid(row.id), display_name: row.display_name, created_at: instant(row.created_at) }
}

/// The athlete of that name.
pub(crate) async fn named(connection: &impl ConnectionTrait, name: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::DisplayName.eq(name)).one(connection).await
}

/// The athlete of that id.
pub(crate) async fn by_id(connection: &impl ConnectionTrait, athlete: AthleteId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(athlete.uuid()).one(connection).await
}

/// The athlete's generation: what a plan is made for.
pub(crate) async fn generation(connection: &impl ConnectionTrait, athlete: AthleteId) -> Result<Option<i64>, DbErr> {
    Ok(by_id(connection, athlete).await?.map(|row| row.generation))
}

/// Moves the athlete to the next generation, if it still stands at that one (at any where `None`); whether it did. The
/// row stays locked until the transaction ends, so that writers of one athlete follow each other.
pub(crate) async fn advance(
    connection: &impl ConnectionTrait,
    athlete: AthleteId,
    from: Option<i64>,
) -> Result<bool, DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
        .filter(Column::Id.eq(athlete.uuid()));
    if let Some(from) = from {
        update = update.filter(Column::Generation.eq(from));
    }
    Ok(update.exec(connection).await?.rows_affected == 1)
}
