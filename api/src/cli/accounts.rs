//! Accounts, and what is to be done about them.

use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use hub::{AccountRow, Athletes};
use serde_json::{Value, json};

use super::print::{say, say_json, table};
use super::{Settings, athlete};

/// The arguments of `datahub accounts`.
#[derive(Debug, Args)]
pub(super) struct Accounts {
    /// Only this athlete's: a name or an id
    #[arg(long, value_name = "NAME")]
    athlete: Option<String>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

impl Accounts {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let hub = settings.open().await?.hub;
        let athletes = athlete::named(&hub, self.athlete.as_deref()).await?;
        let accounts = hub.accounts(&Athletes::Only(athletes.iter().map(|row| row.id).collect())).await?;
        let mut records = Vec::with_capacity(accounts.len());
        for account in &accounts {
            records.push(hub.account_records(account).await?);
        }
        let name = |account: &AccountRow| {
            athletes.iter().find(|row| row.id == account.athlete).map_or("", |row| row.display_name.as_str())
        };
        if self.json {
            let documents = accounts.iter().zip(&records).map(|(one, records)| document(one, name(one), *records));
            say_json(&Value::Array(documents.collect()))?;
        } else if accounts.is_empty() {
            say(NONE)?;
        } else {
            let rows: Vec<[String; 7]> = accounts
                .iter()
                .zip(&records)
                .map(|(one, records)| {
                    [
                        name(one).to_owned(),
                        connector_name(&one.connector).to_owned(),
                        one.state.name().to_owned(),
                        told(one.last_success_at),
                        told(one.next_attempt_at),
                        records.to_string(),
                        one.state_reason.clone().unwrap_or_default(),
                    ]
                })
                .collect();
            say(&table(
                ["ATHLETE", "ACCOUNT", "STATE", "LAST SUCCESS", "NEXT ATTEMPT", "RECORDS", "WHAT TO DO"],
                &rows,
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What is said where there is no account.
pub(super) const NONE: &str = "No account is connected: `datahub connect strava --athlete NAME` connects one.";

/// A connector's name for people.
pub(super) fn connector_name(connector: &str) -> &str {
    match connector {
        "strava" => "Strava",
        "garmin_connect" => "Garmin Connect",
        other => other,
    }
}

fn told(instant: Option<DateTime<Utc>>) -> String {
    instant.map_or_else(|| "-".to_owned(), |instant| instant.format("%Y-%m-%d %H:%MZ").to_string())
}

fn document(account: &AccountRow, athlete: &str, records: u64) -> Value {
    let instant = |one: Option<DateTime<Utc>>| one.map(|one| one.to_rfc3339_opts(SecondsFormat::Micros, true));
    json!({
        "id": account.id.to_string(),
        "athlete": athlete,
        "connector": account.connector,
        "state": account.state.name(),
        "what_to_do": account.state_reason,
        "last_success_at": instant(account.last_success_at),
        "last_attempt_at": instant(account.last_attempt_at),
        "next_attempt_at": instant(account.next_attempt_at),
        "records": records,
    })
}
