//! Who may come in: sessions, tickets, tokens.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::door::{Asked, Given};
use super::fault::invalid_grant;
use super::{CODE, EMAIL, PASSWORD};

/// How long an access token lives: 64 800 to 86 400 s were seen.
const ACCESS_S: i64 = 72_000;
/// How long a refresh token lives.
const REFRESH_DAYS: i64 = 30;
/// How long a ticket lives.
const TICKET_S: i64 = 120;
/// To whom tokens are issued that nobody signed in for.
const CLIENT: &str = "GARMIN_CONNECT_MOBILE_ANDROID_DI_2025Q2";

/// What was given out.
#[derive(Debug, Default)]
pub struct Keys {
    given: u64,
    sessions: BTreeSet<String>,
    /// Sessions that wait for a code.
    waiting: BTreeSet<String>,
    /// Tickets with the service they are for and their end.
    tickets: BTreeMap<String, (String, DateTime<Utc>)>,
    access: BTreeMap<String, DateTime<Utc>>,
    /// Refresh tokens that are alive, with the client they are bound to and their end.
    refresh: BTreeMap<String, (String, DateTime<Utc>)>,
    legacy: BTreeSet<String>,
}

impl Keys {
    fn number(&mut self) -> u64 {
        self.given += 1;
        self.given
    }

    /// Lets every access token end, and every refresh token too where `refresh`.
    pub fn end(&mut self, keep_refresh: bool) {
        self.access.clear();
        if !keep_refresh {
            self.refresh.clear();
        }
    }

    /// Whether an access token opens the API.
    pub fn opens(&self, access: &str, now: DateTime<Utc>) -> bool {
        self.access.get(access).is_some_and(|end| *end > now)
    }

    /// Fresh tokens in garminconnect's shape.
    pub fn document(&mut self, now: DateTime<Utc>) -> String {
        let (access, refresh) = self.issue(CLIENT, now);
        json!({ "di_token": access, "di_refresh_token": refresh, "di_client_id": CLIENT }).to_string()
    }

    fn issue(&mut self, client: &str, now: DateTime<Utc>) -> (String, String) {
        let number = self.number();
        let end = now + Duration::seconds(ACCESS_S);
        let claims = json!({
            "client_id": client, "iat": now.timestamp(), "exp": end.timestamp(), "jti": number.to_string(),
            "iss": "https://diauth.garmin.com", "scope": ["CONNECT_READ"],
        });
        let pack = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let access =
            format!("{}.{}.{}", pack(&json!({ "alg": "RS256" })), pack(&claims), URL_SAFE_NO_PAD.encode("simulated"));
        let refresh = format!("refresh-{number}");
        self.access.insert(access.clone(), end);
        self.refresh.insert(refresh.clone(), (client.to_owned(), now + Duration::days(REFRESH_DAYS)));
        (access, refresh)
    }

    fn issued(&mut self, client: &str, now: DateTime<Utc>) -> Given {
        let (access, refresh) = self.issue(client, now);
        Given::json(
            200,
            &json!({
                "access_token": access, "refresh_token": refresh, "expires_in": ACCESS_S, "token_type": "Bearer",
                "refresh_token_expires_in": REFRESH_DAYS * 86_400, "scope": "CONNECT_READ", "jti": self.given.to_string(),
            }),
        )
    }

    /// The page, whose cookie the next step needs.
    pub fn page(&mut self) -> Given {
        let session = format!("s{}", self.number());
        self.sessions.insert(session.clone());
        Given::page(200, "<!DOCTYPE html><html></html>")
            .with("set-cookie", format!("SESSION={session}; Path=/; HttpOnly"))
    }

    /// E-mail and password.
    pub fn sign_in(&mut self, asked: &Asked, needs_code: bool, page_first: bool, now: DateTime<Utc>) -> Given {
        let session = session(asked);
        if page_first && !self.sessions.contains(&session) {
            return Given::json(429, &json!({ "error": { "status-code": "429" } }));
        }
        let said = asked.json();
        if said.get("username") != Some(&json!(EMAIL)) || said.get("password") != Some(&json!(PASSWORD)) {
            return status(401, "INVALID_USERNAME_PASSWORD", json!({}));
        }
        if needs_code {
            self.waiting.insert(session);
            let info = json!({ "email": "a*****@example.invalid", "phoneNumber": null, "mfaLastMethodUsed": "email" });
            return status(200, "MFA_REQUIRED", json!({ "customerMfaInfo": info }));
        }
        self.ticket(asked, now)
    }

