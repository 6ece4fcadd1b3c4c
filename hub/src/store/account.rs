//! Accounts at live sources, and what their connectors are told.

use domain::{AccountId, AthleteId};
pub(crate) use entity::account::Model;
use entity::account::{Column, Entity};
use entity::{credential, invitation};
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Value};
use uuid::Uuid;

use super::bulk;

pub(crate) use entity::account::Column as Field;
pub(crate) use entity::credential::Model as Credential;
pub(crate) use entity::invitation::Model as Invitation;

/// The account of that id.
pub(crate) async fn by_id(connection: &impl ConnectionTrait, id: AccountId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id.uuid()).one(connection).await
}

/// The accounts that pass a condition, oldest first.
pub(crate) async fn find(connection: &impl ConnectionTrait, condition: Condition) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(condition).order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(connection).await
}

/// Changes columns of an account.
pub(crate) async fn change(
    connection: &impl ConnectionTrait,
    id: Uuid,
    changes: Vec<(Column, SimpleExpr)>,
) -> Result<u64, DbErr> {
    let mut update = Entity::update_many().filter(Column::Id.eq(id));
    for (column, value) in changes {
        update = update.col_expr(column, value);
    }
    Ok(update.exec(connection).await?.rows_affected)
}

/// What is counted of an account: the column of the period that is counted in, and the one of the number.
pub(crate) type Tally = (Column, Column);

/// How often clients asked for it, by days since 1970.
pub(crate) const ASKED: Tally = (Column::AskedDay, Column::Asked);
/// Calls that notifications caused, by hours since 1970.
pub(crate) const NOTIFIED: Tally = (Column::NotifiedHour, Column::NotifiedCalls);

/// Counts so many more in a period. False, and nothing is counted, where it would be more than the most.
pub(crate) async fn count(
    connection: &impl ConnectionTrait,
    id: AccountId,
    (of, number): Tally,
    period: i64,
    times: i64,
    most: i64,
) -> Result<bool, DbErr> {
    let counted = Expr::case(of.eq(period), Expr::col(number)).finally(0_i64);
    let update = Entity::update_many()
        .col_expr(number, Expr::expr(counted).add(times))
        .col_expr(of, Expr::value(period))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Condition::any().add(of.ne(period)).add(number.lte(most - times)));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Writes a new account.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    id: AccountId,
    athlete: AthleteId,
    source: &str,
    connector: &str,
    now: i64,
) -> Result<u64, DbErr> {
    const COLUMNS: [&str; 8] =
        ["id", "athlete_id", "source", "connector", "state", "scopes", "consecutive_failures", "created_at"];
    let row = vec![
        Value::from(id.uuid()),
        Value::from(athlete.uuid()),
        Value::from(source),
        Value::from(connector),
        Value::from("ACTIVE"),
        Value::from(""),
        Value::from(0_i32),
        Value::from(now),
    ];
    bulk::insert(connection, "account", &COLUMNS, vec![row], "DO NOTHING").await
}

/// Removes an account.
pub(crate) async fn remove(connection: &impl ConnectionTrait, id: AccountId) -> Result<(), DbErr> {
    Entity::delete_by_id(id.uuid()).exec(connection).await.map(drop)
}

/// Keeps an account's sealed secrets in place of what it had; a refresh that is under way no longer counts.
pub(crate) async fn keep_secrets(
    connection: &impl ConnectionTrait,
    account: Uuid,
    sealed: Vec<u8>,
    expires_at: Option<i64>,
) -> Result<(), DbErr> {
    let row = vec![Value::from(account), Value::from(sealed), Value::from(expires_at), Value::from(1_i64)];
    let conflict = "(id) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at, \
                    version = credential.version + 1, holder = NULL, held_until = 0, begun = 0";
    bulk::insert(connection, "credential", &["id", "sealed", "expires_at", "version"], vec![row], conflict)
        .await
        .map(drop)
}

/// An account's sealed secrets.
pub(crate) async fn secrets(
    connection: &impl ConnectionTrait,
    account: Uuid,
) -> Result<Option<credential::Model>, DbErr> {
    credential::Entity::find_by_id(account).one(connection).await
}

/// Every account with its sealed secrets.
pub(crate) async fn all_secrets(connection: &impl ConnectionTrait) -> Result<Vec<(Model, credential::Model)>, DbErr> {
    let accounts = find(connection, Condition::all()).await?;
    let mut secrets = credential::Entity::find().all(connection).await?;
    let mut both = Vec::with_capacity(secrets.len());
    for account in accounts {
        if let Some(place) = secrets.iter().position(|one| one.id == account.id) {
            both.push((account, secrets.swap_remove(place)));
        }
    }
    Ok(both)
}

