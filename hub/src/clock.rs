//! The clocks: the system's, and one that is moved by hand.

use std::sync::Mutex;

use chrono::{DateTime, Duration, Utc};
use domain::{Clock, to_micros};

/// The system's clock: the only place of the house that reads it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
    fn now(&self) -> DateTime<Utc> {
        to_micros(Utc::now())
    }
}

/// A clock that stands until it is moved: for tests, and for the demo's past.
#[derive(Debug)]
pub struct SteppedClock(Mutex<DateTime<Utc>>);

impl SteppedClock {
    /// A clock that shows that instant.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self(Mutex::new(to_micros(instant)))
    }

    /// Moves it to that instant, forwards or back.
    pub fn set(&self, instant: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to_micros(instant);
    }

    /// Moves it by that much.
    pub fn advance(&self, by: Duration) {
        let mut instant = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *instant += by;
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
