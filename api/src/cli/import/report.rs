//! What an import did, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use hub::{ImportReport, ImportState, Refusal};
use serde_json::{Value, json};

use crate::cli::print::{count, counted, took};

/// How many reasons of a kind, and entries of a reason, are named one by one; `--json` names them all.
const NAMED: usize = 5;

/// The report for people.
pub(super) fn text(report: &ImportReport, time: Duration) -> String {
    let total = |reasons: &[(String, u64)]| reasons.iter().map(|(_, number)| number).sum();
    let mut text = format!("{}, {}: {}.\n", report.filename, report.kind, ended(report.state));
    line(&mut text, "read", report.entries, &format!("entries in {}", took(time)));
    line(&mut text, "new", report.records_new, "records that were not there");
    line(&mut text, "updated", report.records_updated, "records that changed");
    line(&mut text, "unchanged", report.records_unchanged, "records that were there already");
    line(&mut text, "skipped", total(&report.skipped), "entries that are no activities");
    reasons(&mut text, &report.skipped);
    line(&mut text, "refused", report.refused.len() as u64, "entries that should have been activities");
    refusals(&mut text, &report.refused);
    line(&mut text, "defects", total(&report.defects), "oddities in what was read nevertheless");
    reasons(&mut text, &report.defects);
    line(&mut text, "activities", report.activities_changed, "created or changed");
    text
}

fn line(text: &mut String, name: &str, number: u64, note: &str) {
    let _ = writeln!(text, "  {name:<18}{:>9}  {note}", count(number));
}

const fn ended(state: ImportState) -> &'static str {
    match state {
        ImportState::Succeeded => "imported",
        ImportState::Failed => "failed; what was written stays, run it again to go on",
        ImportState::Cancelled => "stopped; what was written stays, run it again to go on",
        ImportState::Queued => "waits",
        ImportState::Running => "runs",
    }
}

fn reasons(text: &mut String, counted_by_reason: &[(String, u64)]) {
    let mut sorted: Vec<&(String, u64)> = counted_by_reason.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for (reason, number) in sorted.iter().take(NAMED) {
        let _ = writeln!(text, "    {:>25}  {reason}", count(*number));
    }
    more(text, sorted.len(), "reason", "reasons");
}

fn refusals(text: &mut String, refused: &[Refusal]) {
    let mut by_reason: BTreeMap<&str, Vec<&Refusal>> = BTreeMap::new();
    for refusal in refused {
        by_reason.entry(&refusal.reason).or_default().push(refusal);
    }
    let mut sorted: Vec<(&str, Vec<&Refusal>)> = by_reason.into_iter().collect();
    sorted.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(b.0)));
    for (reason, of_it) in sorted.iter().take(NAMED) {
        let _ = writeln!(text, "    {:>25}  {reason}", count(of_it.len() as u64));
        for refusal in of_it.iter().take(NAMED) {
            let kept = if refusal.artifact.is_some() { "" } else { " (its bytes were not kept)" };
            let _ = writeln!(text, "    {:>25}  - {}{kept}", "", refusal.entry);
        }
        if of_it.len() > NAMED {
            let rest = counted((of_it.len() - NAMED) as u64, "entry", "entries");
            let _ = writeln!(text, "    {:>25}  - and {rest} more", "");
        }
    }
    more(text, sorted.len(), "reason", "reasons");
}

fn more(text: &mut String, all: usize, one: &str, many: &str) {
    if all > NAMED {
        let rest = counted((all - NAMED) as u64, one, many);
        let _ = writeln!(text, "    {:>25}  and {rest} more: --json names them all", "");
    }
}

/// The report for programs.
pub(super) fn document(report: &ImportReport) -> Value {
    let counted = |reasons: &[(String, u64)]| -> Vec<Value> {
        reasons.iter().map(|(reason, number)| json!({ "reason": reason, "count": number })).collect()
    };
    let refused: Vec<Value> = report
        .refused
        .iter()
        .map(|one| {
            json!({
                "entry": one.entry,
                "reason": one.reason,
                "artifact_sha256": one.artifact.map(|artifact| artifact.to_string()),
            })
        })
        .collect();
    json!({
        "run": report.run.to_string(),
        "filename": report.filename,
        "kind": report.kind,
        "state": report.state.name(),
        "entries": report.entries,
        "records_new": report.records_new,
        "records_updated": report.records_updated,
        "records_unchanged": report.records_unchanged,
        "skipped": counted(&report.skipped),
        "refused": refused,
        "defects": counted(&report.defects),
        "activities_changed": report.activities_changed,
    })
}

#[cfg(test)]
mod tests {
    use domain::{ArtifactId, ImportRunId};

    use super::*;

    fn report() -> ImportReport {
        let refusal = |entry: &str, reason: &str, kept: bool| Refusal {
            entry: entry.to_owned(),
            reason: reason.to_owned(),
            artifact: kept.then(|| ArtifactId::of(entry.as_bytes())),
        };
        ImportReport {
            run: ImportRunId::from_uuid(uuid::Uuid::nil()),
            filename: "export.zip".to_owned(),
            kind: "Strava export",
            state: ImportState::Succeeded,
            entries: 1234,
            records_new: 1200,
            records_updated: 3,
            records_unchanged: 10,
            skipped: vec![("a photo".to_owned(), 4), ("another list".to_owned(), 15)],
            refused: vec![
                refusal("activities/1.fit", "It ends in the middle.", true),
                refusal("activities/2.fit", "It ends in the middle.", true),
                refusal("../3.fit", "Its name leads out of the archive.", false),
            ],
            defects: (1..=7).map(|number| (format!("problem {number}"), number)).collect(),
            activities_changed: 1199,
        }
    }

    #[test]
    fn people_get_every_count_with_its_reasons_the_commonest_first() {
        let told = text(&report(), Duration::from_secs(12));
        let expected = "\
export.zip, Strava export: imported.
  read                  1 234  entries in 12 s
  new                   1 200  records that were not there
  updated                   3  records that changed
  unchanged                10  records that were there already
  skipped                  19  entries that are no activities
                           15  another list
                            4  a photo
  refused                   3  entries that should have been activities
                            2  It ends in the middle.
                               - activities/1.fit
                               - activities/2.fit
                            1  Its name leads out of the archive.
                               - ../3.fit (its bytes were not kept)
  defects                  28  oddities in what was read nevertheless
                            7  problem 7
                            6  problem 6
                            5  problem 5
                            4  problem 4
                            3  problem 3
                               and 2 reasons more: --json names them all
  activities            1 199  created or changed
";
        assert_eq!(told, expected);
    }

    #[test]
    fn programs_get_everything() {
        let document = document(&report());
        assert_eq!(document["defects"].as_array().map(Vec::len), Some(7));
        assert_eq!(document["refused"][2]["artifact_sha256"], Value::Null);
        assert_eq!(document["skipped"][1], json!({ "reason": "another list", "count": 15 }));
    }

    #[test]
    fn a_stopped_import_says_how_to_go_on() {
        let stopped = ImportReport { state: ImportState::Cancelled, ..report() };
        assert!(text(&stopped, Duration::from_secs(1)).contains("run it again to go on"));
    }
}
