//! Strava's refusals, by what must be done about them. One status means several things: the entries of the body tell
//! which.

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use serde_json::Value;

use super::client::is_page;
use super::limit;
use crate::http::Answer;
use crate::{Limit, SourceError};

/// One entry of a fault: what is wrong with which field of what.
struct Entry {
    resource: String,
    field: String,
    code: String,
}

/// The body of a refusal. Strava writes `{"message", "errors": [{"resource", "field", "code"}]}`, and has written less.
struct Fault {
    message: String,
    entries: Vec<Entry>,
    /// Whether there was no body at all.
    is_empty: bool,
}

impl Fault {
    fn of(answer: &Answer) -> Self {
        let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let entry =
            |of: &Value| Entry { resource: text(of, "resource"), field: text(of, "field"), code: text(of, "code") };
        Self {
            message: text(&value, "message"),
            entries: match value.get("errors") {
                Some(Value::Array(entries)) => entries.iter().map(entry).collect(),
                Some(one @ Value::Object(_)) => vec![entry(one)],
                _ => Vec::new(),
            },
            is_empty: answer.body.trim_ascii().is_empty(),
        }
    }

    fn about(&self, resource: &str, field: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.resource == resource && entry.field == field)
    }

    /// The scope whose lack is told: `activity:read` of `activity:read_permission`.
    fn missing_scope(&self) -> Option<SourceError> {
        let entry = self.entries.iter().find(|entry| entry.resource == "accesstoken" && entry.code == "missing")?;
        let scope = entry.field.strip_suffix("_permission").unwrap_or(&entry.field);
        let plain = scope.len() <= 40 && scope.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b':' | b'_'));
        Some(SourceError::MissingScope(if plain { scope } else { "that this needs" }.to_owned()))
    }
}

/// Whether the API's answer says that there is no such activity: a wrong address says 404 too, and is no proof.
fn says_gone(fault: &Fault) -> bool {
    fault.is_empty
        || matches!(fault.message.as_str(), "record not found" | "resource not found")
        || fault.entries.iter().any(|entry| entry.resource == "activity")
}

/// What a refusal means that means the same wherever it comes from.
fn anywhere(answer: &Answer, fault: &Fault) -> Option<SourceError> {
    let status = answer.status.as_u16();
    if fault.about("application", "status").is_some_and(|entry| entry.code == "inactive") {
        let why = "its owner has no Strava subscription; everything goes on by itself once that is mended";
        return Some(SourceError::Suspended(why.to_owned()));
    }
    if answer.status == StatusCode::FORBIDDEN && fault.message.contains("limit of connected athletes") {
        let why = "as many athletes are connected as Strava allows this application; \
                   ask for more at https://www.strava.com/settings/api, or disconnect somebody";
        return Some(SourceError::LockedOut(why.to_owned()));
    }
    match status {
        500.. => Some(SourceError::Unavailable(format!("it is broken for now ({status})"))),
        300..400 => {
            Some(SourceError::Unavailable(format!("it leads elsewhere ({status}): has one of its addresses changed?")))
        }
        _ if status != 429 && is_page(answer) => {
            Some(SourceError::Unavailable(format!("it sent a page for people instead of an answer ({status})")))
        }
        _ => None,
    }
}

/// Why a call to the API was refused at that instant.
pub fn of_api(answer: &Answer, limits: &[Limit], now: DateTime<Utc>) -> SourceError {
    let fault = Fault::of(answer);
    if let Some(error) = anywhere(answer, &fault) {
        return error;
    }
    match answer.status.as_u16() {
        401 => fault.missing_scope().unwrap_or(SourceError::TokenRefused),
        404 if says_gone(&fault) => SourceError::Gone,
        404 => SourceError::Contract("it knows no such address (404): is api_base right?".to_owned()),
        429 => SourceError::RateLimited { until: limit::until(limits, now) },
        400 if fault.about("application", "after").is_some() => SourceError::Contract(
            "it says that we ask for what lies in the future: is this machine's clock right?".to_owned(),
        ),
        status => SourceError::Contract(format!("it refused the call ({status})")),
    }
}

/// Why the application itself, or a sign-in through it, was refused.
pub fn of_application(answer: &Answer) -> SourceError {
    let fault = Fault::of(answer);
    if let Some(error) = anywhere(answer, &fault) {
        return error;
    }
    let is_about = |resource: &str, field: &str| fault.about(resource, field).is_some();
    match answer.status.as_u16() {
        429 => SourceError::RateLimited { until: None },
        404 => SourceError::Gone,
        400 | 401 if is_about("refreshtoken", "refresh_token") || is_about("refreshtoken", "code") => {
            SourceError::GrantDead("Strava does not know the refresh token any more".to_owned())
        }
        400 | 401 if is_about("requesttoken", "code") || is_about("authorizationcode", "code") => {
            SourceError::GrantDead("the code was used before or is too old: begin again".to_owned())
        }
        400 if is_about("application", "redirect_uri") => SourceError::Suspended(
            "the callback's host is not the one of the application: set it at https://www.strava.com/settings/api"
                .to_owned(),
        ),
        400 if is_about("pushsubscription", "callback url") => SourceError::Contract(
            "Strava asked the callback address and had no right answer within two seconds: \
             is it reachable from outside, and the server running with the same webhook_verify_token?"
                .to_owned(),
        ),
        400 if fault.entries.iter().any(|entry| entry.resource == "pushsubscription" && entry.code == "already exists") => {
            SourceError::Contract("the application has a subscription already: delete it first".to_owned())
        }
        401 if is_about("athlete", "access_token") => SourceError::TokenRefused,
        400 | 401 if fault.entries.iter().any(|entry| entry.resource == "application") => SourceError::Suspended(
            "Strava does not accept client_id with client_secret: compare them with https://www.strava.com/settings/api"
                .to_owned(),
        ),
        status => SourceError::Contract(format!("it refused the call ({status})")),
    }
}
