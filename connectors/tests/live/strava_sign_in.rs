//! Sign-in, tokens, notifications and the subscription, against the simulator.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use bytes::Bytes;
use chrono::Duration;
use connectors::strava::simulator::{Deed, Delivery, Fault};
use connectors::{Connector, Notification, Part, Range, Reply, SourceError, Tokens, WebhookError, WebhookRequest};
use domain::{Clock, ExternalId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use crate::script::{Said, Script};
use crate::strava_house::{ATHLETE, House, instant};

/// What the browser is sent back with.
async fn granted(house: &House) -> BTreeMap<String, String> {
    let redirect: Url = "http://127.0.0.1:1/back".parse().unwrap();
    let url = house.strava.authorize(&redirect, "a state", "").unwrap();
    let client = connectors::http::client("test").unwrap();
    let answer = connectors::http::send(client.get(url), 1 << 20).await.unwrap();
    assert_eq!(answer.status, 302);
    let back: Url = answer.headers["location"].to_str().unwrap().parse().unwrap();
    assert!(back.as_str().starts_with("http://127.0.0.1:1/back?"));
    back.query_pairs().into_owned().collect()
}

async fn exchange(house: &House, code: &str) -> Reply<connectors::Grant> {
    let redirect: Url = "http://127.0.0.1:1/back".parse().unwrap();
    house.strava.exchange(&SecretString::from(code), &redirect, &SecretString::from("")).await
}

fn secrets(tokens: &Tokens) -> (String, String) {
    let refresh = tokens.refresh.as_ref().unwrap().expose_secret().to_owned();
    (tokens.access.expose_secret().to_owned(), refresh)
}

#[tokio::test]
async fn a_grant_from_the_browser_to_the_first_call() {
    let house = House::new().await;
    let url = house.strava.authorize(&"http://127.0.0.1:1/back".parse().unwrap(), "s", "").unwrap();
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(query["scope"], "read,activity:read,activity:read_all,profile:read_all");
    assert_eq!((query["response_type"].as_str(), query["state"].as_str()), ("code", "s"));
    let back = granted(&house).await;
    assert_eq!((back["state"].as_str(), back["scope"].as_str()), ("a state", query["scope"].as_str()));
    let grant = exchange(&house, &back["code"]).await.outcome.unwrap();
    assert_eq!(grant.owner.unwrap().external_id, ATHLETE.to_string());
    assert_eq!(grant.tokens.expires_at, Some(house.clock.now() + Duration::hours(6)));
    let session = connectors::Session { tokens: &grant.tokens, now: house.clock.now() };
    assert_eq!(house.strava.owner(&session).await.outcome.unwrap().external_id, ATHLETE.to_string());
    // A code is good once.
    assert!(matches!(exchange(&house, &back["code"]).await.outcome, Err(SourceError::GrantDead(_))));
}

#[tokio::test]
async fn gotcha_20_a_person_may_grant_less_or_nothing() {
    let house = House::new().await;
    house.simulator.untick(&["activity:read_all"]);
    assert_eq!(granted(&house).await["scope"], "read,activity:read,profile:read_all");
    house.simulator.deny(true);
    let back = granted(&house).await;
    assert_eq!((back.get("code"), back["error"].as_str()), (None, "access_denied"));
}

#[tokio::test]
async fn gotcha_12_a_refresh_token_dies_when_another_is_given() {
    let house = House::new().await;
    // More than an hour left: the same again.
    house.clock.advance(Duration::hours(4));
    let same = house.strava.refresh(&house.tokens).await.outcome.unwrap();
    assert_eq!(secrets(&same), secrets(&house.tokens));
    house.clock.advance(Duration::hours(3));
    let refused = house.strava.list(&house.session(), Range::default(), None).await.outcome.unwrap_err();
    assert_eq!(refused, SourceError::TokenRefused);
    let fresh = house.strava.refresh(&house.tokens).await.outcome.unwrap();
    assert_ne!(secrets(&fresh).0, secrets(&house.tokens).0);
    assert_ne!(secrets(&fresh).1, secrets(&house.tokens).1);
    // The second of two who refresh at once holds a dead one.
    assert!(matches!(house.strava.refresh(&house.tokens).await.outcome, Err(SourceError::GrantDead(_))));
    let counts = house.simulator.counts();
    assert_eq!((counts.of(Deed::Refresh), counts.dead_refreshes), (3, 1));
    assert_eq!(format!("{fresh:?}").matches("until").count(), 1);
}

#[tokio::test]
async fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let script = Script::start([Said::json(200, r#"{"access_token":"new","expires_at":1800000000}"#)]).await;
    let strava = connectors::strava::Strava::open(&crate::strava_errors::settings(&script)).unwrap();
    let fresh = strava.refresh(&crate::strava_errors::tokens()).await.outcome.unwrap();
    assert_eq!(secrets(&fresh), ("new".to_owned(), "the refresh token".to_owned()));
    let asked = script.asked().remove(0);
    assert_eq!((asked.method.as_str(), asked.uri.as_str()), ("POST", "/oauth/token"));
    assert!(asked.body.contains("grant_type=refresh_token&refresh_token=the+refresh+token"), "{}", asked.body);
}

#[tokio::test]
async fn gotcha_23_a_grant_given_back_is_dead_and_another_is_not() {
    for standard in [true, false] {
        let house = House::new().await;
        house.simulator.revokes_by_standard(standard);
        house.strava.revoke(&house.tokens).await.outcome.unwrap();
        let refused = house.strava.list(&house.session(), Range::default(), None).await.outcome.unwrap_err();
        assert_eq!(refused, SourceError::TokenRefused);
        assert!(matches!(house.strava.refresh(&house.tokens).await.outcome, Err(SourceError::GrantDead(_))));
        let back = granted(&house).await;
        let grant = exchange(&house, &back["code"]).await.outcome.unwrap();
        assert_eq!(grant.owner.unwrap().external_id, ATHLETE.to_string());
        let session = connectors::Session { tokens: &grant.tokens, now: house.clock.now() };
        assert!(house.strava.list(&session, Range::default(), None).await.outcome.is_ok());
    }
}

#[tokio::test]
async fn gotcha_13_each_mood_of_the_simulator_is_its_own_class() {
    let house = House::new().await;
    house.simulator.fill_with_runs(ATHLETE, 1_000, 3, instant("2026-10-30T08:00:00Z"));
    for (fault, expected) in [
        (Fault::Status(503), "Unavailable"),
        (Fault::Page(200), "Unavailable"),
        (Fault::Page(502), "Unavailable"),
        (Fault::Truncated, "Unavailable"),
        (Fault::Moved, "Unavailable"),
        (Fault::Half, "Contract"),
        (Fault::Odd, "Contract"),
        (Fault::Empty(200), "Contract"),
        (Fault::TokenRefused, "TokenRefused"),
        (Fault::MissingScope, "MissingScope"),
        (Fault::RateLimited, "RateLimited"),
        (Fault::Inactive, "Suspended"),
        (Fault::Missing, "Gone"),
    ] {
        house.simulator.next(fault);
        let error = house.ask(1_001, Part::Detail).await.outcome.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{fault:?}: {error:?}");
        assert!(house.ask(1_001, Part::Detail).await.outcome.is_ok(), "{fault:?} has passed");
    }
    house.simulator.next_sign_in(Fault::TooManyAthletes);
    assert!(matches!(exchange(&house, "any").await.outcome, Err(SourceError::LockedOut(_))));
    house.simulator.suspend(true);
    for outcome in [
        house.strava.refresh(&house.tokens).await.outcome.map(|_| ()),
        house.ask(1_001, Part::Zones).await.outcome.map(|_| ()),
    ] {
        assert!(matches!(outcome, Err(SourceError::Suspended(_))));
    }
    house.simulator.suspend(false);
    // Nothing was lost by it.
    assert!(house.strava.refresh(&house.tokens).await.outcome.is_ok());
}

fn request(query: &[(&str, &str)], body: &str) -> WebhookRequest {
    let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    WebhookRequest { query, headers: BTreeMap::new(), body: Bytes::from(body.to_owned()) }
}

#[tokio::test]
async fn a_handshake_is_echoed_to_who_knows_the_word() {
    let house = House::new().await;
    let hook = house.strava.webhook().unwrap();
    let shake = |mode, challenge, token| {
        hook.handshake(&request(&[("hub.mode", mode), ("hub.challenge", challenge), ("hub.verify_token", token)], ""))
    };
    let good = shake("subscribe", "15f7d1a91c1f40f8a748fd134752feb3", "simulated-verify-token");
    let said: serde_json::Value = serde_json::from_slice(&good.unwrap().unwrap()).unwrap();
    assert_eq!(said, json!({ "hub.challenge": "15f7d1a91c1f40f8a748fd134752feb3" }));
    for token in ["", "simulated-verify-toke", "simulated-verify-token "] {
        assert_eq!(shake("subscribe", "abc", token), Err(WebhookError::Forged));
    }
    assert_eq!(shake("unsubscribe", "abc", "simulated-verify-token"), Err(WebhookError::Forged));
    assert_eq!(shake("subscribe", "a b", "simulated-verify-token"), Err(WebhookError::Unreadable));
    assert_eq!(shake("subscribe", &"a".repeat(257), "simulated-verify-token"), Err(WebhookError::Unreadable));
    assert_eq!(hook.handshake(&request(&[("state", "x")], "")), Ok(None));
}

#[tokio::test]
async fn gotcha_10_notifications_of_every_kind() {
    let house = House::new().await;
    let hook = house.strava.webhook().unwrap();
    let changed = || Notification::Changed { owner: "7".to_owned(), activity: ExternalId::new("9007199254740993") };
    let removed = || Notification::Removed { owner: "7".to_owned(), activity: ExternalId::new("9007199254740993") };
    let gone = || Notification::Deauthorized { owner: "7".to_owned() };
    let event = |object: &str, aspect: &str, updates: serde_json::Value| {
        json!({
            "object_type": object, "object_id": 9_007_199_254_740_993_u64, "aspect_type": aspect, "updates": updates,
            "owner_id": 7, "subscription_id": 120_475, "event_time": 1_516_126_040,
        })
    };
    let mut bare = event("activity", "create", json!({}));
    bare.as_object_mut().unwrap().remove("updates");
    let mut texts = event("activity", "update", json!({ "title": "x" }));
    for (key, value) in [("object_id", "9007199254740993"), ("owner_id", "7"), ("subscription_id", "120475")] {
        texts[key] = json!(value);
    }
    for (event, expected) in [
        (event("activity", "create", json!({})), vec![changed()]),
        (bare, vec![changed()]),
        (texts, vec![changed()]),
        (event("activity", "update", json!({ "private": "true", "brand_new": [1] })), vec![changed()]),
        (event("activity", "delete", json!(null)), vec![removed()]),
        (event("activity", "transmogrify", json!({})), vec![changed()]),
        (event("athlete", "update", json!({ "authorized": "false" })), vec![gone()]),
        (event("athlete", "update", json!({ "authorized": false })), vec![gone()]),
        (event("athlete", "delete", json!({})), vec![gone()]),
        (event("athlete", "update", json!({ "authorized": "true" })), vec![]),
        (event("athlete", "update", json!({})), vec![]),
        (event("route", "create", json!({})), vec![]),
    ] {
        assert_eq!(hook.receive(&request(&[], &event.to_string())), Ok(expected), "{event}");
    }
    let mut forged = event("activity", "create", json!({}));
    forged["subscription_id"] = json!(120_476);
    assert_eq!(hook.receive(&request(&[], &forged.to_string())), Err(WebhookError::Forged));
    forged.as_object_mut().unwrap().remove("subscription_id");
    assert_eq!(hook.receive(&request(&[], &forged.to_string())), Err(WebhookError::Forged));
    let mut odd = event("activity", "create", json!({}));
    odd["owner_id"] = json!("seven");
    for body in [odd.to_string(), String::new(), "[]".to_owned(), "{\"object_type\":".to_owned(), "<html>".to_owned()] {
        assert_eq!(hook.receive(&request(&[], &body)), Err(WebhookError::Unreadable), "{body}");
    }
}

#[tokio::test]
async fn before_the_subscription_is_known_everything_is_forged() {
    let house = House::new().await;
    let mut settings = house.simulator.settings();
    settings.values.remove("subscription_id");
    let strava = connectors::strava::Strava::open(&settings).unwrap();
    let body = r#"{"object_type":"activity","aspect_type":"create","object_id":1,"owner_id":7,"subscription_id":1}"#;
    assert_eq!(strava.webhook().unwrap().receive(&request(&[], body)), Err(WebhookError::Forged));
}

/// A receiver of notifications that answers handshakes as the connector says.
async fn receiver(house: &House, answers: bool) -> (Url, Arc<Mutex<Vec<String>>>) {
    type Shared = (Arc<Mutex<Vec<String>>>, connectors::registry::Settings, bool);
    async fn receive(
        State((heard, settings, answers)): State<Shared>,
        Query(query): Query<BTreeMap<String, String>>,
        body: String,
    ) -> (axum::http::StatusCode, Vec<u8>) {
        let strava = connectors::strava::Strava::open(&settings).unwrap();
        let request = WebhookRequest { query, headers: BTreeMap::new(), body: Bytes::new() };
        if let Ok(Some(said)) = strava.webhook().unwrap().handshake(&request) {
            let said = if answers { said.to_vec() } else { Vec::new() };
            return (axum::http::StatusCode::OK, said);
        }
        heard.lock().unwrap().push(body);
        (axum::http::StatusCode::OK, Vec::new())
    }
    let heard = Arc::new(Mutex::new(Vec::new()));
    let router = Router::new().fallback(receive).with_state((Arc::clone(&heard), house.simulator.settings(), answers));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/webhooks/strava/x", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, heard)
}

#[tokio::test]
async fn a_subscription_is_made_seen_used_and_ended() {
    let house = House::new().await;
    house.simulator.fill_with_runs(ATHLETE, 1_000, 40, instant("2026-10-30T08:00:00Z"));
    assert_eq!(house.strava.subscriptions().await, Ok(vec![]));
    let (silent, _) = receiver(&house, false).await;
    let refused = house.strava.subscribe(&silent).await.unwrap_err();
    assert!(refused.to_string().contains("two seconds"), "{refused}");
    let (url, heard) = receiver(&house, true).await;
    let made = house.strava.subscribe(&url).await.unwrap();
    assert_eq!((made.id.as_str(), made.callback.as_deref()), ("120475", Some(url.as_str())));
    assert_eq!(house.strava.subscriptions().await, Ok(vec![made.clone()]));
    let refused = house.strava.subscribe(&url).await.unwrap_err();
    assert!(refused.to_string().contains("already"), "{refused}");

    for id in 1_000..1_030 {
        house.simulator.rename(id, "Tempo!");
    }
    house.simulator.edit(1_030, |detail| _ = detail.insert("description".to_owned(), json!("silent")));
    house.simulator.delete(1_031);
    let delivery = Delivery { seed: 3, twice: 30, lost: 30, shuffled: true };
    let taken = house.simulator.deliver(&delivery).await.unwrap();
    let heard = heard.lock().unwrap().clone();
    assert_eq!(taken, heard.len());
    let different: std::collections::BTreeSet<&String> = heard.iter().collect();
    println!("{taken} arrived of 31, {} of them different", different.len());
    assert!(different.len() < 31 && different.len() < taken);
    let hook = house.strava.webhook().unwrap();
    assert!(heard.iter().all(|body| hook.receive(&request(&[], body)).is_ok_and(|said| said.len() == 1)));

    house.strava.unsubscribe(&made.id).await.unwrap();
    house.strava.unsubscribe(&made.id).await.unwrap();
    assert_eq!(house.strava.subscriptions().await, Ok(vec![]));
}

#[tokio::test]
async fn a_privacy_flip_is_a_deletion_to_who_may_not_see_it() {
    let mut house = House::new().await;
    house.simulator.fill_with_runs(ATHLETE, 1_000, 1, instant("2026-10-30T08:00:00Z"));
    let aspects = |house: &House| -> Vec<String> {
        house.simulator.show_to(1_000, "only_me");
        house.simulator.show_to(1_000, "everyone");
        let events = house.simulator.take_events();
        events.iter().map(|event| event["aspect_type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(aspects(&house), ["update", "update"]);
    house.simulator.withdraw(ATHLETE);
    assert_eq!(house.simulator.take_events()[0]["updates"]["authorized"], "false");
    house.tokens = house.simulator.grant(ATHLETE, &["read", "activity:read"]);
    assert_eq!(aspects(&house), ["delete", "create"]);
}
