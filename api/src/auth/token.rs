//! Tokens: made and verified by the rules of RFC 8725 and RFC 9068. The algorithm is the key's and never taken from the
//! token; a type of their own; issuer and audience compared exactly; every claim required, and none given twice.
//!
//! Ours name no key and are signed with HS256. One that names its key is an identity provider's: it is good only by that
//! key of its set ([`KeySet`]), and lives a day at most, since nobody here can list it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use domain::{ApiTokenId, AthleteId};
use hub::{Athletes, Hub, HubError, NewToken};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{AuthError, KeySet, Links, Principal, Scope, secret};
use crate::config;

/// The type that access tokens carry (RFC 9068), so that no other JWT of the same key passes for one.
const TYPE: &str = "at+jwt";
/// How far clocks may differ.
const LEEWAY_S: i64 = 60;
/// The longest token that is looked at.
const MAX_BYTES: usize = 4096;
/// The longest life that is given to a token.
const LONGEST_DAYS: i64 = 366;

/// The longest life of a token that somebody else issued.
const LONGEST_FOREIGN_S: i64 = 86_400;

/// The keys of our own tokens and links, and those of an identity provider.
pub struct Auth {
    sign: EncodingKey,
    check: DecodingKey,
    validation: Validation,
    issuer: String,
    audience: String,
    links: Links,
    foreign: Option<Arc<KeySet>>,
}

/// What a new token is for.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Which client will carry it.
    pub client_id: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// About whom.
    pub athletes: Athletes,
    /// How long it lives.
    pub lifetime: Duration,
}

