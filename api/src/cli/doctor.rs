//! Self-diagnosis: what is wrong, and how to mend it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use clap::Args;
use domain::Clock as _;
use hub::{ActivityFilter, ActivityOrder, ActivityOrderField, Athletes, Direction, Hub, PageRequest, SystemClock};
use serde_json::{Value, json};

use super::Settings;
use super::migrate::{sqlite_file, status};
use super::print::{counted, say, say_json};
use crate::boot;
use crate::config::Config;

/// A clock that shows an earlier instant (2026-01-01) stands wrong: this program is younger.
const EARLIEST: i64 = 1_767_225_600;

/// How far clocks of servers that share a database may be apart.
const LEEWAY: Duration = Duration::minutes(2);

/// The arguments of `datahub doctor`.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// What was looked at, and what was found: how it is, or what is wrong and how to mend it.
struct Finding {
    what: &'static str,
    found: Result<String, String>,
}

impl Doctor {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let findings = examine(settings).await;
        if self.json {
            let documents = findings.iter().map(|finding| {
                let (Ok(told) | Err(told)) = &finding.found;
                json!({ "what": finding.what, "ok": finding.found.is_ok(), "finding": told })
            });
            say_json(&Value::Array(documents.collect()))?;
        } else {
            say(&text(&findings))?;
        }
        let well = findings.iter().all(|finding| finding.found.is_ok());
        Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn text(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let (state, told) = match &finding.found {
            Ok(told) => ("ok", told),
            Err(told) => ("wrong", told),
        };
        format!("{:<15}{state:<7}{told}\n", finding.what)
    };
    findings.iter().map(line).collect()
}

async fn examine(settings: &Settings) -> Vec<Finding> {
    let now = SystemClock.now();
    let mut findings = vec![Finding { what: "clock", found: clock(now) }];
    let config = match settings.load() {
        Ok(config) => config,
        Err(error) => {
            findings.push(Finding { what: "configuration", found: Err(error.to_string()) });
            return findings;
        }
    };
    let found = match &settings.config {
        Some(path) => format!("by {} and the environment", path.display()),
        None => "by the defaults, datahub.toml if it is there, and the environment".to_owned(),
    };
    findings.push(Finding { what: "configuration", found: Ok(found) });
    findings.push(Finding { what: "policy", found: policy(&config) });
    findings.push(Finding { what: "auth secret", found: secret(&config).await });
    findings.extend(stores(&config, now).await);
    findings
}

fn clock(now: DateTime<Utc>) -> Result<String, String> {
    let shown = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    if now.timestamp() < EARLIEST {
        return Err(format!("the system's clock shows {shown}, which is past; set it, best by a time service"));
    }
    Ok(shown)
}

fn policy(config: &Config) -> Result<String, String> {
    let policy = boot::policy(config).map_err(|error| error.to_string())?;
    let whence = match &config.reconciliation.policy {
        Some(path) => path.display().to_string(),
        None => "built in".to_owned(),
    };
    Ok(format!("{whence}; {} leads", policy.canonical_source()))
}

async fn secret(config: &Config) -> Result<String, String> {
    let path = &config.auth.made_at;
    if config.auth.secret.is_none() && !path.exists() {
        return Ok(format!("not there yet; the first start makes it in {}", path.display()));
    }
    boot::auth(config).await.map_err(|error| error.to_string())?;
    if config.auth.secret.is_some() {
        return Ok("given by the configuration".to_owned());
    }
    if readable_by_others(path) {
        let path = path.display();
        return Err(format!("others than its owner can read {path}: `chmod 600 {path}`, and revoke what was issued"));
    }
    Ok(path.display().to_string())
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_path: &Path) -> bool {
    false
}

async fn stores(config: &Config, now: DateTime<Utc>) -> Vec<Finding> {
    // The address may hold a password: only a file's name is told.
    let kind = match sqlite_file(config) {
        Some(path) => format!("SQLite in {}", path.display()),
        None => "PostgreSQL".to_owned(),
    };
    if sqlite_file(config).is_some_and(|path| !path.exists()) {
        let found = Ok(format!("{kind} is not there yet; `datahub serve` and `datahub migrate up` make it"));
        return vec![Finding { what: "database", found }];
    }
    let migrations = match status(config).await {
        Ok(migrations) => migrations,
        Err(error) => {
            let found = Err(format!("{error}; check database.url and who may read and write there"));
            return vec![Finding { what: "database", found }];
        }
    };
    let waiting = migrations.iter().filter(|(_, applied)| !applied).count();
    if waiting > 0 {
        let all = migrations.len();
        let found = Err(format!("{kind}: {waiting} of {all} migrations wait; run `datahub migrate up`"));
        return vec![Finding { what: "database", found }];
    }
    let applied = format!("{kind}; {} applied", counted(migrations.len() as u64, "migration is", "migrations are"));
    let hub = match boot::open(config, Arc::new(SystemClock)).await {
        Ok(app) => app.hub,
        Err(error) => {
            let found = Err(format!("{error}; check artifacts.url and who may read and write there"));
            return vec![Finding { what: "database", found: Ok(applied) }, Finding { what: "artifacts", found }];
        }
    };
    let ready = match hub.ready().await {
        Ok(()) => Ok("can be written and read".to_owned()),
        Err(error) => Err(format!("{error}; check artifacts.url and who may read and write there")),
    };
    vec![
        Finding { what: "database", found: changes(&hub, now).await.map(|()| applied) },
        Finding { what: "artifacts", found: ready },
    ]
}

/// Whether the latest change lies in the past.
async fn changes(hub: &Hub, now: DateTime<Utc>) -> Result<(), String> {
    let latest = latest_change(hub).await.map_err(|error| error.to_string())?;
    match latest.filter(|latest| *latest > now + LEEWAY) {
        Some(latest) => Err(format!(
            "its latest change was at {}, which is to come; this clock or another server's stands wrong: set it",
            latest.to_rfc3339_opts(SecondsFormat::Secs, true)
        )),
        None => Ok(()),
    }
}

async fn latest_change(hub: &Hub) -> Result<Option<DateTime<Utc>>, hub::HubError> {
    let filter = ActivityFilter { include_hidden: true, ..ActivityFilter::default() };
    let order = ActivityOrder { field: ActivityOrderField::UpdatedAt, direction: Direction::Desc };
    let request = PageRequest { first: Some(1), ..PageRequest::default() };
    let page = hub.view(Athletes::All).activities(&filter, order, &request).await?;
    Ok(page.items.first().map(|(_, row)| row.updated_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_this_program_is_wrong() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert!(clock(at("1970-01-01T00:00:30Z")).is_err_and(|told| told.contains("1970") && told.contains("set it")));
        assert!(clock(at("2025-12-31T23:59:59Z")).is_err());
        assert_eq!(clock(at("2026-01-01T00:00:00Z")), Ok("2026-01-01T00:00:00Z".to_owned()));
    }

    #[test]
    fn findings_stand_in_columns() {
        let findings = [
            Finding { what: "clock", found: Ok("2026-11-24T12:00:00Z".to_owned()) },
            Finding { what: "configuration", found: Err("there is none; write one".to_owned()) },
        ];
        let expected = "\
clock          ok     2026-11-24T12:00:00Z
configuration  wrong  there is none; write one
";
        assert_eq!(text(&findings), expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_can_read_is_wrong() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.secret");
        std::fs::write(&path, "x").unwrap();
        for (mode, readable) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(readable_by_others(&path), readable, "{mode:o}");
        }
    }
}
