//! The precedence policy: shown, checked, and previewed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domain::{Field, SourceSlug, Value};
use hub::{Athletes, PolicyPreview};
use reconcile::Policy as Rules;
use serde_json::{Value as Json, json};

use super::Settings;
use super::print::{counted, remark, say, say_json, table};
use super::reconcile::plain;

/// The arguments of `datahub policy`.
#[derive(Debug, Args)]
pub(super) struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints the policy in force, as TOML
    #[command(after_help = "Example:\n  datahub policy show > policy.toml")]
    Show,
    /// Tells everything that is wrong with a policy file
    #[command(after_help = "Example:\n  datahub policy check policy.toml")]
    Check {
        /// The policy file
        file: PathBuf,
    },
    /// Tells what a policy file would change, and changes nothing
    #[command(after_help = "Example:\n  datahub policy preview policy.toml --athlete Ada")]
    Preview {
        /// The policy file
        file: PathBuf,
        /// Only this athlete's activities: a name or an id
        #[arg(long, value_name = "NAME")]
        athlete: Option<String>,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
}

/// How many of the activities that would change are shown.
const SHOWN: usize = 10;

impl Policy {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Show => say(crate::boot::policy(&settings.load()?)?.text())?,
            Command::Check { file } => {
                let Some(rules) = parsed(&file)? else { return Ok(ExitCode::FAILURE) };
                say(&described(&file.display().to_string(), &rules))?;
            }
            Command::Preview { file, athlete, json } => {
                let Some(rules) = parsed(&file)? else { return Ok(ExitCode::FAILURE) };
                let hub = settings.open().await?.hub;
                let athletes = match athlete {
                    Some(name) => Athletes::Only([hub.athlete_named(&name).await?.id].into()),
                    None => Athletes::All,
                };
                let preview = hub.policy_preview(&rules, &athletes, SHOWN).await?;
                if json {
                    say_json(&document(&preview))?;
                } else {
                    say(&told(&preview))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The policy of a file; nothing where it is wrong, which has been told then.
fn parsed(file: &Path) -> anyhow::Result<Option<Rules>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}; name a policy file", file.display()))?;
    match Rules::parse(&text) {
        Ok(rules) => Ok(Some(rules)),
        Err(errors) => {
            for error in errors {
                remark(&format!("{}: {error}", file.display()));
            }
            Ok(None)
        }
    }
}

fn told(preview: &PolicyPreview) -> String {
    let mut text = format!(
        "{} looked at, {} would change ({} merged away, {} split off). Nothing was changed.\n",
        counted(preview.activities_examined, "activity", "activities"),
        preview.activities_changed,
        preview.merges,
        preview.splits
    );
    if !preview.field_changes.is_empty() {
        let rows: Vec<[String; 2]> =
            preview.field_changes.iter().map(|(field, count)| [field.name().to_owned(), count.to_string()]).collect();
        text.push('\n');
        text.push_str(&table(["FIELD", "ACTIVITIES"], &rows));
    }
    for example in &preview.examples {
        let _ = write!(text, "\n{}\n", example.activity);
        for change in &example.changes {
            let _ = writeln!(
                text,
                "  {}: {} -> {}",
                change.field.name(),
                side(change.field, change.before.as_ref(), change.source_before.as_ref()),
                side(change.field, change.after.as_ref(), change.source_after.as_ref())
            );
        }
    }
    text
}

/// A value and whose it is.
fn side(field: Field, value: Option<&Value>, source: Option<&SourceSlug>) -> String {
    let value = value.map_or_else(|| "nothing".to_owned(), |value| plain(field, value));
    match source {
        Some(source) => format!("{value} ({source})"),
        None => value,
    }
}

fn document(preview: &PolicyPreview) -> Json {
    let counts: serde_json::Map<String, Json> =
        preview.field_changes.iter().map(|(field, count)| (field.name().to_owned(), json!(count))).collect();
    json!({
        "activities_examined": preview.activities_examined,
        "activities_changed": preview.activities_changed,
        "merges": preview.merges,
        "splits": preview.splits,
        "field_changes": counts,
        "examples": preview.examples.iter().map(|one| one.activity.to_string()).collect::<Vec<_>>(),
    })
}

fn described(file: &str, rules: &Rules) -> String {
    format!(
        "{file} is a valid policy: {} leads, others wait {} h for it, pairs are merged from {:.1} % and shown for review \
         from {:.1} %.",
        rules.canonical_source(),
        rules.window_s as f64 / 3600.0,
        f64::from(rules.auto_ppm) / 10_000.0,
        f64::from(rules.review_ppm) / 10_000.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_policy_is_described_by_what_matters() {
        let told = described("policy.toml", &Rules::built_in());
        for part in ["strava leads", "72 h", "99.0 %"] {
            assert!(told.contains(part), "{told}");
        }
    }
}
