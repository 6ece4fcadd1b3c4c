//! What is set of live sources and of what is kept for them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use secrecy::SecretString;

use super::settings::Settings;
use super::{ConfigError, duration, secret};

/// Where the key that encrypts credentials is made when none is given.
const SECRETS_KEY: &str = "data/secrets.key";

/// The keys that encrypt credentials.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The keys that were given, one a line; nothing where one is to be made.
    pub keys: Option<SecretString>,
    /// Where a key is made and kept when none is given.
    pub made_at: PathBuf,
}

/// A live source: what the hub goes by, and what its connector reads.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its connector's name, as in the configuration's section.
    pub connector: &'static str,
    /// Whether it is asked.
    pub enabled: bool,
    /// How often an account is asked.
    pub poll_interval: Duration,
    /// How far before the newest activity it is asked again.
    pub lookback: Duration,
    /// How far back history is fetched.
    pub backfill_since: Option<DateTime<Utc>>,
    /// The most calls in a minute.
    pub calls_per_minute: Option<u32>,
    /// The least time between two calls.
    pub spacing: Option<Duration>,
    /// Whether what is fetched is only kept.
    pub store_only: bool,
    /// How long what came this way is kept; for ever where absent.
    pub retention: Option<Duration>,
    /// The last part of the address that it notifies.
    pub webhook_path_secret: Option<SecretString>,
    /// Plain values for its connector, by key.
    pub values: BTreeMap<String, String>,
    /// Secret values for its connector, by key.
    pub secrets: BTreeMap<String, SecretString>,
}

/// The keys of one source that the hub or its connector reads.
struct Names {
    connector: &'static str,
    enabled: &'static str,
    poll_interval: &'static str,
    lookback: &'static str,
    backfill_since: &'static str,
    calls_per_minute: &'static str,
    spacing: &'static str,
    store_only: Option<&'static str>,
    retention: Option<&'static str>,
    webhook_path_secret: Option<(&'static str, &'static str)>,
    /// What its connector reads, by the last part of the name.
    values: &'static [&'static str],
    /// The same for secrets, each with the key of its file.
    secrets: &'static [(&'static str, &'static str)],
}

const SOURCES: [Names; 2] = [
    Names {
        connector: "strava",
        enabled: "sources.strava.enabled",
        poll_interval: "sources.strava.poll_interval",
        lookback: "sources.strava.lookback",
        backfill_since: "sources.strava.backfill_since",
        calls_per_minute: "sources.strava.calls_per_minute",
        spacing: "sources.strava.spacing",
        store_only: None,
        retention: Some("retention.strava_api"),
        webhook_path_secret: Some(("sources.strava.webhook_path_secret", "sources.strava.webhook_path_secret_file")),
        values: &[
            "sources.strava.client_id",
            "sources.strava.api_base",
            "sources.strava.oauth_base",
            "sources.strava.subscription_id",
        ],
        secrets: &[
            ("sources.strava.client_secret", "sources.strava.client_secret_file"),
            ("sources.strava.webhook_verify_token", "sources.strava.webhook_verify_token_file"),
        ],
    },
    Names {
        connector: "garmin_connect",
        enabled: "sources.garmin_connect.enabled",
        poll_interval: "sources.garmin_connect.poll_interval",
        lookback: "sources.garmin_connect.lookback",
        backfill_since: "sources.garmin_connect.backfill_since",
        calls_per_minute: "sources.garmin_connect.calls_per_minute",
        spacing: "sources.garmin_connect.spacing",
        store_only: Some("sources.garmin_connect.store_only"),
        retention: None,
        webhook_path_secret: None,
        values: &[
            "sources.garmin_connect.acknowledge_unofficial",
            "sources.garmin_connect.api_base",
            "sources.garmin_connect.sso_base",
            "sources.garmin_connect.token_base",
        ],
        secrets: &[],
    },
];

/// The keys of credentials as they are set.
pub(super) fn secrets(set: &Settings) -> Result<Secrets, ConfigError> {
    Ok(Secrets { keys: secret(set, "secrets.key", "secrets.key_file")?, made_at: PathBuf::from(SECRETS_KEY) })
}

/// Every live source as it is set, enabled or not.
pub(super) fn sources(set: &Settings) -> Result<Vec<Source>, ConfigError> {
    SOURCES.iter().map(|names| source(set, names)).collect()
}

