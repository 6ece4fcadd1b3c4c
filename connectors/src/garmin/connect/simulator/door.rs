//! Which call it is, and what it is answered.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::State as Injected;
use axum::http::{HeaderMap, Method, Response, Uri};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::fault::{Mode, not_found};
use super::{Call, OWNER, Shared, State, lock, tell};

/// An answer to be given.
#[derive(Debug, Clone)]
pub struct Given {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Given {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json;charset=UTF-8".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    /// A page.
    pub fn page(status: u16, body: &str) -> Self {
        Self { status, headers: vec![("content-type", "text/html".to_owned())], body: body.as_bytes().to_vec() }
    }

    /// Nothing.
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Bytes of that type.
    pub fn bytes(kind: &str, body: Vec<u8>) -> Self {
        Self { status: 200, headers: vec![("content-type", kind.to_owned())], body }
    }

    /// With another header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A call as it came.
pub struct Asked {
    /// The parameters after the question mark.
    pub query: BTreeMap<String, String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Asked {
    /// The body as a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The one handler.
pub async fn answer(
    Injected(shared): Injected<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let now = shared.1.now();
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let asked = Asked { query, headers, body };
    let path: Vec<&str> = uri.path().split('/').filter(|part| !part.is_empty()).collect();
    let given = lock(&shared.0).answer(method.as_str(), &path, &asked, now);
    // Its clock is not the system's.
    let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut response = Response::builder().status(given.status).header("date", date);
    for (name, value) in given.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(given.body)).unwrap_or_default()
}

impl State {
    fn answer(&mut self, method: &str, path: &[&str], asked: &Asked, now: DateTime<Utc>) -> Given {
        let call = call(method, path, asked);
        *self.calls.entry(call).or_default() += 1;
        let fault = self.faults.iter().position(|(of, _)| *of == call).and_then(|index| self.faults.remove(index));
        let mode = fault.map_or(self.mode, |(_, mode)| mode);
        if let Some(given) = mode.instead(call) {
            return given;
        }
        let mut given = self.properly(call, path, asked, now);
        if mode == Mode::CutOff && given.status == 200 {
            given.body.truncate(given.body.len() / 2);
        }
        given
    }

    fn properly(&mut self, call: Call, path: &[&str], asked: &Asked, now: DateTime<Utc>) -> Given {
        match call {
            Call::Page => return self.keys.page(),
            Call::SignIn => return self.keys.sign_in(asked, self.needs_code, self.page_first, now),
            Call::Code => return self.keys.code(asked, now),
            Call::Ticket | Call::Refresh => return self.keys.token(path, asked, now),
            Call::Other if path == ["portal", "sso", "embed"] => return Given::page(200, "<html></html>"),
            _ => {}
        }
        let bearer = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        if !self.keys.opens(bearer, now) {
            return Mode::TokenRefused.instead(call).unwrap_or_else(not_found);
        }
        self.data(call, path, asked, now)
    }

    fn data(&self, call: Call, path: &[&str], asked: &Asked, now: DateTime<Utc>) -> Given {
        let id = match path {
            ["activity-service", "activity", id, ..] | ["download-service", "files", "activity", id] => *id,
            _ => "",
        };
        let account = self.accounts.get(id).filter(|account| account.end() <= now);
        match (call, account) {
            (Call::Profile, _) => {
                let id: u64 = OWNER.parse().unwrap_or_default();
                Given::json(200, &json!({ "id": 1, "profileId": id, "displayName": "nobody", "fullName": "Nobody" }))
            }
            (Call::List, _) => Given::json(200, &self.list(asked, now)),
            (Call::Detail, Some(account)) => Given::json(200, &tell::detail(account, self.legs(account))),
            (Call::Splits, Some(account)) => Given::json(200, &tell::splits(account)),
            (Call::Zones, Some(account)) if account.heart_rate.is_some() => Given::json(200, &tell::zones(account)),
            (Call::Zones, Some(_)) => Given::empty(204),
            (Call::File, Some(account)) => self.file(account),
            _ if path == ["userprofile-service", "userprofile", "user-settings"] => {
                Given::json(200, &json!({ "id": 1, "userData": { "measurementSystem": "metric" } }))
            }
            _ if path == ["activitylist-service", "activities", "count"] => {
                Given::json(200, &json!({ "totalCount": self.listed(now).len() }))
            }
            _ => not_found(),
        }
    }

