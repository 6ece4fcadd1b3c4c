//! What can go wrong with a deed.

use std::error::Error;

/// A deed that failed. The variant says what a caller can do about it; the message is for people; the cause is kept.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// There is no such thing, or it is another athlete's.
    #[error("{0}")]
    NotFound(String),
    /// The request contradicts what stands.
    #[error("{0}")]
    Conflict(String),
    /// The request cannot be understood or carried out as it is.
    #[error("{0}")]
    Invalid(String),
    /// It was asked for too often of late.
    #[error("{0}")]
    TooOften(String),
    /// The database or the artifact store does not answer for now.
    #[error("{deed}: {cause}")]
    Unavailable {
        /// What was tried.
        deed: &'static str,
        /// What the system said.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// Our own fault.
    #[error("{deed}: {cause}")]
    Internal {
        /// What was tried.
        deed: &'static str,
        /// What happened.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
}
