//! The command line: one file a command.
//!
//! Results go to standard output, progress and remarks to standard error. Exit code 0 on success, 1 on failure, 2 on
//! wrong usage.

mod accounts;
mod athlete;
mod connect;
mod demo;
mod doctor;
mod export;
mod import;
mod interrupt;
mod jobs;
mod migrate;
mod policy;
mod print;
mod progress;
mod reconcile;
mod schema;
mod serve;
mod sync;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use hub::SystemClock;

use crate::boot::{self, App};
use crate::config::Config;

/// One truth about every activity: brings together what Strava, Garmin and files say, and serves it as GraphQL
#[derive(Debug, Parser)]
#[command(
    name = "datahub",
    version,
    after_help = "Examples:\n  datahub demo\n  datahub athlete add Ada && datahub import export.zip --athlete Ada\n  datahub serve"
)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Where the configuration comes from: the same for every command.
#[derive(Debug, Args)]
struct Settings {
    /// The configuration file; `datahub.toml` in the working directory, if it is there, where absent
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves HTTP and does the background work
    #[command(after_help = "Example:\n  datahub serve --listen 0.0.0.0:8080")]
    Serve(serve::Serve),
    /// Shows the whole product on a simulated year, with nothing to set up
    #[command(after_help = "Example:\n  datahub demo")]
    Demo(demo::Demo),
    /// Brings account exports or activity files in
    #[command(
        after_help = "Examples:\n  datahub import strava-export.zip garmin-export.zip --athlete Ada\n  datahub import rides/ --athlete Ada --source file"
    )]
    Import(import::Import),
    /// Connects an athlete's account at a source
    #[command(after_help = "Example:\n  datahub connect strava --athlete Ada")]
    Connect(connect::Connect),
    /// Lists the accounts at sources: their state, and what to do about them
    #[command(after_help = "Example:\n  datahub accounts --athlete Ada")]
    Accounts(accounts::Accounts),
    /// Asks the sources now, in the foreground
    #[command(
        after_help = "Examples:\n  datahub sync\n  datahub sync --athlete Ada --source strava --backfill --since 2024-01-01"
    )]
    Sync(sync::Sync),
    /// Shows the background work, and gives back to it what failed too often
    #[command(after_help = "Examples:\n  datahub jobs\n  datahub jobs --replay all")]
    Jobs(jobs::Jobs),
    /// Adds and lists athletes
    #[command(after_help = "Example:\n  datahub athlete add Ada")]
    Athlete(athlete::Athlete),
    /// Writes everything held about an athlete to a zip
    #[command(after_help = "Example:\n  datahub export --athlete Ada --out ada.zip")]
    Export(export::Export),
    /// Runs the engine, or shows what it would do
    #[command(
        after_help = "Examples:\n  datahub reconcile --athlete Ada --preview\n  datahub reconcile --remap strava"
    )]
    Reconcile(reconcile::Reconcile),
    /// Shows, checks and previews the precedence policy
    #[command(after_help = "Example:\n  datahub policy show")]
    Policy(policy::Policy),
    /// Issues, lists, revokes and inspects tokens
    #[command(after_help = "Example:\n  datahub token issue --client dashboard --scope activities:read --athlete Ada")]
    Token(token::Token),
    /// Prints the GraphQL schema, or compares a file with it
    #[command(after_help = "Examples:\n  datahub schema > schema.graphql\n  datahub schema --check schema.graphql")]
    Schema(schema::Schema),
    /// Brings the database's tables up to date, or tells whether they are
    #[command(after_help = "Example:\n  datahub migrate status")]
    Migrate(migrate::Migrate),
    /// Looks for what is wrong with this installation, and says how to mend it
    #[command(after_help = "Example:\n  datahub doctor")]
    Doctor(doctor::Doctor),
}

impl Settings {
    /// The configuration.
    fn load(&self) -> anyhow::Result<Config> {
        // Names and values that are no Unicode are none of ours.
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Ok(Config::load(self.config.as_deref(), environment)?)
    }

