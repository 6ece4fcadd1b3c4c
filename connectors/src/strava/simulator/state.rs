//! What the simulated Strava knows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, Utc};
use domain::Clock;
use serde_json::{Map, Value, json};

use super::account::Grant;
use super::call::Call;
use super::fault::Fault;
use super::{document, push};
use crate::simulator::Account;

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// A page of the list.
    List,
    /// An activity in detail.
    Detail,
    /// Its series.
    Streams,
    /// Its laps.
    Laps,
    /// Its zones.
    Zones,
    /// The athlete.
    Athlete,
    /// A subscription.
    Subscription,
    /// Anything else of the API.
    Other,
    /// A page where a person grants.
    Authorize,
    /// A code for a grant.
    Exchange,
    /// A fresh token.
    Refresh,
    /// A grant given back.
    Revoke,
}

impl Deed {
    fn of(call: &Call) -> Self {
        match call.parts().as_slice() {
            ["oauth", "authorize"] => Self::Authorize,
            ["oauth", "token"] if call.parameter("grant_type") == "refresh_token" => Self::Refresh,
            ["oauth", "token"] => Self::Exchange,
            ["oauth", ..] => Self::Revoke,
            ["athlete"] => Self::Athlete,
            ["athlete", "activities"] => Self::List,
            ["activities", _] => Self::Detail,
            ["activities", _, "streams"] => Self::Streams,
            ["activities", _, "laps"] => Self::Laps,
            ["activities", _, "zones"] => Self::Zones,
            ["push_subscriptions", ..] => Self::Subscription,
            _ => Self::Other,
        }
    }
}

/// What was asked so far.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Calls by what they are for.
    pub calls: BTreeMap<Deed, u32>,
    /// Calls to the API in each quarter of an hour, by its beginning in seconds since 1970.
    pub quarters: BTreeMap<i64, u32>,
    /// The same by day.
    pub days: BTreeMap<i64, u32>,
    /// Calls to the API that were refused since a limit was reached, by quarter.
    pub refused: BTreeMap<i64, u32>,
    /// How often each part of each activity was asked for.
    pub fetched: BTreeMap<(u64, Deed), u32>,
    /// How often a refresh token was used that was dead already.
    pub dead_refreshes: u32,
}

impl Counts {
    /// How many calls were for that.
    pub fn of(&self, deed: Deed) -> u32 {
        self.calls.get(&deed).copied().unwrap_or_default()
    }
}

/// An activity and all of its parts.
#[derive(Debug)]
pub struct Activity {
    /// Whose it is.
    pub owner: u64,
    /// When it truly began, whatever its documents tell.
    pub start: DateTime<Utc>,
    /// In detail.
    pub detail: Map<String, Value>,
    /// Its series by type.
    pub streams: Map<String, Value>,
    /// Its laps.
    pub laps: Vec<Value>,
    /// Its zones.
    pub zones: Vec<Value>,
    /// Not there before.
    pub there_from: Option<DateTime<Utc>>,
    /// Without series before.
    pub whole_from: Option<DateTime<Utc>>,
}

/// Keys that only a detail has.
const DETAIL_ONLY: [&str; 10] = [
    "description",
    "calories",
    "gear",
    "photos",
    "segment_efforts",
    "splits_metric",
    "laps",
    "perceived_exertion",
    "prefer_perceived_exertion",
    "embed_token",
];

impl Activity {
    /// As the list has it.
    pub fn summary(&self) -> Value {
        let mut summary = self.detail.clone();
        for key in DETAIL_ONLY {
            summary.remove(key);
        }
        summary.insert("resource_state".to_owned(), json!(2));
        Value::Object(summary)
    }

    /// Whether only its athlete may see it.
    pub fn is_private(&self) -> bool {
        self.detail.get("visibility").is_some_and(|visibility| visibility == "only_me")
    }

    /// Whether it is there yet.
    pub fn is_there(&self, now: DateTime<Utc>) -> bool {
        self.there_from.is_none_or(|from| now >= from)
    }
}

/// What the simulated Strava knows.
pub struct Inner {
    clock: Arc<dyn Clock>,
    pub athletes: BTreeSet<u64>,
    pub signed_in: u64,
    pub unticked: Vec<String>,
    pub denies: bool,
    pub grants: Vec<Grant>,
    /// Codes that were not traded yet: of whom, and for which scopes.
    pub codes: BTreeMap<String, (u64, Vec<String>)>,
    /// Refresh tokens that were replaced or withdrawn.
    pub dead: BTreeSet<String>,
    /// How many secrets were made: each is of its number.
    pub minted: u64,
    pub activities: BTreeMap<u64, Activity>,
    pub events: Vec<Value>,
    /// The address that is notified.
    pub subscription: Option<String>,
    pub api_faults: VecDeque<Fault>,
    pub sign_in_faults: VecDeque<Fault>,
    /// Activities whose detail is of another shape.
    pub poisoned: BTreeSet<u64>,
    /// How every call to the API fails.
    pub always: Option<Fault>,
    pub suspended: bool,
    pub standard_revoke: bool,
    pub limit_all: (u32, u32),
    pub limit_reads: (u32, u32),
    quarter: Window,
    day: Window,
    pub counts: Counts,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inner({} activities)", self.activities.len())
    }
}