fn source(set: &Settings, names: &Names) -> Result<Source, ConfigError> {
    let last = |key: &str| key.rsplit_once('.').map_or(key, |(_, last)| last).to_owned();
    let mut values = BTreeMap::new();
    for key in names.values {
        if let Some(text) = set.text(key) {
            values.insert(last(key), text.to_owned());
        }
    }
    let mut secrets = BTreeMap::new();
    for (key, file) in names.secrets {
        if let Some(text) = secret(set, key, file)? {
            secrets.insert(last(key), text);
        }
    }
    let spoken = "a duration such as 15m";
    Ok(Source {
        connector: names.connector,
        enabled: set.value(names.enabled, "true or false")?,
        poll_interval: set.read(names.poll_interval, spoken, |text| duration(text).filter(|one| one.as_secs() >= 1))?,
        lookback: set.read(names.lookback, spoken, duration)?,
        backfill_since: optional(set, names.backfill_since, "a date such as 2015-01-01", day)?,
        calls_per_minute: optional(set, names.calls_per_minute, "a whole number from 1 to 10000", |text| {
            text.parse().ok().filter(|number| (1..=10_000).contains(number))
        })?,
        spacing: optional(set, names.spacing, spoken, duration)?,
        store_only: match names.store_only {
            Some(key) => set.value(key, "true or false")?,
            None => false,
        },
        retention: match names.retention {
            Some(key) => set.read(key, "keep, or a duration such as 7d", |text| match text {
                "keep" => Some(None),
                text => duration(text).map(Some),
            })?,
            None => None,
        },
        webhook_path_secret: match names.webhook_path_secret {
            Some((key, file)) => secret(set, key, file)?,
            None => None,
        },
        values,
        secrets,
    })
}

fn optional<T>(
    set: &Settings,
    key: &'static str,
    expected: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ConfigError> {
    set.text(key).map(|_| set.read(key, expected, read)).transpose()
}

fn day(text: &str) -> Option<DateTime<Utc>> {
    text.parse::<NaiveDate>().ok().map(|day| day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::super::Config;
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> std::vec::IntoIter<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn a_source_s_section_is_read_and_the_rest_is_its_connector_s() {
        let file = "[sources.strava]\nenabled = true\nclient_id = 17\nbackfill_since = 2020-02-03\n[retention]\nstrava_api = \"7d\"\n";
        let pairs = [("DATAHUB_SOURCES__STRAVA__CLIENT_SECRET", "hunter2"), ("DATAHUB_SOURCES__STRAVA__SPACING", "1s")];
        let config = Config::read(Some(file), environment(&pairs)).unwrap();
        let [strava, garmin] = config.sources.as_slice() else { panic!("two sources") };
        assert!(strava.enabled && !garmin.enabled && !strava.store_only);
        assert_eq!(strava.values.get("client_id").map(String::as_str), Some("17"));
        assert_eq!(strava.values.get("api_base").map(String::as_str), Some("https://www.strava.com/api/v3"));
        assert_eq!(strava.secrets["client_secret"].expose_secret(), "hunter2");
        assert_eq!(strava.backfill_since, day("2020-02-03"));
        assert_eq!(strava.retention, Some(Duration::from_secs(604_800)));
        assert_eq!((strava.spacing, strava.calls_per_minute), (Some(Duration::from_secs(1)), None));
        assert_eq!((garmin.spacing, garmin.calls_per_minute), (Some(Duration::from_millis(500)), Some(30)));
        assert_eq!(garmin.values.get("acknowledge_unofficial").map(String::as_str), Some("false"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_wrong_in_a_section_within_a_section_is_named_whole() {
        for (file, told) in [
            ("[sources.strava]\nclientid = 1\n", "sources.strava.clientid"),
            ("[sources.wahoo]\nenabled = true\n", "sources.wahoo"),
            ("[sources.strava]\npoll_interval = \"often\"\n", "sources.strava.poll_interval"),
            ("[sources.strava]\nbackfill_since = \"yesterday\"\n", "sources.strava.backfill_since"),
            ("[sources.garmin_connect]\ncalls_per_minute = 0\n", "sources.garmin_connect.calls_per_minute"),
            ("[sources.garmin_connect]\nstore_only = \"maybe\"\n", "sources.garmin_connect.store_only"),
            ("[retention]\nstrava_api = \"a week\"\n", "retention.strava_api"),
        ] {
            let refused = Config::read(Some(file), std::iter::empty()).expect_err(file).to_string();
            assert!(refused.contains(told), "{refused}");
        }
    }
}
