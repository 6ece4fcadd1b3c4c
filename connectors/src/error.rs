//! How a source can fail us, by what must be done about it.

use chrono::{DateTime, Utc};

/// Why a call to a source gave nothing. Each variant leads to one deed; none holds a token, a coordinate or a
/// source's own text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The access token was refused: refresh it once and try once more.
    #[error("the access token was refused")]
    TokenRefused,
    /// The grant itself is dead: a person must connect again.
    #[error("the grant is dead: {0}")]
    GrantDead(String),
    /// The grant does not cover this: a person must connect again with more scopes.
    #[error("the grant lacks the scope {0}")]
    MissingScope(String),
    /// The source has switched our application off: keep the tokens, stop asking for everybody.
    #[error("the source has switched this application off: {0}")]
    Suspended(String),
    /// The source refuses sign-ins or refreshes for now (lock-out, challenge, second factor): nothing is tried by
    /// itself; the sentence says what a person should do.
    #[error("the source refuses to let us in for now: {0}")]
    LockedOut(String),
    /// The source's limit is reached; no call before that instant, where it named one.
    #[error("the source's limit is reached")]
    RateLimited {
        /// The first instant at which asking again makes sense.
        until: Option<DateTime<Utc>>,
    },
    /// Not there: deleted, hidden from us, or not ready yet.
    #[error("the source does not show it")]
    Gone,
    /// Broken for now: time-out, refused connection, 5xx, a page instead of an answer. Try later, later each time.
    #[error("the source cannot be reached: {0}")]
    Unavailable(String),
    /// It answered, and not as agreed: keep what came, record the defect, go on with others.
    #[error("the source answered unexpectedly: {0}")]
    Contract(String),
}

/// Why a notification was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// Not from who it claims to be: the path's secret, the subscription or the verify token is wrong.
    #[error("the notification is not from the source")]
    Forged,
    /// Not a notification at all.
    #[error("the body is no notification")]
    Unreadable,
}
