//! The background work: what waits, what failed too often.

use std::process::ExitCode;

use anyhow::bail;
use chrono::SecondsFormat;
use clap::Args;
use serde_json::json;

use super::Settings;
use super::print::{counted, say, say_json, table};

/// The arguments of `datahub jobs`.
#[derive(Debug, Args)]
pub(super) struct Jobs {
    /// Gives one job that was put aside, or `all` of them, back to the work
    #[arg(long, value_name = "ID")]
    replay: Option<String>,
    /// Prints JSON
    #[arg(long, conflicts_with = "replay")]
    json: bool,
}

impl Jobs {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let hub = settings.open().await?.hub;
        if let Some(which) = &self.replay {
            let job = match which.as_str() {
                "all" => None,
                id => match id.parse() {
                    Ok(id) => Some(id),
                    Err(_) => bail!("{id} is no job's id: `datahub jobs` lists them; `all` gives back every one"),
                },
            };
            let given = hub.replay(job).await?;
            say(&format!("{} given back; `datahub serve` does the work.", counted(given, "job", "jobs")))?;
            return Ok(if given == 0 && job.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        let (counts, dead) = (hub.job_counts().await?, hub.dead_jobs().await?);
        if self.json {
            let counts = counts.iter().map(|one| json!({ "queue": one.queue, "state": one.state, "jobs": one.jobs }));
            let dead = dead.iter().map(|one| {
                json!({
                    "id": one.id.to_string(),
                    "queue": one.queue,
                    "job": one.document,
                    "error": one.error,
                    "created_at": one.created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
                })
            });
            say_json(&json!({ "counts": counts.collect::<Vec<_>>(), "put_aside": dead.collect::<Vec<_>>() }))?;
            return Ok(ExitCode::SUCCESS);
        }
        if counts.is_empty() {
            say("Nothing waits.")?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows: Vec<[String; 3]> =
            counts.iter().map(|one| [one.queue.clone(), one.state.clone(), one.jobs.to_string()]).collect();
        say(&table(["QUEUE", "STATE", "JOBS"], &rows))?;
        if !dead.is_empty() {
            let rows: Vec<[String; 4]> = dead
                .iter()
                .map(|one| {
                    let error = one.error.clone().unwrap_or_default();
                    [one.id.to_string(), one.queue.clone(), one.document.clone(), error]
                })
                .collect();
            say(&format!(
                "\nPut aside after too many failures; `datahub jobs --replay ID` tries again:\n{}",
                table(["ID", "QUEUE", "JOB", "ERROR"], &rows)
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
