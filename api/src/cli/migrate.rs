//! The database's tables.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use clap::{Args, Subcommand};
use hub::{Hub, SystemClock};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::Settings;
use super::print::{counted, say, say_json, table};
use crate::boot;
use crate::config::Config;

/// The arguments of `datahub migrate`.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Brings the tables up to this build, as `serve` does when it starts
    #[command(after_help = "Example:\n  datahub migrate up")]
    Up,
    /// Tells which migrations of this build are applied
    #[command(after_help = "Example:\n  datahub migrate status")]
    Status {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
}

impl Migrate {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Up => {
                let config = settings.load()?;
                boot::open(&config, Arc::new(SystemClock)).await?;
                let all = status(&config).await?.len();
                let all = counted(all as u64, "migration is", "migrations are");
                say(&format!("The tables are those of this build: {all} applied."))?;
                Ok(ExitCode::SUCCESS)
            }
            Command::Status { json } => {
                let migrations = status(&settings.load()?).await?;
                let waiting = migrations.iter().filter(|(_, applied)| !applied).count();
                if json {
                    let rows = migrations.iter().map(|(name, applied)| json!({ "name": name, "applied": applied }));
                    say_json(&Value::Array(rows.collect()))?;
                } else {
                    let rows: Vec<[String; 2]> = migrations
                        .into_iter()
                        .map(|(name, applied)| [name, if applied { "applied" } else { "waits" }.to_owned()])
                        .collect();
                    say(&table(["MIGRATION", "STATE"], &rows))?;
                }
                Ok(if waiting == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
        }
    }
}

/// Every migration of this build and whether it is applied. Changes nothing.
pub(super) async fn status(config: &Config) -> anyhow::Result<Vec<(String, bool)>> {
    if let Some(path) = sqlite_file(config).filter(|path| !path.exists()) {
        bail!("there is no database in {} yet; `datahub migrate up` makes it", path.display());
    }
    Ok(Hub::migrations(config.database.url.expose_secret()).await?)
}

/// The file of a SQLite database.
pub(super) fn sqlite_file(config: &Config) -> Option<&Path> {
    config.database.url.expose_secret().strip_prefix("sqlite://").map(Path::new)
}
