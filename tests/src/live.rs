//! Simulated sources for a house: a Strava and a Garmin Connect of a test's own, on the house's clock.

use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use connectors::garmin::connect::simulator::{GarminSimulator, Mode};
use connectors::simulator::World;
use connectors::strava::simulator::{StravaSimulator, consent};
use connectors::strava::{self, Strava};
use connectors::{Tokens, garmin};
use domain::{AccountId, AthleteId};
use hub::{
    AccountRow, AccountState, ActivityFilter, ActivityOrder, Athletes, Hub, LiveSettings, LiveSource, PageRequest,
};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::house::House;

/// The key that encrypts credentials in tests.
pub const KEY: &str = "a key of the tests that is long enough to be one";
/// The last part of the address that the simulated Strava notifies.
pub const PATH_SECRET: &str = "a-path-that-nobody-guesses";
/// The athlete's number at the simulated Strava.
pub const STRAVA_ATHLETE: u64 = 9_007_199_254_740_993;
/// All that is asked for.
pub const ALL_SCOPES: [&str; 4] = ["read", "activity:read", "activity:read_all", "profile:read_all"];

/// Every way in which Garmin fails, the state that it ends in, and a word of what a person is told.
pub const GARMIN_FAILURES: [(Mode, AccountState, &str); 15] = [
    (Mode::TokenRefused, AccountState::NeedsReauthentication, "connect garmin_connect again"),
    (Mode::TokenInactive, AccountState::BackingOff, ""),
    (Mode::RefreshDead, AccountState::NeedsReauthentication, "connect garmin_connect again"),
    (Mode::Challenge, AccountState::LockedOut, "bot protection"),
    (Mode::PageInsteadOfData, AccountState::LockedOut, "bot protection"),
    // Its calls are limited; once a token ends, the token service does not answer either.
    (Mode::RateBan, AccountState::LockedOut, "bot protection"),
    // What it says of data is only strange; when a token ends, it is not let in.
    (Mode::Forbidden, AccountState::LockedOut, "refuses to renew tokens"),
    (Mode::NotFound, AccountState::Active, "otherwise than agreed"),
    (Mode::Empty, AccountState::Active, ""),
    (Mode::TooMany(None), AccountState::RateLimited, "too many calls"),
    (Mode::TooMany(Some(60)), AccountState::RateLimited, "too many calls"),
    (Mode::Broken, AccountState::BackingOff, ""),
    // A refresh whose answer is cut off has used the refresh token up.
    (Mode::CutOff, AccountState::NeedsReauthentication, "connect garmin_connect again"),
    (Mode::OtherShape, AccountState::Active, "otherwise than agreed"),
    (Mode::Redirect, AccountState::BackingOff, ""),
];

/// The simulated sources.
pub struct Sources {
    /// Strava.
    pub strava: StravaSimulator,
    /// Garmin Connect.
    pub garmin: GarminSimulator,
}

impl Sources {
    /// Both, on the house's clock. Strava has one athlete and no activities; Garmin has the world's.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start(house: &House, world: &World) -> Result<Self> {
        let strava = StravaSimulator::start(house.clock.clone()).await?;
        strava.add_athlete(STRAVA_ATHLETE);
        Ok(Self { strava, garmin: GarminSimulator::start(world, house.clock.clone()).await? })
    }

    /// Both without an activity.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn empty(house: &House) -> Result<Self> {
        Self::start(house, &World { activities: Vec::new(), end: DateTime::UNIX_EPOCH }).await
    }

    /// How a hub asks the simulated Strava: every quarter of an hour.
    ///
    /// # Errors
    /// Where the connector refuses its settings.
    pub fn ask_strava(&self) -> Result<LiveSource> {
        Ok(LiveSource::of(Arc::new(Strava::open(&self.strava.settings()).map_err(anyhow::Error::msg)?)))
    }

    /// How a hub asks the simulated Garmin Connect: every quarter of an hour, half a second between calls.
    ///
    /// # Errors
    /// Where the connector refuses its settings.
    pub fn ask_garmin(&self) -> Result<LiveSource> {
        let connector = garmin::connect::open(&self.garmin.settings()).map_err(anyhow::Error::msg)?;
        let source = LiveSource::of(connector);
        Ok(LiveSource { calls_per_minute: Some(30), spacing: Duration::milliseconds(500), ..source })
    }

    /// A hub in that house that speaks to both.
    ///
    /// # Errors
    /// Where it does not open.
    pub async fn hub(&self, house: &House) -> Result<Hub> {
        hub_of(house, vec![self.ask_strava()?, self.ask_garmin()?]).await
    }

    /// The configuration of a server that speaks to both.
    pub fn configuration(&self) -> String {
        let mut text = String::new();
        for (name, settings) in
            [(strava::NAME, self.strava.settings()), (garmin::connect::NAME, self.garmin.settings())]
        {
            text.push_str(&format!("[sources.{name}]\nenabled = true\n"));
            let secrets = settings.secrets.iter().map(|(key, secret)| (key, secret.expose_secret()));
            for (key, value) in settings.values.iter().map(|(key, value)| (key, value.as_str())).chain(secrets) {
                text.push_str(&format!("{key} = \"{value}\"\n"));
            }
            if name == strava::NAME {
                text.push_str(&format!("webhook_path_secret = \"{PATH_SECRET}\"\n"));
            }
        }
        text
    }

    /// Connects an athlete to Strava as a person does in a browser.
    ///
    /// # Errors
    /// Where somebody refuses.
    pub async fn connect_strava(&self, hub: &Hub, athlete: AthleteId) -> Result<AccountRow> {
        let redirect = Url::parse("http://127.0.0.1:9/oauth/strava/callback")?;
        let address = hub.begin_connect(athlete, strava::NAME, &redirect).await?;
        let back = consent(address).await?;
        Ok(hub.finish_connect(strava::NAME, &back.state, &back.code, back.scope.as_deref()).await?)
    }

    /// Connects an athlete to Garmin Connect by tokens.
    ///
    /// # Errors
    /// Where somebody refuses.
    pub async fn connect_garmin(&self, hub: &Hub, athlete: AthleteId) -> Result<AccountRow> {
        let tokens = self.garmin.tokens().context("tokens")?;
        Ok(hub.adopt_tokens(athlete, garmin::connect::NAME, tokens).await?)
    }
}

