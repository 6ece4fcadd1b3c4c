//! Strava: the browser goes there and comes back to a port of this machine.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Html;
use axum::routing::get;
use clap::Args;
use hub::Tokens;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::connected;
use crate::cli::Settings;
use crate::cli::print::{counted, remark, say};
use crate::live;

const CONNECTOR: &str = "strava";

/// The arguments of `datahub connect strava`.
#[derive(Debug, Args)]
pub(super) struct Strava {
    /// Whose account it is: a name or an id
    #[arg(long, value_name = "NAME", required_unless_present_any = ["webhook", "no_webhook"])]
    athlete: Option<String>,
    /// Prints the address instead of opening it
    #[arg(long)]
    no_browser: bool,
    /// Reads a refresh token from standard input instead of asking in the browser
    #[arg(long, conflicts_with_all = ["no_browser", "webhook"])]
    refresh_token_stdin: bool,
    /// Subscribes to Strava's notifications for all athletes of this hub, which must run under its public address
    #[arg(long, conflicts_with = "athlete")]
    webhook: bool,
    /// Ends the subscription
    #[arg(long, conflicts_with_all = ["athlete", "webhook"])]
    no_webhook: bool,
}

impl Strava {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        if self.no_webhook {
            let ended = live::unsubscribe(&settings.load()?).await?;
            say(&format!("{} ended.", counted(ended as u64, "subscription", "subscriptions")))?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.webhook {
            let number = live::subscribe(&settings.load()?).await?;
            say(&format!(
                "Strava notifies this hub now. Set sources.strava.subscription_id = {number} and restart the server."
            ))?;
            return Ok(ExitCode::SUCCESS);
        }
        let hub = settings.open().await?.hub;
        let Some(name) = &self.athlete else { bail!("say whose account it is with --athlete") };
        let athlete = hub.athlete_named(name).await?;
        let account = if self.refresh_token_stdin {
            let mut token = String::new();
            std::io::stdin().read_to_string(&mut token).context("cannot read standard input")?;
            let tokens = Tokens {
                // There is none yet: the first thing that is done with these is to refresh them.
                access: SecretString::default(),
                refresh: Some(SecretString::from(token.trim().to_owned())),
                expires_at: None,
                extra: None,
            };
            hub.adopt_tokens(athlete.id, CONNECTOR, tokens).await?
        } else {
            let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen for the browser's return")?;
            let redirect = format!("http://{}/oauth/strava/callback", listener.local_addr()?);
            let address = hub.begin_connect(athlete.id, CONNECTOR, &redirect.parse()?).await?;
            if self.no_browser || !open(address.as_str()) {
                say(&format!("Open this address on this machine and allow access:\n{address}"))?;
            } else {
                remark("The browser asks you to allow access; this waits for it. Ctrl-C gives up.");
            }
            let answer = returned(listener).await?;
            if let Some(error) = answer.get("error") {
                bail!("Strava did not grant access ({error}); run it again to be asked again");
            }
            let (Some(state), Some(code)) = (answer.get("state"), answer.get("code")) else {
                bail!("the browser came back without a code; run it again");
            };
            let scope = answer.get("scope").map(String::as_str);
            hub.finish_connect(CONNECTOR, state, &SecretString::from(code.as_str()), scope).await?
        };
        connected(&account, &athlete.display_name)?;
        Ok(ExitCode::SUCCESS)
    }
}

type Answer = BTreeMap<String, String>;

/// What the browser brings back.
async fn returned(listener: TcpListener) -> anyhow::Result<Answer> {
    async fn take(State(tell): State<mpsc::Sender<Answer>>, Query(answer): Query<Answer>) -> Html<&'static str> {
        // Only the first to return is waited for.
        let _ = tell.try_send(answer);
        Html("<!doctype html><title>Data Hub</title><p>Done. You can close this page and go back to the terminal.")
    }
    let (tell, mut told) = mpsc::channel(1);
    let router = Router::new().route("/oauth/strava/callback", get(take)).with_state(tell);
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async {
                // Whoever drops the other end wants it to end as well.
                let _ = ended.await;
            })
            .await
    });
    let answer = told.recv().await.context("the browser did not come back")?;
    drop(end);
    server.await.context("the page for the browser failed")?.context("the page for the browser failed")?;
    Ok(answer)
}

/// Opens an address in the browser of whoever sits here; false where that cannot be done.
fn open(address: &str) -> bool {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = |command: &mut Command| {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
    };
    quiet(Command::new(program).arg(address))
}
