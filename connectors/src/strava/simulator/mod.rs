//! A small Strava on a port of its own: sign-in, tokens by a steerable clock, activities, limits, notifications, and
//! faults by request. Whoever speaks to it cannot tell; it knows nothing of whoever does.

mod account;
mod api;
mod browser;
mod call;
mod document;
mod fault;
mod oauth;
mod push;
mod state;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::Clock;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Tokens;
use crate::registry::Settings;
use crate::simulator::{Account, World};

use call::Call;
use state::Inner;

pub use browser::{Granted, consent};
pub use fault::Fault;
pub use push::Delivery;
pub use state::{Counts, Deed};

/// The application's number.
const CLIENT_ID: &str = "4711";
/// Its secret.
const CLIENT_SECRET: &str = "simulated-client-secret";
/// What the handshake of a subscription says.
const VERIFY_TOKEN: &str = "simulated-verify-token";

/// What all who serve and steer it share.
type Shared = Arc<Mutex<Inner>>;

fn lock(shared: &Shared) -> MutexGuard<'_, Inner> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A small Strava. It ends when it is dropped.
#[derive(Debug)]
pub struct StravaSimulator {
    shared: Shared,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for StravaSimulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl StravaSimulator {
    /// Starts one on a free loopback port, without an athlete.
    ///
    /// # Errors
    /// What the system says where no port can be had.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        Self::listen(SocketAddr::from(([127, 0, 0, 1], 0)), clock).await
    }

