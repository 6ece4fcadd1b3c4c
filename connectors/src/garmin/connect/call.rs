//! One call, and what its answer means. Garmin fails in more ways than it documents: a page where JSON belongs, a
//! refusal inside an answer that says it succeeded, a token that is dead at birth.

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use http::{HeaderMap, StatusCode, header};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use url::Url;

use super::tokens::{Region, claims};
use crate::http::Answer;
use crate::registry::Settings;
use crate::{SourceError, http as client};

/// What the calls of the phone app say of themselves; without them the API answers 402 or 403 (`garmin.md` §3.5).
const APP: [(&str, &str); 7] = [
    (
        "X-Garmin-User-Agent",
        "com.garmin.android.apps.connectmobile/5.23; ; Google/sdk_gphone64_arm64/google; Android/33; Dalvik/2.1.0",
    ),
    ("X-Garmin-Paired-App-Version", "10861"),
    ("X-Garmin-Client-Platform", "Android"),
    ("X-App-Ver", "10861"),
    ("X-Lang", "en"),
    ("X-GCExperience", "GC5"),
    ("Accept-Language", "en-US,en;q=0.9"),
];

/// The agent of those calls.
const AGENT: &str = "GCM-Android-5.23";

/// How young a token is that Garmin calls inactive without meaning that it has ended (`garmin.md` §2, mid-2026).
const NEWBORN_HOURS: i64 = 1;

/// Where Garmin is.
#[derive(Debug, Clone)]
pub struct Origins {
    api: Url,
    sso: Url,
    token: Url,
}

impl Origins {
    /// From `api_base`, `sso_base` and `token_base`, each a plain origin.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn of(settings: &Settings) -> Result<Self, String> {
        let origin = |key: &str, default: &str| {
            let text = settings.values.get(key).map_or(default, String::as_str);
            let named = |problem: String| format!("sources.garmin_connect.{key}: {problem}");
            let url = client::base(text).map_err(named)?;
            if url.path() == "/" {
                Ok(url)
            } else {
                Err(named(format!("{text}: expected is an origin without a path")))
            }
        };
        Ok(Self {
            api: origin("api_base", "https://connectapi.garmin.com")?,
            sso: origin("sso_base", "https://sso.garmin.com")?,
            token: origin("token_base", "https://diauth.garmin.com")?,
        })
    }

    /// An address of the API.
    pub fn api(&self, region: Region, path: &[&str]) -> Url {
        below(&self.api, region, path)
    }

    /// An address of the sign-in.
    pub fn sso(&self, region: Region, path: &[&str]) -> Url {
        below(&self.sso, region, path)
    }

    /// Where tokens are made and renewed.
    pub fn token(&self, region: Region) -> Url {
        below(&self.token, region, &["di-oauth2-service", "oauth", "token"])
    }
}

/// A path below an origin; accounts of China have the same hosts in a domain of their own.
fn below(origin: &Url, region: Region, path: &[&str]) -> Url {
    let mut url = origin.clone();
    let chinese =
        origin.host_str().and_then(|host| host.strip_suffix(".garmin.com")).map(|host| format!("{host}.garmin.cn"));
    if let (Region::Cn, Some(host)) = (region, chinese)
        && url.set_host(Some(&host)).is_err()
    {
        return origin.clone();
    }
    if let Ok(mut segments) = url.path_segments_mut() {
        // Each part is escaped: an id cannot lead anywhere else.
        segments.clear().extend(path);
    }
    url
}

/// The client of one connector.
///
/// # Errors
/// `Unavailable` where none can be made.
pub fn connect() -> Result<Client, SourceError> {
    client::client(AGENT)
}

/// A request with what the app says of itself.
pub fn as_app(request: RequestBuilder) -> RequestBuilder {
    APP.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// What an answer of the API comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It gave something.
    Something(Bytes),
    /// It is there and gave nothing: 204, or no byte.
    Nothing,
    /// It is not there: 404 or 410.
    Missing,
}

/// What the API's answer means. `access` is the token that was used.
///
/// # Errors
/// By `garmin.md` §6: each symptom to the deed that it needs.
pub fn judge(answer: Answer, access: &str, now: DateTime<Utc>) -> Result<Told, SourceError> {
    let page = is_page(&answer);
    match answer.status.as_u16() {
        204 => Ok(Told::Nothing),
        200..=299 if page => Err(blocked()),
        200..=299 if answer.body.is_empty() => Ok(Told::Nothing),
        200..=299 => Ok(Told::Something(answer.body)),
        300..=399 => Err(SourceError::Unavailable(
            "Garmin sends the call to another address, as it does for visitors without a session".to_owned(),
        )),
        401 => Err(refused(&answer, access, now)),
        429 => Err(SourceError::RateLimited { until: retry_after(&answer.headers, now) }),
        403 if is_rate_ban(&answer) => Err(SourceError::RateLimited { until: retry_after(&answer.headers, now) }),
        403 | 427 if page => Err(blocked()),
        402 | 403 if is_json(&answer) => Err(SourceError::Contract(format!(
            "Garmin refuses this call ({}): it is not the account's, or its privacy forbids it",
            answer.status.as_u16()
        ))),
        402 | 403 | 427 => Err(blocked()),
        404 | 410 if !page => Ok(Told::Missing),
        500..=599 => {
            Err(SourceError::Unavailable(format!("Garmin has trouble of its own ({})", answer.status.as_u16())))
        }
        _ if page => Err(blocked()),
        status => Err(SourceError::Contract(format!("Garmin answered {status}, which it never did before"))),
    }
}

