//! Tokens that were made elsewhere: read in every shape in which known programs keep them, by content and never by a
//! file's name.

use std::path::Path;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, Duration, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Tokens;

/// What to tell a person once tokens are adopted: a refresh gives a new refresh token and kills the old one, and
/// whoever refreshes second is locked out.
pub const ADOPTED: &str = "from now on only Data Hub may use these tokens: stop the program that made them, or sign in \
                           there once more for tokens of its own";

/// What a person can do where tokens are dead.
pub(super) const SIGN_IN_AGAIN: &str = "sign in once more with `datahub connect garmin --login`, or import fresh tokens \
                                        of garminconnect 0.3 or later with `--tokens`";

/// How long a refresh token lives: 2 592 000 s were seen (`garmin.md` §3.5).
const REFRESH_DAYS: i64 = 30;

/// The longest token document; real ones have about 5 KB.
const LONGEST: usize = 1 << 20;

/// Base64 as people paste it: either alphabet is tried, padded or not.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Which of Garmin's two worlds an account lives in: neither knows the other's accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// garmin.com.
    #[default]
    Com,
    /// garmin.cn: China.
    Cn,
}

/// How tokens were issued, and so what can be done once the access token ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "made")]
pub(super) enum Made {
    /// By the sign-in of 2026: a refresh token that is bound to the client id it was issued to.
    Di {
        /// That client id.
        client_id: String,
    },
    /// By an OAuth1 exchange, which is left to die.
    Legacy,
}

/// What stands in [`Tokens::extra`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Extra {
    #[serde(flatten)]
    pub made: Made,
    #[serde(default)]
    pub region: Region,
}

impl Extra {
    /// What tokens carry; of tokens that carry nothing, no more than their access token is known.
    pub fn of(tokens: &Tokens) -> Self {
        let read = tokens.extra.as_ref().and_then(|extra| serde_json::from_str(extra.expose_secret()).ok());
        read.unwrap_or_else(|| {
            let client_id = claims(tokens.access.expose_secret()).client_id;
            Self { made: client_id.map_or(Made::Legacy, |client_id| Made::Di { client_id }), region: Region::default() }
        })
    }

    fn sealed(&self) -> Option<SecretString> {
        serde_json::to_string(self).ok().map(SecretString::from)
    }
}

/// Tokens of the sign-in of 2026.
pub(super) fn di(access: String, refresh: Option<String>, client_id: String, region: Region) -> Tokens {
    Tokens {
        expires_at: claims(&access).expires_at(),
        access: SecretString::from(access),
        refresh: refresh.map(SecretString::from),
        extra: Extra { made: Made::Di { client_id }, region }.sealed(),
    }
}

/// What is read of an access token without checking its signature: only Garmin can, and we only plan with it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Claims {
    #[serde(default)]
    exp: Option<i64>,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    client_id: Option<String>,
}

impl Claims {
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.exp.and_then(|exp| DateTime::from_timestamp(exp, 0))
    }

    pub fn issued_at(&self) -> Option<DateTime<Utc>> {
        self.iat.and_then(|iat| DateTime::from_timestamp(iat, 0))
    }
}

/// The claims of a JWT; none of a text that is none.
pub(super) fn claims(token: &str) -> Claims {
    let body = token.split('.').nth(1).and_then(|body| URL_SAFE.decode(body).ok());
    body.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default()
}

/// Tokens from a file, or from a folder of them (its `.json` files).
///
/// # Errors
/// A sentence that says what is wrong with them, and what to do.
pub fn adopt_path(path: &Path, now: DateTime<Utc>) -> Result<Tokens, String> {
    let unreadable = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let mut files = vec![path.to_owned()];
    if std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        files.clear();
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file.extension().is_some_and(|ending| ending == "json") {
                files.push(file);
            }
        }
        files.sort();
    }
    let mut bytes = Vec::new();
    for file in files {
        if std::fs::metadata(&file).is_ok_and(|found| found.len() > LONGEST as u64) {
            return Err(format!("{} is no token file: it is larger than 1 MiB", file.display()));
        }
        bytes.extend(std::fs::read(&file).map_err(unreadable)?);
        bytes.push(b'\n');
    }
    adopt(&bytes, now).map_err(|problem| format!("{}: {problem}", path.display()))
}

/// Tokens that another program made, in any shape: a file's content, a folder's files one after another, JSON or
/// base64 as it stands in an environment variable.
///
/// # Errors
/// A sentence that says what is wrong with them, and what to do. It names no token.
pub fn adopt(bytes: &[u8], now: DateTime<Utc>) -> Result<Tokens, String> {
    if bytes.len() > LONGEST {
        return Err("these are no tokens: they are larger than 1 MiB".to_owned());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "these are no tokens: they are no text".to_owned())?;
    let documents = documents(text.trim_start_matches('\u{feff}').trim())?;
    let mut found = Found::default();
    for document in &documents {
        found.look(document, 0);
    }
    if let Some(tokens) = found.di {
        return alive(tokens, now);
    }
    if let Some(legacy) = found.legacy {
        return legacy_alive(legacy, found.region, now);
    }
    if found.oauth1 {
        return Err(format!(
            "these are tokens of the old kind (OAuth1) without an access token; Garmin's exchange for them is not used: {SIGN_IN_AGAIN}"
        ));
    }
    Err("these are no Garmin tokens: expected is what garminconnect (garmin_tokens.json), garth, withings-sync or \
         pirate-garmin keep, as JSON or base64"
        .to_owned())
}

