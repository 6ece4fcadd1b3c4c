//! The engine, run by hand.

mod plan;

pub(super) use plan::plain;

use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Args;
use domain::SourceSlug;
use hub::{AthleteRow, Athletes, Hub, HubError, RunRequest, RunRow, RunState, TimeRange};
use reconcile::Plan;
use serde_json::{Value, json};

use super::interrupt::Interrupt;
use super::print::{counted, say, say_json, took};
use super::progress::Progress;
use super::{Settings, athlete};

/// The arguments of `datahub reconcile`.
#[derive(Debug, Args)]
pub(super) struct Reconcile {
    /// Whose activities, by name or id; everybody's where absent
    #[arg(long, value_name = "NAME")]
    athlete: Option<String>,
    /// Only activities that begin on this day or later
    #[arg(long, value_name = "DATE", value_parser = day)]
    since: Option<DateTime<Utc>>,
    /// Only activities that begin before this day
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<DateTime<Utc>>,
    /// Prints what would change and why, and changes nothing
    #[arg(long, conflicts_with = "remap")]
    preview: bool,
    /// Reads the stored documents and files of that source again first
    #[arg(long, value_name = "SOURCE", value_parser = SourceSlug::parse)]
    remap: Option<SourceSlug>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

impl Reconcile {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let app = settings.open().await?;
        if let Some(source) =
            self.remap.as_ref().filter(|source| app.sources.iter().all(|known| known.slug != **source))
        {
            let known: Vec<&str> = app.sources.iter().map(|known| known.slug.as_str()).collect();
            bail!("there is no source {source}; this build reads {}", known.join(", "));
        }
        let hub = app.hub;
        if self.preview { self.preview(&hub).await } else { self.apply(&hub).await }
    }

    fn range(&self) -> Option<TimeRange> {
        let range = TimeRange { from: self.since, until: self.until };
        (range.from.is_some() || range.until.is_some()).then_some(range)
    }

    async fn preview(&self, hub: &Hub) -> anyhow::Result<ExitCode> {
        let mut documents = Vec::new();
        for athlete in athlete::named(hub, self.athlete.as_deref()).await? {
            let (text, document) = preview(hub, &athlete, self.range()).await?;
            if self.json {
                documents.push(document);
            } else {
                say(&text)?;
            }
        }
        if self.json {
            say_json(&Value::Array(documents))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn apply(&self, hub: &Hub) -> anyhow::Result<ExitCode> {
        let interrupt = Interrupt::listen(
            "Stopping after the records at hand. Ctrl-C again leaves at once; run it again to go on.",
        );
        let (whom, athlete) = match &self.athlete {
            Some(name) => {
                let row = hub.athlete_named(name).await?;
                (row.display_name.clone(), Some(row))
            }
            None => ("everybody".to_owned(), None),
        };
        let remapped = match &self.remap {
            Some(source) => Some(self.remapped(hub, source, athlete.as_ref()).await?),
            None => None,
        };
        let request = RunRequest { athlete: athlete.map(|row| row.id), range: self.range() };
        let run = hub.queue_reconciliation(&request, ACTOR, None).await?.id;
        let progress = Progress::of_run(&whom);
        let done = hub.run_reconciliation(run, &|now| progress.show(now), &|| interrupt.came()).await;
        let time = progress.end();
        let Some(done) = done? else { bail!("another process carries {run} out; it is being done") };
        if self.json {
            say_json(&document(&done, remapped))?;
        } else {
            say(&text(&whom, &done, remapped, time))?;
        }
        Ok(if done.state == RunState::Succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn remapped(&self, hub: &Hub, source: &SourceSlug, only: Option<&AthleteRow>) -> Result<u64, HubError> {
        let athletes = match only {
            Some(row) => vec![row.clone()],
            None => athlete::every(hub).await?,
        };
        let mut changed = 0;
        for row in athletes {
            changed += hub.remap(row.id, source).await?;
        }
        Ok(changed)
    }
}

/// Whoever sits at the command line.
const ACTOR: &str = "command line";

fn day(text: &str) -> Result<DateTime<Utc>, String> {
    let day: NaiveDate = text.parse().map_err(|_| "a day is written as 2026-01-31".to_owned())?;
    Ok(day.and_time(NaiveTime::MIN).and_utc())
}

fn text(whom: &str, done: &RunRow, remapped: Option<u64>, time: std::time::Duration) -> String {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let again = remapped.map_or_else(String::new, |changed| {
        format!("{} read otherwise than before, ", counted(changed, "record", "records"))
    });
    let stopped = match done.state {
        RunState::Succeeded => "",
        _ => " Stopped before the end: run it again to go on.",
    };
    format!(
        "{whom}: {again}{} looked at, {} changed ({} merged away, {} split off) in {}.{stopped}",
        counted(count(done.records_done), "record", "records"),
        counted(count(done.activities_changed), "activity", "activities"),
        done.merges,
        done.splits,
        took(time)
    )
}

fn document(done: &RunRow, remapped: Option<u64>) -> Value {
    json!({
        "run": done.id.to_string(),
        "state": done.state.name(),
        "athlete": done.athlete.map(|id| id.to_string()),
        "records_remapped": remapped,
        "records": done.records_done,
        "activities_changed": done.activities_changed,
        "merges": done.merges,
        "splits": done.splits,
    })
}

async fn preview(hub: &Hub, athlete: &AthleteRow, range: Option<TimeRange>) -> Result<(String, Value), HubError> {
    let plan: Plan = hub.preview(athlete.id, range).await?;
    let view = hub.view(Athletes::Only([athlete.id].into()));
    let rows = view.records_by_id(&plan::named(&plan)).await?;
    let records: plan::Records = rows.into_iter().map(|(id, row)| (id, row.record)).collect();
    let mut document = plan::document(&plan, &records);
    if let Some(document) = document.as_object_mut() {
        document.insert("athlete".to_owned(), json!(athlete.id.to_string()));
    }
    Ok((plan::text(&athlete.display_name, &plan, &records), document))
}
