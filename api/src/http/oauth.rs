//! Connecting an account in the browser, on a hub that runs on a server.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use domain::AthleteId;
use hub::HubError;
use secrecy::SecretString;
use url::Url;

use super::bearer;
use super::problem::Problem;
use crate::auth::Scope;
use crate::boot::App;

/// `GET /oauth/{connector}/start?athlete=ID`, with a token that has accounts:write: leads to where the athlete grants
/// access.
pub async fn start(
    State(app): State<App>,
    Path(connector): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let principal = bearer::principal(&app, &headers).await?;
    let view = principal
        .view(&app.hub, Scope::AccountsWrite)
        .map_err(|forbidden| Problem::new(StatusCode::FORBIDDEN, forbidden.to_string()))?;
    let missing = || Problem::new(StatusCode::NOT_FOUND, "There is no such athlete; name one with ?athlete=ID.");
    let athlete: AthleteId = query.get("athlete").and_then(|id| id.parse().ok()).ok_or_else(missing)?;
    if view.athletes_by_id(&[athlete]).await.map_err(problem)?.is_empty() {
        return Err(missing());
    }
    let address = app.hub.begin_connect(athlete, &connector, &redirect(&app, &connector)?).await.map_err(problem)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, address.to_string())]).into_response())
}

/// `GET /oauth/{connector}/callback`: the athlete's browser comes back. What it brings is only worth something together
/// with the state that `start` gave out, once.
pub async fn callback(
    State(app): State<App>,
    Path(connector): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    if query.contains_key("error") {
        return Err(Problem::new(StatusCode::FORBIDDEN, "Access was not granted. Start again to be asked again."));
    }
    let (Some(state), Some(code)) = (query.get("state"), query.get("code")) else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "The browser came back without a code. Start again."));
    };
    let scope = query.get("scope").map(String::as_str);
    let account =
        app.hub.finish_connect(&connector, state, &SecretString::from(code.as_str()), scope).await.map_err(problem)?;
    let granted = account.state_reason.as_deref().unwrap_or("All that was asked for was granted.");
    let page = format!(
        "<!doctype html><title>Data Hub</title><p>The account is connected. {granted}<p>You can close this page."
    );
    Ok(Html(page).into_response())
}

/// Where the browser comes back to.
fn redirect(app: &App, connector: &str) -> Result<Url, Problem> {
    let known = connector.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let address = format!("{}/oauth/{connector}/callback", app.server.public_url);
    address
        .parse()
        .ok()
        .filter(|_| known)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "There is no such connector."))
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn problem(error: HubError) -> Problem {
    Problem::of(&error)
}
