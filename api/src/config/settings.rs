//! What was set, where, and by which key: defaults, then the file, then the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::ConfigError;
use super::key::{self, KEYS};

/// What environment variables of ours begin with.
const PREFIX: &str = "DATAHUB_";
/// Names of tests' and benchmarks' own switches, which are no configuration.
const TESTS: &str = "DATAHUB_TEST_";

/// Where a setting was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: the default holds.
    Default,
    /// In the configuration file.
    File,
    /// In that environment variable.
    Environment(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the defaults"),
            Self::File => f.write_str("the configuration file"),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
        }
    }
}

/// Every setting as a text, by key. No `Debug`: some are secrets.
pub struct Settings(BTreeMap<&'static str, (Place, String)>);

impl Settings {
    /// Lays the file's text and the environment over the defaults.
    ///
    /// # Errors
    /// A file that is no TOML; a key that does not exist, in the file or in the environment.
    pub fn collect(
        file: Option<&str>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut settings =
            Self(KEYS.iter().filter_map(|key| Some((key.name, (Place::Default, key.default?.to_owned())))).collect());
        if let Some(text) = file {
            let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::NotToml {
                line: error
                    .span()
                    .map_or(1, |span| text.get(..span.start).map_or(1, |head| head.lines().count().max(1))),
                problem: error.message().to_owned(),
            })?;
            settings.lay_table(&table)?;
        }
        for (name, value) in environment {
            settings.lay_variable(name, value)?;
        }
        Ok(settings)
    }

    fn lay_table(&mut self, table: &toml::Table) -> Result<(), ConfigError> {
        for (section, content) in table {
            let toml::Value::Table(entries) = content else {
                return Err(ConfigError::unknown(section, &Place::File));
            };
            self.lay_section(section, entries)?;
        }
        Ok(())
    }

    fn lay_section(&mut self, section: &str, entries: &toml::Table) -> Result<(), ConfigError> {
        for (name, value) in entries {
            let name = format!("{section}.{name}");
            // A section within a section is one that some key begins with.
            if let toml::Value::Table(entries) = value
                && key::KEYS.iter().any(|key| key.name.starts_with(&format!("{name}.")))
            {
                self.lay_section(&name, entries)?;
                continue;
            }
            let key = key::find(&name).ok_or_else(|| ConfigError::unknown(&name, &Place::File))?;
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Float(number) => number.to_string(),
                toml::Value::Boolean(flag) => flag.to_string(),
                toml::Value::Datetime(date) => date.to_string(),
                _ => return Err(ConfigError::wrong(key.name, &Place::File, "one text, number or true/false")),
            };
            self.0.insert(key.name, (Place::File, text));
        }
        Ok(())
    }

    fn lay_variable(&mut self, name: String, value: String) -> Result<(), ConfigError> {
        let Some(own) = name.strip_prefix(PREFIX) else { return Ok(()) };
        // A variable that is set to nothing is how container files say "not set".
        if name.starts_with(TESTS) || value.is_empty() {
            return Ok(());
        }
        let dotted = own.replace("__", ".").to_lowercase();
        let spelled = own.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        let place = Place::Environment(name);
        match key::find(&dotted) {
            Some(key) if spelled => {
                self.0.insert(key.name, (place, value));
                Ok(())
            }
            _ => Err(ConfigError::unknown(&dotted, &place)),
        }
    }

    /// The text of a key that may stay away.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|(_, text)| text.as_str())
    }

    /// Where a key was set.
    pub fn place(&self, name: &str) -> Place {
        self.0.get(name).map_or(Place::Default, |(place, _)| place.clone())
    }

    /// The value of a key that has a default; `expected` says what would have been right.
    ///
    /// # Errors
    /// The text is no such value.
    pub fn value<T: FromStr>(&self, name: &'static str, expected: &'static str) -> Result<T, ConfigError> {
        self.read(name, expected, |text| text.parse().ok())
    }

    /// The value of a key that has a default, read by `read`.
    ///
    /// # Errors
    /// `read` gives nothing.
    pub fn read<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        self.text(name).and_then(read).ok_or_else(|| ConfigError::wrong(name, &self.place(name), expected))
    }
}
