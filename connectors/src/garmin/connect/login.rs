//! One sign-in by a person who sits at a terminal. Each step is tried once: every further try makes Garmin's lock last
//! longer, and enough of them lock the account. No worker may call this.

use std::collections::BTreeMap;

use http::header;
use reqwest::{Client, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::acknowledged;
use super::call::{Origins, as_app, connect, contains, inner_status, is_page};
use super::tokens::Region;
use crate::http::{Answer, LONGEST_DOCUMENT, send};
use crate::registry::Settings;
use crate::{SourceError, Tokens};

/// The sign-in's own client id (`garmin.md` §3.2).
const SSO_CLIENT: &str = "GCM_IOS_DARK";

/// The client id that tokens are issued to, the newest. A ticket is good for one try, so there is no second.
const DI_CLIENT: &str = "GARMIN_CONNECT_MOBILE_ANDROID_DI_2025Q2";

/// What the token endpoint calls a trade of a ticket.
const TICKET_GRANT: &str = "https://connectapi.garmin.com/di-oauth2-service/oauth/grant/service_ticket";

/// The agent that the sign-in page is made for.
const AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                     Mobile/15E148";

/// Where a sign-in has come to.
#[derive(Debug)]
pub enum Step {
    /// It is done.
    Done(Tokens),
    /// Garmin has sent a code to the athlete and waits for it.
    NeedsCode(Box<Pending>),
}

/// A sign-in that waits for a code.
pub struct Pending {
    client: Client,
    origins: Origins,
    region: Region,
    cookies: BTreeMap<String, String>,
    method: String,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pending(a code sent by {})", self.method)
    }
}

impl Pending {
    /// How the code was sent: `email`, `phone`.
    pub fn method(&self) -> &str {
        &self.method
    }
}

/// Begins a sign-in, once.
///
/// # Errors
/// `LockedOut` with what a person should do, `Unavailable` where Garmin cannot be reached, `Contract` where it speaks
/// otherwise than known.
pub async fn begin(
    settings: &Settings,
    region: Region,
    email: &str,
    password: &SecretString,
) -> Result<Step, SourceError> {
    acknowledged(settings).map_err(SourceError::LockedOut)?;
    let origins = Origins::of(settings).map_err(SourceError::LockedOut)?;
    let mut pending =
        Pending { client: connect()?, origins, region, cookies: BTreeMap::new(), method: "email".to_owned() };
    // Without the page's cookies the next step meets 429.
    let mut page = pending.origins.sso(region, &["mobile", "sso", "en_US", "sign-in"]);
    page.query_pairs_mut().append_pair("clientId", SSO_CLIENT).append_pair("service", service(region));
    let answer = pending.send(pending.client.get(page.clone()).header(header::ACCEPT, "text/html")).await?;
    if !answer.status.is_success() {
        return Err(turned_away(&answer));
    }
    let body = json!({
        "username": email, "password": password.expose_secret(), "rememberMe": true, "captchaToken": "",
    });
    let request =
        pending.client.post(pending.at(&["mobile", "api", "login"])).header(header::REFERER, page.as_str()).json(&body);
    let answer = pending.send(request).await?;
    let body = read(&answer)?;
    match word(&body) {
        "SUCCESSFUL" => pending.trade(&body).await.map(Step::Done),
        "MFA_REQUIRED" => {
            let method = body.pointer("/customerMfaInfo/mfaLastMethodUsed").and_then(Value::as_str);
            // It goes back to Garmin and is shown to the athlete: nothing but a word.
            let plain = |method: &&str| {
                method.len() <= 20 && method.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            };
            pending.method = method.filter(plain).unwrap_or("email").to_owned();
            Ok(Step::NeedsCode(Box::new(pending)))
        }
        _ => Err(stopped(&answer, &body)),
    }
}

/// Answers with the code that the athlete was sent, once. After a wrong one the same sign-in takes another.
///
/// # Errors
/// As [`begin`].
pub async fn answer_code(pending: &mut Pending, code: &SecretString) -> Result<Tokens, SourceError> {
    let body = json!({
        "mfaMethod": pending.method, "mfaVerificationCode": code.expose_secret().trim(), "rememberMyBrowser": true,
        "reconsentList": [], "mfaSetup": false,
    });
    let request = pending.client.post(pending.at(&["mobile", "api", "mfa", "verifyCode"])).json(&body);
    let answer = pending.send(request).await?;
    let body = read(&answer)?;
    match word(&body) {
        "SUCCESSFUL" => pending.trade(&body).await,
        "MFA_CODE_INVALID" | "MFA_REQUIRED" | "INVALID_MFA_CODE" => Err(SourceError::LockedOut(
            "Garmin does not accept that code: type the newest one, or begin again for another".to_owned(),
        )),
        _ => Err(stopped(&answer, &body)),
    }
}

