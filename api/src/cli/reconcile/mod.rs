//! The engine, run by hand.

mod plan;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;
use clap::Args;
use domain::SourceSlug;
use hub::{AthleteRow, Athletes, Hub, HubError, Mode};
use reconcile::Plan;
use serde_json::{Value, json};

use super::print::{counted, say, say_json, took};
use super::{Settings, athlete};

/// The arguments of `datahub reconcile`.
#[derive(Debug, Args)]
pub(super) struct Reconcile {
    /// Whose activities, by name or id; everybody's where absent
    #[arg(long, value_name = "NAME")]
    athlete: Option<String>,
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
        let mut documents = Vec::new();
        for athlete in athlete::named(&hub, self.athlete.as_deref()).await? {
            let (text, document) =
                if self.preview { preview(&hub, &athlete).await? } else { self.apply(&hub, &athlete).await? };
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

    async fn apply(&self, hub: &Hub, athlete: &AthleteRow) -> Result<(String, Value), HubError> {
        let began = Instant::now();
        let remapped = match &self.remap {
            Some(source) => Some(hub.remap(athlete.id, source).await?),
            None => None,
        };
        let done = hub.reconcile(athlete.id, Mode::Full).await?;
        let again = match (remapped, &self.remap) {
            (Some(changed), Some(source)) => {
                format!("{} of {source} read otherwise than before, ", counted(changed, "record", "records"))
            }
            _ => String::new(),
        };
        let text = format!(
            "{}: {again}{} looked at, {} changed in {}.",
            athlete.display_name,
            counted(done.records, "record", "records"),
            counted(done.activities_changed, "activity", "activities"),
            took(began.elapsed())
        );
        let document = json!({
            "athlete": athlete.id.to_string(),
            "records_remapped": remapped,
            "records": done.records,
            "activities_changed": done.activities_changed,
        });
        Ok((text, document))
    }
}

async fn preview(hub: &Hub, athlete: &AthleteRow) -> Result<(String, Value), HubError> {
    let plan: Plan = hub.reconcile(athlete.id, Mode::Preview).await?.plan.unwrap_or_default();
    let view = hub.view(Athletes::Only([athlete.id].into()));
    let rows = view.records_by_id(&plan::named(&plan)).await?;
    let records: plan::Records = rows.into_iter().map(|(id, row)| (id, row.record)).collect();
    let mut document = plan::document(&plan, &records);
    if let Some(document) = document.as_object_mut() {
        document.insert("athlete".to_owned(), json!(athlete.id.to_string()));
    }
    Ok((plan::text(&athlete.display_name, &plan, &records), document))
}