/// A new token. Its text is shown once and kept nowhere.
#[derive(Debug)]
pub struct Issued {
    /// The token.
    pub token: SecretString,
    /// By which it is revoked.
    pub jti: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// What a token says of itself, and whether it is good.
#[derive(Debug)]
pub struct Inspected {
    /// Who it speaks for; only if its signature is ours.
    pub principal: Principal,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// Whether its time is over.
    pub expired: bool,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Why a token is refused. Never says which part of it was looked at last.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It is no token of ours.
    #[error("The token is not one of this hub's.")]
    Invalid,
    /// Its time is over.
    #[error("The token has expired.")]
    Expired,
    /// It was revoked.
    #[error("The token has been revoked.")]
    Revoked,
    /// It would be of no use or never end.
    #[error("{0}")]
    Grant(&'static str),
    /// The hub cannot answer.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The system gives no random bytes, or the cryptography fails.
    #[error("The token could not be made: {0}")]
    Making(#[source] Box<dyn std::error::Error + Send + Sync>),
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    jti: String,
    scope: String,
    athletes: Whose,
}

/// `"*"` or a list of ids.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Whose {
    All(String),
    Only(Vec<String>),
}

/// An object in which nothing is said twice: two readers might each take another.
struct Once(Map<String, Value>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Once, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member is given twice"));
                    }
                }
                Ok(Once(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Auth {
    /// The keys by the configuration; makes the secret on first start.
    ///
    /// # Errors
    /// The secret cannot be read or made, or is too short.
    pub fn open(config: &config::Auth) -> Result<Self, AuthError> {
        let secret = secret::open(config)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Times are compared below with the clock that everything else asks.
        validation.validate_exp = false;
        Ok(Self {
            sign: EncodingKey::from_secret(secret.expose_secret().as_bytes()),
            check: DecodingKey::from_secret(secret.expose_secret().as_bytes()),
            validation,
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            links: Links::of(&secret)?,
            foreign: None,
        })
    }

    /// The same with the keys of an identity provider, whose tokens count as well.
    pub fn with_keys(self, keys: KeySet) -> Self {
        Self { foreign: Some(Arc::new(keys)), ..self }
    }

    /// Links to artifacts.
    pub const fn links(&self) -> &Links {
        &self.links
    }

    /// Who the token speaks for, if it is good now. Revocation is asked for apart.
    ///
    /// # Errors
    /// It is no token of ours, or its time is over.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Principal, TokenError> {
        let (principal, claims) = self.read(token, now).await?;
        let now = now.timestamp();
        if claims.exp.saturating_add(LEEWAY_S) <= now {
            return Err(TokenError::Expired);
        }
        let early = |instant: i64| instant > now.saturating_add(LEEWAY_S);
        if early(claims.iat) || claims.nbf.is_some_and(early) {
            return Err(TokenError::Invalid);
        }
        Ok(principal)
    }

    /// What the token says, if it is one of ours, or the identity provider's, at any time.
    async fn read(&self, token: &str, now: DateTime<Utc>) -> Result<(Principal, Claims), TokenError> {
        if token.len() > MAX_BYTES {
            return Err(TokenError::Invalid);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        let Some(name) = header.kid else {
            let claims = self.claims(token, header_of(Algorithm::HS256, None), &self.check)?;
            let scopes: Result<BTreeSet<Scope>, _> = claims.scope.split_whitespace().map(str::parse).collect();
            return told(claims, scopes.map_err(|_| TokenError::Invalid)?);
        };
        let keys = self.foreign.as_ref().ok_or(TokenError::Invalid)?;
        let key = keys.key(&name, now).await.ok_or(TokenError::Invalid)?;
        let claims = self.claims(token, header_of(key.algorithm, Some(name)), &key.check)?;
        if claims.exp.saturating_sub(claims.iat) > LONGEST_FOREIGN_S {
            return Err(TokenError::Invalid);
        }
        // An identity provider has scopes of its own, which are none here.
        let scopes = claims.scope.split_whitespace().filter_map(|scope| scope.parse().ok()).collect();
        told(claims, scopes)
    }

    /// The claims under that header and no other: tokens carry no key and no pointer to one, and nothing that must be
    /// understood.
    fn claims(&self, token: &str, header: Header, check: &DecodingKey) -> Result<Claims, TokenError> {
        let validation = Validation { algorithms: vec![header.alg], ..self.validation.clone() };
        let data = jsonwebtoken::decode::<Once>(token, check, &validation).map_err(|_| TokenError::Invalid)?;
        let claims = Claims::deserialize(Value::Object(data.claims.0)).map_err(|_| TokenError::Invalid)?;
        let exact = claims.iss == self.issuer && claims.aud == self.audience;
        let lives = !claims.sub.is_empty() && !claims.jti.is_empty() && claims.exp > claims.iat;
        if data.header == header && exact && lives { Ok(claims) } else { Err(TokenError::Invalid) }
    }

    /// Makes a token. It is good at once, and can be listed and revoked once [`issue`] has kept its `jti`.
    fn make(&self, grant: &Grant, jti: String, now: DateTime<Utc>) -> Result<Issued, TokenError> {
        if grant.client_id.trim().is_empty() || grant.client_id.len() > 200 {
            return Err(TokenError::Grant("A token needs the name of a client, of at most 200 bytes."));
        }
        if grant.scopes.is_empty() {
            return Err(TokenError::Grant("A token without any scope can do nothing; name at least one."));
        }
        if grant.lifetime < Duration::seconds(1) || grant.lifetime > Duration::days(LONGEST_DAYS) {
            return Err(TokenError::Grant("A token lives from one second to 366 days."));
        }
        let iat = now.timestamp();
        let exp = iat + grant.lifetime.num_seconds();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: grant.client_id.clone(),
            iat,
            exp,
            nbf: None,
            jti: jti.clone(),
            scope: spaced(grant.scopes.iter().map(|scope| scope.name().to_owned())),
            athletes: match &grant.athletes {
                Athletes::All => Whose::All("*".to_owned()),
                Athletes::Only(ids) => Whose::Only(ids.iter().map(ToString::to_string).collect()),
            },
        };
        let header = header_of(Algorithm::HS256, None);
        let token =
            jsonwebtoken::encode(&header, &claims, &self.sign).map_err(|error| TokenError::Making(error.into()))?;
        if token.len() > MAX_BYTES {
            return Err(TokenError::Grant(
                "A token for so many athletes would be too long; issue one for all of them.",
            ));
        }
        let expires_at = DateTime::from_timestamp(exp, 0).ok_or(TokenError::Invalid)?;
        Ok(Issued { token: token.into(), jti, expires_at })
    }
}

fn header_of(algorithm: Algorithm, key: Option<String>) -> Header {
    Header { typ: Some(TYPE.to_owned()), kid: key, ..Header::new(algorithm) }
}

/// For whom these claims speak.
fn told(claims: Claims, scopes: BTreeSet<Scope>) -> Result<(Principal, Claims), TokenError> {
    let athletes = match &claims.athletes {
        Whose::All(star) if star == "*" => Athletes::All,
        Whose::All(_) => return Err(TokenError::Invalid),
        Whose::Only(ids) => {
            let ids: Result<BTreeSet<AthleteId>, _> = ids.iter().map(|id| id.parse()).collect();
            Athletes::Only(ids.map_err(|_| TokenError::Invalid)?)
        }
    };
    let principal = Principal {
        client_id: claims.sub.clone(),
        scopes,
        athletes,
        jti: claims.jti.clone(),
        expires_at: DateTime::from_timestamp(claims.exp, 0).ok_or(TokenError::Invalid)?,
    };
    Ok((principal, claims))
}

/// Makes a token and keeps what is needed to list and revoke it.
///
/// # Errors
/// The grant is of no use, or the hub cannot keep the token.
pub async fn issue(auth: &Auth, hub: &Hub, grant: &Grant) -> Result<Issued, TokenError> {
    let now = hub.clock().now();
    let random = crate::secret::random::<16>().map_err(|error| TokenError::Making(error.into()))?;
    let jti = ApiTokenId::from_uuid(uuid::Builder::from_random_bytes(random).into_uuid()).to_string();
    let issued = auth.make(grant, jti, now)?;
    hub.register_token(NewToken {
        jti: issued.jti.clone(),
        client_id: grant.client_id.clone(),
        scope: spaced(grant.scopes.iter().map(|scope| scope.name().to_owned())),
        athletes: match &grant.athletes {
            Athletes::All => "*".to_owned(),
            Athletes::Only(ids) => spaced(ids.iter().map(ToString::to_string)),
        },
        issued_at: now,
        expires_at: issued.expires_at,
    })
    .await?;
    Ok(issued)
}

/// What the token says of itself, and whether it is good now.
///
/// # Errors
/// It is no token of ours.
pub async fn inspect(auth: &Auth, hub: &Hub, token: &str) -> Result<Inspected, TokenError> {
    let (principal, claims) = auth.read(token, hub.clock().now()).await?;
    let revoked = hub.tokens().await?.iter().any(|row| row.token.jti == principal.jti && row.revoked_at.is_some());
    Ok(Inspected {
        expired: claims.exp <= hub.clock().now().timestamp(),
        issued_at: DateTime::from_timestamp(claims.iat, 0).ok_or(TokenError::Invalid)?,
        principal,
        revoked,
    })
}

fn spaced(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
pub(crate) mod suite;
#[cfg(test)]
mod tests;
