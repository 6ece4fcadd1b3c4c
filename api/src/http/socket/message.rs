//! The messages of `graphql-transport-ws`, as its protocol has them, and the codes with which a socket is closed.

use serde_json::{Value, json};

use crate::auth::TokenError;
use crate::http::graphql::Answer;

/// The protocol's name.
pub const PROTOCOL: &str = "graphql-transport-ws";
/// The longest name of an operation, in bytes.
const LONGEST_ID: usize = 200;

/// What a client says.
#[derive(Debug)]
pub enum Said {
    /// Who it is.
    Init(Value),
    /// Whether we are there.
    Ping,
    /// That it is there.
    Pong,
    /// An operation under its name.
    Subscribe(String, Value),
    /// It wants no more of that operation.
    Complete(String),
}

/// Why a socket is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// The code.
    pub code: u16,
    /// The reason, in at most 123 bytes.
    pub reason: String,
}

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// What was sent is no message of the protocol.
    pub fn invalid() -> Self {
        Self::new(4400, "This is no message of graphql-transport-ws")
    }

    /// An operation before it is known who asks.
    pub fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    /// The token does not count, or no longer.
    pub fn forbidden(reason: &TokenError) -> Self {
        Self::new(4403, reason.to_string())
    }

    /// No token was sent.
    pub fn stranger() -> Self {
        Self::new(4403, "Send {\"Authorization\": \"Bearer TOKEN\"} as the payload of connection_init")
    }

    /// Who asks was not said in time.
    pub fn late() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    /// An operation of that name is under way.
    pub fn taken(id: &str) -> Self {
        let id: String = id.chars().take(20).collect();
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    /// Who asks was said before.
    pub fn again() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// The client has as many sockets as it may have.
    pub fn crowded() -> Self {
        Self::new(1013, "This client has as many sockets as it may have; use one for all its operations")
    }

    /// Whether the token was revoked cannot be told.
    pub fn unavailable() -> Self {
        Self::new(1013, "The hub cannot answer this now; try again in a moment")
    }

    /// Nothing was heard for long.
    pub fn silent() -> Self {
        Self::new(1001, "Nothing was heard for too long")
    }
}

/// What a text says.
///
/// # Errors
/// Nothing that the protocol knows.
pub fn read(text: &str) -> Result<Said, Close> {
    let Ok(Value::Object(mut message)) = serde_json::from_str(text) else { return Err(Close::invalid()) };
    let kind = message.remove("type");
    let payload = message.remove("payload").unwrap_or_default();
    let id = || match message.get("id").and_then(Value::as_str) {
        Some(id) if !id.is_empty() && id.len() <= LONGEST_ID => Ok(id.to_owned()),
        _ => Err(Close::invalid()),
    };
    let is_object = payload.is_object();
    match kind.as_ref().and_then(Value::as_str) {
        Some("connection_init") if is_object || payload.is_null() => Ok(Said::Init(payload)),
        Some("ping") if is_object || payload.is_null() => Ok(Said::Ping),
        Some("pong") if is_object || payload.is_null() => Ok(Said::Pong),
        Some("subscribe") if is_object => Ok(Said::Subscribe(id()?, payload)),
        Some("complete") => Ok(Said::Complete(id()?)),
        _ => Err(Close::invalid()),
    }
}

/// The token in what a client says of itself.
pub fn token(payload: &Value) -> Option<&str> {
    let members = payload.as_object()?;
    let (_, value) = members.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"))?;
    let (scheme, token) = value.as_str()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// It is known who asks.
pub fn ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// Is anybody there?
pub fn ping() -> String {
    json!({ "type": "ping" }).to_string()
}

/// We are there.
pub fn pong() -> String {
    json!({ "type": "pong" }).to_string()
}

/// An answer.
pub fn next(id: &str, answer: &Answer) -> String {
    // What is in it was written by this program: it is JSON, and without it there is no answer.
    let payload = answer.json().ok().and_then(|json| String::from_utf8(json).ok()).unwrap_or_else(|| "{}".to_owned());
    format!("{{\"id\":{},\"payload\":{payload},\"type\":\"next\"}}", Value::from(id))
}

/// An operation that was not executed.
pub fn error(id: &str, answer: &Answer) -> String {
    json!({ "type": "error", "id": id, "payload": answer.errors }).to_string()
}

/// No more answers.
pub fn complete(id: &str) -> String {
    json!({ "type": "complete", "id": id }).to_string()
}
