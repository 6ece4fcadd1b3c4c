//! Grants and their tokens.

use chrono::{DateTime, Duration, Utc};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::state::Inner;
use crate::Tokens;

/// How long a token lives.
const LIFE: Duration = Duration::hours(6);
/// A token that lives longer than this is given once more.
const LONG_ENOUGH: Duration = Duration::hours(1);

/// An athlete's grant to the application.
#[derive(Debug, Clone)]
pub struct Grant {
    pub athlete: u64,
    pub scopes: Vec<String>,
    pub refresh: String,
    /// Every access token, with its end; the present one last.
    pub access: Vec<(String, DateTime<Utc>)>,
}

impl Grant {
    /// Whether it has that scope.
    pub fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    /// The present token and its end.
    pub fn present(&self) -> (String, DateTime<Utc>) {
        self.access.last().cloned().unwrap_or_default()
    }

    /// As the application keeps it.
    pub fn tokens(&self) -> Tokens {
        let (access, end) = self.present();
        Tokens {
            access: SecretString::from(access),
            refresh: Some(SecretString::from(self.refresh.clone())),
            expires_at: Some(end),
            extra: None,
        }
    }
}

impl Inner {
    /// A text that nobody guesses, and that is the same every time.
    pub fn mint(&mut self) -> String {
        self.minted += 1;
        let digest = Sha256::digest(format!("simulated secret {}", self.minted));
        digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
    }

    /// A new grant.
    pub fn grant(&mut self, athlete: u64, scopes: Vec<String>) -> Grant {
        let end = self.now() + LIFE;
        let (refresh, access) = (self.mint(), self.mint());
        let grant = Grant { athlete, scopes, refresh, access: vec![(access, end)] };
        self.athletes.insert(athlete);
        self.grants.push(grant.clone());
        grant
    }

    /// The grant after a refresh: the same token while it lives long enough, else another, and another refresh token.
    pub fn refresh(&mut self, refresh: &str) -> Option<Grant> {
        let now = self.now();
        let (next_refresh, next_access) = (self.mint(), self.mint());
        let Some(grant) = self.grants.iter_mut().find(|grant| grant.refresh == refresh) else {
            self.counts.dead_refreshes += u32::from(self.dead.contains(refresh));
            return None;
        };
        if grant.present().1 - now <= LONG_ENOUGH {
            self.dead.insert(std::mem::replace(&mut grant.refresh, next_refresh));
            grant.access.push((next_access, now + LIFE));
        }
        Some(grant.clone())
    }

    /// The grant of a token that lives.
    pub fn granted(&self, access: &str) -> Option<&Grant> {
        let now = self.now();
        self.grants.iter().find(|grant| grant.access.iter().any(|(token, end)| token == access && *end > now))
    }

    /// Ends every grant of an athlete.
    pub fn end_grants(&mut self, athlete: u64) {
        let (ended, kept) = std::mem::take(&mut self.grants).into_iter().partition(|grant| grant.athlete == athlete);
        self.grants = kept;
        let ended: Vec<Grant> = ended;
        self.dead.extend(ended.into_iter().map(|grant| grant.refresh));
    }
}
