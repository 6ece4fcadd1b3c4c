//! How long until the next try.

use chrono::Duration;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The first pause, in seconds.
const FIRST_S: i64 = 30;
/// The longest.
const LONGEST_S: i64 = 3_600;

/// Twice as long each time, a quarter more or less by the job's id, so that those that failed together do not all come
/// back together.
pub(crate) fn pause(job: Uuid, failures: i32) -> Duration {
    let doubled = FIRST_S.saturating_mul(1 << failures.saturating_sub(1).clamp(0, 20)).min(LONGEST_S);
    let hash = Sha256::new().chain_update(job.as_bytes()).chain_update(failures.to_be_bytes()).finalize();
    let spread = i64::from(hash.first().copied().unwrap_or(128));
    Duration::milliseconds(doubled * 1_000 * (768 + spread * 2) / 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_stay_within_a_quarter() {
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..200 {
            let job = Uuid::from_u128(number);
            for (failures, about) in [(1, 30), (2, 60), (3, 120), (8, 3_600), (40, 3_600)] {
                let pause = pause(job, failures).num_milliseconds();
                assert!((about * 750..=about * 1_250).contains(&pause), "{failures}: {pause}");
            }
            seen.insert(pause(job, 1));
        }
        assert!(seen.len() > 50, "they do not come back together");
    }
}
