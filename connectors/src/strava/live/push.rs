//! The application's subscription to notifications: one for all its athletes.

use reqwest::Method;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::client::parse;
use super::list::id_of;
use super::{Client, NAME, Strava};
use crate::SourceError;

/// A subscription as Strava has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its number: `subscription_id` in the configuration.
    pub id: String,
    /// The address that is notified, where Strava tells it. It holds the path's secret.
    pub callback: Option<String>,
}

#[derive(Deserialize)]
struct Answered {
    #[serde(default)]
    id: Value,
    callback_url: Option<String>,
}

impl Answered {
    fn subscription(self) -> Result<Subscription, SourceError> {
        let id = id_of(&self.id).ok_or_else(|| SourceError::Contract("the subscription has no id".to_owned()))?;
        Ok(Subscription { id, callback: self.callback_url })
    }
}

impl Strava {
    /// Subscribes that address. Strava asks it at once and must be answered within two seconds, so the server must run
    /// with this configuration already.
    ///
    /// # Errors
    /// As for every call; `Contract` where Strava could not verify the address or there is a subscription already, with
    /// a sentence that says so.
    pub async fn subscribe(&self, callback: &Url) -> Result<Subscription, SourceError> {
        let Some(verify_token) = &self.hook.verify_token else {
            let why = format!("sources.{NAME}.webhook_verify_token is not set: choose any long word");
            return Err(SourceError::Contract(why));
        };
        let [id, secret] = self.application();
        let form = [id, secret, ("callback_url", callback.as_str()), ("verify_token", verify_token.expose_secret())];
        let request = self.client.request(Method::POST, &["push_subscriptions"]).form(&form);
        let heard = self.client.ask_as_application(request).await;
        heard.read(|answer| parse::<Answered>(&answer, "the subscription")?.subscription()).outcome
    }

    /// The application's subscriptions: none or one.
    ///
    /// # Errors
    /// As for every call.
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>, SourceError> {
        let request = self.client.request(Method::GET, &["push_subscriptions"]).query(&self.application());
        let heard = self.client.ask_as_application(request).await;
        let read = |answer| {
            let answered: Vec<Answered> = parse(&answer, "the subscriptions")?;
            answered.into_iter().map(Answered::subscription).collect()
        };
        heard.read(read).outcome
    }

    /// Ends a subscription. One that is not there is ended.
    ///
    /// # Errors
    /// As for every call.
    pub async fn unsubscribe(&self, id: &str) -> Result<(), SourceError> {
        let path = ["push_subscriptions", id];
        let request = self.client.request(Method::DELETE, &path).query(&self.application());
        match self.client.ask_as_application(request).await.read(|_| Ok(())).outcome {
            Err(SourceError::Gone) => Ok(()),
            other => other,
        }
    }

    /// Strava wants the application's secret in the form, or behind the question mark: it offers no other place.
    fn application(&self) -> [(&'static str, &str); 2] {
        let Client { id, secret, .. } = &self.client;
        [("client_id", id), ("client_secret", secret.expose_secret())]
    }
}
