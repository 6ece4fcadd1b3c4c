//! A product with two athletes, each with one ride of a made file.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use api::auth::{Grant, Scope, issue};
use api::boot::{App, open};
use api::config::Config;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::{DateTime, Duration, Utc};
use domain::AthleteId;
use hub::{Athletes, SteppedClock};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::Service as _;

/// The instant at which the house stands.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// The house. Its folder goes with it.
pub struct House {
    pub app: App,
    pub clock: Arc<SteppedClock>,
    pub ada: AthleteId,
    pub bob: AthleteId,
    router: Router,
    folder: tempfile::TempDir,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of its first error.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl House {
    pub async fn build() -> Self {
        Self::set(&[]).await
    }

    /// The same with more in its configuration.
    pub async fn set(more: &[(&str, &str)]) -> Self {
        Self::configured(more).await.0
    }

    /// The same, with the configuration.
    pub async fn configured(more: &[(&str, &str)]) -> (Self, Config) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let settings = [
            ("DATAHUB_DATABASE__URL", format!("sqlite://{}", at("hub.db"))),
            ("DATAHUB_ARTIFACTS__URL", format!("file://{}", at("artifacts"))),
            ("DATAHUB_AUTH__SECRET", "0123456789abcdef0123456789abcdef".to_owned()),
        ];
        let nothing = folder.path().join("datahub.toml");
        std::fs::write(&nothing, "").unwrap();
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(more);
        let config = Config::load(Some(&nothing), environment).unwrap();
        let clock = Arc::new(SteppedClock::at(now()));
        let app = open(&config, clock.clone()).await.unwrap();
        let ada = ride(&app, "Ada", folder.path(), 10).await;
        let bob = ride(&app, "Bob", folder.path(), 40).await;
        let router = api::http::router(app.clone());
        (Self { app, clock, ada, bob, router, folder }, config)
    }

    /// A token for these athletes that lives an hour.
    pub async fn token(&self, athletes: Athletes, scopes: &[Scope]) -> String {
        self.token_of("test", athletes, scopes).await
    }

    /// The same for that client.
    pub async fn token_of(&self, client: &str, athletes: Athletes, scopes: &[Scope]) -> String {
        let grant = Grant {
            client_id: client.to_owned(),
            scopes: scopes.iter().copied().collect(),
            athletes,
            lifetime: Duration::hours(1),
        };
        issue(&self.app.auth, &self.app.hub, &grant).await.unwrap().token.expose_secret().to_owned()
    }

    /// A token that may read everything of that athlete.
    pub async fn reader(&self, athlete: AthleteId) -> String {
        self.token(Athletes::Only([athlete].into()), &[Scope::ActivitiesRead, Scope::ArtifactsRead]).await
    }

    /// Lets the house be spoken to over the network; where.
    pub async fn listen(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(api::http::serve(listener, self.router.clone(), std::future::pending()));
        address
    }

    /// Brings one more ride of that athlete in; by the name of its file.
    pub async fn rides(&self, athlete: AthleteId, name: &str, minutes: u32) {
        bring(&self.app, athlete, name, self.folder.path(), minutes).await;
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().call(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    pub async fn get(&self, path: &str, headers: &[(header::HeaderName, &str)]) -> Answer {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends any body to `/graphql`.
    pub async fn post(&self, headers: &[(header::HeaderName, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(Method::POST).uri("/graphql");
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Asks a question as clients ask it.
    pub async fn ask(&self, token: &str, query: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [
            (header::AUTHORIZATION, bearer.as_str()),
            (header::CONTENT_TYPE, "application/json"),
            (header::ACCEPT, "application/graphql-response+json"),
        ];
        self.post(&headers, json!({ "query": query }).to_string()).await
    }
}

/// Adds an athlete who rode for half an hour, `minutes` past an hour.
async fn ride(app: &App, name: &str, folder: &Path, minutes: u32) -> AthleteId {
    let athlete = app.hub.create_athlete(name).await.unwrap().id;
    bring(app, athlete, name, folder, minutes).await;
    athlete
}

async fn bring(app: &App, athlete: AthleteId, name: &str, folder: &Path, minutes: u32) {
    let points: String = (0..30)
        .map(|minute| {
            let clock = minutes + minute;
            let (hour, minute_of_hour) = (6 + clock / 60, clock % 60);
            let latitude = 1.0 + f64::from(minute) / 1000.0;
            format!("<trkpt lat=\"{latitude}\" lon=\"-30.5\"><time>2026-05-01T{hour:02}:{minute_of_hour:02}:00Z</time></trkpt>")
        })
        .collect();
    let gpx = format!(
        "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"made\" xmlns=\"http://www.topografix.com/GPX/1/1\">\
         <trk><name>{name}'s ride</name><trkseg>{points}</trkseg></trk></gpx>"
    );
    let path = folder.join(format!("{name}.gpx"));
    std::fs::write(&path, gpx).unwrap();
    let report = app.hub.import(athlete, &path, None, &|_| (), &|| false).await.unwrap();
    assert_eq!(report.records_new, 1, "the made file must be readable");
}
