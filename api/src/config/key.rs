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
pub const KEYS: &[Key] = &[
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
    key(
        "server.origins",
        "",
        &["Whose pages may open a WebSocket besides our own (server.public_url): origins, with spaces between."],
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
    optional(
        "auth.jwks",
        "https://id.example.org/.well-known/jwks.json",
        &[
            "Path or address of a JWK set: tokens that an identity provider signs with RS256, ES256 or EdDSA count as well.",
            "They are of type at+jwt, name their key (kid), and live a day at most; issuer and audience are those below.",
            "The set is read again within a minute, so that keys come and go without a restart.",
        ],
    ),
    key("auth.issuer", "datahub", &["`iss` of every token, compared exactly."]),
    key("auth.audience", "datahub", &["`aud` of every token, compared exactly."]),
    optional(
        "secrets.key",
        "64 hexadecimal digits",
        &[
            "Encrypts what connects accounts to their sources (32 bytes, hexadecimal). For a change of keys give several,",
            "one a line: the first encrypts, all decrypt. Where neither this nor a file is set, one is made on first start",
            "in data/secrets.key. Better set as a file.",
        ],
    ),
    optional("secrets.key_file", "/run/secrets/datahub_key", &["A file that holds secrets.key."]),
    key("sources.strava.enabled", "false", &["Whether Strava is asked. Its export can be imported without this."]),
    optional("sources.strava.client_id", "12345", &["Of your application at https://www.strava.com/settings/api."]),
    optional("sources.strava.client_secret", "as Strava shows it", &["Of your application. Better set as a file."]),
    optional("sources.strava.client_secret_file", "/run/secrets/strava", &["A file that holds client_secret."]),
    key(
        "sources.strava.api_base",
        "https://www.strava.com/api/v3",
        &["Where the API is. It moves in 2027, the sign-in does not: hence two bases."],
    ),
    key("sources.strava.oauth_base", "https://www.strava.com/oauth", &["Where sign-in is."]),
    optional(
        "sources.strava.webhook_path_secret",
        "a long random word",
        &[
            "The last part of the address that Strava notifies: /webhooks/strava/SECRET. Without it nothing is received.",
        ],
    ),
    optional(
        "sources.strava.webhook_path_secret_file",
        "/run/secrets/strava_path",
        &["A file that holds webhook_path_secret."],
    ),
    optional(
        "sources.strava.webhook_verify_token",
        "another random word",
        &["What Strava must say when it checks the address."],
    ),
    optional(
        "sources.strava.webhook_verify_token_file",
        "/run/secrets/strava_verify",
        &["A file that holds webhook_verify_token."],
    ),
    optional(
        "sources.strava.subscription_id",
        "67890",
        &[
            "The subscription's number: notifications of any other are refused. `datahub connect strava --webhook` tells it.",
        ],
    ),
    key("sources.strava.poll_interval", "15m", &["How often an account is asked for what is new."]),
    key("sources.strava.lookback", "7d", &["How far before the newest activity it is asked again, for late uploads."]),
    optional(
        "sources.strava.backfill_since",
        "2015-01-01",
        &["How far back history is fetched; all of it where absent."],
    ),
    optional(
        "sources.strava.calls_per_minute",
        "60",
        &["Our own politeness, beside the limits that the source states; none where absent."],
    ),
    optional("sources.strava.spacing", "100ms", &["The least time between two calls."]),
    key(
        "sources.garmin_connect.enabled",
        "false",
        &["Whether Garmin Connect is asked in the unofficial way. Its export can be imported without this."],
    ),
    key(
        "sources.garmin_connect.acknowledge_unofficial",
        "false",
        &[
            "This way in is not offered by Garmin to other programs, may break any day, and may be against its terms: set",
            "this to true when you have read docs/garmin.md and want it all the same.",
        ],
    ),
    key("sources.garmin_connect.api_base", "https://connectapi.garmin.com", &["Where the API is."]),
    key("sources.garmin_connect.sso_base", "https://sso.garmin.com", &["Where an interactive sign-in is."]),
    key("sources.garmin_connect.token_base", "https://diauth.garmin.com", &["Where tokens are renewed."]),
    key(
        "sources.garmin_connect.store_only",
        "false",
        &["Keeps what is fetched and reconciles none of it, so that it can be watched before it is trusted."],
    ),
    key("sources.garmin_connect.poll_interval", "15m", &["How often an account is asked for what is new."]),
    key("sources.garmin_connect.lookback", "7d", &["How far before the newest activity it is asked again."]),
    optional("sources.garmin_connect.backfill_since", "2015-01-01", &["How far back history is fetched."]),
    key("sources.garmin_connect.calls_per_minute", "30", &["The most calls in a minute."]),
    key("sources.garmin_connect.spacing", "500ms", &["The least time between two calls."]),
    key(
        "retention.strava_api",
        "keep",
        &[
            "How long what came by Strava's API is kept: keep, or a duration such as 7d after which it is purged and the",
            "activities are computed again from the rest. Read docs/operations.md on Strava's terms.",
        ],
    ),
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
    key("limits.import_bytes", "4294967296", &["Size of an export or a file that is sent to /imports."]),
    key("limits.timeout", "10s", &["How long a request may take."]),
    key("limits.page_size", "100", &["Largest page of a list; 100 is also the most that can be set."]),
    key(
        "limits.points_per_minute",
        "6000000",
        &[
            "Points that a client has a minute, by all its tokens together: a request costs one, and one more for each object",
            "that counts for limits.complexity. They come back evenly; until then it is refused as RATE_LIMITED. 0 for no such limit.",
        ],
    ),
    key(
        "telemetry.log",
        "info",
        &["What is logged: error, warn, info, debug or trace, also for one module: info,hub=debug."],
    ),
    key("telemetry.format", "auto", &["text, json, or auto: text on a terminal and json elsewhere."]),
    optional(
        "telemetry.otlp_endpoint",
        "http://127.0.0.1:4318",
        &["A collector to which traces are sent (OTLP, http/protobuf); without a path at its /v1/traces."],
    ),
];

/// The key of that name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}
