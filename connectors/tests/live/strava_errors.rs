//! Every row of the table of Strava's refusals, and every shape that an answer should not have.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use connectors::registry::Settings;
use connectors::strava::Strava;
use connectors::{Connector, Limit, Part, Range, Reply, Session, SourceError, Tokens};
use domain::ExternalId;
use secrecy::SecretString;

use crate::script::{Said, Script};
use crate::strava_house::instant;

/// What is asked.
#[derive(Debug, Clone, Copy)]
enum Ask {
    List,
    Detail,
    Streams,
    Zones,
    Owner,
    Exchange,
    Refresh,
    Revoke,
    Subscribe,
}

pub fn settings(script: &Script) -> Settings {
    let value = |key: &str, value: String| (key.to_owned(), value);
    let secret = |key: &str| (key.to_owned(), SecretString::from("the secret"));
    Settings {
        values: BTreeMap::from([
            value("api_base", format!("http://{}/api/v3", script.address)),
            value("oauth_base", format!("http://{}/oauth/", script.address)),
            value("client_id", "17".to_owned()),
        ]),
        secrets: BTreeMap::from([secret("client_secret"), secret("webhook_verify_token")]),
    }
}

pub fn tokens() -> Tokens {
    Tokens {
        access: SecretString::from("the access token"),
        refresh: Some(SecretString::from("the refresh token")),
        expires_at: None,
        extra: None,
    }
}

fn now() -> DateTime<Utc> {
    instant("2026-11-01T23:47:10Z")
}

/// What an answer is taken for, and the limits that were seen.
async fn taken(ask: Ask, said: Said) -> (Result<(), SourceError>, Vec<Limit>) {
    fn plain<T>(reply: Reply<T>) -> (Result<(), SourceError>, Vec<Limit>) {
        (reply.outcome.map(|_| ()), reply.limits)
    }
    // A second answer for the old way to give a grant back, which is not reached otherwise.
    let script = Script::start([said.clone(), said]).await;
    let strava = Strava::open(&settings(&script)).unwrap();
    let tokens = tokens();
    let session = Session { tokens: &tokens, now: now() };
    let id = ExternalId::new("12345678901");
    match ask {
        Ask::List => plain(strava.list(&session, Range::default(), None).await),
        Ask::Detail => plain(strava.fetch(&session, &id, Part::Detail).await),
        Ask::Streams => plain(strava.fetch(&session, &id, Part::Streams).await),
        Ask::Zones => plain(strava.fetch(&session, &id, Part::Zones).await),
        Ask::Owner => plain(strava.owner(&session).await),
        Ask::Exchange => {
            let redirect = "http://127.0.0.1:1/".parse().unwrap();
            plain(strava.exchange(&SecretString::from("code"), &redirect, &SecretString::from("")).await)
        }
        Ask::Refresh => plain(strava.refresh(&tokens).await),
        Ask::Revoke => plain(strava.revoke(&tokens).await),
        Ask::Subscribe => (strava.subscribe(&"https://example.org/x".parse().unwrap()).await.map(|_| ()), Vec::new()),
    }
}

