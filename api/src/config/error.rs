//! What can be wrong with a configuration.

use super::key::KEYS;
use super::settings::Place;

/// What is wrong with the configuration, in a sentence that says what to do. Values never stand in it: they may be
/// secrets.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named cannot be read.
    #[error(
        "the configuration file {path} cannot be read: {cause}; name another with --config or leave the option out"
    )]
    Unreadable {
        /// Which file.
        path: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The file is no TOML.
    #[error("the configuration file is not valid TOML at line {line}: {problem}")]
    NotToml {
        /// Where.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A key that does not exist.
    #[error("{place} sets {key}, which is no setting{hint}; see datahub.example.toml for all of them")]
    Unknown {
        /// The key.
        key: String,
        /// Where it was set.
        place: String,
        /// The nearest that exists.
        hint: String,
    },
    /// A value that its key cannot have.
    #[error("{place} sets {key} to something else than {expected}")]
    Wrong {
        /// The key.
        key: &'static str,
        /// Where it was set.
        place: String,
        /// What would have been right.
        expected: &'static str,
    },
    /// A secret's file that cannot be read.
    #[error("{key} names the file {path}, which cannot be read: {cause}")]
    SecretFile {
        /// The key.
        key: &'static str,
        /// Which file.
        path: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// A secret given twice.
    #[error("both {key} and {key}_file are set; keep one of them")]
    Twice {
        /// The key.
        key: &'static str,
    },
}

impl ConfigError {
    pub(super) fn unknown(key: &str, place: &Place) -> Self {
        let key: String = key.chars().filter(|letter| !letter.is_control()).take(80).collect();
        let near = KEYS.iter().map(|known| (distance(known.name, &key), known.name)).min();
        let hint = match near {
            Some((steps, name)) if steps <= 3 => format!(" (did you mean {name}?)"),
            _ => String::new(),
        };
        Self::Unknown { key, place: place.to_string(), hint }
    }

    pub(super) fn wrong(key: &'static str, place: &Place, expected: &'static str) -> Self {
        Self::Wrong { key, place: place.to_string(), expected }
    }
}

/// How many letters must be put in, taken out or changed to make one text the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let change = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = change.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distance_counts_single_letters() {
        for (a, b, steps) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "abd", 1),
            ("abc", "ab", 1),
            ("", "ab", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), steps, "{a} {b}");
        }
    }
}
