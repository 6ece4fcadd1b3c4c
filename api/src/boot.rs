//! The composition root: configuration in, the product out.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use domain::{Channel, Clock, SourceSlug};
use futures::TryFutureExt as _;
use hub::{Hub, HubError, Settings};
use reconcile::{Policy, PolicyError};
use secrecy::ExposeSecret as _;
use tokio::sync::Notify;
use tokio::sync::Semaphore;

use crate::auth::{Auth, AuthError, KeySet, Read, Revocations};
use crate::config::{Config, Limits, Server};
use crate::http::{Counted, Quota, SEATS, Sockets};
use crate::live::{self, LiveError, Webhooks};
use crate::telemetry::{Collector, Post};

/// Imports over HTTP at a time: they wait for each other at the database anyway, and each fills the disk.
const IMPORTS: usize = 2;

/// Who asks for an identity provider's keys.
const AGENT: &str = concat!("datahub/", env!("CARGO_PKG_VERSION"));
/// The longest set of keys, in bytes.
const LONGEST_KEYS: usize = 256 << 10;
/// The longest answer of a collector, in bytes.
const LONGEST_THANKS: usize = 64 << 10;

/// Everything that the door needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The deeds.
    pub hub: Hub,
    /// The keys.
    pub auth: Arc<Auth>,
    /// Which tokens no longer count.
    pub revocations: Arc<Revocations>,
    /// What this build can read.
    pub sources: Arc<[KnownSource]>,
    /// How the server presents itself.
    pub server: Arc<Server>,
    /// Room for imports over HTTP, each of which holds its place until it ends.
    pub imports: Arc<Semaphore>,
    /// The sockets of every client.
    pub sockets: Arc<Sockets>,
    /// Room for sockets.
    pub seats: Arc<Semaphore>,
    /// When the activities were last counted for the figures.
    pub counted: Arc<Counted>,
    /// What a request may cost.
    pub limits: Arc<Limits>,
    /// What every client has spent.
    pub quota: Arc<Quota>,
    /// Wakes the background work: somebody queued something.
    pub work: Arc<Notify>,
    /// Where sources notify us.
    pub webhooks: Arc<Webhooks>,
    /// The GraphQL schema, ready to execute.
    pub schema: crate::graphql::Schema,
}

/// A source that this build can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSource {
    /// The source.
    pub slug: SourceSlug,
    /// Its name for people.
    pub name: String,
    /// How its records reach us.
    pub channels: BTreeSet<Channel>,
}

/// Why the product cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The keys cannot be had.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The database or the artifact store cannot be opened.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// A live source cannot be spoken to.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// No traces can be sent.
    #[error("telemetry.otlp_endpoint: {0}")]
    Collector(String),
    /// The policy's file cannot be read.
    #[error("the policy {path} cannot be read: {cause}; mend reconciliation.policy or leave it out")]
    PolicyFile {
        /// Which file.
        path: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The policy is wrong.
    #[error("the policy {path} is wrong: {}", told(.errors))]
    Policy {
        /// Which file.
        path: String,
        /// All that is wrong with it.
        errors: Vec<PolicyError>,
    },
}

