//! The table of all settings: variable, default and one line of help.
//!
//! `--help`, `.env.example` and the checks that they agree are made from this one table.

/// One setting. Its flag is its variable in lower case, without `BFF_`, dashes for underscores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Name of the environment variable.
    pub variable: &'static str,
    /// The default; `None` where the default is a behaviour and not a value.
    pub default: Option<&'static str>,
    /// Name of the value in `--help`.
    pub value_name: &'static str,
    /// One line, without a full stop.
    pub help: &'static str,
}

/// Settings whose values no message repeats. They come from variables and from files: every process of a machine can read
/// the command lines of the others.
const SECRETS: [&str; 3] = ["BFF_SESSION_KEY", "REDIS_URL", "BFF_OIDC_CLIENT_SECRET"];

impl Setting {
    /// Whether the value is a secret. It has no flag then, and may stand in a file.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        SECRETS.contains(&self.variable)
    }

    /// The variable that names the file of a secret.
    #[must_use]
    pub fn file_variable(&self) -> String {
        format!("{}_FILE", self.variable)
    }

    /// The flag, without its dashes.
    #[must_use]
    pub fn flag(&self) -> String {
        self.variable.trim_start_matches("BFF_").to_ascii_lowercase().replace('_', "-")
    }
}

macro_rules! settings {
    ($($name:ident: $variable:literal, $default:expr, $value_name:literal, $help:literal;)+) => {
        $(
            pub(super) const $name: Setting =
                Setting { variable: $variable, default: $default, value_name: $value_name, help: $help };
        )+

        /// All settings, in the order of `--help`.
        pub const SETTINGS: &[Setting] = &[$($name),+];
    };
}

