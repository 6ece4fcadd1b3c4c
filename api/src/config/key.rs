//! The one table of keys: what may be set, what holds where nothing is set, and what it means.

/// A key of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Section and name, e.g. `server.listen`.
    pub name: &'static str,
    /// What holds where nothing is set; nothing where the key may stay away.
    pub default: Option<&'static str>,
    /// A value for the example file where there is no default.
    pub example: &'static str,
    /// What it means, in lines.
    pub doc: &'static [&'static str],
}

const fn key(name: &'static str, default: &'static str, doc: &'static [&'static str]) -> Key {
    Key { name, default: Some(default), example: default, doc }
}

const fn optional(name: &'static str, example: &'static str, doc: &'static [&'static str]) -> Key {
    Key { name, default: None, example, doc }
}

/// Every key, in the order of the example file.
pub const KEYS: [Key; 21] = [
    key(
        "server.listen",
        "127.0.0.1:8080",
        &[
            "Address and port to listen on. Anything but a loopback address should stand behind a proxy that speaks TLS.",
        ],
    ),
    key(
        "server.public_url",
        "http://127.0.0.1:8080",
        &["How the outside reaches this server, without a slash at the end: for signed links."],
    ),
    key("server.graphiql", "true", &["Whether the query editor is served at /graphiql."]),
    key("database.url", "sqlite://data/datahub.db", &["sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE."]),
    optional(
        "database.url_file",
        "/run/secrets/database_url",
        &["A file that holds database.url, for an address with a password in it."],
    ),
    key(
        "artifacts.url",
        "file://data/artifacts",
        &["Where original files and documents are kept: file://PATH, or memory:// for nothing that lasts."],
    ),
    optional(
        "auth.secret",
        "at least 32 random bytes",
        &[
            "Signs the tokens that this hub issues (HS256) and its download links. Where neither this nor a file is set,",
            "one is made on first start in data/auth.secret. Better set as a file.",
        ],
    ),
    optional("auth.secret_file", "/run/secrets/datahub_auth", &["A file that holds auth.secret."]),
    key("auth.issuer", "datahub", &["`iss` of every token, compared exactly."]),
    key("auth.audience", "datahub", &["`aud` of every token, compared exactly."]),
    optional(
        "reconciliation.policy",
        "policy.toml",
        &["Path of the precedence policy; `datahub policy show` prints the built-in one."],
    ),
    key(
        "limits.nesting",
        "48",
        &["GraphQL requests: at a limit a request is served, one above it is refused.", "Nested brackets of any kind."],
    ),
    key("limits.depth", "12", &["Nested selections."]),
    key("limits.complexity", "5000", &["One for each object, times the sizes of the pages around it."]),
    key("limits.aliases", "30", &["Aliases in a document."]),
    key("limits.tokens", "10000", &["Words, numbers, texts and signs in a document."]),
    key("limits.body_bytes", "262144", &["Size of a request's body."]),
    key("limits.timeout", "10s", &["How long a request may take."]),
    key("limits.page_size", "100", &["Largest page of a list; 100 is also the most that can be set."]),
    key(
        "telemetry.log",
        "info",
        &["What is logged: error, warn, info, debug or trace, also for one module: info,hub=debug."],
    ),
    key("telemetry.format", "auto", &["text, json, or auto: text on a terminal and json elsewhere."]),
];

/// The key of that name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}
