//! The database's tables.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Settings;
use super::print::{counted, say, say_json, table};

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
        let migrations = settings.open().await?.hub.migrations().await?;
        let waiting = migrations.iter().filter(|(_, applied)| !applied).count();
        match self.command {
            Command::Up => {
                let all = counted(migrations.len() as u64, "migration is", "migrations are");
                say(&format!("The tables are those of this build: {all} applied."))?;
            }
            Command::Status { json: true } => {
                let rows = migrations.iter().map(|(name, applied)| json!({ "name": name, "applied": applied }));
                say_json(&Value::Array(rows.collect()))?;
            }
            Command::Status { json: false } => {
                let rows: Vec<[String; 2]> = migrations
                    .into_iter()
                    .map(|(name, applied)| [name, if applied { "applied" } else { "waits" }.to_owned()])
                    .collect();
                say(&table(["MIGRATION", "STATE"], &rows))?;
            }
        }
        Ok(if waiting == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