    /// Starts one at that address.
    ///
    /// # Errors
    /// What the system says where the address cannot be had.
    pub async fn listen(address: SocketAddr, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared: Shared = Arc::new(Mutex::new(Inner::new(clock)));
        let router = Router::new().fallback(serve).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            // It is aborted when the simulator goes.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { shared, address, server })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a connector needs to speak to it.
    pub fn settings(&self) -> Settings {
        let value = |key: &str, value: String| (key.to_owned(), value);
        let secret = |key: &str, secret: &str| (key.to_owned(), SecretString::from(secret));
        Settings {
            values: BTreeMap::from([
                value("api_base", format!("http://{}/api/v3", self.address)),
                value("oauth_base", format!("http://{}/oauth", self.address)),
                value("client_id", CLIENT_ID.to_owned()),
                value("subscription_id", push::SUBSCRIPTION.to_string()),
            ]),
            secrets: BTreeMap::from([
                secret("client_secret", CLIENT_SECRET),
                secret("webhook_verify_token", VERIFY_TOKEN),
            ]),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        lock(&self.shared)
    }

    // People

    /// An athlete; the one who grants when nobody else is said to ([`Self::sign_in`]).
    pub fn add_athlete(&self, athlete: u64) {
        let mut inner = self.inner();
        inner.athletes.insert(athlete);
        inner.signed_in = athlete;
    }

    /// Who sits in front of the browser.
    pub fn sign_in(&self, athlete: u64) {
        self.inner().signed_in = athlete;
    }

    /// What that person unticks, of the scopes that are asked for.
    pub fn untick(&self, scopes: &[&str]) {
        self.inner().unticked = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }

    /// Whether that person refuses altogether.
    pub fn deny(&self, denies: bool) {
        self.inner().denies = denies;
    }

    /// A grant without a browser.
    pub fn grant(&self, athlete: u64, scopes: &[&str]) -> Tokens {
        self.inner().grant(athlete, scopes.iter().map(|scope| (*scope).to_owned()).collect()).tokens()
    }

    /// The athlete withdraws access in Strava's settings: every token dies, and a notification says so.
    pub fn withdraw(&self, athlete: u64) {
        let mut inner = self.inner();
        inner.end_grants(athlete);
        inner.tell(json!({
            "object_type": "athlete", "object_id": athlete, "owner_id": athlete, "aspect_type": "update",
            "updates": { "authorized": "false" },
        }));
    }

    // Activities

    /// What the world's athlete has at Strava as of `until`, with the ids that the export has; nothing is notified.
    pub fn fill(&self, athlete: u64, world: &World, until: DateTime<Utc>) {
        let accounts = world.activities.iter().flat_map(|physical| &physical.strava);
        let mut inner = self.inner();
        for account in accounts.filter(|account| account.end() <= until) {
            inner.put(athlete, account);
        }
    }

    /// So many short runs, one every ten hours up to `newest`, with ids from `first`; nothing is notified.
    pub fn fill_with_runs(&self, athlete: u64, first: u64, count: u64, newest: DateTime<Utc>) {
        let mut inner = self.inner();
        for number in 0..count {
            let account = document::run(first + number, newest, count - 1 - number);
            inner.put(athlete, &account);
        }
    }

    /// A new activity.
    pub fn add(&self, athlete: u64, account: &Account) {
        let mut inner = self.inner();
        if let Some(id) = inner.put(athlete, account) {
            inner.tell_of(id, "create", json!({}));
        }
    }

    /// A new activity that is worked on for a while: not there before the first instant, without series before the
    /// second.
    pub fn add_unready(&self, athlete: u64, account: &Account, there: DateTime<Utc>, whole: DateTime<Utc>) {
        self.add(athlete, account);
        let id = document::number(&account.external_id);
        if let Some(activity) = self.inner().activities.get_mut(&id) {
            (activity.there_from, activity.whole_from) = (Some(there), Some(whole));
        }
    }

    /// Changes an activity's document without a word: most edits are like that.
    pub fn edit(&self, id: u64, edit: impl FnOnce(&mut Map<String, Value>)) {
        if let Some(activity) = self.inner().activities.get_mut(&id) {
            edit(&mut activity.detail);
        }
    }

    /// Whether an activity's detail is a document of another shape, whenever it is asked for.
    pub fn poison(&self, id: u64, poisoned: bool) {
        let mut inner = self.inner();
        if poisoned {
            inner.poisoned.insert(id)
        } else {
            inner.poisoned.remove(&id)
        };
    }

    /// Another name; a notification says so.
    pub fn rename(&self, id: u64, name: &str) {
        self.edit(id, |detail| _ = detail.insert("name".to_owned(), json!(name)));
        self.inner().tell_of(id, "update", json!({ "title": name }));
    }

    /// Who may see it: `everyone`, `followers_only`, `only_me`. Who has no right to private activities is told of a
    /// deletion, and later of a creation.
    pub fn show_to(&self, id: u64, visibility: &str) {
        let private = visibility == "only_me";
        self.edit(id, |detail| {
            detail.insert("visibility".to_owned(), json!(visibility));
            detail.insert("private".to_owned(), json!(private));
        });
        let mut inner = self.inner();
        let sees_private = inner.sees_private(id);
        match (sees_private, private) {
            (true, _) => inner.tell_of(id, "update", json!({ "private": private.to_string() })),
            (false, true) => inner.tell_of(id, "delete", json!({})),
            (false, false) => inner.tell_of(id, "create", json!({})),
        }
    }

    /// The athlete hides when it began: the day's midnight and a second is told instead; nothing is notified.
    pub fn hide_start(&self, id: u64) {
        if let Some(activity) = self.inner().activities.get_mut(&id) {
            document::hide_start(&mut activity.detail);
        }
    }

    /// Gone; a notification says so.
    pub fn delete(&self, id: u64) {
        let mut inner = self.inner();
        inner.tell_of(id, "delete", json!({}));
        inner.activities.remove(&id);
    }

    /// The list's document of an activity, as Strava's own eyes see it.
    pub fn summary(&self, id: u64) -> Option<Value> {
        self.inner().activities.get(&id).map(state::Activity::summary)
    }

    /// The ids of an athlete's activities.
    pub fn ids(&self, athlete: u64) -> Vec<u64> {
        let inner = self.inner();
        inner.activities.iter().filter(|(_, activity)| activity.owner == athlete).map(|(id, _)| *id).collect()
    }

    // Moods

    /// The next call to the API, or after those that were asked for before, fails so.
    pub fn next(&self, fault: Fault) {
        self.inner().api_faults.push_back(fault);
    }

    /// Every call to the API fails so from now on, or none.
    pub fn always(&self, fault: Option<Fault>) {
        self.inner().always = fault;
    }

    /// The next call to a sign-in address fails so.
    pub fn next_sign_in(&self, fault: Fault) {
        self.inner().sign_in_faults.push_back(fault);
    }

    /// Whether the application is switched off: every call is refused.
    pub fn suspend(&self, suspended: bool) {
        self.inner().suspended = suspended;
    }

    /// Whether the address that revokes is there: it is since June 2026.
    pub fn revokes_by_standard(&self, standard: bool) {
        self.inner().standard_revoke = standard;
    }

    /// Calls allowed in a quarter and in a day: all, and those that only read.
    pub fn limit(&self, all: (u32, u32), reads: (u32, u32)) {
        (self.inner().limit_all, self.inner().limit_reads) = (all, reads);
    }

    /// What was asked of it so far.
    pub fn counts(&self) -> Counts {
        self.inner().counts.clone()
    }

    // Notifications

    /// The notifications that wait, oldest first; they wait no more.
    pub fn take_events(&self) -> Vec<Value> {
        std::mem::take(&mut self.inner().events)
    }

    /// Sends the notifications that wait to the subscribed address, three times at most each. The answer is how many
    /// were taken.
    ///
    /// # Errors
    /// What the HTTP client says where it cannot be made.
    pub async fn deliver(&self, delivery: &Delivery) -> Result<usize, crate::SourceError> {
        let events = delivery.arrange(&self.take_events());
        let callback = self.inner().subscription.clone();
        let Some(callback) = callback else { return Ok(0) };
        push::send(&callback, &events).await
    }
}

/// Answers one request.
async fn serve(State(shared): State<Shared>, request: axum::extract::Request) -> Response {
    let Some(call) = Call::of(request).await else { return call::status(413) };
    let is_api = !call.is_sign_in();
    let (fault, limits) = lock(&shared).begin(&call);
    if let Some(Fault::Slow(millis)) = fault {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    let subscribes = is_api && call.method == "POST" && call.parts() == ["push_subscriptions"];
    let mut response = match fault.and_then(Fault::refusal) {
        Some(refusal) => refusal,
        None if subscribes => push::subscribe(&shared, &call).await,
        None if is_api => api::answer(&mut lock(&shared), &call),
        None => oauth::answer(&mut lock(&shared), &call),
    };
    if fault == Some(Fault::Truncated) {
        response = fault::truncated(response);
    }
    if let Some(limits) = limits.filter(|_| is_api) {
        limits.write(response.headers_mut(), &call.method);
    }
    response
}
