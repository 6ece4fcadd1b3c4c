//! How Strava is called: where, with whose token, and what every answer tells of limits.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use super::{fault, limit};
use crate::http::{self, Answer, LONGEST_DOCUMENT, LONGEST_FILE};
use crate::{Limit, Reply, SourceError, Tokens};

/// One application's way to Strava.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    api: Url,
    oauth: Url,
    /// The application's number.
    pub id: String,
    /// The application's secret.
    pub secret: SecretString,
}

impl Client {
    pub fn new(api: Url, oauth: Url, id: String, secret: SecretString) -> Result<Self, String> {
        let agent = concat!("datahub/", env!("CARGO_PKG_VERSION"));
        let http = http::client(agent).map_err(|error| error.to_string())?;
        Ok(Self { http, api, oauth, id, secret })
    }

    /// Reads something of the API. The token goes into the header and nowhere else.
    pub fn get(&self, path: &[&str], tokens: &Tokens) -> RequestBuilder {
        self.http.get(below(&self.api, path)).bearer_auth(tokens.access.expose_secret())
    }

    /// An address of the API that no athlete's token is needed for.
    pub fn request(&self, method: reqwest::Method, path: &[&str]) -> RequestBuilder {
        self.http.request(method, below(&self.api, path))
    }

    /// Sends a form to a sign-in address.
    pub fn sign_in(&self, path: &str) -> RequestBuilder {
        self.http.post(self.sign_in_page(path))
    }

    /// A sign-in address.
    pub fn sign_in_page(&self, path: &str) -> Url {
        below(&self.oauth, &[path])
    }

    /// Calls the API at that instant.
    pub async fn ask(&self, request: RequestBuilder, now: DateTime<Utc>) -> Heard {
        self.call(request, LONGEST_DOCUMENT, |answer, limits| fault::of_api(answer, limits, now)).await
    }

    /// The same, for what may be as long as a file: a day of samples a second, in eleven series.
    pub async fn ask_at_length(&self, request: RequestBuilder, now: DateTime<Utc>) -> Heard {
        self.call(request, LONGEST_FILE, |answer, limits| fault::of_api(answer, limits, now)).await
    }

    /// Calls where the application itself is asked and not an athlete's data.
    pub async fn ask_as_application(&self, request: RequestBuilder) -> Heard {
        self.call(request, LONGEST_DOCUMENT, |answer, _| fault::of_application(answer)).await
    }

    async fn call(
        &self,
        request: RequestBuilder,
        longest: usize,
        refusal: impl FnOnce(&Answer, &[Limit]) -> SourceError + Send,
    ) -> Heard {
        let answer = match http::send(request, longest).await {
            Ok(answer) => answer,
            Err(error) => return Heard { outcome: Err(error), limits: Vec::new(), status: None },
        };
        let limits = limit::stated(&answer.headers);
        let status = Some(answer.status);
        let outcome = if answer.status.is_success() { Ok(answer) } else { Err(refusal(&answer, &limits)) };
        Heard { outcome, limits, status }
    }
}

/// An answer that is none of the refusals, or why there is none.
pub struct Heard {
    pub outcome: Result<Answer, SourceError>,
    pub limits: Vec<Limit>,
    pub status: Option<reqwest::StatusCode>,
}

impl Heard {
    /// What the answer says.
    pub fn read<T>(self, read: impl FnOnce(Answer) -> Result<T, SourceError>) -> Reply<T> {
        Reply { outcome: self.outcome.and_then(read), limits: self.limits }
    }
}

/// An address below a base.
fn below(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    // A base is https or http: it has a path.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

/// Whether an answer is a page for people: a maintenance note, a bot filter.
pub fn is_page(answer: &Answer) -> bool {
    let html = answer.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    html || answer.body.trim_ascii_start().starts_with(b"<")
}

/// The body of an answer that should be a document.
pub fn document(answer: Answer, what: &str) -> Result<Bytes, SourceError> {
    if is_page(&answer) {
        return Err(SourceError::Unavailable("it sent a page for people instead of an answer".to_owned()));
    }
    if answer.body.trim_ascii().is_empty() {
        return Err(SourceError::Contract(format!("{what}: the answer is empty")));
    }
    Ok(answer.body)
}

/// The body read. The error names no content.
pub fn parse<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, SourceError> {
    let body = document(answer.clone(), what)?;
    serde_json::from_slice(&body).map_err(|_| SourceError::Contract(format!("{what}: the answer has another shape")))
}
