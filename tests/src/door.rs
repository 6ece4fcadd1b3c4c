//! A house's door: its server on a free port of this machine, and a client that speaks to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use api::auth::{Grant, Scope, issue};
use api::boot::App;
use api::config::{Config, Limits};
use domain::AthleteId;
use hub::Athletes;
use reqwest::{Client, Response};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::house::House;
use crate::live::{KEY, Sources};

/// A server in front of a house, gone with it.
pub struct Door {
    /// What answers.
    pub app: App,
    /// Where.
    pub address: String,
    client: Client,
    server: JoinHandle<()>,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Door {
    /// Opens the door of a house.
    ///
    /// # Errors
    /// Where the product does not start.
    pub async fn of(house: &House) -> Result<Self> {
        Self::opened(house, "").await
    }

    /// The same, to a house that speaks to simulated sources.
    ///
    /// # Errors
    /// As [`Door::of`].
    pub async fn live(house: &House, sources: &Sources) -> Result<Self> {
        Self::opened(house, &sources.configuration()).await
    }

    async fn opened(house: &House, configuration: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let folder = house.folder.path();
        let environment = [
            ("DATAHUB_DATABASE__URL", house.database_url.clone()),
            ("DATAHUB_ARTIFACTS__URL", format!("file://{}", folder.join("artifacts").display())),
            ("DATAHUB_AUTH__SECRET", "a secret of the tests that is long enough to be one".to_owned()),
            ("DATAHUB_SERVER__PUBLIC_URL", address.clone()),
            ("DATAHUB_SECRETS__KEY", KEY.to_owned()),
        ];
        let environment = environment.into_iter().map(|(key, value)| (key.to_owned(), value));
        let file = folder.join("datahub.toml");
        std::fs::write(&file, configuration)?;
        let config = Config::load(Some(&file), environment)?;
        let app = api::boot::open(&config, house.clock.clone()).await?;
        Self::standing(app, listener, address)
    }

    /// Opens another door of the same product, with other limits.
    ///
    /// # Errors
    /// Where no port is free.
    pub async fn with(app: &App, limits: Limits) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        Self::standing(App { limits: Arc::new(limits), ..app.clone() }, listener, address)
    }

    fn standing(app: App, listener: TcpListener, address: String) -> Result<Self> {
        let router = api::http::router(app.clone());
        let server = tokio::spawn(api::http::serve(listener, router, std::future::pending()));
        Ok(Self { app, address, client: Client::builder().build()?, server })
    }

    /// A token with these scopes for these athletes (all of them where none are named).
    ///
    /// # Errors
    /// Where none can be made.
    pub async fn token(&self, scopes: &str, athletes: &[AthleteId]) -> Result<String> {
        let scopes: BTreeSet<Scope> = scopes
            .split(' ')
            .map(|name| name.parse::<Scope>().map_err(|error| anyhow::anyhow!("{error}")))
            .collect::<Result<_>>()?;
        let athletes = match athletes {
            [] => Athletes::All,
            some => Athletes::Only(some.iter().copied().collect()),
        };
        let grant = Grant { client_id: "tests".to_owned(), scopes, athletes, lifetime: chrono::Duration::hours(1) };
        let issued = issue(&self.app.auth, &self.app.hub, &grant).await?;
        Ok(issued.token.expose_secret().to_owned())
    }

    /// Sends a request to the door: method, path, headers, body.
    ///
    /// # Errors
    /// Where nobody answers.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Result<Response> {
        let mut request = self.client.request(method.parse()?, format!("{}{path}", self.address)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request.send().await?)
    }

    /// Asks, whatever the answer.
    ///
    /// # Errors
    /// Where nobody answers, or not in JSON.
    pub async fn answer(&self, token: &str, query: &str, variables: Value) -> Result<Value> {
        let body = serde_json::to_vec(&json!({ "query": query, "variables": variables }))?;
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let response = self.send("POST", "/graphql", &headers, body).await?;
        Ok(serde_json::from_slice(&response.bytes().await?)?)
    }

    /// Asks, and fails on errors; gives `data`.
    ///
    /// # Errors
    /// Where the answer has errors.
    pub async fn ask(&self, token: &str, query: &str, variables: Value) -> Result<Value> {
        let mut answer = self.answer(token, query, variables).await?;
        if let Some(errors) = answer.get("errors") {
            bail!("{errors}");
        }
        Ok(answer.get_mut("data").map(Value::take).unwrap_or_default())
    }

    /// The code of the first error of an answer that must have one.
    ///
    /// # Errors
    /// Where it has none.
    pub async fn refusal(&self, token: &str, query: &str) -> Result<String> {
        let answer = self.answer(token, query, json!({})).await?;
        let code = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str);
        code.map(str::to_owned).with_context(|| format!("no code in {answer}"))
    }
}
