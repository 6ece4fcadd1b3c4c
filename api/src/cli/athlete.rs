//! Athletes.

use std::process::ExitCode;

use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use hub::{AthleteRow, Athletes, Hub, HubError, PageRequest};
use serde_json::{Value, json};

use super::Settings;
use super::print::{say, say_json, table};

/// The arguments of `datahub athlete`.
#[derive(Debug, Args)]
pub(super) struct Athlete {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Adds an athlete
    #[command(after_help = "Example:\n  datahub athlete add \"Ada Lovelace\"")]
    Add {
        /// The athlete's name: 1 to 200 characters, no two athletes alike
        name: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Lists the athletes
    #[command(after_help = "Example:\n  datahub athlete list")]
    List {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
}

impl Athlete {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let hub = settings.open().await?.hub;
        match self.command {
            Command::Add { name, json } => {
                let added = hub.create_athlete(&name).await?;
                if json {
                    say_json(&document(&added))?;
                } else {
                    say(&format!("Added {} ({}).", added.display_name, added.id))?;
                }
            }
            Command::List { json } => {
                let all = every(&hub).await?;
                if json {
                    say_json(&Value::Array(all.iter().map(document).collect()))?;
                } else if all.is_empty() {
                    say("There is no athlete yet: `datahub athlete add NAME` adds one.")?;
                } else {
                    let rows: Vec<[String; 3]> = all
                        .into_iter()
                        .map(|row| {
                            [row.id.to_string(), row.created_at.format("%Y-%m-%d %H:%MZ").to_string(), row.display_name]
                        })
                        .collect();
                    say(&table(["ID", "SINCE", "NAME"], &rows))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn document(row: &AthleteRow) -> Value {
    json!({
        "id": row.id.to_string(),
        "name": row.display_name,
        "created_at": row.created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
    })
}

/// Every athlete, in the order in which they were added.
pub(super) async fn every(hub: &Hub) -> Result<Vec<AthleteRow>, HubError> {
    let view = hub.view(Athletes::All);
    let mut all = Vec::new();
    let mut request = PageRequest { first: Some(100), ..PageRequest::default() };
    loop {
        let page = view.athletes(&request).await?;
        let more = page.has_next;
        for (place, athlete) in page.items {
            request.after = Some(place);
            all.push(athlete);
        }
        if !more {
            return Ok(all);
        }
    }
}

/// The athlete of that name or id; all of them where none is named.
pub(super) async fn named(hub: &Hub, name: Option<&str>) -> Result<Vec<AthleteRow>, HubError> {
    match name {
        Some(name) => Ok(vec![hub.athlete_named(name).await?]),
        None => every(hub).await,
    }
}