/// The calls of one window.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    begin: i64,
    all: u32,
    reads: u32,
}

impl Window {
    fn count(&mut self, now: i64, length: i64, reads: bool) {
        let begin = now.div_euclid(length) * length;
        if begin != self.begin {
            *self = Self { begin, all: 0, reads: 0 };
        }
        self.all += 1;
        self.reads += u32::from(reads);
    }
}

/// What the headers of an answer say of limits.
pub struct Stated {
    allowed: [(u32, u32); 2],
    used: [(u32, u32); 2],
}

impl Stated {
    /// Writes the four headers. Answers to writing calls lack the numbers of reading ones.
    pub fn write(&self, headers: &mut HeaderMap, method: &str) {
        let [all, reads] = self.used;
        let pair = |(quarter, day): (u32, u32)| format!("{quarter},{day}");
        let [limit_all, limit_reads] = self.allowed;
        for (name, value) in [
            ("x-ratelimit-limit", pair(limit_all)),
            ("x-ratelimit-usage", pair(all)),
            ("x-readratelimit-limit", pair(limit_reads)),
            ("x-readratelimit-usage", if method == "GET" { pair(reads) } else { ",".to_owned() }),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

impl Inner {
    /// Empty, with the limits of a new application.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            athletes: BTreeSet::new(),
            signed_in: 0,
            unticked: Vec::new(),
            denies: false,
            grants: Vec::new(),
            codes: BTreeMap::new(),
            dead: BTreeSet::new(),
            minted: 0,
            activities: BTreeMap::new(),
            events: Vec::new(),
            subscription: None,
            api_faults: VecDeque::new(),
            sign_in_faults: VecDeque::new(),
            poisoned: BTreeSet::new(),
            always: None,
            suspended: false,
            standard_revoke: true,
            limit_all: (200, 2_000),
            limit_reads: (100, 1_000),
            quarter: Window::default(),
            day: Window::default(),
            counts: Counts::default(),
        }
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Counts a call, and says how it fails and what its answer's headers tell.
    pub fn begin(&mut self, call: &Call) -> (Option<Fault>, Option<Stated>) {
        let deed = Deed::of(call);
        *self.counts.calls.entry(deed).or_default() += 1;
        if call.is_sign_in() {
            return (self.sign_in_faults.pop_front(), None);
        }
        if let Some(id) = call.parts().get(1).and_then(|id| id.parse().ok()) {
            *self.counts.fetched.entry((id, deed)).or_default() += 1;
        }
        let now = self.now().timestamp();
        let reads = call.method == "GET";
        self.quarter.count(now, 900, reads);
        self.day.count(now, 86_400, reads);
        *self.counts.quarters.entry(self.quarter.begin).or_default() += 1;
        *self.counts.days.entry(self.day.begin).or_default() += 1;
        let used = [(self.quarter.all, self.day.all), (self.quarter.reads, self.day.reads)];
        let allowed = [self.limit_all, self.limit_reads];
        let over = used.iter().zip(&allowed).any(|(used, allowed)| used.0 > allowed.0 || used.1 > allowed.1);
        let poisoned = deed == Deed::Detail
            && call.parts().get(1).and_then(|id| id.parse().ok()).is_some_and(|id| self.poisoned.contains(&id));
        let fault = if poisoned {
            Some(Fault::Odd)
        } else if over {
            Some(Fault::RateLimited)
        } else {
            self.api_faults.pop_front().or(self.always)
        };
        if fault == Some(Fault::RateLimited) {
            *self.counts.refused.entry(self.quarter.begin).or_default() += 1;
        }
        (fault, Some(Stated { allowed, used }))
    }

    /// Keeps an account's activity; its id.
    pub fn put(&mut self, owner: u64, account: &Account) -> Option<u64> {
        let id = document::number(&account.external_id);
        self.athletes.insert(owner);
        self.activities.insert(id, document::activity(id, owner, account));
        Some(id)
    }

    /// Whether whoever was granted access to that activity's athlete may see private ones.
    pub fn sees_private(&self, id: u64) -> bool {
        let owner = self.activities.get(&id).map(|activity| activity.owner);
        self.grants.iter().any(|grant| Some(grant.athlete) == owner && grant.has("activity:read_all"))
    }

    /// A notification of an activity.
    pub fn tell_of(&mut self, id: u64, aspect: &str, updates: Value) {
        let Some(owner) = self.activities.get(&id).map(|activity| activity.owner) else { return };
        let mut event = json!({ "object_type": "activity", "object_id": id, "owner_id": owner, "aspect_type": aspect });
        if let Some(map) = event.as_object_mut() {
            map.insert("updates".to_owned(), updates);
        }
        self.tell(event);
    }

    /// A notification, with what all have.
    pub fn tell(&mut self, mut event: Value) {
        let now = self.now().timestamp();
        if let Some(map) = event.as_object_mut() {
            map.insert("subscription_id".to_owned(), json!(push::SUBSCRIPTION));
            map.insert("event_time".to_owned(), json!(now));
        }
        self.events.push(event);
    }
}
