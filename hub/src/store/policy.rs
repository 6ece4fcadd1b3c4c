//! The policy by which all activities were last looked at.

use domain::ArtifactId;
use reconcile::Policy;
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use super::bulk;

/// A policy's name by its text.
pub(crate) fn digest(policy: &Policy) -> String {
    ArtifactId::of(policy.text().as_bytes()).to_string()
}

/// The digest of the policy applied last, if any ever was.
pub(crate) async fn applied(connection: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    let asked = Statement::from_string(connection.get_database_backend(), "SELECT digest FROM policy_applied");
    connection.query_one_raw(asked).await?.map(|row| row.try_get("", "digest")).transpose()
}

/// Remembers the policy as the one applied last.
pub(crate) async fn apply(connection: &impl ConnectionTrait, policy: &Policy) -> Result<(), DbErr> {
    write(connection, policy, "(id) DO UPDATE SET digest = excluded.digest").await
}

/// Remembers the policy of the first start.
pub(crate) async fn begin(connection: &impl ConnectionTrait, policy: &Policy) -> Result<(), DbErr> {
    write(connection, policy, "(id) DO NOTHING").await
}

async fn write(connection: &impl ConnectionTrait, policy: &Policy, conflict: &str) -> Result<(), DbErr> {
    let row = vec![Value::from(1), Value::from(digest(policy))];
    bulk::insert(connection, "policy_applied", &["id", "digest"], vec![row], conflict).await.map(drop)
}