/// The JSON documents in a text: as they are, one after another, or packed as base64.
fn documents(text: &str) -> Result<Vec<Value>, String> {
    if text.is_empty() {
        return Err("these are no tokens: they are empty".to_owned());
    }
    let text = text.strip_prefix(['"', '\'']).map_or(text, |inner| inner.trim_end_matches(['"', '\'']));
    if text.starts_with(['{', '[']) {
        return json(text);
    }
    if text.starts_with("eyJ") && text.matches('.').count() == 2 {
        return Err(format!("an access token alone ends within a day and cannot be renewed: {SIGN_IN_AGAIN}"));
    }
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let unpacked = STANDARD.decode(&packed).or_else(|_| URL_SAFE.decode(&packed));
    match unpacked.ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(inner) if inner.trim_start().starts_with(['{', '[']) => json(inner.trim()),
        _ => Err("these are no tokens: they are neither JSON nor base64 of JSON".to_owned()),
    }
}

fn json(text: &str) -> Result<Vec<Value>, String> {
    serde_json::Deserializer::from_str(text).into_iter::<Value>().collect::<Result<_, _>>().map_err(|error| {
        format!("these are no tokens: the JSON is broken or cut off (line {}, column {})", error.line(), error.column())
    })
}

/// What was found in the documents.
#[derive(Default)]
struct Found {
    di: Option<Tokens>,
    legacy: Option<Legacy>,
    oauth1: bool,
    region: Option<Region>,
}

struct Legacy {
    access: String,
    expires_at: Option<DateTime<Utc>>,
}

impl Found {
    /// Garth packs its two tokens into a list, others into an object of theirs; nobody packs deeper than that.
    fn look(&mut self, document: &Value, depth: u8) {
        let text = |value: &Value, key: &str| {
            value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (access, refresh, client_id) = match document.get("di") {
            Some(di) => {
                let token = di.get("token").unwrap_or(&Value::Null);
                (text(token, "access_token"), text(token, "refresh_token"), text(di, "clientId"))
            }
            None => (text(document, "di_token"), text(document, "di_refresh_token"), text(document, "di_client_id")),
        };
        if let Some(access) = access {
            let claims = claims(&access);
            let region = region_of(claims.iss.as_deref().unwrap_or_default());
            // A token that names no client id cannot be renewed: `alive` says so.
            let client_id = client_id.or(claims.client_id).unwrap_or_default();
            self.di.get_or_insert(di(access, refresh, client_id, region.unwrap_or_default()));
        } else if let Some(access) = text(document, "access_token") {
            let written = document.get("expires_at").and_then(Value::as_f64);
            let written = written.and_then(|at| DateTime::from_timestamp(at as i64, 0));
            let claims = claims(&access);
            self.region = self.region.or_else(|| region_of(claims.iss.as_deref().unwrap_or_default()));
            self.legacy.get_or_insert(Legacy { expires_at: claims.expires_at().or(written), access });
        } else if document.get("oauth_token").is_some() {
            self.oauth1 = true;
            self.region = text(document, "domain").and_then(|domain| region_of(&domain)).or(self.region);
        }
        if let (Value::Array(elements), true) = (document, depth < 2) {
            for element in elements {
                self.look(element, depth + 1);
            }
        }
    }
}

fn region_of(name: &str) -> Option<Region> {
    let name = name.trim_end_matches('/');
    match name {
        _ if name.ends_with("garmin.cn") => Some(Region::Cn),
        _ if name.ends_with("garmin.com") => Some(Region::Com),
        _ => None,
    }
}

fn alive(tokens: Tokens, now: DateTime<Utc>) -> Result<Tokens, String> {
    let claims = claims(tokens.access.expose_secret());
    let Some(expires_at) = tokens.expires_at else {
        return Err("the access token is none that Garmin makes (it does not say when it ends)".to_owned());
    };
    if tokens.refresh.is_none() && expires_at <= now {
        return Err(format!(
            "the access token ended on {} and there is no refresh token: {SIGN_IN_AGAIN}",
            day(expires_at)
        ));
    }
    if matches!(Extra::of(&tokens).made, Made::Di { client_id } if client_id.is_empty()) {
        return Err(format!(
            "the tokens do not say to which client id they were issued, so they cannot be renewed: {SIGN_IN_AGAIN}"
        ));
    }
    // The refresh token was issued with the access token, and tells nobody when it ends.
    let issued = claims.issued_at().unwrap_or(expires_at);
    if expires_at <= now && issued + Duration::days(REFRESH_DAYS) <= now {
        return Err(format!(
            "these tokens are of {} and lived for {REFRESH_DAYS} days at most: {SIGN_IN_AGAIN}",
            day(issued)
        ));
    }
    Ok(tokens)
}

/// Tokens of the old kind work until they end: nobody knows whether Garmin still renews them.
fn legacy_alive(legacy: Legacy, region: Option<Region>, now: DateTime<Utc>) -> Result<Tokens, String> {
    let Some(expires_at) = legacy.expires_at else {
        return Err("the access token does not say when it ends, so it cannot be relied on".to_owned());
    };
    if expires_at <= now {
        return Err(format!(
            "these are garth's tokens and the access token ended on {}; tokens of that kind are not renewed: {SIGN_IN_AGAIN}",
            day(expires_at)
        ));
    }
    Ok(Tokens {
        access: SecretString::from(legacy.access),
        refresh: None,
        expires_at: Some(expires_at),
        extra: Extra { made: Made::Legacy, region: region.unwrap_or_default() }.sealed(),
    })
}

fn day(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M UTC").to_string()
}
