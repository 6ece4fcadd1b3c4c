//! The person before the browser, where there is none.

use secrecy::SecretString;
use url::Url;

use crate::{SourceError, http};

/// Who opens the page.
const AGENT: &str = "a browser of the simulator";
/// The longest page, in bytes.
const LONGEST: usize = 1 << 20;

/// What a browser brings back from the page on which a person granted access.
#[derive(Debug)]
pub struct Granted {
    /// What whoever sent the person there had given along.
    pub state: String,
    /// For tokens.
    pub code: SecretString,
    /// What was granted, where the page tells.
    pub scope: Option<String>,
}

/// Opens the page on which access is granted, and brings back what it sends the browser on with.
///
/// # Errors
/// `Unavailable` where nobody answers, `Contract` where the browser is not sent on with a code.
pub async fn consent(page: Url) -> Result<Granted, SourceError> {
    let answer = http::send(http::client(AGENT)?.get(page), LONGEST).await?;
    let odd = |what: &str| SourceError::Contract(format!("the page for granting {what} ({})", answer.status));
    let back = answer.headers.get("location").and_then(|location| Url::parse(location.to_str().ok()?).ok());
    let back = back.ok_or_else(|| odd("sends nobody on"))?;
    let told = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let state = told("state").ok_or_else(|| odd("sends on without a state"))?;
    let code = told("code").map(SecretString::from).ok_or_else(|| odd("sends on without a code"))?;
    Ok(Granted { state, code, scope: told("scope") })
}