/// As [`judge`], for an answer that has to be JSON.
///
/// # Errors
/// As [`judge`], and `Unavailable` for JSON that was cut off: Garmin does that to a few of a thousand.
pub fn judge_json(answer: Answer, access: &str, now: DateTime<Utc>) -> Result<Told, SourceError> {
    let told = judge(answer, access, now)?;
    if let Told::Something(bytes) = &told
        && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes)
    {
        return Err(if error.is_eof() {
            SourceError::Unavailable("the answer is cut off".to_owned())
        } else {
            SourceError::Contract(format!("the answer is no JSON (line {}, column {})", error.line(), error.column()))
        });
    }
    Ok(told)
}

fn blocked() -> SourceError {
    SourceError::LockedOut(
        "Garmin's bot protection answered with a page in place of data: nothing is asked until a pause is over; where \
         it lasts for days, let Garmin see another address of this network, or import exports meanwhile"
            .to_owned(),
    )
}

/// A refused token. "Token is not active" of a newborn one is Garmin's own trouble: another refresh would only make
/// another such token.
fn refused(answer: &Answer, access: &str, now: DateTime<Utc>) -> SourceError {
    let said = answer.headers.get(header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let inactive = said.contains("not active") || contains(&answer.body, b"not active");
    let claims = claims(access);
    let newborn = claims.issued_at().is_some_and(|issued| now - issued < Duration::hours(NEWBORN_HOURS))
        && claims.expires_at().is_some_and(|end| end > now);
    if inactive && newborn {
        return SourceError::Unavailable(
            "Garmin calls the token that it has just made not active: it may work within the hour".to_owned(),
        );
    }
    SourceError::TokenRefused
}

/// Whether a page stands where data belongs. A GPX file, which begins with a tag as well, is none.
pub fn is_page(answer: &Answer) -> bool {
    let kind = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let begins = |with: &[u8]| {
        answer.body.trim_ascii_start().get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    kind.starts_with("text/html") || begins(b"<!doctype html") || begins(b"<html")
}

fn is_json(answer: &Answer) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_ok()
}

/// Cloudflare's ban of an address for too many calls.
fn is_rate_ban(answer: &Answer) -> bool {
    contains(&answer.body, b"error code: 1015") || (is_page(answer) && contains(&answer.body, b"1015"))
}

/// Whether bytes hold a text; looked for only near their beginning, which tells enough.
pub fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.get(..16 << 10).unwrap_or(bytes).windows(text.len()).any(|window| window == text)
}

/// When to ask again, by the answer's own word: seconds, or a date.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let said = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    match said.parse::<u32>() {
        // A day is the longest ban that was seen.
        Ok(seconds) => Some(now + Duration::seconds(i64::from(seconds.min(86_400)))),
        Err(_) => DateTime::parse_from_rfc2822(said).ok().map(|at| at.with_timezone(&Utc)),
    }
}

/// When an answer was made, by its own word.
pub fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let said = headers.get(header::DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(said).ok().map(|at| at.with_timezone(&Utc))
}

/// The status that stands inside an answer of the sign-in, which may say 200 outside (`garmin.md` §3.1).
pub fn inner_status(body: &Value) -> Option<StatusCode> {
    let code = body.get("error")?.get("status-code")?;
    let code = code.as_str().map_or_else(|| code.as_u64(), |text| text.parse().ok())?;
    StatusCode::from_u16(u16::try_from(code).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, kind: &'static str, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn a_page_is_told_by_its_beginning_and_not_by_what_an_athlete_writes() {
        let now = DateTime::UNIX_EPOCH;
        for (given, is_something) in [
            (answer(200, "application/json", r#"[{"activityName":"<html>1015"}]"#), true),
            (answer(200, "application/octet-stream", "<?xml version=\"1.0\"?><gpx/>"), true),
            (answer(200, "application/json", "\n<!DOCTYPE HTML><title>x</title>"), false),
            (answer(200, "text/html; charset=utf-8", "Just a moment"), false),
        ] {
            assert_eq!(judge(given, "", now).is_ok(), is_something);
        }
        let limited = judge(answer(403, "text/plain", "error code: 1015"), "", now);
        assert_eq!(limited, Err(SourceError::RateLimited { until: None }));
        assert!(matches!(
            judge(answer(403, "text/plain", "error code: 1020"), "", now),
            Err(SourceError::LockedOut(_))
        ));
    }

    #[test]
    fn accounts_of_china_have_hosts_of_their_own() {
        let origins = Origins::of(&Settings::default()).unwrap();
        assert_eq!(origins.token(Region::Com).as_str(), "https://diauth.garmin.com/di-oauth2-service/oauth/token");
        assert_eq!(origins.token(Region::Cn).host_str(), Some("diauth.garmin.cn"));
        assert_eq!(
            origins.api(Region::Cn, &["a", "../b", "c/d", ".."]).as_str(),
            "https://connectapi.garmin.cn/a/..%2Fb/c%2Fd"
        );
        let mut settings = Settings::default();
        settings.values.insert("sso_base".to_owned(), "http://127.0.0.1:9".to_owned());
        assert_eq!(Origins::of(&settings).unwrap().sso(Region::Cn, &["x"]).as_str(), "http://127.0.0.1:9/x");
    }
}
