//! The precedence policy: shown and checked.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use reconcile::Policy as Rules;

use super::Settings;
use super::print::{remark, say};

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
}

impl Policy {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Show => say(crate::boot::policy(&settings.load()?)?.text())?,
            Command::Check { file } => {
                let text = std::fs::read_to_string(&file)
                    .with_context(|| format!("cannot read {}; name a policy file", file.display()))?;
                match Rules::parse(&text) {
                    Ok(rules) => say(&described(&file.display().to_string(), &rules))?,
                    Err(errors) => {
                        for error in errors {
                            remark(&format!("{}: {error}", file.display()));
                        }
                        return Ok(ExitCode::FAILURE);
                    }
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
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
