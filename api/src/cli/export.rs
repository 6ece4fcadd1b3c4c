//! Everything held about an athlete, written to a zip.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use hub::ExportReport;
use serde_json::{Map, Value, json};

use super::Settings;
use super::interrupt::Interrupt;
use super::print::{count, remark, say, say_json, took};
use super::progress::Progress;

/// The arguments of `datahub export`.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// Whose: a name or an id
    #[arg(long, value_name = "NAME")]
    athlete: String,
    /// The zip to write; nothing may stand there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Prints the report as JSON
    #[arg(long)]
    json: bool,
}

impl Export {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let hub = settings.open().await?.hub;
        let athlete = hub.athlete_named(&self.athlete).await?;
        let interrupt = Interrupt::listen("Stopping; nothing will be left behind. Ctrl-C again leaves at once.");
        let progress = Progress::of_export(&athlete.display_name);
        let exported = hub.export(athlete.id, &self.out, &|now| progress.show(now), &|| interrupt.came()).await;
        let time = progress.end();
        let Some(report) = exported? else {
            remark("datahub: stopped; nothing was written");
            return Ok(ExitCode::FAILURE);
        };
        if self.json {
            say_json(&document(&report))?;
        } else {
            say(&text(&self.out.display().to_string(), &report, time))?;
        }
        Ok(if report.damaged == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The report for people.
fn text(out: &str, report: &ExportReport, time: Duration) -> String {
    let mut lines = vec![format!("{out}: {} bytes in {}.", count(report.bytes), took(time))];
    let mut line = |name: &str, number| lines.push(format!("  {name:<18}{:>9}", count(number)));
    for (name, number) in &report.lists {
        line(name, *number);
    }
    line("artifacts/", report.artifacts);
    if report.damaged > 0 {
        lines.push(format!(
            "  {} artifacts are damaged or gone in the artifact store: restore it from a backup and export again.",
            count(report.damaged)
        ));
    }
    if report.changed_meanwhile {
        lines.push("  Something changed while it was written: export again for one that is of one instant.".to_owned());
    }
    lines.join("\n")
}

/// The report for programs.
fn document(report: &ExportReport) -> Value {
    let lists: Map<String, Value> =
        report.lists.iter().map(|(name, lines)| ((*name).to_owned(), (*lines).into())).collect();
    json!({
        "bytes": report.bytes,
        "lists": lists,
        "artifacts": report.artifacts,
        "damaged": report.damaged,
        "changed_meanwhile": report.changed_meanwhile,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_says_what_is_in_it_and_what_is_not() {
        let report = ExportReport {
            lists: vec![("activities.jsonl", 12_345), ("accounts.jsonl", 1)],
            artifacts: 2,
            damaged: 0,
            bytes: 1_234_567,
            changed_meanwhile: false,
        };
        let told = text("ada.zip", &report, Duration::from_secs(75));
        let lines = [
            "ada.zip: 1 234 567 bytes in 1 min 15 s.",
            "  activities.jsonl     12 345",
            "  accounts.jsonl            1",
            "  artifacts/                2",
        ];
        assert_eq!(told, lines.join("\n"));
        let report = ExportReport { damaged: 1, changed_meanwhile: true, ..report };
        let told = text("ada.zip", &report, Duration::from_secs(75));
        assert!(told.contains("damaged") && told.contains("changed"), "{told}");
        assert_eq!(document(&report)["lists"]["activities.jsonl"], 12_345);
    }
}
