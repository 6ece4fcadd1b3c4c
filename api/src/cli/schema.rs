//! The public schema, printed or compared.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::print::{remark, say};

/// The arguments of `datahub schema`.
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Compares that file with the schema instead of printing it
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

impl Schema {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let schema = crate::graphql::sdl();
        let Some(file) = self.check else {
            say(&schema)?;
            return Ok(ExitCode::SUCCESS);
        };
        let shown = file.display();
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {shown}; write it with `datahub schema > {shown}`"))?;
        if text == schema {
            say(&format!("{shown} is the schema of this build."))?;
            return Ok(ExitCode::SUCCESS);
        }
        match text.lines().zip(schema.lines()).position(|(there, here)| there != here) {
            Some(line) => remark(&format!(
                "{shown} is stale from line {} on; write it anew with `datahub schema > {shown}`",
                line + 1
            )),
            None => remark(&format!("{shown} is stale; write it anew with `datahub schema > {shown}`")),
        }
        Ok(ExitCode::FAILURE)
    }
}