/// Takes the lease to refresh, if nobody holds it and the secrets are still those; counts the refresh as begun.
pub(crate) async fn lease(
    connection: &impl ConnectionTrait,
    known: &credential::Model,
    holder: &str,
    now: i64,
    until: i64,
) -> Result<bool, DbErr> {
    use credential::Column as Of;
    use sea_orm::sea_query::ExprTrait as _;
    let update = credential::Entity::update_many()
        .col_expr(Of::Holder, Expr::value(holder))
        .col_expr(Of::HeldUntil, Expr::value(until))
        .col_expr(Of::Begun, Expr::col(Of::Begun).add(1))
        .filter(Of::Id.eq(known.id))
        .filter(Of::Version.eq(known.version))
        .filter(Condition::any().add(Of::Holder.is_null()).add(Of::HeldUntil.lt(now)));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Gives the lease back without anything new.
pub(crate) async fn release(connection: &impl ConnectionTrait, account: Uuid, holder: &str) -> Result<(), DbErr> {
    use credential::Column as Of;
    let update = credential::Entity::update_many()
        .col_expr(Of::Holder, Expr::value(Option::<String>::None))
        .filter(Of::Id.eq(account))
        .filter(Of::Holder.eq(holder));
    update.exec(connection).await.map(drop)
}

/// Keeps what a refresh gave, if its holder still holds the lease on that version.
pub(crate) async fn rotate(
    connection: &impl ConnectionTrait,
    known: &credential::Model,
    holder: &str,
    sealed: Vec<u8>,
    expires_at: Option<i64>,
) -> Result<bool, DbErr> {
    use credential::Column as Of;
    let update = credential::Entity::update_many()
        .col_expr(Of::Sealed, Expr::value(sealed))
        .col_expr(Of::ExpiresAt, Expr::value(expires_at))
        .col_expr(Of::Version, Expr::value(known.version + 1))
        .col_expr(Of::Holder, Expr::value(Option::<String>::None))
        .col_expr(Of::Begun, Expr::value(0_i64))
        .filter(Of::Id.eq(known.id))
        .filter(Of::Version.eq(known.version))
        .filter(Of::Holder.eq(holder));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Seals the same secrets anew, if they are still the same.
pub(crate) async fn reseal(
    connection: &impl ConnectionTrait,
    known: &credential::Model,
    sealed: Vec<u8>,
) -> Result<(), DbErr> {
    use credential::Column as Of;
    let update = credential::Entity::update_many()
        .col_expr(Of::Sealed, Expr::value(sealed))
        .filter(Of::Id.eq(known.id))
        .filter(Of::Sealed.eq(known.sealed.clone()));
    update.exec(connection).await.map(drop)
}

/// Forgets an account's secrets.
pub(crate) async fn drop_secrets(connection: &impl ConnectionTrait, account: Uuid) -> Result<(), DbErr> {
    credential::Entity::delete_by_id(account).exec(connection).await.map(drop)
}

/// Remembers that a person was sent away to connect.
pub(crate) async fn invite(connection: &impl ConnectionTrait, row: invitation::Model) -> Result<(), DbErr> {
    const COLUMNS: [&str; 6] = ["digest", "athlete_id", "connector", "redirect", "sealed", "expires_at"];
    let values = vec![
        Value::from(row.digest),
        Value::from(row.athlete_id),
        Value::from(row.connector),
        Value::from(row.redirect),
        Value::from(row.sealed),
        Value::from(row.expires_at),
    ];
    bulk::insert(connection, "invitation", &COLUMNS, vec![values], "").await.map(drop)
}

/// Takes an invitation: once, and only while it lasts. Those that ended go as well.
pub(crate) async fn accept(
    connection: &impl ConnectionTrait,
    digest: &[u8],
    now: i64,
) -> Result<Option<invitation::Model>, DbErr> {
    let found = invitation::Entity::find_by_id(digest.to_vec()).one(connection).await?;
    let digest = digest.to_vec();
    let gone = invitation::Entity::delete_many().filter(invitation::Column::Digest.eq(digest)).exec(connection).await?;
    invitation::Entity::delete_many().filter(invitation::Column::ExpiresAt.lt(now)).exec(connection).await?;
    Ok(found.filter(|row| gone.rows_affected == 1 && row.expires_at >= now))
}
