//! Connecting an athlete's account at a source.

mod garmin;
mod strava;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use hub::AccountRow;

use super::Settings;
use super::accounts;
use super::print::say;

/// The arguments of `datahub connect`.
#[derive(Debug, Args)]
pub(super) struct Connect {
    #[command(subcommand)]
    source: Source,
}

#[derive(Debug, Subcommand)]
enum Source {
    /// Connects Strava: in the browser, or by a refresh token
    #[command(
        after_help = "Examples:\n  datahub connect strava --athlete Ada\n  datahub connect strava --athlete Ada --no-browser\n  datahub connect strava --webhook"
    )]
    Strava(strava::Strava),
    /// Connects Garmin Connect in the unofficial way: by tokens made elsewhere, or by one sign-in
    #[command(
        after_help = "Examples:\n  datahub connect garmin --athlete Ada --tokens ~/.garminconnect\n  datahub connect garmin --athlete Ada --login"
    )]
    Garmin(garmin::Garmin),
}

impl Connect {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        match self.source {
            Source::Strava(strava) => strava.run(settings).await,
            Source::Garmin(garmin) => garmin.run(settings).await,
        }
    }
}

/// Says that an account is connected, and what comes next.
fn connected(account: &AccountRow, athlete: &str) -> std::io::Result<()> {
    say(&format!(
        "{} is connected for {athlete}. {}\n`datahub sync --athlete {athlete:?}` fetches now; `datahub serve` fetches by itself.",
        accounts::connector_name(account.connector.as_str()),
        account.state_reason.as_deref().unwrap_or("All that was asked for was granted."),
    ))
}
