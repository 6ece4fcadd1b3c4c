//! Which athletes may be read: the condition that every statement of a view carries.

use std::collections::BTreeSet;

use domain::AthleteId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbBackend, Value};
use uuid::Uuid;

/// How many ids one statement is asked for on SQLite, which has no array to bind them in.
const CHUNK: usize = 500;

/// Which athletes may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Athletes {
    /// All of them.
    All,
    /// These.
    Only(BTreeSet<AthleteId>),
}

impl Athletes {
    /// Those of these athletes that may be read; all that may be where none are named.
    pub(super) fn among<'a>(&self, wanted: Option<impl IntoIterator<Item = &'a AthleteId>>) -> Self {
        match (self, wanted) {
            (_, None) => self.clone(),
            (Self::All, Some(wanted)) => Self::Only(wanted.into_iter().copied().collect()),
            (Self::Only(allowed), Some(wanted)) => {
                Self::Only(wanted.into_iter().filter(|id| allowed.contains(id)).copied().collect())
            }
        }
    }

    /// Who they are, in one spelling.
    pub(super) fn spelled(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Only(ids) => ids.iter().map(|id| id.uuid().simple().to_string()).collect::<Vec<_>>().join(","),
        }
    }

    /// The scope as a condition on the column that says whose a row is.
    pub(super) fn own(&self, athlete: impl ColumnTrait, backend: DbBackend) -> Expr {
        match self {
            Self::All => Expr::cust("1 = 1"),
            Self::Only(ids) => one_of(athlete, ids.iter().map(|id| id.uuid()), backend),
        }
    }

    /// The scope as a check on rows that ids find. Without statistics, which SQLite never has here and PostgreSQL not
    /// right after an import, both databases take an athlete for narrower than a list of ids and read the whole history:
    /// put this way, no index can answer it.
    pub(super) fn check(&self, athlete: impl ColumnTrait, backend: DbBackend) -> Expr {
        let text = if backend == DbBackend::Postgres { "($1) IS TRUE" } else { "(?) IS TRUE" };
        Expr::cust_with_exprs(text, [self.own(athlete, backend)])
    }
}

/// The condition that no row passes.
pub(super) fn nothing() -> Expr {
    Expr::cust("1 = 2")
}

/// Whether the column holds one of these values. Plain equality where there is one, so that an index serves the order
/// of the rows too; an array on PostgreSQL, so that every number of values is the same prepared statement.
pub(super) fn one_of<V>(column: impl ColumnTrait, values: impl IntoIterator<Item = V>, backend: DbBackend) -> Expr
where
    V: Into<Value> + Ord + sea_orm::sea_query::postgres_array::NotU8,
{
    let values: BTreeSet<V> = values.into_iter().collect();
    let mut values = values.into_iter();
    match (values.len(), backend) {
        (1, _) => match values.next() {
            Some(value) => column.eq(value),
            None => nothing(),
        },
        (_, DbBackend::Postgres) => column.eq_any(values),
        _ => column.is_in(values),
    }
}

/// The ids of a loader in as many statements as they need: one on PostgreSQL, one for each five hundred on SQLite.
pub(super) fn chunks(ids: impl IntoIterator<Item = Uuid>, backend: DbBackend) -> Vec<Vec<Uuid>> {
    let ids: Vec<Uuid> = ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    if ids.is_empty() {
        return Vec::new();
    }
    match backend {
        DbBackend::Postgres => vec![ids],
        _ => ids.chunks(CHUNK).map(<[Uuid]>::to_vec).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn athlete(number: u128) -> AthleteId {
        AthleteId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn asking_for_others_never_widens_the_scope() {
        let own = Athletes::Only([athlete(1), athlete(2)].into());
        assert_eq!(own.among(Some(&[athlete(2), athlete(3)])), Athletes::Only([athlete(2)].into()));
        assert_eq!(own.among(Some(&[athlete(3)])), Athletes::Only(BTreeSet::new()));
        assert_eq!(own.among(None::<&[AthleteId]>), own);
        assert_eq!(Athletes::All.among(Some(&[athlete(3)])), Athletes::Only([athlete(3)].into()));
    }

    #[test]
    fn no_index_can_answer_a_check() {
        use sea_orm::{EntityTrait, QueryFilter, QueryTrait};
        let column = entity::activity::Column::AthleteId;
        for (scope, checked) in [
            (Athletes::Only([athlete(1)].into()), r#"("activity"."athlete_id" = ?) IS TRUE"#),
            (Athletes::Only([athlete(1), athlete(2)].into()), r#"("activity"."athlete_id" IN (?, ?)) IS TRUE"#),
        ] {
            let asked = entity::activity::Entity::find().filter(scope.check(column, DbBackend::Sqlite));
            assert!(asked.build(DbBackend::Sqlite).sql.ends_with(checked), "{scope:?}");
        }
    }

    #[test]
    fn ids_are_asked_for_once_and_in_bounded_statements_on_sqlite() {
        let ids = (0..1001).chain(0..10).map(Uuid::from_u128);
        let sizes: Vec<usize> = chunks(ids.clone(), DbBackend::Sqlite).iter().map(Vec::len).collect();
        assert_eq!(sizes, [500, 500, 1]);
        assert_eq!(chunks(ids, DbBackend::Postgres).len(), 1);
        assert!(chunks([], DbBackend::Postgres).is_empty());
    }
}
