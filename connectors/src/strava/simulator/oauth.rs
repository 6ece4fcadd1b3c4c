//! The addresses of sign-in.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use url::Url;

use super::account::Grant;
use super::call::{Call, document, refusal, status};
use super::state::Inner;
use super::{CLIENT_ID, CLIENT_SECRET};

pub fn answer(inner: &mut Inner, call: &Call) -> Response {
    match (call.method.as_str(), call.parts().as_slice()) {
        ("GET", ["oauth", "authorize"]) => authorize(inner, call),
        ("POST", ["oauth", "token"]) => token(inner, call),
        ("POST", ["oauth", "revoke"]) if inner.standard_revoke => revoke(inner, call),
        ("POST", ["oauth", "deauthorize"]) => deauthorize(inner, call),
        _ => document(404, &json!({ "message": "Not Found" })),
    }
}

/// Nobody is asked: the person who is signed in grants what was asked for but what they untick.
fn authorize(inner: &mut Inner, call: &Call) -> Response {
    let Ok(mut back) = Url::parse(call.parameter("redirect_uri")) else {
        return refusal(400, "Bad Request", ["Application", "redirect_uri", "invalid"]);
    };
    if call.parameter("client_id") != CLIENT_ID {
        return refusal(400, "Bad Request", ["Application", "client_id", "invalid"]);
    }
    let scopes: Vec<String> =
        call.parameter("scope").split(',').map(str::to_owned).filter(|scope| !inner.unticked.contains(scope)).collect();
    if inner.denies {
        back.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        let code = inner.mint();
        back.query_pairs_mut().append_pair("code", &code).append_pair("scope", &scopes.join(","));
        inner.codes.insert(code, (inner.signed_in, scopes));
    }
    back.query_pairs_mut().append_pair("state", call.parameter("state"));
    let mut response = status(302);
    if let Ok(place) = HeaderValue::from_str(back.as_str()) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// Whether the application is ours.
pub fn is_application(call: &Call) -> Result<(), Box<Response>> {
    let refused = |status: u16, message: &str, entry| Err(Box::new(refusal(status, message, entry)));
    if call.parameter("client_id") != CLIENT_ID {
        return refused(400, "Bad Request", ["Application", "client_id", "invalid"]);
    }
    if call.parameter("client_secret") != CLIENT_SECRET {
        return refused(401, "Authorization Error", ["Application", "", "invalid"]);
    }
    Ok(())
}

fn token(inner: &mut Inner, call: &Call) -> Response {
    if let Err(refused) = is_application(call) {
        return *refused;
    }
    if inner.suspended {
        return refusal(403, "Forbidden", ["Application", "Status", "Inactive"]);
    }
    if call.parameter("grant_type") == "refresh_token" {
        return match inner.refresh(call.parameter("refresh_token")) {
            Some(grant) => document(200, &granted(inner, &grant)),
            None => refusal(400, "Bad Request", ["RefreshToken", "refresh_token", "invalid"]),
        };
    }
    let Some((athlete, scopes)) = inner.codes.remove(call.parameter("code")) else {
        return refusal(400, "Bad Request", ["AuthorizationCode", "code", "invalid"]);
    };
    let grant = inner.grant(athlete, scopes);
    let mut answer = granted(inner, &grant);
    if let Some(map) = answer.as_object_mut() {
        map.insert("athlete".to_owned(), json!({ "id": athlete, "resource_state": 2, "firstname": "Nobody" }));
    }
    document(200, &answer)
}

fn granted(inner: &Inner, grant: &Grant) -> Value {
    let (access, end) = grant.present();
    json!({
        "token_type": "Bearer",
        "access_token": access,
        "expires_at": end.timestamp(),
        "expires_in": (end - inner.now()).num_seconds(),
        "refresh_token": grant.refresh,
    })
}

/// RFC 7009: a token that is not known is as good as revoked.
fn revoke(inner: &mut Inner, call: &Call) -> Response {
    let proof = BASE64_STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    if call.authorization("Basic") != Some(proof.as_str()) {
        return refusal(401, "Authorization Error", ["Application", "", "invalid"]);
    }
    let token = call.parameter("token");
    let known = |grant: &&Grant| grant.refresh == token || grant.access.iter().any(|(access, _)| access == token);
    if let Some(athlete) = inner.grants.iter().find(known).map(|grant| grant.athlete) {
        inner.end_grants(athlete);
    }
    status(200)
}

fn deauthorize(inner: &mut Inner, call: &Call) -> Response {
    let Some(athlete) = inner.granted(call.token()).map(|grant| grant.athlete) else {
        return refusal(401, "Authorization Error", ["Athlete", "access_token", "invalid"]);
    };
    inner.end_grants(athlete);
    document(200, &json!({ "access_token": call.token() }))
}
