//! The whole product with nothing to set up.

mod words;
mod year;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use chrono::Duration;
use clap::Args;
use domain::Clock as _;
use hub::{Athletes, RecordFilter, SteppedClock, SystemClock};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::interrupt::Interrupt;
use super::print::{remark, say};
use super::serve::listen;
use crate::auth::{self, Grant, Scope};
use crate::boot::{self, App};
use crate::config::Config;
use crate::{lifecycle, telemetry};

/// Where the demo listens if nothing else does.
const PORT: u16 = 8080;

/// The arguments of `datahub demo`.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Address and port to listen on; 127.0.0.1:8080 where absent, or another port if that is taken
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Keeps the demo's directory for `datahub serve`
    #[arg(long)]
    keep: bool,
}

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let listener = match self.listen {
            Some(address) => listen(address).await?,
            None => listen_somewhere().await?,
        };
        let address = listener.local_addr()?;
        let directory = tempfile::Builder::new()
            .prefix("datahub-demo-")
            .tempdir()
            .context("cannot make a temporary directory; set TMPDIR to a folder with 100 MB of room")?;
        let config = config(directory.path(), address)?;
        telemetry::start(&config.telemetry);
        filled(&config, directory.path()).await?;

        let app = boot::open(&config, Arc::new(SystemClock)).await?;
        say(&ready(&app, address).await?)?;
        if self.keep {
            remark(&kept(directory.path(), &config)?);
        }
        lifecycle::serve(app, listener, true).await;
        end(directory, self.keep)?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn listen_somewhere() -> anyhow::Result<TcpListener> {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    match TcpListener::bind(usual).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
            remark(&format!("{usual} is taken; the demo listens on {}.", listener.local_addr()?));
            Ok(listener)
        }
        Ok(listener) => Ok(listener),
        Err(_) => listen(usual).await,
    }
}

/// A configuration that touches nothing outside the directory; the environment has no say in it.
fn config(directory: &Path, address: SocketAddr) -> anyhow::Result<Config> {
    let file = directory.join("datahub.toml");
    write_config(&file, directory, address, None)?;
    let mut config = Config::load(Some(&file), std::iter::empty())?;
    config.auth.made_at = directory.join("auth.secret");
    Ok(config)
}

fn write_config(file: &Path, directory: &Path, address: SocketAddr, secret: Option<&Path>) -> anyhow::Result<()> {
    let text = |text: String| toml::Value::String(text);
    let mut written = format!(
        "[server]\nlisten = {}\npublic_url = {}\n\n[database]\nurl = {}\n\n[artifacts]\nurl = {}\n\n[telemetry]\nlog = \"warn\"\n",
        text(address.to_string()),
        text(format!("http://{address}")),
        text(format!("sqlite://{}", directory.join("datahub.db").display())),
        text(format!("file://{}", directory.join("artifacts").display())),
    );
    if let Some(secret) = secret {
        written.push_str(&format!("\n[auth]\nsecret_file = {}\n", text(secret.display().to_string())));
    }
    std::fs::write(file, written).with_context(|| format!("cannot write {}; is there room left?", file.display()))
}

/// Fills the database on a clock that stands where the story needs it.
async fn filled(config: &Config, directory: &Path) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen("Stopping the demo.");
    let now = SystemClock.now();
    let clock = Arc::new(SteppedClock::at(now - year::FIRST_EXPORTS - Duration::days(1)));
    let hub = boot::open(config, clock.clone()).await?.hub;
    let athlete = hub.create_athlete("Demo Athlete").await?.id;
    year::fill(&hub, &clock, athlete, now, directory, &interrupt).await
}

/// What stands, and how to go on.
async fn ready(app: &App, address: SocketAddr) -> anyhow::Result<String> {
    let view = app.hub.view(Athletes::All);
    let standing = words::standing(&view.summary(None).await?, view.count_records(&RecordFilter::default()).await?);
    let grant = Grant {
        client_id: "demo".to_owned(),
        scopes: Scope::ALL.into(),
        athletes: Athletes::All,
        lifetime: Duration::days(30),
    };
    let issued = auth::issue(&app.auth, &app.hub, &grant).await?;
    Ok(format!("\n{standing}\n{}", words::invitation(address, issued.token.expose_secret())))
}

/// Makes the directory one that `datahub serve` can take over; says how.
fn kept(directory: &Path, config: &Config) -> anyhow::Result<String> {
    let file = directory.join("datahub.toml");
    write_config(&file, directory, config.server.listen, Some(&config.auth.made_at))?;
    Ok(format!(
        "Everything is kept in {}; `datahub serve --config {}` serves it again.",
        directory.display(),
        file.display()
    ))
}

fn end(directory: TempDir, keep: bool) -> anyhow::Result<()> {
    if keep {
        let _path = directory.keep();
        return Ok(());
    }
    let path = directory.path().to_owned();
    directory.close().with_context(|| format!("cannot remove {} entirely; remove it by hand", path.display()))
}
