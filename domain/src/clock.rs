//! The clock as a question; the answer is given elsewhere.

use chrono::{DateTime, Utc};

/// Tells what time it is. The system's clock in the product, a steerable one in tests and in the demo.
pub trait Clock: Send + Sync {
    /// The present instant, in whole microseconds.
    fn now(&self) -> DateTime<Utc>;
}
