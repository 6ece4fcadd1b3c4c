//! The whole product with nothing to set up.

mod sources;
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
use sources::Sources;
use year::Story;

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
        let now = SystemClock.now();
        let (clock, world) = (Arc::new(SteppedClock::at(now - year::CONNECTED)), year::world(now));
        // They live as long as the server does.
        let sources = Sources::start(&world, clock.clone()).await?;
        let config = config(directory.path(), address, Some(&sources))?;
        let traces = telemetry::start(&config.telemetry, boot::collector(&config)?)?;
        {
            let hub = boot::open(&config, clock.clone()).await?.hub;
            let athlete = hub.create_athlete("Demo Athlete").await?.id;
            let interrupt = Interrupt::listen("Stopping the demo.");
            let story = Story { hub: &hub, clock: &clock, sources: &sources, interrupt: &interrupt };
            story.live(athlete, &world, now).await?;
        }
        sources.leave_the_past();

        let app = boot::open(&config, Arc::new(SystemClock)).await?;
        say(&ready(&app, address).await?)?;
        if self.keep {
            remark(&kept(directory.path(), address)?);
        }
        lifecycle::serve(app, listener, true).await;
        traces.end().await;
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
fn config(directory: &Path, address: SocketAddr, sources: Option<&Sources>) -> anyhow::Result<Config> {
    let file = directory.join("datahub.toml");
    let (auth, key) = (directory.join("auth.secret"), directory.join("secrets.key"));
    let mut table = toml::Table::new();
    let mut set = |section: &str, keys: &[(&str, String)]| {
        let keys = keys.iter().map(|(key, value)| ((*key).to_owned(), value.clone().into()));
        table.insert(section.to_owned(), toml::Table::from_iter(keys).into());
    };
    set("server", &[("listen", address.to_string()), ("public_url", format!("http://{address}"))]);
    set("database", &[("url", format!("sqlite://{}", directory.join("datahub.db").display()))]);
    set("artifacts", &[("url", format!("file://{}", directory.join("artifacts").display()))]);
    set("telemetry", &[("log", "warn".to_owned())]);
    // Made on first start, and read from there by whoever serves the directory later.
    if auth.exists() {
        set("auth", &[("secret_file", auth.display().to_string())]);
    }
    if key.exists() {
        set("secrets", &[("key_file", key.display().to_string())]);
    }
    if let Some(sources) = sources {
        table.insert("sources".to_owned(), sources.configuration().into());
    }
    std::fs::write(&file, table.to_string())
        .with_context(|| format!("cannot write {}; is there room left?", file.display()))?;
    let mut config = Config::load(Some(&file), std::iter::empty())?;
    (config.auth.made_at, config.secrets.made_at) = (auth, key);
    Ok(config)
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
fn kept(directory: &Path, address: SocketAddr) -> anyhow::Result<String> {
    config(directory, address, None)?;
    Ok(format!(
        "Everything is kept in {}; `datahub serve --config {}` serves it again, without the simulated sources: they end \
         with this process.",
        directory.display(),
        directory.join("datahub.toml").display()
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