    fn list(&self, asked: &Asked, now: DateTime<Utc>) -> Value {
        let number =
            |key: &str, default: usize| asked.query.get(key).and_then(|text| text.parse().ok()).unwrap_or(default);
        let text = |key: &str| asked.query.get(key).filter(|text| !text.is_empty());
        let (first, last) = (text("startDate"), text("endDate"));
        let day = |account: &super::Account| tell::local(account).format("%Y-%m-%d").to_string();
        let within = |account: &&super::Account| {
            first.is_none_or(|first| day(account) >= *first) && last.is_none_or(|last| day(account) <= *last)
        };
        let mut listed: Vec<&super::Account> = self.listed(now).into_iter().filter(within).collect();
        if text("sortOrder").is_some_and(|order| order == "asc") {
            listed.reverse();
        }
        let page = listed.into_iter().skip(number("start", 0)).take(number("limit", 20).min(1000));
        page.map(|account| tell::summary(account, self.age)).collect()
    }

    /// What the list shows: no legs.
    fn listed(&self, now: DateTime<Utc>) -> Vec<&super::Account> {
        let mut listed: Vec<&super::Account> = self.there(now).filter(|account| account.parent.is_none()).collect();
        listed.sort_by(|a, b| tell::newest_first(a, b));
        listed
    }

    fn legs(&self, whole: &super::Account) -> Vec<&super::Account> {
        let id = Some(&whole.external_id);
        let mut legs: Vec<&super::Account> = self.accounts.values().filter(|leg| leg.parent.as_ref() == id).collect();
        legs.sort_by_key(|leg| leg.start);
        legs
    }

    /// The legs' file is the whole's.
    fn file(&self, account: &super::Account) -> Given {
        let recording = if account.is_parent {
            self.legs(account).first().and_then(|leg| leg.recording.clone())
        } else {
            account.recording.clone().filter(|_| account.parent.is_none())
        };
        let zipped = recording.and_then(|recording| tell::zipped(&account.external_id, &recording));
        zipped.map_or_else(not_found, |bytes| Given::bytes("application/x-zip-compressed", bytes))
    }
}

fn call(method: &str, path: &[&str], asked: &Asked) -> Call {
    match (method, path) {
        ("GET", ["mobile", "sso", _, "sign-in"]) => Call::Page,
        ("POST", ["mobile", "api", "login"]) => Call::SignIn,
        ("POST", ["mobile", "api", "mfa", "verifyCode"]) => Call::Code,
        ("POST", ["di-oauth2-service", "oauth", "token"]) => match asked.form().get("grant_type").map(String::as_str) {
            Some("refresh_token") => Call::Refresh,
            _ => Call::Ticket,
        },
        ("GET", ["oauth-service", "oauth", "preauthorized"])
        | ("POST", ["oauth-service", "oauth", "exchange", "user", "2.0"]) => Call::Ticket,
        ("GET", ["userprofile-service", "socialProfile"]) => Call::Profile,
        ("GET", ["activitylist-service", "activities", "search", "activities"]) => Call::List,
        ("GET", ["activity-service", "activity", _]) => Call::Detail,
        ("GET", ["activity-service", "activity", _, "splits"]) => Call::Splits,
        ("GET", ["activity-service", "activity", _, "hrTimeInZones"]) => Call::Zones,
        ("GET", ["download-service", "files", "activity", _]) => Call::File,
        _ => Call::Other,
    }
}
