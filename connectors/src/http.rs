//! The one place that owns an HTTP client: time limits, size limits, no redirects.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use url::Url;

use crate::SourceError;

/// A call that has not ended by then has failed.
const DEADLINE: Duration = Duration::from_secs(30);
/// A connection that is not there by then will not come.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest document that is taken whole.
pub const LONGEST_DOCUMENT: usize = 8 << 20;
/// The longest file that is taken whole.
pub const LONGEST_FILE: usize = 64 << 20;

/// A source's answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// The client that every connector uses. Redirects are never followed: a call carries credentials, and where it goes
/// was decided by configuration.
///
/// # Errors
/// `Unavailable` where the system's certificates cannot be read.
pub fn client(agent: &str) -> Result<Client, SourceError> {
    ClientBuilder::new()
        .user_agent(agent)
        .redirect(Policy::none())
        .connect_timeout(CONNECT)
        .timeout(DEADLINE)
        .build()
        .map_err(|error| SourceError::Unavailable(format!("no HTTP client can be made: {error}")))
}

/// Sends a request and reads the answer whole, up to `longest` bytes after decompression.
///
/// # Errors
/// `Unavailable` for whatever ends before a whole answer, `Contract` for one that is too long.
pub async fn send(request: RequestBuilder, longest: usize) -> Result<Answer, SourceError> {
    let failed = |error: reqwest::Error| SourceError::Unavailable(reason(&error));
    let mut response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len().saturating_add(chunk.len()) > longest {
            return Err(SourceError::Contract(format!("an answer is longer than {longest} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body: body.freeze() })
}

/// What went wrong, without the address: it may carry ids or tokens.
fn reason(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the call failed"
    };
    what.to_owned()
}

/// A base address from the configuration: https, or plain http on a loopback address, without a query.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn base(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{text} is no address: {error}"))?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let fits = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    if !fits || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(format!("{text}: a base is https:// (or http:// on a loopback address), without query or user"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::base;

    #[test]
    fn a_base_is_https_or_loopback() {
        for good in ["https://www.strava.com/api/v3", "http://127.0.0.1:4000", "http://[::1]:1/x", "http://localhost:1"]
        {
            assert!(base(good).is_ok(), "{good}");
        }
        for bad in [
            "http://www.strava.com",
            "http://127.0.0.1.example.com",
            "ftp://127.0.0.1",
            "https://me@host/",
            "https://host/?a=b",
            "nonsense",
        ] {
            assert!(base(bad).is_err(), "{bad}");
        }
    }
}
