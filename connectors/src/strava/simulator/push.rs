//! The subscription, and the sending of notifications.

use std::time::Duration;

use axum::response::Response;
use serde_json::{Value, json};

use super::call::{Call, document, refusal, status};
use super::oauth::is_application;
use super::state::Inner;
use super::{Shared, lock};
use crate::SourceError;
use crate::http;
use crate::simulator::Rng;

/// The number of the one subscription.
pub const SUBSCRIPTION: u64 = 120_475;
/// How long whoever is notified may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a notification is sent at most.
const ATTEMPTS: usize = 3;
/// What is to be echoed.
const CHALLENGE: &str = "15f7d1a91c1f40f8a748fd134752feb3";

/// How well notifications arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Of what chance is made.
    pub seed: u64,
    /// How many in a hundred come twice.
    pub twice: u32,
    /// How many in a hundred never come.
    pub lost: u32,
    /// Whether their order is anything.
    pub shuffled: bool,
}

impl Delivery {
    /// The notifications as they arrive.
    pub fn arrange(&self, events: &[Value]) -> Vec<Value> {
        let mut rng = Rng::new(self.seed);
        let mut chance = |percent: u32| rng.whole(0, 100) < i64::from(percent);
        let mut arriving = Vec::new();
        for event in events {
            let copies = match (chance(self.lost), chance(self.twice)) {
                (true, _) => 0,
                (false, false) => 1,
                (false, true) => 2,
            };
            arriving.extend(std::iter::repeat_n(event.clone(), copies));
        }
        if self.shuffled {
            for last in (1..arriving.len()).rev() {
                let other = usize::try_from(rng.whole(0, last as i64 + 1)).unwrap_or_default();
                arriving.swap(last, other);
            }
        }
        arriving
    }
}

/// Sends notifications; how many were taken.
pub async fn send(callback: &str, events: &[Value]) -> Result<usize, SourceError> {
    let client = http::client("Strava-Simulator")?;
    let mut taken = 0;
    for event in events {
        for _ in 0..ATTEMPTS {
            let request = client.post(callback).timeout(PATIENCE).json(event);
            let answer = http::send(request, http::LONGEST_DOCUMENT).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                taken += 1;
                break;
            }
        }
    }
    Ok(taken)
}

/// Looks at the subscription, or ends it.
pub fn manage(inner: &mut Inner, call: &Call, rest: &[&str]) -> Response {
    if let Err(refused) = is_application(call) {
        return *refused;
    }
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            let subscriptions = inner.subscription.iter().map(|callback| subscription(callback));
            document(200, &Value::Array(subscriptions.collect()))
        }
        ("DELETE", [id]) if *id == SUBSCRIPTION.to_string() && inner.subscription.is_some() => {
            inner.subscription = None;
            status(204)
        }
        _ => refusal(404, "Resource Not Found", ["PushSubscription", "id", "invalid"]),
    }
}

fn subscription(callback: &str) -> Value {
    json!({ "id": SUBSCRIPTION, "resource_state": 2, "application_id": 4711, "callback_url": callback })
}

/// Makes a subscription, once the address has echoed the challenge in time.
pub async fn subscribe(shared: &Shared, call: &Call) -> Response {
    if let Err(refused) = is_application(call) {
        return *refused;
    }
    if lock(shared).subscription.is_some() {
        return refusal(400, "Bad Request", ["PushSubscription", "", "already exists"]);
    }
    let callback = call.parameter("callback_url");
    if !echoes(callback, call.parameter("verify_token")).await {
        return refusal(400, "Bad Request", ["PushSubscription", "callback url", "not verifiable"]);
    }
    lock(shared).subscription = Some(callback.to_owned());
    document(201, &subscription(callback))
}

async fn echoes(callback: &str, verify_token: &str) -> bool {
    let Ok(client) = http::client("Strava-Simulator") else { return false };
    let query = [("hub.mode", "subscribe"), ("hub.challenge", CHALLENGE), ("hub.verify_token", verify_token)];
    let request = client.get(callback).timeout(PATIENCE).query(&query);
    let Ok(answer) = http::send(request, http::LONGEST_DOCUMENT).await else { return false };
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    answer.status == 200 && said.get("hub.challenge").is_some_and(|challenge| challenge == CHALLENGE)
}
