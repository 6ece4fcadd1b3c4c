//! Tokens that were issued: what is kept of them is enough to list and to revoke, never to use.

use chrono::{DateTime, Utc};
use entity::api_token::{Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use crate::store::{bulk, database_error, instant, micros};
use crate::{Hub, HubError};

/// A token to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Its `jti`.
    pub jti: String,
    /// Its `sub`.
    pub client_id: String,
    /// Its scopes, space separated.
    pub scope: String,
    /// Its athletes: ids, space separated, or `*`.
    pub athletes: String,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A token as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// What was issued.
    pub token: NewToken,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Hub {
    /// Keeps a token that was issued, so that it can be listed and revoked.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn register_token(&self, token: NewToken) -> Result<(), HubError> {
        const COLUMNS: [&str; 6] = ["jti", "client_id", "scope", "athletes", "issued_at", "expires_at"];
        let row = vec![
            Value::from(token.jti),
            Value::from(token.client_id),
            Value::from(token.scope),
            Value::from(token.athletes),
            Value::from(micros(token.issued_at)),
            Value::from(micros(token.expires_at)),
        ];
        bulk::insert(&self.database.write, "api_token", &COLUMNS, vec![row], "")
            .await
            .map(drop)
            .map_err(database_error("keep a token"))
    }

    /// Every token, newest first.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, HubError> {
        let rows = Entity::find()
            .order_by_desc(Column::IssuedAt)
            .order_by_asc(Column::Jti)
            .all(&self.database.read)
            .await
            .map_err(database_error("list tokens"))?;
        let row = |row: entity::api_token::Model| TokenRow {
            token: NewToken {
                jti: row.jti,
                client_id: row.client_id,
                scope: row.scope,
                athletes: row.athletes,
                issued_at: instant(row.issued_at),
                expires_at: instant(row.expires_at),
            },
            revoked_at: row.revoked_at.map(instant),
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Revokes a token by its `jti`; twice is the same as once.
    ///
    /// # Errors
    /// `NotFound` for one that was never issued here.
    pub async fn revoke_token(&self, jti: &str) -> Result<(), HubError> {
        let failed = || database_error("revoke a token");
        let known = Entity::find_by_id(jti).one(&self.database.write).await.map_err(failed())?;
        if known.is_none() {
            return Err(HubError::NotFound(format!(
                "there is no token \"{jti}\": `datahub token list` shows those that were issued"
            )));
        }
        Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(micros(self.clock.now())))
            .filter(Column::Jti.eq(jti))
            .filter(Column::RevokedAt.is_null())
            .exec(&self.database.write)
            .await
            .map(drop)
            .map_err(failed())
    }

    /// The `jti` of every revoked token that has not ended yet.
    ///
    /// # Errors
    /// `Unavailable` where the database does not answer.
    pub async fn revoked_tokens(&self) -> Result<Vec<String>, HubError> {
        Entity::find()
            .select_only()
            .column(Column::Jti)
            .filter(Column::RevokedAt.is_not_null())
            .filter(Column::ExpiresAt.gt(micros(self.clock.now())))
            .into_tuple()
            .all(&self.database.read)
            .await
            .map_err(database_error("list revoked tokens"))
    }
}
