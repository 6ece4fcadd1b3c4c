//! Configuration: defaults, then `datahub.toml`, then the environment. The only place that knows the environment's
//! names. An unknown key is an error that names it.

mod error;
mod example;
mod key;
mod settings;
mod sources;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

pub use error::ConfigError;
pub use example::example;
use settings::{Place, Settings};
pub use sources::{Secrets, Source};

/// The file that is read where none is named, if it is there.
const FILE: &str = "datahub.toml";
/// Where the secret of our own tokens is made when none is given.
const AUTH_SECRET: &str = "data/auth.secret";

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The HTTP server.
    pub server: Server,
    /// The database.
    pub database: Database,
    /// The artifact store.
    pub artifacts: Artifacts,
    /// Tokens.
    pub auth: Auth,
    /// The keys that encrypt credentials.
    pub secrets: Secrets,
    /// Every live source, enabled or not.
    pub sources: Vec<Source>,
    /// The engine.
    pub reconciliation: Reconciliation,
    /// Limits of a GraphQL request.
    pub limits: Limits,
    /// Logs.
    pub telemetry: Telemetry,
}

/// The HTTP server.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How the outside reaches us, without a slash at the end.
    pub public_url: String,
    /// Whether the query editor is served.
    pub graphiql: bool,
    /// Whose pages may open a socket besides our own.
    pub origins: Vec<String>,
}

/// The database.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its address, which may hold a password.
    pub url: SecretString,
}

/// The artifact store.
#[derive(Debug, Clone)]
pub struct Artifacts {
    /// Its address.
    pub url: String,
}

/// Tokens.
#[derive(Debug, Clone)]
pub struct Auth {
    /// The secret that was given; nothing where one is to be made.
    pub secret: Option<SecretString>,
    /// Where a secret is made and kept when none is given.
    pub made_at: PathBuf,
    /// `iss` of every token.
    pub issuer: String,
    /// `aud` of every token.
    pub audience: String,
    /// Where an identity provider's keys are: a file or an address.
    pub jwks: Option<String>,
}

/// The engine.
#[derive(Debug, Clone)]
pub struct Reconciliation {
    /// The policy's file; the built-in policy where absent.
    pub policy: Option<PathBuf>,
}

/// Limits of a GraphQL request: at a limit it is served, one above it is refused.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Nested brackets of any kind.
    pub nesting: usize,
    /// Nested selections.
    pub depth: usize,
    /// Objects, times the sizes of the pages around them.
    pub complexity: u64,
    /// Aliases in a document.
    pub aliases: usize,
    /// Lexical tokens in a document.
    pub tokens: usize,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Bytes of an export or a file that is sent.
    pub import_bytes: u64,
    /// How long a request may take.
    pub timeout: Duration,
    /// The largest page.
    pub page_size: u32,
    /// Points that a client has a minute; none is counted where 0.
    pub points_per_minute: u64,
}

/// Logs.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// What is logged, as `tracing_subscriber::EnvFilter` reads it.
    pub log: String,
    /// In which form.
    pub format: LogFormat,
    /// Where traces are sent.
    pub otlp_endpoint: Option<String>,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// Text.
    Text,
    /// JSON, one object a line.
    Json,
}

impl Config {
    /// The configuration by that file (`datahub.toml` in the working directory, if it is there, where none is named)
    /// and this environment.
    ///
    /// # Errors
    /// The first thing that is wrong, with its key and the place where it was set.
    pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let path = file.unwrap_or(Path::new(FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => None,
            Err(cause) => return Err(ConfigError::Unreadable { path: path.display().to_string(), cause }),
        };
        Self::read(text.as_deref(), environment)
    }