/// A hub on a house's database that speaks to these sources.
///
/// # Errors
/// Where it does not open.
pub async fn hub_of(house: &House, sources: Vec<LiveSource>) -> Result<Hub> {
    let live = LiveSettings { sources, keys: vec![SecretString::from(KEY)] };
    Ok(Hub::open_live(house.settings(), live, house.clock.clone()).await?)
}

/// Works until that instant: the clock goes from one thing to do to the next.
///
/// # Errors
/// What the hub says.
pub async fn work_until(house: &House, hub: &Hub, end: DateTime<Utc>) -> Result<()> {
    loop {
        let next = hub.work_until_idle().await?;
        let now = hub.clock().now();
        if now >= end {
            return Ok(());
        }
        // What is due at this very instant and was not done is done a little later.
        let next = next.filter(|next| *next > now).unwrap_or(now + Duration::minutes(1));
        house.clock.set(next.min(end));
    }
}

/// Works for so long.
///
/// # Errors
/// What the hub says.
pub async fn work_for(house: &House, hub: &Hub, time: Duration) -> Result<()> {
    work_until(house, hub, hub.clock().now() + time).await
}

/// The account as it stands.
///
/// # Errors
/// Where there is none.
pub async fn standing(hub: &Hub, account: AccountId) -> Result<AccountRow> {
    Ok(hub.account(&Athletes::All, account).await?)
}

/// What its sources show of an athlete, told by the sources' own ids: for comparing two ways to the same state.
///
/// # Errors
/// What the hub says.
pub async fn told(hub: &Hub, athlete: AthleteId) -> Result<Vec<String>> {
    let view = hub.view(Athletes::Only([athlete].into()));
    let filter = ActivityFilter { include_hidden: true, ..ActivityFilter::default() };
    let (mut told, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest { first: Some(100), after, ..PageRequest::default() };
        let page = view.activities(&filter, ActivityOrder::default(), &request).await?;
        after = page.items.last().map(|(place, _)| place.clone());
        for (_, row) in page.items {
            let records = view.records_by_id(&row.activity.members).await?;
            let live = records.values().filter(|one| one.record.is_live());
            let mut members: Vec<String> =
                live.map(|one| format!("{}/{}", one.record.source, one.record.external_id)).collect();
            members.sort();
            if members.is_empty() {
                continue;
            }
            let fields = row.activity.fields.iter().map(|(field, one)| format!("{field:?}={:?}", one.value));
            let fields: Vec<String> = fields.collect();
            told.push(format!("{members:?} {:?} {fields:?}", row.activity.status));
        }
        if !page.has_next {
            told.sort();
            return Ok(told);
        }
    }
}

/// A refresh token and nothing else, as a person pastes it.
pub fn only_refresh(tokens: &Tokens) -> Tokens {
    let refresh = tokens.refresh.as_ref().map(|token| SecretString::from(token.expose_secret().to_owned()));
    Tokens { access: SecretString::default(), refresh, expires_at: None, extra: None }
}
