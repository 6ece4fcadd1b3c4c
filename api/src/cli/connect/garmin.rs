//! Garmin Connect: tokens made elsewhere, or one sign-in by a person at the terminal.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use connectors::Tokens;
use connectors::garmin::connect::NAME;
use connectors::garmin::connect::login::{self, Step};
use connectors::garmin::connect::tokens::{self, Region};
use console::Term;
use secrecy::SecretString;

use super::connected;
use crate::cli::Settings;
use crate::cli::print::remark;
use crate::live;

/// The arguments of `datahub connect garmin`.
#[derive(Debug, Args)]
pub(super) struct Garmin {
    /// Whose account it is: a name or an id
    #[arg(long, value_name = "NAME")]
    athlete: String,
    /// Tokens of another program: a file, a folder, or - for standard input
    #[arg(long, value_name = "PATH", required_unless_present = "login", conflicts_with = "login")]
    tokens: Option<PathBuf>,
    /// Signs in once, with password and code typed here; neither is kept
    #[arg(long)]
    login: bool,
    /// Where the account lives
    #[arg(long, value_enum, default_value = "com", requires = "login")]
    region: Where,
}

/// Which of Garmin's two worlds.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Where {
    /// garmin.com
    Com,
    /// garmin.cn
    Cn,
}

impl Garmin {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let hub = settings.open().await?.hub;
        let athlete = hub.athlete_named(&self.athlete).await?;
        let made = match &self.tokens {
            Some(path) => adopted(path, hub.clock().now())?,
            None => signed_in(&live::connector_settings(&settings.load()?, NAME), self.region).await?,
        };
        let account = hub.adopt_tokens(athlete.id, NAME, made).await?;
        connected(&account, &athlete.display_name)?;
        if self.tokens.is_some() {
            remark(&format!("Mind: {}.", tokens::ADOPTED));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn adopted(path: &Path, now: DateTime<Utc>) -> anyhow::Result<Tokens> {
    if path != Path::new("-") {
        return tokens::adopt_path(path, now).map_err(|reason| anyhow!(reason));
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    tokens::adopt(&bytes, now).map_err(|reason| anyhow!(reason))
}

async fn signed_in(settings: &connectors::registry::Settings, region: Where) -> anyhow::Result<Tokens> {
    if !std::io::stdin().is_terminal() {
        bail!("--login asks a person at a terminal; without one, give tokens with --tokens");
    }
    let region = match region {
        Where::Com => Region::Com,
        Where::Cn => Region::Cn,
    };
    let email = asked("Garmin e-mail: ")?;
    remark("Password (not shown, not kept):");
    let password = SecretString::from(Term::stderr().read_secure_line().context("cannot read the terminal")?);
    let mut pending = match login::begin(settings, region, &email, &password).await? {
        Step::Done(tokens) => return Ok(tokens),
        Step::NeedsCode(pending) => pending,
    };
    let code = SecretString::from(asked(&format!("The code that Garmin sent by {}: ", pending.method()))?);
    Ok(login::answer_code(&mut pending, &code).await?)
}

fn asked(question: &str) -> anyhow::Result<String> {
    let mut out = std::io::stderr().lock();
    write!(out, "{question}")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("cannot read the terminal")?;
    Ok(answer.trim().to_owned())
}