fn fault(status: u16, message: &str, [resource, field, code]: [&str; 3]) -> Said {
    let entry = format!(r#"{{"resource":"{resource}","field":"{field}","code":"{code}"}}"#);
    Said::json(status, &format!(r#"{{"message":"{message}","errors":[{entry}]}}"#))
}

/// The class of an error, without its words.
fn class(error: &SourceError) -> &'static str {
    match error {
        SourceError::TokenRefused => "token refused",
        SourceError::GrantDead(_) => "grant dead",
        SourceError::MissingScope(_) => "missing scope",
        SourceError::Suspended(_) => "suspended",
        SourceError::LockedOut(_) => "locked out",
        SourceError::RateLimited { .. } => "rate limited",
        SourceError::Gone => "gone",
        SourceError::Unavailable(_) => "unavailable",
        SourceError::Contract(_) => "contract",
    }
}

#[tokio::test]
async fn every_row_of_the_table() {
    let bad = "Bad Request";
    let unauthorized = "Authorization Error";
    let rows: Vec<(Ask, Said, &str)> = vec![
        (Ask::Refresh, fault(400, bad, ["Application", "client_id", "invalid"]), "suspended"),
        (Ask::Exchange, fault(400, bad, ["Application", "client_id", "invalid"]), "suspended"),
        (Ask::Exchange, fault(400, bad, ["Application", "client_id", "missing"]), "suspended"),
        (Ask::Exchange, fault(400, bad, ["Application", "redirect_uri", "invalid"]), "suspended"),
        (Ask::Exchange, fault(400, bad, ["RequestToken", "code", "invalid"]), "grant dead"),
        (Ask::Exchange, fault(400, bad, ["AuthorizationCode", "code", "invalid"]), "grant dead"),
        (Ask::Refresh, fault(400, bad, ["RefreshToken", "refresh_token", "invalid"]), "grant dead"),
        (Ask::Refresh, fault(401, unauthorized, ["Application", "", "invalid"]), "suspended"),
        (Ask::Detail, fault(401, unauthorized, ["Athlete", "access_token", "invalid"]), "token refused"),
        (Ask::Detail, fault(401, unauthorized, ["Application", "", "invalid"]), "token refused"),
        (Ask::List, fault(401, unauthorized, ["AccessToken", "activity:read_permission", "missing"]), "missing scope"),
        (Ask::Owner, fault(401, unauthorized, ["AccessToken", "profile:read_permission", "missing"]), "missing scope"),
        (Ask::List, fault(403, "Forbidden", ["Application", "Status", "Inactive"]), "suspended"),
        (Ask::Zones, fault(403, "Forbidden", ["Application", "Status", "Inactive"]), "suspended"),
        (Ask::Refresh, fault(403, "Forbidden", ["Application", "Status", "Inactive"]), "suspended"),
        (Ask::Exchange, Said::json(403, r#"{"message":"Limit of connected athletes exceeded"}"#), "locked out"),
        (Ask::Detail, fault(404, "Record Not Found", ["Activity", "id", "invalid"]), "gone"),
        (Ask::Detail, fault(404, "Resource Not Found", ["Activity", "id", "not found"]), "gone"),
        (Ask::Detail, Said { status: 404, ..Said::default() }, "gone"),
        (Ask::List, fault(429, "Rate Limit Exceeded", ["Application", "rate limit", "exceeded"]), "rate limited"),
        (
            Ask::List,
            Said::json(429, r#"{"errors":"Rate Limit Exceeded","status":429,"message":"Too Many Requests"}"#),
            "rate limited",
        ),
        (Ask::Refresh, fault(429, "Rate Limit Exceeded", ["Application", "rate limit", "exceeded"]), "rate limited"),
        (Ask::List, fault(400, bad, ["Application", "after", "future"]), "contract"),
        (Ask::Subscribe, fault(400, bad, ["PushSubscription", "callback url", "not verifiable"]), "contract"),
        (Ask::Subscribe, fault(400, bad, ["PushSubscription", "", "already exists"]), "contract"),
        (Ask::List, Said::json(500, "{}"), "unavailable"),
        (Ask::Detail, Said::json(504, ""), "unavailable"),
        (Ask::Refresh, Said::json(503, r#"{"message":"Service Unavailable"}"#), "unavailable"),
        (Ask::Revoke, Said::json(502, ""), "unavailable"),
    ];
    for (ask, said, expected) in rows {
        let error = taken(ask, said.clone()).await.0.unwrap_err();
        assert_eq!(class(&error), expected, "{ask:?} {} {}: {error}", said.status, String::from_utf8_lossy(&said.body));
    }
}

#[tokio::test]
async fn answers_of_no_known_shape() {
    let rows: Vec<(Ask, Said, &str)> = vec![
        // A page is no word of Strava's, whatever its status: neither a deletion nor a withdrawn grant.
        (Ask::Detail, Said::page(404), "unavailable"),
        (Ask::Detail, Said::page(401), "unavailable"),
        (Ask::Zones, Said::page(403), "unavailable"),
        (Ask::Refresh, Said::page(400), "unavailable"),
        (Ask::List, Said::page(429), "rate limited"),
        (Ask::List, Said::page(200), "unavailable"),
        (Ask::Streams, Said::json(200, "  <html>"), "unavailable"),
        (Ask::List, Said { status: 301, ..Said::default() }.with("location", "https://example.org/"), "unavailable"),
        // A wrong address knows no activity either.
        (Ask::Detail, Said::json(404, r#"{"message":"Not Found"}"#), "contract"),
        (Ask::List, Said::json(200, ""), "contract"),
        (Ask::List, Said::json(200, r#"{"unlike":"a list"}"#), "contract"),
        (Ask::List, Said::json(200, r#"[{"id":1},{"id""#), "contract"),
        (Ask::Detail, Said::json(200, "[]"), "contract"),
        (Ask::Detail, Said::json(200, r#"{"id":1}"#), "contract"),
        (Ask::Detail, Said::json(200, "null"), "contract"),
        (Ask::Streams, Said::json(200, "7"), "contract"),
        (Ask::Owner, Said::json(200, "{}"), "contract"),
        (Ask::Refresh, Said::json(200, r#"{"token_type":"Bearer"}"#), "contract"),
        (Ask::Detail, Said::json(401, ""), "token refused"),
        (Ask::Detail, Said::json(401, r#"{"message":7,"errors":{"code":[]}}"#), "token refused"),
        (Ask::List, Said::json(418, "[1,2]"), "contract"),
        (Ask::Subscribe, Said::json(201, r#"{"id":"x"}"#), "contract"),
    ];
    for (ask, said, expected) in rows {
        let error = taken(ask, said.clone()).await.0.unwrap_err();
        assert_eq!(class(&error), expected, "{ask:?} {} {}: {error}", said.status, String::from_utf8_lossy(&said.body));
    }
}

#[tokio::test]
async fn what_is_not_there_of_an_activity_is_none() {
    for (ask, said) in [
        (Ask::Streams, fault(404, "Record Not Found", ["Activity", "id", "invalid"])),
        (Ask::Streams, Said::json(200, "{}")),
        (Ask::Streams, Said::json(200, "[]")),
        (Ask::Zones, Said::json(200, "[]")),
        (Ask::Zones, Said::json(402, r#"{"message":"Payment Required"}"#)),
        (Ask::Zones, Said::json(403, r#"{"message":"Forbidden"}"#)),
        // A grant that is dead is given back.
        (Ask::Revoke, fault(400, "Bad Request", ["RefreshToken", "refresh_token", "invalid"])),
    ] {
        assert_eq!(taken(ask, said).await.0, Ok(()), "{ask:?}");
    }
}

#[tokio::test]
async fn the_scope_that_lacks_is_named() {
    for (field, scope) in [
        ("activity:read_permission", "activity:read"),
        ("profile:read_permission", "profile:read"),
        ("<script>", "that this needs"),
    ] {
        let said = fault(401, "Authorization Error", ["AccessToken", field, "missing"]);
        let error = taken(Ask::List, said).await.0.unwrap_err();
        assert_eq!(error, SourceError::MissingScope(scope.to_owned()));
    }
}

#[tokio::test]
async fn a_reached_limit_ends_with_its_window() {
    let limited = || fault(429, "Rate Limit Exceeded", ["Application", "rate limit", "exceeded"]);
    let until = |text: &str| Err(SourceError::RateLimited { until: Some(instant(text)) });
    let quarter = limited().with("X-RateLimit-Limit", "200,2000").with("X-RateLimit-Usage", "201,900");
    assert_eq!(taken(Ask::List, quarter).await.0, until("2026-11-02T00:00:00Z"));
    let quarter = limited().with("X-ReadRateLimit-Limit", "100,1000").with("X-ReadRateLimit-Usage", "101,999");
    let found = at("2026-11-01T08:15:00Z", quarter).await;
    assert_eq!(found, until("2026-11-01T08:30:00Z"));
    let day = limited().with("X-ReadRateLimit-Limit", "100,1000").with("X-ReadRateLimit-Usage", "12,1000");
    assert_eq!(at("2026-11-01T08:15:00Z", day).await, until("2026-11-02T00:00:00Z"));
    // Nothing said: the short window.
    assert_eq!(at("2026-11-01T08:14:59Z", limited()).await, until("2026-11-01T08:15:00Z"));
}

async fn at(now: &str, said: Said) -> Result<(), SourceError> {
    let script = Script::start([said]).await;
    let strava = Strava::open(&settings(&script)).unwrap();
    let tokens = tokens();
    let session = Session { tokens: &tokens, now: instant(now) };
    strava.list(&session, Range::default(), None).await.outcome.map(|_| ())
}

#[tokio::test]
async fn limits_are_read_from_every_answer() {
    let limit = |window_s, reads_only, allowed, used| Limit { window_s, reads_only, allowed, used };
    let headers = |said: Said, reads: &str| {
        said.with("X-RateLimit-Limit", "200,2000")
            .with("X-Ratelimit-Usage", "79,222")
            .with("X-ReadRateLimit-Limit", "100,1000")
            .with("X-ReadRateLimit-Usage", reads)
    };
    let four = [
        limit(900, false, 200, 79),
        limit(86_400, false, 2000, 222),
        limit(900, true, 100, 78),
        limit(86_400, true, 1000, 221),
    ];
    let good = headers(Said::json(200, "[]"), "78,221");
    assert_eq!(taken(Ask::List, good).await, (Ok(()), four.to_vec()));
    let bad = headers(Said::json(500, ""), "78,221");
    assert_eq!(taken(Ask::List, bad).await.1, four);
    for odd in [",", "", "many", "-1,x"] {
        assert_eq!(taken(Ask::List, headers(Said::json(200, "[]"), odd)).await.1, four[..2], "{odd}");
    }
    assert_eq!(taken(Ask::List, Said::json(200, "[]")).await.1, []);
}

#[tokio::test]
async fn no_error_says_a_secret_or_what_the_source_said() {
    let said = Said::json(400, r#"{"message":"the access token is 0123456789abcdef"}"#);
    for ask in [Ask::List, Ask::Exchange, Ask::Refresh, Ask::Subscribe] {
        let error = taken(ask, said.clone()).await.0.unwrap_err();
        let words = format!("{error} {error:?}");
        for secret in ["0123456789abcdef", "the secret", "the access token", "the refresh token"] {
            assert!(!words.contains(secret), "{words}");
        }
    }
    let nobody = Strava::open(&settings(&Script::start([]).await)).unwrap();
    let shown = format!("{nobody:?} {:?}", tokens());
    assert!(!shown.contains("the secret") && !shown.contains("the access token"), "{shown}");
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let script = Script::start([]).await;
    let mut settings = settings(&script);
    // Port 1 of a loopback address is nobody's.
    settings.values.insert("api_base".to_owned(), "http://127.0.0.1:1/api/v3".to_owned());
    let strava = Strava::open(&settings).unwrap();
    let tokens = tokens();
    let reply = strava.list(&Session { tokens: &tokens, now: now() }, Range::default(), None).await;
    assert_eq!(class(&reply.outcome.unwrap_err()), "unavailable");
}

#[test]
fn settings_that_lack_something_name_the_key() {
    let open = |values: &[(&str, &str)], secrets: &[&str]| {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let secrets = secrets.iter().map(|key| ((*key).to_owned(), SecretString::from("x"))).collect();
        Strava::open(&Settings { values, secrets }).map(|_| ())
    };
    assert_eq!(open(&[("client_id", "1")], &["client_secret"]), Ok(()));
    assert!(open(&[], &["client_secret"]).unwrap_err().contains("sources.strava.client_id"));
    assert!(open(&[("client_id", "1")], &[]).unwrap_err().contains("sources.strava.client_secret"));
    let plain = [("client_id", "1"), ("api_base", "http://www.strava.com/api/v3")];
    assert!(open(&plain, &["client_secret"]).unwrap_err().contains("sources.strava.api_base"));
}
