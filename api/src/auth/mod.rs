//! Who asks, and may they: tokens that this hub or its identity provider issues, their revocation, and signed links.

mod key_set;
mod link;
mod principal;
mod revocation;
mod scope;
mod secret;
mod token;

pub use key_set::{KeySet, Read};
pub use link::{LinkError, Links};
pub use principal::{Forbidden, Principal};
pub use revocation::Revocations;
pub use scope::{Scope, UnknownScope};
#[cfg(test)]
pub(crate) use token::suite;
pub use token::{Auth, Grant, Inspected, Issued, TokenError, inspect, issue};

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The secret's file cannot be read or made.
    #[error(
        "the token secret {path} cannot be read or made: {cause}; make its folder writable or set auth.secret_file"
    )]
    SecretFile {
        /// Which file.
        path: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The secret is too short.
    #[error("auth.secret is shorter than {least} bytes; make one with `openssl rand -hex 32`")]
    ShortSecret {
        /// The least length.
        least: usize,
    },
    /// The identity provider's keys cannot be had.
    #[error("the keys at auth.jwks, {place}, cannot be used: {reason}")]
    Keys {
        /// The file or the address.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// The cryptography refused the key.
    #[error("a key cannot be made of auth.secret: {0}")]
    Key(#[source] jsonwebtoken::errors::Error),
}