    /// The code.
    pub fn code(&mut self, asked: &Asked, now: DateTime<Utc>) -> Given {
        let session = session(asked);
        if !self.waiting.contains(&session) {
            return status(400, "SESSION_EXPIRED", json!({}));
        }
        if asked.json().get("mfaVerificationCode") != Some(&json!(CODE)) {
            return status(200, "MFA_CODE_INVALID", json!({}));
        }
        self.waiting.remove(&session);
        self.ticket(asked, now)
    }

    fn ticket(&mut self, asked: &Asked, now: DateTime<Utc>) -> Given {
        let service = asked.query.get("service").cloned().unwrap_or_default();
        let ticket = format!("ST-{:06}-simulated-sso", self.number());
        self.tickets.insert(ticket.clone(), (service.clone(), now + Duration::seconds(TICKET_S)));
        status(200, "SUCCESSFUL", json!({ "serviceTicketId": ticket, "serviceURL": service, "authType": "CAS" }))
    }

    /// A ticket, if it is alive and for that service; it is used up.
    fn redeem(&mut self, ticket: &str, service: &str, now: DateTime<Utc>) -> bool {
        self.tickets.remove(ticket).is_some_and(|(of, end)| of == service && end > now)
    }

    /// Tokens for a ticket or a refresh token, and the old kind's two steps.
    pub fn token(&mut self, path: &[&str], asked: &Asked, now: DateTime<Utc>) -> Given {
        match path {
            ["di-oauth2-service", ..] => self.di(&asked.form(), asked.header("authorization"), now),
            [.., "preauthorized"] => {
                let told = |key: &str| asked.query.get(key).map(String::as_str).unwrap_or_default();
                if !self.redeem(told("ticket"), told("login-url"), now) {
                    return Given::page(401, "<html>OAuthToken is invalid</html>");
                }
                let token = format!("legacy-{}", self.number());
                self.legacy.insert(token.clone());
                Given::bytes("text/plain", format!("oauth_token={token}&oauth_token_secret=secret").into_bytes())
            }
            _ => {
                let signed = asked.header("authorization");
                if !self.legacy.iter().any(|token| signed.contains(token.as_str())) {
                    return Given::page(401, "<html>OAuthToken is invalid</html>");
                }
                self.issued("GARMIN_CONNECT_MOBILE_ANDROID_DI", now)
            }
        }
    }

    fn di(&mut self, form: &BTreeMap<String, String>, authorization: &str, now: DateTime<Utc>) -> Given {
        let told = |key: &str| form.get(key).map(String::as_str).unwrap_or_default();
        let client = told("client_id");
        if authorization != format!("Basic {}", STANDARD.encode(format!("{client}:"))) || !client.starts_with("GARMIN_")
        {
            return Given::json(401, &json!({ "error": "invalid_client" }));
        }
        if told("grant_type") != "refresh_token" {
            let good = self.redeem(told("service_ticket"), told("service_url"), now);
            return if good { self.issued(client, now) } else { invalid_grant() };
        }
        // Bound to its client, and dead once it is used.
        match self.refresh.get(told("refresh_token")) {
            Some((bound, end)) if bound == client && *end > now => {
                self.refresh.remove(told("refresh_token"));
                self.issued(client, now)
            }
            _ => invalid_grant(),
        }
    }
}

fn session(asked: &Asked) -> String {
    let cookies = asked.header("cookie").split(';').filter_map(|pair| pair.trim().split_once('='));
    cookies.into_iter().find(|(name, _)| *name == "SESSION").map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn status(code: u16, kind: &str, more: Value) -> Given {
    let mut body = json!({
        "serviceURL": null, "serviceTicketId": null, "customerMfaInfo": null, "authType": null,
        "responseStatus": { "type": kind, "message": "", "httpStatus": "OK" },
    });
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    Given::json(code, &body)
}
