//! One round with the sources now, in the foreground.

use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Args;
use domain::SourceSlug;
use hub::{AccountRow, AccountState, Athletes, Hub, Mode};
use tokio::sync::watch;

use super::interrupt::Interrupt;
use super::print::{counted, remark, say};
use super::progress::{Progress, Stand};
use super::{Settings, accounts, athlete};

/// How often it is looked how far the work is.
const LOOK: Duration = Duration::from_millis(500);

/// The arguments of `datahub sync`.
#[derive(Debug, Args)]
pub(super) struct Sync {
    /// Only this athlete's accounts: a name or an id
    #[arg(long, value_name = "NAME")]
    athlete: Option<String>,
    /// Only accounts at this source: strava or garmin
    #[arg(long, value_name = "SOURCE", value_parser = SourceSlug::parse)]
    source: Option<SourceSlug>,
    /// Fetches history as well, as far back as the configuration says
    #[arg(long)]
    backfill: bool,
    /// Fetches history from this day on
    #[arg(long, value_name = "DATE", value_parser = day)]
    since: Option<DateTime<Utc>>,
}

fn day(text: &str) -> Result<DateTime<Utc>, String> {
    let day: NaiveDate = text.parse().map_err(|_| "a day is written as 2026-01-31".to_owned())?;
    Ok(day.and_time(NaiveTime::MIN).and_utc())
}

impl Sync {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let hub = settings.open().await?.hub;
        let athletes = athlete::named(&hub, self.athlete.as_deref()).await?;
        let mut found = hub.accounts(&Athletes::Only(athletes.iter().map(|row| row.id).collect())).await?;
        found.retain(|account| self.source.as_ref().is_none_or(|source| account.source == *source));
        if found.is_empty() {
            say(accounts::NONE)?;
            return Ok(ExitCode::SUCCESS);
        }
        let interrupt =
            Interrupt::listen("Stopping after the call at hand; `datahub serve` or `datahub sync` goes on.");
        let mut refused = false;
        let mut asked = Vec::new();
        for account in found {
            let begun = self.begin(&hub, &account).await;
            match begun {
                Ok(()) => asked.push(account),
                Err(error) => {
                    refused = true;
                    remark(&format!("{}: {error}.", accounts::connector_name(&account.connector)));
                }
            }
        }
        let (stop, stopping) = watch::channel(false);
        let worker = tokio::spawn({
            let hub = hub.clone();
            async move { hub.work(stopping).await }
        });
        let mut all_well = !refused;
        for account in &asked {
            all_well &= follow(&hub, account, &|| interrupt.came()).await?;
        }
        stop.send_replace(true);
        worker.await?;
        for account in &asked {
            hub.reconcile(account.athlete, Mode::Pending).await?;
        }
        Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn begin(&self, hub: &Hub, account: &AccountRow) -> Result<(), hub::HubError> {
        hub.sync_account(account).await?;
        if self.backfill || self.since.is_some() {
            hub.backfill_account(account, self.since, None).await?;
        }
        Ok(())
    }
}

/// Watches the work for an account until nothing is left of it, or nothing can be done now; whether all was done.
async fn follow(
    hub: &Hub,
    account: &AccountRow,
    interrupted: &(dyn Fn() -> bool + Send + std::marker::Sync),
) -> anyhow::Result<bool> {
    let what = accounts::connector_name(&account.connector);
    let before = hub.account_records(account).await?;
    let calls_before = hub.source_outlook(&account.connector).await?.calls;
    let shown = Progress::of_sync(what);
    let mut waits = false;
    let (end, left) = loop {
        let now = hub.account(&Athletes::All, account.id).await?;
        let progress = hub.progress(&now).await?;
        let outlook = hub.source_outlook(&account.connector).await?;
        let (made, left) = (outlook.calls - calls_before, progress.calls_left);
        shown.show(Stand::of(made, made + left));
        if left == 0 {
            break (Ok(true), left);
        }
        if interrupted() {
            break (Ok(false), left);
        }
        if !matches!(now.state, AccountState::Active | AccountState::RateLimited) {
            break (Err(now), left);
        }
        let soon = hub.clock().now() + chrono::Duration::seconds(30);
        match outlook.next_call_at.filter(|at| *at > soon) {
            Some(at) if !waits => {
                let (at, end) = (minute(at), minute(progress.eta));
                remark(&format!("{what}: its limit is reached; goes on at {at}, all is done about {end}."));
                waits = true;
            }
            Some(_) => {}
            None => waits = false,
        }
        tokio::time::sleep(LOOK).await;
    };
    shown.end();
    let records = hub.account_records(account).await?;
    let fresh = counted(records.saturating_sub(before), "new record", "new records");
    Ok(match end {
        Ok(true) => {
            say(&format!("{what}: {fresh}, {} in all; everything was fetched.", super::print::count(records)))?;
            true
        }
        Ok(false) => {
            say(&format!("{what}: {fresh}; {} left.", counted(left, "call is", "calls are")))?;
            false
        }
        Err(now) => {
            let why = now.state_reason.or(now.last_error).unwrap_or_default();
            let next = now.next_attempt_at.map(|at| format!(" Tried again at {}.", minute(at))).unwrap_or_default();
            say(&format!("{what}: {fresh}; the account is {}: {why}.{next}", now.state.name()))?;
            false
        }
    })
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%MZ").to_string()
}