/// The name under which tickets are issued; it is only compared, never called.
const fn service(region: Region) -> &'static str {
    match region {
        Region::Com => "https://mobile.integration.garmin.com/gcm/ios",
        Region::Cn => "https://mobile.integration.garmin.cn/gcm/ios",
    }
}

impl Pending {
    fn at(&self, path: &[&str]) -> url::Url {
        let mut url = self.origins.sso(self.region, path);
        url.query_pairs_mut()
            .append_pair("clientId", SSO_CLIENT)
            .append_pair("locale", "en-US")
            .append_pair("service", service(self.region));
        url
    }

    /// Sends a step of the sign-in with its cookies, and keeps those that come back.
    async fn send(&mut self, request: RequestBuilder) -> Result<Answer, SourceError> {
        let origin = self.origins.sso(self.region, &[]).origin().ascii_serialization();
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header(header::USER_AGENT, AGENT).header(header::ORIGIN, origin);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let answer = send(request, LONGEST_DOCUMENT).await?;
        for cookie in answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        Ok(answer)
    }

    /// Trades the ticket for tokens: it lives for a minute or two, and for one try.
    async fn trade(&self, body: &Value) -> Result<Tokens, SourceError> {
        let ticket = body
            .get("serviceTicketId")
            .and_then(Value::as_str)
            .ok_or_else(|| SourceError::Contract("the sign-in succeeded and gave no ticket".to_owned()))?;
        let form = [
            ("client_id", DI_CLIENT),
            ("service_ticket", ticket),
            ("service_url", service(self.region)),
            ("grant_type", TICKET_GRANT),
        ];
        let request =
            as_app(self.client.post(self.origins.token(self.region))).basic_auth(DI_CLIENT, Some("")).form(&form);
        let answer = send(request, LONGEST_DOCUMENT).await?;
        super::refresh::issued(&answer, DI_CLIENT, self.region)?.ok_or_else(|| {
            SourceError::LockedOut(format!(
                "Garmin let you in and then made no tokens ({}): import tokens of another program with `--tokens`",
                answer.status.as_u16()
            ))
        })
    }
}

/// The sign-in's own word for what happened.
fn word(body: &Value) -> &str {
    body.pointer("/responseStatus/type").and_then(Value::as_str).unwrap_or_default()
}

/// The JSON of an answer, whatever its status: wrong credentials come as 401.
fn read(answer: &Answer) -> Result<Value, SourceError> {
    let body = serde_json::from_slice::<Value>(&answer.body).ok().filter(|_| !is_page(answer));
    match body {
        Some(body)
            if !word(&body).is_empty()
                && inner_status(&body).is_none()
                && ![427, 429].contains(&answer.status.as_u16()) =>
        {
            Ok(body)
        }
        _ => Err(turned_away(answer)),
    }
}

/// What an answer means that does not speak of the sign-in at all.
fn turned_away(answer: &Answer) -> SourceError {
    let inner = serde_json::from_slice::<Value>(&answer.body).ok().and_then(|body| inner_status(&body));
    let sentence = match inner.unwrap_or(answer.status).as_u16() {
        429 => {
            "Garmin takes no sign-ins from here for now (429): wait for two hours at least, since every try makes it last longer, or import tokens of another program with `--tokens`"
        }
        427 => {
            "Garmin blocks this kind of client (427): sign in with another program and import its tokens with `--tokens`"
        }
        _ if is_page(answer) && (contains(&answer.body, b"locked") || contains(&answer.body, b"Locked")) => {
            ACCOUNT_LOCKED
        }
        403 | 200..=299 if is_page(answer) => {
            "Garmin's bot protection asks for a browser: sign in with another program and import its tokens with `--tokens`"
        }
        403 => "Garmin refuses sign-ins from here (403): import tokens of another program with `--tokens`",
        status @ 500..=599 => {
            return SourceError::Unavailable(format!("Garmin's sign-in has trouble of its own ({status})"));
        }
        status => {
            return SourceError::Contract(format!("Garmin's sign-in answered {status} in a way that is not known"));
        }
    };
    SourceError::LockedOut(sentence.to_owned())
}

const ACCOUNT_LOCKED: &str = "Garmin has locked the account after too many tries: unlock it in a browser (the mail from Garmin says how), then sign in there once";

/// What the sign-in's own word means where it is not a success.
fn stopped(answer: &Answer, body: &Value) -> SourceError {
    let sentence = match word(body) {
        "INVALID_USERNAME_PASSWORD" => {
            "e-mail or password is wrong: check them in a browser before you try again, since a few wrong tries lock the account"
        }
        "CAPTCHA_REQUIRED" => {
            "Garmin asks for a captcha: sign in once in a browser, or import tokens of another program with `--tokens`"
        }
        locked if locked.contains("LOCKED") => ACCOUNT_LOCKED,
        _ => {
            return SourceError::Contract(format!(
                "Garmin's sign-in stopped for a reason that is not known ({})",
                answer.status.as_u16()
            ));
        }
    };
    SourceError::LockedOut(sentence.to_owned())
}
