//! Account exports and files, brought in.

mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use domain::SourceSlug;
use hub::ImportState;
use serde_json::Value;

use super::Settings;
use super::interrupt::Interrupt;
use super::print::{remark, say, say_json};
use super::progress::Progress;

/// The arguments of `datahub import`.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Account exports of Strava or Garmin (zip or folder), or FIT, TCX and GPX files (also .gz and .zip)
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Whose activities they are: a name or an id
    #[arg(long, value_name = "NAME")]
    athlete: String,
    /// What they are, where the content should not decide: strava, garmin or file
    #[arg(long, value_parser = SourceSlug::parse)]
    source: Option<SourceSlug>,
    /// Prints the reports as JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        if let Some(lost) = self.paths.iter().find(|path| !path.exists()) {
            bail!("there is no file or folder {}; name what is to be brought in", lost.display());
        }
        let hub = settings.open().await?.hub;
        let athlete = hub.athlete_named(&self.athlete).await?;
        let interrupt = Interrupt::listen(
            "Stopping after the entries at hand. Ctrl-C again leaves at once; run it again to go on.",
        );
        let mut documents = Vec::new();
        let mut all_well = true;
        for path in &self.paths {
            if interrupt.came() {
                all_well = false;
                break;
            }
            let what =
                path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into());
            let progress = Progress::of(&what);
            let imported = hub
                .import(athlete.id, path, self.source.clone(), &|now| progress.show(now), &|| interrupt.came())
                .await;
            let time = progress.end();
            match imported {
                Ok(report) => {
                    all_well &= report.state == ImportState::Succeeded;
                    if self.json {
                        documents.push(report::document(&report));
                    } else {
                        say(&report::text(&report, time))?;
                    }
                }
                // The other paths are none the worse for this one.
                Err(error) => {
                    all_well = false;
                    remark(&format!("datahub: {error}"));
                }
            }
        }
        if self.json {
            say_json(&Value::Array(documents))?;
        }
        Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
