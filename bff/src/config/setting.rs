//! Every setting there is: its variable, its default and one line of help.
//!
//! `--help`, `.env.example` and the checks of their agreement are made from this one table.

/// One setting. Its flag is its variable in lower case, without `BFF_`, dashes for underscores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Name of the environment variable.
    pub variable: &'static str,
    /// What stands for it when nobody sets it; `None` where that is a behaviour and not a value.
    pub default: Option<&'static str>,
    /// Name of the value in `--help`.
    pub value_name: &'static str,
    /// One line, without a full stop.
    pub help: &'static str,
}

impl Setting {
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
        "What the browser sees; https turns HSTS on; unset: http:// and the address listened on";
    SPA_DIR: "BFF_SPA_DIR", None, "FOLDER",
        "Folder of the built single-page app; unset: the one inside the binary, else dist";
    ROUTES: "BFF_ROUTES", None, "FILE",
        "Route table (TOML); unset: every path and method";
    WORKERS: "BFF_WORKERS", None, "NUMBER",
        "Worker threads, 1 to 1024; unset: one per core";
    UPSTREAM_TIMEOUT: "BFF_UPSTREAM_TIMEOUT", Some("10s"), "DURATION",
        "Total deadline of an exchange, up to the last byte of the body";
    CONNECT_TIMEOUT: "BFF_CONNECT_TIMEOUT", Some("2s"), "DURATION",
        "Deadline for connecting to the upstream, name resolution and TLS included";
    HEAD_TIMEOUT: "BFF_HEAD_TIMEOUT", Some("8s"), "DURATION",
        "Deadline from the request's last byte to the head of the upstream's answer";
    IDLE_TIMEOUT: "BFF_IDLE_TIMEOUT", Some("5s"), "DURATION",
        "Longest silence within a body, in either direction";
    UPSTREAM_CONNECTIONS: "BFF_UPSTREAM_CONNECTIONS", Some("256"), "NUMBER",
        "Exchanges with the upstream at once, per worker; past it 503";
    UPSTREAM_KEEP_ALIVE: "BFF_UPSTREAM_KEEP_ALIVE", Some("4s"), "DURATION",
        "How long an idle upstream connection is kept; must be below the upstream's own";
    UPSTREAM_CA: "BFF_UPSTREAM_CA", None, "FILE",
        "Certificates (PEM) to trust for an https upstream; unset: the system's";
    FOREIGN_REDIRECTS: "BFF_FOREIGN_REDIRECTS", Some("refuse"), "refuse|pass",
        "What becomes of an upstream's redirect to another server";
    RESPONSE_HEADERS: "BFF_RESPONSE_HEADERS", None, "NAMES",
        "Upstream response headers to let through besides the standard ones, by comma";
    MAX_BODY: "BFF_MAX_BODY", Some("10MiB"), "SIZE",
        "Largest request body; past it 413";
    MAX_URI: "BFF_MAX_URI", Some("8KiB"), "SIZE",
        "Longest path and query; past it 414";
    MAX_HEADERS: "BFF_MAX_HEADERS", Some("32KiB"), "SIZE",
        "Largest request header block; past it 431";
    MAX_RESPONSE_HEADERS: "BFF_MAX_RESPONSE_HEADERS", Some("64KiB"), "SIZE",
        "Largest header block of an upstream's answer; past it 502";
    MAX_CONNECTIONS: "BFF_MAX_CONNECTIONS", Some("10000"), "NUMBER",
        "Browser connections at once, per worker; more wait to be accepted";
    CLIENT_TIMEOUT: "BFF_CLIENT_TIMEOUT", Some("5s"), "DURATION",
        "How long a browser may take to send a request's head";
    KEEP_ALIVE: "BFF_KEEP_ALIVE", Some("15s"), "DURATION",
        "How long an idle browser connection is kept";
    DRAIN_TIMEOUT: "BFF_DRAIN_TIMEOUT", Some("30s"), "DURATION",
        "How long requests under way may take to finish after SIGTERM";
    LOG: "BFF_LOG", Some("info"), "FILTER",
        "What to log: error, warn, info, debug, trace, or a filter such as info,bff=debug";
    LOG_FORMAT: "BFF_LOG_FORMAT", Some("pretty"), "pretty|json",
        "For people or for machines; logs go to standard error";
    DEMO_DB: "DEMO_DB", Some(".data/demo.sqlite"), "FILE",
        "Database of the embedded demo upstream; :memory: forgets everything";
}
