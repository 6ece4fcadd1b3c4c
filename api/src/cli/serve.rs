//! The server.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use hub::SystemClock;
use tokio::net::TcpListener;

use super::Settings;
use crate::{boot, lifecycle, telemetry};

/// The arguments of `datahub serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on, instead of the configured one
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Leaves the background work to other processes
    #[arg(long)]
    no_worker: bool,
}

impl Serve {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let mut config = settings.load()?;
        let traces = telemetry::start(&config.telemetry, boot::collector(&config)?)?;
        let listener = listen(self.listen.unwrap_or(config.server.listen)).await?;
        let address = listener.local_addr()?;
        // A public address that only repeats where we should have listened follows to where we do.
        if config.server.public_url == format!("http://{}", config.server.listen) {
            config.server.public_url = format!("http://{address}");
        }
        let app = boot::open(&config, Arc::new(SystemClock)).await?;
        tracing::info!(%address, public_url = config.server.public_url, "listening");
        lifecycle::serve(app, listener, !self.no_worker).await;
        traces.end().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// Listens there.
pub(super) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|cause| {
        let told = format!("cannot listen on {address}: {cause}; choose another address with --listen");
        anyhow::Error::new(cause).context(told)
    })
}