settings! {
    API_URL: "API_URL", None, "URL",
        "Base URL of the upstream, path allowed; unset: the embedded demo upstream";
    LISTEN: "BFF_LISTEN", Some("127.0.0.1:3000"), "ADDRESS",
        "Address to listen on; port 0 picks a free one, which is printed";
    PUBLIC_URL: "BFF_PUBLIC_URL", None, "URL",
        "What the browser sees; a path moves every address below it; https turns HSTS and Secure cookies on; unset: http:// and the address listened on";
    HOSTS: "BFF_HOSTS", None, "NAMES",
        "Host names, by comma, that are answered to besides the public URL's, addresses and localhost, such as *.example.com; others get 421";
    PROFILE: "BFF_PROFILE", Some("development"), "development|production",
        "With production, an unsafe configuration does not start";
    SPA_DIR: "BFF_SPA_DIR", None, "FOLDER",
        "Folder of the built single-page app; unset: the one inside the binary, else dist";
    SPA_IMMUTABLE: "BFF_SPA_IMMUTABLE", None, "PATTERNS",
        "Files of the app that never change under their name, by comma, such as static/*, **/*.chunk.js; names with a hash need no mention";
    SPA_PREVIOUS: "BFF_SPA_PREVIOUS", None, "FOLDER",
        "Folder of another build, the one before or after: its immutable files are served where the app has none of that name";
    SPA_DEV: "BFF_SPA_DEV", None, "URL",
        "Development: the dev server that the app comes from, hot reload included, such as http://127.0.0.1:5173; unset: none";
    CSP: "BFF_CSP", None, "DIRECTIVES",
        "Added to the app's Content-Security-Policy, by semicolon, such as font-src https://fonts.example; style-src 'nonce'";
    CSP_REPORT_ONLY: "BFF_CSP_REPORT_ONLY", None, "DIRECTIVES",
        "A second policy, ours and these directives, that blocks nothing: the log says what it would have blocked; unset: none";
    PERMISSIONS_POLICY: "BFF_PERMISSIONS_POLICY", None, "FEATURES",
        "Features of the browser, by semicolon, that pages may use, such as camera=(self); fullscreen=*; unset: none that spies";
    TLS_CERT: "BFF_TLS_CERT", None, "FILE",
        "The server's own certificate and its chain (PEM): it then speaks https alone; read again when it changes";
    TLS_KEY: "BFF_TLS_KEY", None, "FILE",
        "The private key of BFF_TLS_CERT (PEM)";
    HTTP2: "BFF_HTTP2", Some("off"), "on|off",
        "Whether HTTP/2 is spoken besides HTTP/1.1, over BFF_TLS_CERT alone";
    REDIRECT_HTTP: "BFF_REDIRECT_HTTP", None, "ADDRESS",
        "A further address, such as 0.0.0.0:80, that leads from http to https; unset: none";
    PROXY_PROTOCOL: "BFF_PROXY_PROTOCOL", Some("off"), "off|v2",
        "Whether the TCP proxies among BFF_TRUSTED_PROXIES begin each connection with a PROXY header, and are believed";
    ROUTES: "BFF_ROUTES", None, "FILE",
        "Route table (TOML); unset: every path and method";
    WORKERS: "BFF_WORKERS", None, "NUMBER",
        "Worker threads, 1 to 1024; unset: one per core";
    UPSTREAM_TIMEOUT: "BFF_UPSTREAM_TIMEOUT", Some("10s"), "DURATION",
        "Deadline from the request's last byte to the head of the upstream's answer; for a small answer, to its last byte";
    CONNECT_TIMEOUT: "BFF_CONNECT_TIMEOUT", Some("2s"), "DURATION",
        "Deadline for connecting to the upstream, name resolution and TLS included";
    IDLE_TIMEOUT: "BFF_IDLE_TIMEOUT", Some("60s"), "DURATION",
        "Longest silence within a body, in either direction; what flows is not cut";
    CALLER_EXCHANGES: "BFF_CALLER_EXCHANGES", None, "NUMBER",
        "Exchanges with the upstream at once for one session, else for one client address, all workers together; past it 429; unset: a quarter of BFF_UPSTREAM_CONNECTIONS";
    UPSTREAM_CONNECTIONS: "BFF_UPSTREAM_CONNECTIONS", Some("256"), "NUMBER",
        "Exchanges with the upstream at once, per worker; past it 503";
    UPSTREAM_KEEP_ALIVE: "BFF_UPSTREAM_KEEP_ALIVE", Some("4s"), "DURATION",
        "How long an idle upstream connection is kept; must be below the upstream's own";
    UPSTREAM_CA: "BFF_UPSTREAM_CA", None, "FILE",
        "Certificates (PEM) to trust for an https upstream; unset: the system's";
    FOREIGN_REDIRECTS: "BFF_FOREIGN_REDIRECTS", Some("refuse"), "refuse|pass",
        "What becomes of an upstream's redirect to another server";
    REQUEST_HEADERS: "BFF_REQUEST_HEADERS", None, "NAMES",
        "Request headers of browsers that go upstream besides the standard ones, by comma: names such as x-tenant, beginnings such as my-app-*";
    RESPONSE_HEADERS: "BFF_RESPONSE_HEADERS", None, "NAMES",
        "Upstream response headers to let through besides the standard ones, by comma; \
         content-security-policy counts only on what cannot run script, such as PDF";
    MAX_BODY: "BFF_MAX_BODY", Some("10MiB"), "SIZE",
        "Largest request body; past it 413";
    MAX_URI: "BFF_MAX_URI", Some("8KiB"), "SIZE",
        "Longest path and query; past it 414";
    MAX_HEADERS: "BFF_MAX_HEADERS", Some("32KiB"), "SIZE",
        "Largest request header block; past it 431";
    MAX_RESPONSE_HEADERS: "BFF_MAX_RESPONSE_HEADERS", Some("64KiB"), "SIZE",
        "Largest header block of an upstream's answer; past it 502";
    MAX_SELECT: "BFF_MAX_SELECT", Some("1MiB"), "SIZE",
        "Largest upstream answer whose fields a route's select picks; past it 502";
    CACHE_MAX: "BFF_CACHE_MAX", Some("64MiB"), "SIZE|off",
        "Response cache of all workers together, a sixteenth of it for one answer at most; off switches it off";
    CACHE_HEURISTIC: "BFF_CACHE_HEURISTIC", Some("off"), "on|off",
        "Whether an answer without a lifetime is kept for a tenth of the time since its Last-Modified, a day at most; never in a session";
    COMPRESS: "BFF_COMPRESS", Some("on"), "on|off",
        "Whether answers are compressed for browsers that take zstd, gzip or br; off where a proxy in front does it";
    BATCH_MAX: "BFF_BATCH_MAX", Some("20"), "NUMBER",
        "Items in a batch, 1 to 1000; past it 413";
    BATCH_ANSWER_MAX: "BFF_BATCH_ANSWER_MAX", Some("1MiB"), "SIZE",
        "Largest answer of one item of a batch; past it that item is 502";
    BATCH_ANSWERS_MAX: "BFF_BATCH_ANSWERS_MAX", Some("8MiB"), "SIZE",
        "Largest answers of all items of a batch together; past it further items are 502";
    HELD_MAX: "BFF_HELD_MAX", Some("256MiB"), "SIZE",
        "Content held whole at once, all workers together: answers of batches, answers to select from, answers being stored; past it 503, or the answer is not stored";
    MAX_CONNECTIONS: "BFF_MAX_CONNECTIONS", Some("10000"), "NUMBER",
        "Browser connections at once, per worker; more wait to be accepted; unset: fewer where the limit of open files is low";
    ADDRESS_CONNECTIONS: "BFF_ADDRESS_CONNECTIONS", None, "NUMBER",
        "Browser connections at once from one address (an IPv6 /64), trusted proxies and loopback aside; unset: a quarter of BFF_MAX_CONNECTIONS";
    CLIENT_TIMEOUT: "BFF_CLIENT_TIMEOUT", Some("5s"), "DURATION",
        "How long a browser may take to send the head of each request";
    KEEP_ALIVE: "BFF_KEEP_ALIVE", Some("15s"), "DURATION",
        "How long an idle browser connection is kept";
    DRAIN_DELAY: "BFF_DRAIN_DELAY", Some("0s"), "DURATION",
        "How long after SIGTERM requests are still taken while /readyz says 503, so that balancers notice; within BFF_DRAIN_TIMEOUT";
    DRAIN_TIMEOUT: "BFF_DRAIN_TIMEOUT", Some("25s"), "DURATION",
        "How long after SIGTERM the server ends at the latest, BFF_DRAIN_DELAY included; requests under way finish before";
    RATE_LIMIT: "BFF_RATE_LIMIT", Some("100/10s"), "COUNT/DURATION",
        "Requests per person, else per client address and per IPv6 network, in a sliding window; past it 429; off switches it off";
    ADDRESS_LIMIT: "BFF_ADDRESS_LIMIT", None, "COUNT/DURATION",
        "Everything that one client address may ask this process for, the app and refusals included; past it 429; off switches it off; unset: ten times BFF_RATE_LIMIT";
    TRUSTED_PROXIES: "BFF_TRUSTED_PROXIES", None, "NETWORKS",
        "Networks (CIDR, by comma) of proxies that say where a request comes from; none: no proxy stands in front";
    FORWARDED: "BFF_FORWARDED", Some("x-forwarded-for"), "x-forwarded-for|forwarded",
        "The field in which trusted proxies list the clients; the other is ignored";
    CLEARTEXT: "BFF_CLEARTEXT", None, "HOSTS",
        "Host names and networks, by comma, to which clear text is meant in production, such as *.svc.cluster.local, 10.0.0.0/8; loopback needs no mention";
    CORS_ORIGINS: "BFF_CORS_ORIGINS", None, "ORIGINS",
        "Origins, by comma, whose pages may read the API without a session; unset: none but our own";
    SESSION_IDLE: "BFF_SESSION_IDLE", Some("30m"), "DURATION",
        "How long a session lives without being used";
    SESSION_MAX: "BFF_SESSION_MAX", Some("12h"), "DURATION",
        "How long a session lives at all";
    SESSION_KEY: "BFF_SESSION_KEY", None, "KEYS",
        "64 hex digits, several by comma: the first is for new sessions, all are accepted; unset: random at start";
    SESSION_STORE: "BFF_SESSION_STORE", None, "memory|redis|cookie",
        "Where sessions are kept; cookie: in the browser, sealed, which needs BFF_SESSION_KEY; unset: redis where REDIS_URL is set, else memory";
    SESSIONS: "BFF_SESSIONS", Some("100000"), "NUMBER",
        "Sessions in memory at once; past it nobody can sign in, or, with cookie, the longest unseen are forgotten here";
    REDIS_URL: "REDIS_URL", None, "URL",
        "Redis for sessions and rate limits of all replicas, such as rediss://user:password@host:6379/0; several by comma: cluster nodes; needs BFF_SESSION_KEY";
    LOGIN_LIMIT: "BFF_LOGIN_LIMIT", Some("10/1m"), "COUNT/DURATION",
        "Sign-in attempts per client address, and per name or known browser, in a sliding window; off switches it off";
    LOGIN_PATH: "BFF_LOGIN_PATH", Some("/auth/login"), "PATH",
        "Where the upstream takes name and password; never reachable from the browser";
    LOGIN_FORMAT: "BFF_LOGIN_FORMAT", Some("json"), "json|form",
        "How name, password and refresh token are sent to the upstream; form: with a grant_type (RFC 6749), as FastAPI wants it";
    LOGIN_FIELDS: "BFF_LOGIN_FIELDS", None, "FIELD=NAME",
        "The upstream's names for username, password, refresh-as (sent), access, refresh, expires-in (received), by comma, \
         such as username=email,access=data.token; unset: the common ones";
    REFRESH_PATH: "BFF_REFRESH_PATH", Some("/auth/refresh"), "PATH",
        "Where the upstream takes a refresh token; never reachable from the browser";
    ME_PATH: "BFF_ME_PATH", Some("/auth/me"), "PATH",
        "Where the upstream tells who a token is about; the browser gets id, name and the like of it only";
    LOGOUT_PATH: "BFF_LOGOUT_PATH", None, "PATH",
        "Where the upstream takes the refresh token of an ended session back; never reachable from the browser; unset: it stays good until it ends";
    OIDC_ISSUER: "BFF_OIDC_ISSUER", None, "URL",
        "OpenID provider to sign in with; unset: the upstream's own login";
    OIDC_CLIENT_ID: "BFF_OIDC_CLIENT_ID", None, "ID",
        "What the provider knows this server as";
    OIDC_CLIENT_SECRET: "BFF_OIDC_CLIENT_SECRET", None, "SECRET",
        "What this server proves itself to the provider with";
    OIDC_SCOPES: "BFF_OIDC_SCOPES", Some("openid profile email offline_access"), "SCOPES",
        "What to ask the provider for, by space";
    OIDC_PARAMS: "BFF_OIDC_PARAMS", None, "NAME=VALUE",
        "Further parameters of the request for a sign-in, by comma, values percent-encoded where they need it, such as audience=https://api.example.com,prompt=select_account";
    OIDC_CLAIMS: "BFF_OIDC_CLAIMS", None, "CLAIMS",
        "Claims by comma that sessions keep and /bff/session shows, such as roles,/realm_access/roles: names, or JSON pointers that begin with a slash";
    ALLOW: "BFF_ALLOW", None, "RULES",
        "Who may sign in at the provider: CLAIM:VALUE by comma, any one admits, such as email:*@example.com,groups:staff; unset: everybody there";
    OIDC_NAME: "BFF_OIDC_NAME", None, "NAME",
        "What people call the provider, for the sign-in button; unset: its host";
    OIDC_CA: "BFF_OIDC_CA", None, "FILE",
        "Certificates (PEM) to trust for the provider; unset: the system's";
    METRICS_LISTEN: "BFF_METRICS_LISTEN", None, "ADDRESS",
        "Address of a private listener with /metrics, for Prometheus; unset: none, and nothing is recorded";
    OTLP_ENDPOINT: "OTEL_EXPORTER_OTLP_ENDPOINT", None, "URL",
        "Collector of OpenTelemetry spans (OTLP over HTTP); /v1/traces is added; unset: none";
    OTLP_SERVICE: "OTEL_SERVICE_NAME", Some("bff"), "NAME",
        "What this server is called in the spans";
    LOG: "BFF_LOG", Some("info"), "FILTER",
        "What to log: error, warn, info, debug, trace, or a filter such as info,bff=debug";
    LOG_FORMAT: "BFF_LOG_FORMAT", Some("pretty"), "pretty|json",
        "For people or for machines; logs go to standard error";
    LOG_USER: "BFF_LOG_USER", Some("hash"), "hash|id|off",
        "How access lines name the person: a hash that the first BFF_SESSION_KEY keys, the id, or not at all";
    DEMO_DB: "DEMO_DB", Some(".data/demo.sqlite"), "FILE",
        "Database of the embedded demo upstream; :memory: forgets everything";
}
