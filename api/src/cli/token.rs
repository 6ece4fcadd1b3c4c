//! Tokens of this hub.

use std::process::ExitCode;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use domain::AthleteId;
use hub::{Athletes, Hub, TokenRow};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::Settings;
use super::print::{remark, say, say_json, table};
use crate::auth::{self, Grant, Inspected, Scope};
use crate::boot::App;
use crate::config;

/// The arguments of `datahub token`.
#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a token and prints it; it is shown this once and kept nowhere
    #[command(
        after_help = "Example:\n  datahub token issue --client dashboard --scope \"activities:read artifacts:read\" --athlete Ada --ttl 90d"
    )]
    Issue(Issue),
    /// Lists the tokens that were issued
    #[command(after_help = "Example:\n  datahub token list")]
    List {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Ends a token before its time
    #[command(after_help = "Example:\n  datahub token revoke tok_0123456789abcdef0123456789abcdef")]
    Revoke {
        /// The token's `jti`, as `datahub token list` shows it
        jti: String,
    },
    /// Tells what a token may do, and whether it is still good
    #[command(after_help = "Example:\n  datahub token inspect \"$TOKEN\"")]
    Inspect {
        /// The token
        token: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct Issue {
    /// Which client will carry it
    #[arg(long, value_name = "ID")]
    client: String,
    /// What it may do: one or more of activities:read, artifacts:read, reconciliation:write, accounts:read,
    /// accounts:write, imports:write, athletes:write, athletes:erase
    #[arg(long = "scope", value_name = "SCOPES", value_delimiter = ' ', required = true)]
    scopes: Vec<Scope>,
    /// About whom: an athlete's name or id, several times for several, or `all`
    #[arg(long = "athlete", value_name = "NAME|all", required = true)]
    athletes: Vec<String>,
    /// How long it lives, from a second to 366 days, e.g. 30d or 12h
    #[arg(long, default_value = "30d", value_parser = ttl)]
    ttl: Duration,
    /// Prints the token with its jti and its end as JSON
    #[arg(long)]
    json: bool,
}

/// A lifetime as a whole number and its unit.
fn ttl(text: &str) -> Result<Duration, String> {
    config::duration(text)
        .and_then(|duration| Duration::from_std(duration).ok())
        .filter(|duration| (Duration::seconds(1)..=Duration::days(366)).contains(duration))
        .ok_or_else(|| "give a whole number and a unit, from 1s to 366d, e.g. 90m, 12h or 30d".to_owned())
}

impl Token {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let app = settings.open().await?;
        match self.command {
            Command::Issue(issue) => issue.run(&app).await?,
            Command::List { json } => list(&app.hub, json).await?,
            Command::Revoke { jti } => {
                app.hub.revoke_token(&jti).await?;
                say(&format!("Revoked {jti}; servers refuse it within a minute at the latest."))?;
            }
            Command::Inspect { token, json } => {
                let inspected = auth::inspect(&app.auth, &app.hub, token.trim()).await?;
                if json {
                    say_json(&document(&inspected))?;
                } else {
                    say(&text(&inspected))?;
                }
                if state(&inspected) != "good" {
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Issue {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let athletes = if self.athletes.iter().any(|name| name == "all") {
            Athletes::All
        } else {
            let mut ids = std::collections::BTreeSet::new();
            for name in &self.athletes {
                ids.insert(app.hub.athlete_named(name).await?.id);
            }
            Athletes::Only(ids)
        };
        let grant =
            Grant { client_id: self.client, scopes: self.scopes.into_iter().collect(), athletes, lifetime: self.ttl };
        let issued = auth::issue(&app.auth, &app.hub, &grant).await?;
        let token = issued.token.expose_secret();
        if self.json {
            say_json(&json!({ "token": token, "jti": issued.jti, "expires_at": instant(issued.expires_at) }))?;
        } else {
            // The token alone on standard output, so that a shell can keep it in a variable.
            say(token)?;
            remark(&format!(
                "Good until {}; `datahub token revoke {}` ends it before.",
                instant(issued.expires_at),
                issued.jti
            ));
        }
        Ok(())
    }
}

async fn list(hub: &Hub, json: bool) -> anyhow::Result<()> {
    let now = hub.clock().now();
    let rows = hub.tokens().await?;
    if json {
        let documents = rows.iter().map(|row| {
            json!({
                "jti": row.token.jti,
                "client": row.token.client_id,
                "scopes": row.token.scope.split_whitespace().collect::<Vec<_>>(),
                "athletes": row.token.athletes.split_whitespace().collect::<Vec<_>>(),
                "issued_at": instant(row.token.issued_at),
                "expires_at": instant(row.token.expires_at),
                "revoked_at": row.revoked_at.map(instant),
                "state": standing(row, now),
            })
        });
        say_json(&Value::Array(documents.collect()))?;
    } else if rows.is_empty() {
        say("There is no token yet: `datahub token issue --help` shows how to make one.")?;
    } else {
        let lines: Vec<[String; 6]> = rows
            .into_iter()
            .map(|row| {
                let state = standing(&row, now).to_owned();
                let expires = instant(row.token.expires_at);
                [row.token.jti, row.token.client_id, state, expires, row.token.athletes, row.token.scope]
            })
            .collect();
        say(&table(["JTI", "CLIENT", "STATE", "UNTIL", "ATHLETES", "SCOPES"], &lines))?;
    }
    Ok(())
}

fn standing(row: &TokenRow, now: DateTime<Utc>) -> &'static str {
    if row.revoked_at.is_some() {
        "revoked"
    } else if row.token.expires_at <= now {
        "expired"
    } else {
        "good"
    }
}

fn state(inspected: &Inspected) -> &'static str {
    if inspected.revoked {
        "revoked"
    } else if inspected.expired {
        "expired"
    } else {
        "good"
    }
}

fn scopes(inspected: &Inspected) -> Vec<&'static str> {
    inspected.principal.scopes.iter().map(|scope| scope.name()).collect()
}

/// The athletes' ids, or `*`, as the token has them.
fn athletes(inspected: &Inspected) -> Vec<String> {
    match &inspected.principal.athletes {
        Athletes::All => vec!["*".to_owned()],
        Athletes::Only(ids) => ids.iter().map(AthleteId::to_string).collect(),
    }
}

/// What a token says of itself, in the order in which people ask.
fn text(inspected: &Inspected) -> String {
    let principal = &inspected.principal;
    [
        ("state", state(inspected).to_owned()),
        ("client", principal.client_id.clone()),
        ("scopes", scopes(inspected).join(" ")),
        ("athletes", athletes(inspected).join(" ")),
        ("issued", instant(inspected.issued_at)),
        ("until", instant(principal.expires_at)),
        ("jti", principal.jti.clone()),
    ]
    .iter()
    .map(|(name, value)| format!("{name:<10}{value}\n"))
    .collect()
}

fn document(inspected: &Inspected) -> Value {
    let principal = &inspected.principal;
    json!({
        "state": state(inspected),
        "client": principal.client_id,
        "scopes": scopes(inspected),
        "athletes": athletes(inspected),
        "issued_at": instant(inspected.issued_at),
        "expires_at": instant(principal.expires_at),
        "jti": principal.jti,
    })
}

fn instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use hub::NewToken;

    use super::*;

    #[test]
    fn lifetimes_are_whole_numbers_with_a_unit_from_a_second_to_a_year() {
        for (text, seconds) in [("1s", 1), ("90m", 5400), ("12h", 43_200), ("30d", 2_592_000), ("366d", 31_622_400)] {
            assert_eq!(ttl(text), Ok(Duration::seconds(seconds)), "{text}");
        }
        for wrong in ["", "30", "d", "0d", "999ms", "367d", "-1d", "1.5h", "30 d", "99999999999999999999d", "2w"] {
            assert!(ttl(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_is_good_until_it_ends_or_is_revoked() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let token = NewToken {
            jti: "tok_1".to_owned(),
            client_id: "x".to_owned(),
            scope: "activities:read".to_owned(),
            athletes: "*".to_owned(),
            issued_at: at(0),
            expires_at: at(100),
        };
        let row = TokenRow { token, revoked_at: None };
        assert_eq!((standing(&row, at(99)), standing(&row, at(100))), ("good", "expired"));
        assert_eq!(standing(&TokenRow { revoked_at: Some(at(5)), ..row }, at(99)), "revoked");
    }
}
