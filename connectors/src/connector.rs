//! The contract of a live source.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{Artifact, ExternalId};
use secrecy::SecretString;
use url::Url;

use crate::{Descriptor, Part, RawActivity, SourceError, Webhook};

/// A live source. **Fetching** is I/O and keeps everything; **mapping** (in the descriptor) is pure and can be run
/// again. Every method makes at most one call to the source, so that whoever counts calls can count them; none keeps
/// state between calls, signs in by itself, retries, or waits for a limit: all that is the caller's, who persists it.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What it is.
    fn descriptor(&self) -> &Descriptor;

    /// Where a person grants access, or `None` where that cannot be done in a browser. `state` comes back with the
    /// answer; `challenge` is the PKCE challenge, used where the source has it.
    fn authorize(&self, redirect: &Url, state: &str, challenge: &str) -> Option<Url>;

    /// Trades the code that came back for a grant.
    async fn exchange(&self, code: &SecretString, redirect: &Url, verifier: &SecretString) -> Reply<Grant>;

    /// A fresh access token. The answer's refresh token replaces the old one, which may be dead from now on.
    async fn refresh(&self, tokens: &Tokens) -> Reply<Tokens>;

    /// Gives the grant back.
    async fn revoke(&self, tokens: &Tokens) -> Reply<()>;

    /// Whose the credentials are.
    async fn owner(&self, session: &Session<'_>) -> Reply<Owner>;

    /// One page of the list of activities, each with the artifact that tells of it in the list.
    async fn list(&self, session: &Session<'_>, range: Range, cursor: Option<&Cursor>) -> Reply<Listing>;

    /// One part of one activity, verbatim. `None` where the activity is there and has no such part; `Gone` only
    /// where the source says that the activity is not there.
    async fn fetch(&self, session: &Session<'_>, activity: &ExternalId, part: Part) -> Reply<Option<Artifact>>;

    /// The activities that one of its documents names and no list shows: the legs of a multisport activity. Each is an
    /// activity of its own, to be fetched and ingested by its id. Pure, and nothing where a source has no such thing.
    fn children(&self, _artifact: &Artifact) -> Vec<ExternalId> {
        Vec::new()
    }

    /// Its notifications, where it sends any.
    fn webhook(&self) -> Option<&dyn Webhook> {
        None
    }
}

/// What a call gave, and what it told of the source's limits, whether it succeeded or not.
#[derive(Debug, Clone)]
pub struct Reply<T> {
    /// The answer.
    pub outcome: Result<T, SourceError>,
    /// The source's limits, as its headers told them; empty where they said nothing.
    pub limits: Vec<Limit>,
}

impl<T> Reply<T> {
    /// An answer that told nothing of limits.
    pub const fn of(outcome: Result<T, SourceError>) -> Self {
        Self { outcome, limits: Vec::new() }
    }
}

/// One limit that a source states: so many calls in a window aligned to UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit {
    /// The window's length in seconds; windows begin at multiples of it since 1970.
    pub window_s: i64,
    /// Whether only reading calls count.
    pub reads_only: bool,
    /// Calls allowed in a window.
    pub allowed: u32,
    /// Calls made in the present one, by the source's count.
    pub used: u32,
}

/// An account's secrets. Debug shows none of them.
#[derive(Clone)]
pub struct Tokens {
    /// What every call carries.
    pub access: SecretString,
    /// What a new access token is had for; empty where there is none.
    pub refresh: Option<SecretString>,
    /// When the access token ends, where known.
    pub expires_at: Option<DateTime<Utc>>,
    /// What else the connector needs to refresh (a client id, a region, a legacy secret), as JSON of its own.
    pub extra: Option<SecretString>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens(until {:?})", self.expires_at)
    }
}

/// What a person granted.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The secrets.
    pub tokens: Tokens,
    /// Who granted, where the answer says so; else ask [`Connector::owner`].
    pub owner: Option<Owner>,
    /// The scopes that were granted, where the answer says so. A person can untick some, and Strava says which only
    /// in the redirect back (`scope`, separated by commas): whoever receives it keeps them.
    pub scopes: Vec<String>,
}

/// An athlete as the source knows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The source's id.
    pub external_id: String,
}

/// What a call needs: a token that is fresh already, and the instant.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    /// The account's secrets.
    pub tokens: &'a Tokens,
    /// Now.
    pub now: DateTime<Utc>,
}

/// A stretch of an athlete's history by start; open where `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// From then on.
    pub after: Option<DateTime<Utc>>,
    /// Until then.
    pub before: Option<DateTime<Utc>>,
}

/// A place in a list. Opaque: only its connector can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The activities, in the source's order. The same one may come on two pages.
    pub activities: Vec<RawActivity>,
    /// What stood on the page and could not be told apart as an activity: kept, each with the reason.
    pub unreadable: Vec<(Artifact, String)>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
    /// The start up to which the list has been walked, where the page tells.
    pub walked_to: Option<DateTime<Utc>>,
}
