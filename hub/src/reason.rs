//! Why something is done, in the words of whoever does it.

use crate::HubError;

/// In characters: a few sentences, which stand in histories and lists.
const LONGEST: usize = 1_000;

/// A reason that says something, without the room around it.
///
/// # Errors
/// `Invalid` where it is empty or too long.
pub fn reason(given: &str) -> Result<&str, HubError> {
    let given = given.trim();
    if (1..=LONGEST).contains(&given.chars().count()) {
        return Ok(given);
    }
    Err(HubError::Invalid(format!("say why, in 1 to {LONGEST} characters, for whoever asks later")))
}
