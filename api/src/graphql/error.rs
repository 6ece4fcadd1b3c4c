//! The one place where failures become GraphQL errors with a stable code.

use std::fmt;
use std::sync::Arc;

use async_graphql::ServerError;
use hub::HubError;

use super::guard::Refusal;
use crate::auth::Forbidden;

/// The most errors that one answer carries.
const MOST: usize = 16;

/// What a client's program can tell failures apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No token, or none that counts.
    Unauthenticated,
    /// The token lacks a scope.
    Forbidden,
    /// There is no such thing for this token.
    NotFound,
    /// The request cannot be understood or carried out as it is.
    BadUserInput,
    /// The request contradicts what stands.
    Conflict,
    /// The client has asked for too much of late.
    RateLimited,
    /// The request would cost too much.
    QueryTooComplex,
    /// Not now.
    Unavailable,
    /// Our own fault.
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 9] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::BadUserInput,
        Self::Conflict,
        Self::RateLimited,
        Self::QueryTooComplex,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The code of an error that has one.
    pub fn of(error: &ServerError) -> Option<Self> {
        let Some(async_graphql::Value::String(name)) = error.extensions.as_ref()?.get("code") else { return None };
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// Its name in `extensions.code`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// Why a resolver failed. It stays whole until the answer is finished: only there is the request's id known.
#[derive(Debug, Clone)]
pub enum Failure {
    /// The deed failed.
    Hub(Arc<HubError>),
    /// The token lacks a scope.
    Forbidden(Forbidden),
    /// There is no such thing for this token.
    NotFound(String),
    /// An argument makes no sense.
    Invalid(String),
}

/// What resolvers give.
pub type Outcome<T> = Result<T, Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub(error) => error.fmt(f),
            Self::Forbidden(error) => error.fmt(f),
            Self::NotFound(text) | Self::Invalid(text) => f.write_str(text),
        }
    }
}

impl From<HubError> for Failure {
    fn from(error: HubError) -> Self {
        Self::Hub(Arc::new(error))
    }
}

impl From<Arc<HubError>> for Failure {
    fn from(error: Arc<HubError>) -> Self {
        Self::Hub(error)
    }
}

impl From<Forbidden> for Failure {
    fn from(error: Forbidden) -> Self {
        Self::Forbidden(error)
    }
}

impl Failure {
    /// What is said of an id that leads nowhere: the same whether it never existed or belongs to somebody else.
    pub fn missing(what: &str, id: &str) -> Self {
        let id: String = id.chars().filter(|letter| !letter.is_control()).take(80).collect();
        let id = if id.is_empty() { "with an empty id" } else { &id };
        Self::NotFound(format!("There is no {what} {id} for this token."))
    }

    fn code(&self) -> Code {
        match self {
            Self::Forbidden(_) => Code::Forbidden,
            Self::NotFound(_) => Code::NotFound,
            Self::Invalid(_) => Code::BadUserInput,
            Self::Hub(error) => match **error {
                HubError::NotFound(_) => Code::NotFound,
                HubError::Conflict(_) => Code::Conflict,
                HubError::TooOften(_) => Code::RateLimited,
                HubError::Invalid(_) => Code::BadUserInput,
                HubError::Unavailable { .. } => Code::Unavailable,
                HubError::Internal { .. } => Code::Internal,
            },
        }
    }
}

/// An error of the request as a whole.
pub fn request_error(code: Code, message: impl Into<String>) -> ServerError {
    coded(ServerError::new(message, None), code)
}

/// A failure of the request as a whole, and its code.
pub fn request_failure(failure: impl Into<Failure>, request_id: &str) -> (ServerError, Code) {
    let failure: Failure = failure.into();
    let code = failure.code();
    let mut error = async_graphql::Error::from(failure).into_server_error(async_graphql::Pos::default());
    error.locations.clear();
    tell(&mut error, request_id, &mut false);
    (error, code)
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Syntax(mut error) => {
                // The parser draws a picture over several lines; its last words are what it misses.
                if let Some((_, missed)) = error.message.rsplit_once("= ") {
                    error.message = format!("The document is not valid GraphQL: {}.", missed.trim());
                }
                coded(error, Code::BadUserInput)
            }
            Refusal::Wrong(message) => request_error(Code::BadUserInput, message),
            Refusal::TooComplex(message) => request_error(Code::QueryTooComplex, message),
        }
    }
}

/// Gives every error its code, hides what is ours, logs that once, and cuts the list.
pub fn finish(errors: &mut Vec<ServerError>, request_id: &str) {
    let mut logged = false;
    for error in errors.iter_mut() {
        tell(error, request_id, &mut logged);
    }
    errors.truncate(MOST);
}

fn tell(error: &mut ServerError, request_id: &str, logged: &mut bool) {
    if Code::of(error).is_some() {
        return;
    }
    // What carries no failure of ours was written by the library, about the request.
    let failure = error.source::<Failure>().cloned();
    let code = failure.as_ref().map_or(Code::BadUserInput, Failure::code);
    if let (Code::Internal | Code::Unavailable, Some(failure)) = (code, &failure) {
        if !std::mem::replace(logged, true) {
            tracing::error!(request_id, path = ?error.path, error = %failure, "a request failed");
        }
        error.message = match code {
            Code::Unavailable => {
                format!("The hub cannot answer this now; try again in a moment. Request {request_id}.")
            }
            _ => format!("Something went wrong inside the hub. Request {request_id}."),
        };
    }
    *error = coded(error.clone(), code);
}

fn coded(mut error: ServerError, code: Code) -> ServerError {
    error.extensions.get_or_insert_default().set("code", code.name());
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(failure: Failure) -> ServerError {
        let error: async_graphql::Error = failure.into();
        let mut errors = vec![error.into_server_error(async_graphql::Pos::default())];
        finish(&mut errors, "req_1");
        errors.remove(0)
    }

    fn code(error: &ServerError) -> String {
        serde_json::to_value(error).unwrap()["extensions"]["code"].as_str().unwrap().to_owned()
    }

    #[test]
    fn failures_have_codes_and_inner_causes_stay_inside() {
        let cause = || "no such table: hunter2".into();
        let internal = finished(HubError::Internal { deed: "reading", cause: cause() }.into());
        assert_eq!(code(&internal), "INTERNAL");
        assert!(!internal.message.contains("hunter2") && internal.message.contains("req_1"));
        let unavailable = finished(HubError::Unavailable { deed: "reading", cause: cause() }.into());
        assert_eq!(code(&unavailable), "UNAVAILABLE");
        assert!(!unavailable.message.contains("hunter2"));
        let missing = finished(Failure::missing("activity", "act_1"));
        assert_eq!((code(&missing).as_str(), missing.message.contains("act_1")), ("NOT_FOUND", true));
        assert_eq!(code(&finished(HubError::Conflict("taken".to_owned()).into())), "CONFLICT");
        assert_eq!(code(&finished(Forbidden(crate::auth::Scope::ActivitiesRead).into())), "FORBIDDEN");
    }

    #[test]
    fn an_answer_carries_sixteen_errors_at_most() {
        let mut errors = vec![ServerError::new("x", None); 17];
        finish(&mut errors, "req_1");
        assert_eq!(errors.len(), 16);
        assert!(errors.iter().all(|error| code(error) == "BAD_USER_INPUT"));
    }
}