    fn read(file: Option<&str>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let set = Settings::collect(file, environment)?;
        Ok(Self {
            server: Server {
                listen: set.value("server.listen", "an address and a port, e.g. 127.0.0.1:8080")?,
                public_url: set.read("server.public_url", "a URL such as https://hub.example.org", origin)?,
                graphiql: set.value("server.graphiql", "true or false")?,
                origins: set.read(
                    "server.origins",
                    "origins such as https://app.example.org, with spaces between",
                    |text| text.split_whitespace().map(origin).collect(),
                )?,
            },
            database: Database {
                url: secret(&set, "database.url", "database.url_file")?
                    .ok_or_else(|| ConfigError::wrong("database.url", &Place::Default, "an address"))?,
            },
            artifacts: Artifacts { url: set.value("artifacts.url", "an address such as file://data/artifacts")? },
            auth: Auth {
                secret: secret(&set, "auth.secret", "auth.secret_file")?,
                made_at: PathBuf::from(AUTH_SECRET),
                issuer: set.read("auth.issuer", "a name", name)?,
                audience: set.read("auth.audience", "a name", name)?,
                jwks: set.text("auth.jwks").map(str::to_owned),
            },
            secrets: sources::secrets(&set)?,
            sources: sources::sources(&set)?,
            reconciliation: Reconciliation { policy: set.text("reconciliation.policy").map(PathBuf::from) },
            limits: Limits {
                nesting: count(&set, "limits.nesting", 1, 64)?,
                depth: count(&set, "limits.depth", 1, 64)?,
                complexity: count(&set, "limits.complexity", 1, 1_000_000)?,
                aliases: count(&set, "limits.aliases", 0, 10_000)?,
                tokens: count(&set, "limits.tokens", 1, 100_000)?,
                body_bytes: count(&set, "limits.body_bytes", 1, 16 << 20)?,
                import_bytes: count(&set, "limits.import_bytes", 1, 1 << 40)?,
                timeout: set.read("limits.timeout", "a duration from 1ms to 10m, e.g. 10s", |text| {
                    duration(text).filter(|one| (1..=600_000).contains(&one.as_millis()))
                })?,
                page_size: count(&set, "limits.page_size", 1, 100)?,
                points_per_minute: count(&set, "limits.points_per_minute", 0, 1_000_000_000)?,
            },
            telemetry: Telemetry {
                log: set.read("telemetry.log", "a level such as info, or info,hub=debug", |text| {
                    text.parse::<tracing_subscriber::EnvFilter>().ok().map(|_| text.to_owned())
                })?,
                format: set.read("telemetry.format", "auto, text or json", |text| match text {
                    "auto" => Some(LogFormat::Auto),
                    "text" => Some(LogFormat::Text),
                    "json" => Some(LogFormat::Json),
                    _ => None,
                })?,
                otlp_endpoint: set
                    .text("telemetry.otlp_endpoint")
                    .map(|_| set.read("telemetry.otlp_endpoint", "a URL such as http://127.0.0.1:4318", collector))
                    .transpose()?,
            },
        })
    }
}

/// A whole number within limits. The largest nesting keeps the parser's recursion within a thread's stack.
fn count<T>(set: &Settings, key: &'static str, least: u64, most: u64) -> Result<T, ConfigError>
where
    T: TryFrom<u64>,
{
    set.read(key, "a whole number in its range (see datahub.example.toml)", |text| {
        text.parse().ok().filter(|number| (least..=most).contains(number)).and_then(|number| T::try_from(number).ok())
    })
}

/// A secret by its key or by the file that `file_key` names. The later layer wins over the earlier: only two settings
/// of one layer contradict each other.
fn secret(set: &Settings, key: &'static str, file_key: &'static str) -> Result<Option<SecretString>, ConfigError> {
    match (set.text(key), set.text(file_key)) {
        (Some(_), Some(_)) if set.place(key) != Place::Default => Err(ConfigError::Twice { key }),
        (_, Some(path)) => {
            let text = std::fs::read_to_string(path).map_err(|cause| ConfigError::SecretFile {
                key: file_key,
                path: path.to_owned(),
                cause,
            })?;
            Ok(Some(text.trim_end_matches(['\r', '\n']).into()))
        }
        (text, None) => Ok(text.map(Into::into)),
    }
}

fn name(text: &str) -> Option<String> {
    let valid = !text.is_empty() && text.len() <= 200 && !text.chars().any(char::is_control);
    valid.then(|| text.to_owned())
}

/// A URL that other paths can be put behind.
fn origin(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let valid = !rest.is_empty() && !rest.contains(['?', '#', '@', ' ', '"', '<', '>']) && rest.is_ascii();
    valid.then(|| text.trim_end_matches('/').to_owned())
}

/// Where a collector takes traces: at the path that it names, or at OTLP's own.
fn collector(text: &str) -> Option<String> {
    let base = origin(text)?;
    let has_path = base.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    Some(if has_path { base } else { format!("{base}/v1/traces") })
}

/// A duration as a whole number and its unit: `500ms`, `10s`, `15m`, `12h`, `30d`.
pub fn duration(text: &str) -> Option<Duration> {
    let split = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(split)?;
    let number: u64 = number.parse().ok()?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(millis).map(Duration::from_millis)
}

#[cfg(test)]
mod tests;
