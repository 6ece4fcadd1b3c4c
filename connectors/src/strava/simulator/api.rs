//! The addresses of the API.

use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::account::Grant;
use super::call::{Call, document, refusal};
use super::fault::missing_scope;
use super::state::{Activity, Inner};
use super::{document as documents, push};

/// The most activities of a page, and how many where nothing is said.
const PAGES: (usize, usize) = (200, 30);

pub fn answer(inner: &mut Inner, call: &Call) -> Response {
    if inner.suspended {
        return refusal(403, "Forbidden", ["Application", "Status", "Inactive"]);
    }
    if let ["push_subscriptions", rest @ ..] = call.parts().as_slice() {
        return push::manage(inner, call, rest);
    }
    let Some(grant) = inner.granted(call.token()).cloned() else {
        return refusal(401, "Authorization Error", ["Athlete", "access_token", "invalid"]);
    };
    match call.parts().as_slice() {
        ["athlete"] => document(200, &athlete(&grant)),
        ["athlete", "zones"] if !grant.has("profile:read_all") => missing_scope("profile:read_permission"),
        ["athlete", "zones"] => document(200, &documents::athlete_zones()),
        ["athletes", id, "stats"] if *id == grant.athlete.to_string() => {
            let count = inner.activities.values().filter(|activity| activity.owner == grant.athlete).count();
            document(200, &json!({ "all_run_totals": { "count": count, "distance": 0.0 } }))
        }
        ["gear", id] => match documents::gear(id) {
            Some(gear) => document(200, &gear),
            None => refusal(404, "Record Not Found", ["Gear", "id", "invalid"]),
        },
        ["athlete", "activities"] | ["activities", ..] if !reads(&grant) => missing_scope("activity:read_permission"),
        ["athlete", "activities"] => list(inner, call, &grant),
        ["activities", id, rest @ ..] => part(inner, call, &grant, id, rest),
        _ => document(404, &json!({ "message": "Not Found" })),
    }
}

fn reads(grant: &Grant) -> bool {
    grant.has("activity:read") || grant.has("activity:read_all")
}

fn sees(grant: &Grant, activity: &Activity, now: DateTime<Utc>) -> bool {
    activity.owner == grant.athlete
        && activity.is_there(now)
        && (grant.has("activity:read_all") || !activity.is_private())
}

fn athlete(grant: &Grant) -> Value {
    let detailed = grant.has("profile:read_all");
    let mut athlete = json!({
        "id": grant.athlete, "resource_state": if detailed { 3 } else { 2 }, "firstname": "Nobody", "lastname": "N.",
        "premium": false, "created_at": "2017-11-28T19:05:35Z",
    });
    if let Some(map) = athlete.as_object_mut().filter(|_| detailed) {
        map.extend(Map::from_iter([
            ("weight".to_owned(), json!(0)),
            ("ftp".to_owned(), Value::Null),
            ("measurement_preference".to_owned(), json!("meters")),
        ]));
    }
    athlete
}

fn list(inner: &Inner, call: &Call, grant: &Grant) -> Response {
    let now = inner.now();
    let (before, after) = (call.number("before"), call.number("after"));
    if after.is_some_and(|after| after > now.timestamp()) {
        return refusal(400, "Bad Request", ["Application", "after", "future"]);
    }
    let within = |activity: &&Activity| {
        let start = activity.start.timestamp();
        before.is_none_or(|before| start < before) && after.is_none_or(|after| start > after)
    };
    let mut found: Vec<&Activity> =
        inner.activities.values().filter(|activity| sees(grant, activity, now)).filter(within).collect();
    found.sort_by_key(|activity| activity.start);
    if !(after.is_some() && before.is_none()) {
        found.reverse();
    }
    let count = |name: &str| call.number(name).and_then(|number| usize::try_from(number).ok());
    let per_page = count("per_page").unwrap_or(PAGES.1).clamp(1, PAGES.0);
    let skipped = count("page").unwrap_or(1).saturating_sub(1).saturating_mul(per_page);
    let page: Vec<Value> = found.into_iter().skip(skipped).take(per_page).map(Activity::summary).collect();
    document(200, &Value::Array(page))
}

fn part(inner: &Inner, call: &Call, grant: &Grant, id: &str, rest: &[&str]) -> Response {
    let gone = || refusal(404, "Record Not Found", ["Activity", "id", "invalid"]);
    let now = inner.now();
    let activity = id.parse().ok().and_then(|id: u64| inner.activities.get(&id));
    let Some(activity) = activity.filter(|activity| sees(grant, activity, now)) else { return gone() };
    let whole = activity.whole_from.is_none_or(|from| now >= from);
    match rest {
        [] => document(200, &Value::Object(activity.detail.clone())),
        ["laps"] => document(200, &json!(activity.laps)),
        ["zones"] => document(200, &json!(activity.zones)),
        // What was typed in has none; what is worked on has none yet.
        ["streams"] if activity.streams.is_empty() => gone(),
        ["streams"] if !whole => document(200, &json!({})),
        ["streams"] => document(200, &streams(activity, call)),
        _ => document(404, &json!({ "message": "Not Found" })),
    }
}

/// The series that are asked for; the one of distances comes with any.
fn streams(activity: &Activity, call: &Call) -> Value {
    let asked: Vec<&str> = call.parameter("keys").split(',').collect();
    let series = activity.streams.iter().filter(|(key, _)| *key == "distance" || asked.contains(&key.as_str()));
    if call.parameter("key_by_type").eq_ignore_ascii_case("true") {
        return Value::Object(series.map(|(key, value)| (key.clone(), value.clone())).collect());
    }
    let list = series.map(|(key, value)| {
        let mut series = value.clone();
        if let Some(map) = series.as_object_mut() {
            map.insert("type".to_owned(), json!(key));
        }
        series
    });
    Value::Array(list.collect())
}