    /// The product by that configuration, on the system's clock.
    async fn open(&self) -> anyhow::Result<App> {
        Ok(boot::open(&self.load()?, Arc::new(SystemClock)).await?)
    }
}

impl Command {
    async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve(serve) => serve.run(settings).await,
            Self::Demo(demo) => demo.run().await,
            Self::Import(import) => import.run(settings).await,
            Self::Athlete(athlete) => athlete.run(settings).await,
            Self::Export(export) => export.run(settings).await,
            Self::Connect(connect) => connect.run(settings).await,
            Self::Accounts(accounts) => accounts.run(settings).await,
            Self::Sync(sync) => sync.run(settings).await,
            Self::Jobs(jobs) => jobs.run(settings).await,
            Self::Reconcile(reconcile) => reconcile.run(settings).await,
            Self::Policy(policy) => policy.run(settings).await,
            Self::Token(token) => token.run(settings).await,
            Self::Schema(schema) => schema.run(),
            Self::Migrate(migrate) => migrate.run(settings).await,
            Self::Doctor(doctor) => doctor.run(settings).await,
        }
    }
}

/// Runs the command that this process was started with.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let ran = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime; the system may be out of threads or memory")
        .and_then(|runtime| runtime.block_on(cli.command.run(&cli.settings)));
    ran.unwrap_or_else(|error| {
        print::remark(&format!("datahub: {error}"));
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_s_help_has_an_example_that_can_be_parsed() {
        fn check(command: &mut clap::Command, path: &str) {
            let help = command.render_long_help().to_string();
            let examples: Vec<&str> = help
                .lines()
                .skip_while(|line| !line.starts_with("Example"))
                .skip(1)
                .flat_map(|line| line.split(" && "))
                .map(str::trim)
                .filter(|line| line.starts_with("datahub"))
                .collect();
            assert!(!examples.is_empty(), "{path} --help has no example");
            for example in examples {
                assert!(example.starts_with(path), "an example of {path} shows another command: {example}");
                // What a shell would make of it: no redirection, and words in quotes stay together.
                let plain = example.split(" > ").next().unwrap_or_default();
                let words = plain.split('"').enumerate().flat_map(|(index, part)| {
                    if index % 2 == 1 { vec![part] } else { part.split_whitespace().collect() }
                });
                if let Err(error) = Cli::command().try_get_matches_from(words) {
                    panic!("{example}: {error}");
                }
            }
            for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
                let path = format!("{path} {}", sub.get_name());
                check(sub, &path);
            }
        }
        let mut command = Cli::command();
        command.build();
        check(&mut command, "datahub");
    }

    #[test]
    fn wrong_usage_is_refused_before_anything_is_opened() {
        for wrong in [
            &["datahub"][..],
            &["datahub", "synchronise"],
            &["datahub", "sync", "--since", "yesterday"],
            &["datahub", "connect", "strava"],
            &["datahub", "connect", "garmin", "--athlete", "Ada"],
            &["datahub", "connect", "garmin", "--athlete", "Ada", "--login", "--tokens", "x"],
            &["datahub", "jobs", "--replay"],
            &["datahub", "import", "x.zip"],
            &["datahub", "import", "--athlete", "Ada"],
            &["datahub", "import", "x.zip", "--athlete", "Ada", "--source", "Str ava"],
            &["datahub", "export", "--athlete", "Ada"],
            &["datahub", "reconcile", "--preview", "--remap", "strava"],
            &[
                "datahub",
                "token",
                "issue",
                "--client",
                "x",
                "--scope",
                "activities:read",
                "--athlete",
                "all",
                "--ttl",
                "soon",
            ],
            &["datahub", "token", "issue", "--client", "x", "--scope", "everything", "--athlete", "all"],
            &["datahub", "serve", "--listen", "8080"],
        ] {
            let refused = Cli::command().try_get_matches_from(wrong);
            assert!(refused.is_err_and(|error| error.exit_code() == 2), "{wrong:?}");
        }
    }
}