fn told(errors: &[PolicyError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Opens the product: keys, policy, database (migrated), artifact store, schema.
///
/// # Errors
/// The first thing that is missing or wrong.
pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<App, BootError> {
    let auth = Arc::new(auth(config).await?);
    let settings = Settings {
        database_url: config.database.url.expose_secret().to_owned(),
        artifacts_url: config.artifacts.url.clone(),
        policy: policy(config)?,
    };
    let hub = Hub::open_live(settings, live::settings(config)?, clock).await?;
    let limits = Arc::new(config.limits.clone());
    Ok(App {
        hub,
        auth,
        revocations: Arc::new(Revocations::default()),
        sources: known_sources().into(),
        server: Arc::new(config.server.clone()),
        imports: Arc::new(Semaphore::new(IMPORTS)),
        sockets: Arc::default(),
        seats: Arc::new(Semaphore::new(SEATS)),
        counted: Arc::default(),
        quota: Arc::default(),
        work: Arc::default(),
        webhooks: Arc::new(Webhooks::of(config)),
        schema: crate::graphql::schema(),
        limits,
    })
}

/// The keys by the configuration: our own, and an identity provider's where one is named.
///
/// # Errors
/// The secret cannot be had; the provider's place is none, or its file is no set of keys. An address that does not
/// answer is asked again when a token needs it.
pub async fn auth(config: &Config) -> Result<Auth, AuthError> {
    let own = Auth::open(&config.auth)?;
    let Some(place) = &config.auth.jwks else { return Ok(own) };
    let wrong = |reason: String| AuthError::Keys { place: place.clone(), reason };
    let read: Read = if place.contains("://") {
        let address = connectors::http::base(place).map_err(wrong)?;
        let client = connectors::http::client(AGENT).map_err(|error| wrong(error.to_string()))?;
        Box::new(move || {
            let call = connectors::http::send(client.get(address.clone()), LONGEST_KEYS);
            Box::pin(async move {
                let answer = call.await.map_err(|error| error.to_string())?;
                let status = answer.status;
                if status.is_success() { Ok(answer.body.to_vec()) } else { Err(format!("the answer was {status}")) }
            })
        })
    } else {
        let path = PathBuf::from(place);
        Box::new(move || Box::pin(tokio::fs::read(path.clone()).map_err(|error| error.to_string())))
    };
    let keys = KeySet::of(read);
    if !place.contains("://") {
        keys.check().await.map_err(wrong)?;
    }
    Ok(own.with_keys(keys))
}

/// Where traces go by the configuration, if anywhere.
///
/// # Errors
/// No client can be made.
pub fn collector(config: &Config) -> Result<Option<Collector>, BootError> {
    let Some(endpoint) = config.telemetry.otlp_endpoint.clone() else { return Ok(None) };
    let client = connectors::http::client(AGENT).map_err(|error| BootError::Collector(error.to_string()))?;
    let post: Post = Box::new(move |request| {
        let (parts, body) = request.into_parts();
        let call = client.post(parts.uri.to_string()).headers(parts.headers).body(body);
        Box::pin(async move {
            let answer = connectors::http::send(call, LONGEST_THANKS).await?;
            let mut response = axum::http::Response::new(answer.body);
            *response.status_mut() = answer.status;
            Ok(response)
        })
    });
    Ok(Some(Collector { endpoint, post }))
}

/// The policy by the configuration: its file, or the built-in one.
///
/// # Errors
/// The file cannot be read or is wrong.
pub fn policy(config: &Config) -> Result<Policy, BootError> {
    let Some(path) = &config.reconciliation.policy else { return Ok(Policy::built_in()) };
    let named = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|cause| BootError::PolicyFile { path: named.clone(), cause })?;
    Policy::parse(&text).map_err(|errors| BootError::Policy { path: named, errors })
}

fn known_sources() -> Vec<KnownSource> {
    let mut sources: Vec<KnownSource> = Vec::new();
    for entry in connectors::registry::ENTRIES {
        match sources.iter_mut().find(|known| known.slug == entry.source) {
            Some(known) => {
                known.channels.insert(entry.channel);
            }
            None => sources.push(KnownSource {
                slug: entry.source,
                name: entry.name.to_owned(),
                channels: [entry.channel].into(),
            }),
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::auth::suite::{SECRET, Suite, suites};

    fn config(jwks: &str) -> Config {
        let set = [("DATAHUB_AUTH__SECRET", SECRET), ("DATAHUB_AUTH__JWKS", jwks)];
        let set = set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Config::load(Some(std::path::Path::new("/dev/null")), set).unwrap()
    }

    fn foreign() -> Suite {
        suites().into_iter().find(|suite| suite.jwk.is_some()).unwrap()
    }

    async fn is_good(auth: &Auth, suite: &Suite) -> bool {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let claims = json!({ "iss": "datahub", "aud": "datahub", "sub": "x", "iat": now.timestamp(), "jti": "tok_1",
                             "exp": now.timestamp() + 600, "scope": "activities:read", "athletes": "*" });
        auth.verify(&suite.token(&suite.header().to_string(), &claims.to_string()), now).await.is_ok()
    }

    #[tokio::test]
    async fn keys_are_read_from_an_address_once_and_no_further_than_it() {
        let suite = foreign();
        let (asked, text) = (Arc::new(AtomicUsize::new(0)), json!({ "keys": [suite.jwk] }).to_string());
        let counted = asked.clone();
        let answer = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let text = text.clone();
            async move { text }
        };
        let elsewhere = get(|| async { Redirect::temporary("/keys") });
        let router = Router::new().route("/keys", get(answer)).route("/elsewhere", elsewhere);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(crate::http::serve(listener, router, std::future::pending()));
        let known = auth(&config(&format!("{address}/keys"))).await.unwrap();
        for _ in 0..3 {
            assert!(is_good(&known, &suite).await);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        for other in ["elsewhere", "nothing"] {
            let unknown = auth(&config(&format!("{address}/{other}"))).await.unwrap();
            assert!(!is_good(&unknown, &suite).await, "{other}");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1, "redirects are not followed");
    }

    #[tokio::test]
    async fn keys_are_read_from_a_file_that_holds_some_and_from_no_other_place() {
        let suite = foreign();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let place = path.display().to_string();
        assert!(auth(&config(&place)).await.is_err(), "it is not there");
        std::fs::write(&path, r#"{"keys": []}"#).unwrap();
        assert!(auth(&config(&place)).await.is_err(), "it has no keys");
        std::fs::write(&path, json!({ "keys": [suite.jwk] }).to_string()).unwrap();
        assert!(is_good(&auth(&config(&place)).await.unwrap(), &suite).await);
        for wrong in ["http://keys.example.org/jwks", "ftp://127.0.0.1/keys", "https://me@127.0.0.1/keys", "://"] {
            assert!(auth(&config(wrong)).await.is_err(), "{wrong}");
        }
    }
}
