//! Settings of the listener: address, public URL, start and drain.

use std::{
    net::{Ipv4Addr, SocketAddr, ToSocketAddrs},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

use url::Url;

use super::{
    address::of_server,
    error::ConfigError,
    reader::{Reader, switch},
    setting,
};
use crate::connection::{CertificateFiles, ClientLimits};

/// Options of the listener: address, public URL, workers and time limits for browsers.
#[derive(Debug, Clone)]
pub struct Listen {
    /// The address to bind; port 0 picks a free one.
    pub address: SocketAddr,
    /// Scheme, host, port and base path as the browser sees them; `None`: plain http at the bound address.
    pub public_url: Option<Url>,
    /// The address of `/metrics`; `None`: not served.
    pub metrics: Option<SocketAddr>,
    /// Worker threads; `None`: one per core.
    pub workers: Option<usize>,
    /// Browser connections at once, per worker.
    pub max_connections: usize,
    /// Whether that number was set.
    pub max_connections_given: bool,
    /// Browser connections at once from one address, all workers together.
    pub address_connections: NonZeroUsize,
    /// Time limits for browsers.
    pub client_limits: ClientLimits,
    /// The server's own certificate; `None`: it does not speak TLS.
    pub certificate: Option<CertificateFiles>,
    /// The address that leads from http to https; `None`: none does.
    pub redirect: Option<SocketAddr>,
    /// Whether trusted proxies say in a header of the PROXY protocol whom they speak for.
    pub proxy_protocol: bool,
    /// How long requests are still taken after a stop signal.
    pub drain_delay: Duration,
    /// Time from a stop signal to the end, at most.
    pub drain_timeout: Duration,
}

impl Listen {
    /// Whether browsers use https: of this server, or of one in front of it.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.certificate.is_some() || is_https(self.public_url.as_ref())
    }

    /// The end of the drain that is kept for what follows the last request: spans, revoked tokens, the last lines.
    #[must_use]
    pub fn after_requests(&self) -> Duration {
        after_requests(self.drain_timeout)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listen = reader.required(&setting::LISTEN, loopback, address);
        let max_connections = reader.number(&setting::MAX_CONNECTIONS, 1..=1_000_000).unwrap_or_default();
        let address_connections = reader.number(&setting::ADDRESS_CONNECTIONS, 1..=1_000_000);
        let certificate = certificate(reader);
        let public_url: Option<Url> = reader.optional(&setting::PUBLIC_URL, public_url);
        let redirect = reader.optional(&setting::REDIRECT_HTTP, address);
        let is_https = certificate.is_some() || is_https(public_url.as_ref());
        let (drain_delay, drain_timeout) = drain(reader);
        if let Some(given) = redirect.filter(|_| !is_https) {
            reader.note(ConfigError::new(
                &setting::REDIRECT_HTTP,
                &given.to_string(),
                "leads nowhere: set BFF_TLS_CERT, or an https address in BFF_PUBLIC_URL",
            ));
        }
        if let Some(url) = public_url.as_ref().filter(|url| certificate.is_some() && url.scheme() == "http") {
            reader.note(ConfigError::new(
                &setting::PUBLIC_URL,
                url.as_str(),
                "is not what browsers use: with BFF_TLS_CERT the server speaks https alone",
            ));
        }
        Self {
            address: listen,
            public_url,
            certificate,
            redirect,
            proxy_protocol: reader.required(&setting::PROXY_PROTOCOL, false, proxy_protocol),
            metrics: reader.optional(&setting::METRICS_LISTEN, address),
            workers: reader.number(&setting::WORKERS, 1..=1024),
            max_connections,
            max_connections_given: reader.is_given(&setting::MAX_CONNECTIONS),
            address_connections: address_connections
                .and_then(NonZeroUsize::new)
                .unwrap_or(NonZeroUsize::MIN.saturating_add(max_connections / 4)),
            client_limits: ClientLimits {
                head: reader.duration(&setting::CLIENT_TIMEOUT),
                unread: reader.duration(&setting::IDLE_TIMEOUT),
                idle: reader.duration(&setting::KEEP_ALIVE),
            },
            drain_delay,
            drain_timeout,
        }
    }
}

/// The part of a drain that is kept for what follows the last request; a tenth of it where that is less.
const AFTER_REQUESTS: Duration = Duration::from_secs(1);

fn is_https(url: Option<&Url>) -> bool {
    url.is_some_and(|url| url.scheme() == "https")
}

fn after_requests(drain_timeout: Duration) -> Duration {
    AFTER_REQUESTS.min(drain_timeout / 10)
}

/// The delay before the drain, and the time in which both are over.
fn drain(reader: &mut Reader<'_>) -> (Duration, Duration) {
    let (delay, timeout) = (reader.wait(&setting::DRAIN_DELAY), reader.duration(&setting::DRAIN_TIMEOUT));
    // A timeout that is none has been noted.
    let longest = timeout.saturating_sub(after_requests(timeout));
    if !timeout.is_zero() && delay >= longest {
        let given = reader.text(&setting::DRAIN_DELAY).unwrap_or_default();
        let longest = humantime::format_duration(longest);
        let problem = format!("leaves no time to drain; expected less than {longest}, by BFF_DRAIN_TIMEOUT");
        reader.note(ConfigError::new(&setting::DRAIN_DELAY, &given, problem));
    }
    (delay, timeout)
}

/// The certificate and its key, which come together.
fn certificate(reader: &mut Reader<'_>) -> Option<CertificateFiles> {
    let file = |setting| reader.text(setting).filter(|path| !path.is_empty()).map(PathBuf::from);
    let (certificate, key) = (file(&setting::TLS_CERT), file(&setting::TLS_KEY));
    let http2 = reader.required(&setting::HTTP2, false, switch);
    let (missing, other) = match (&certificate, &key) {
        (Some(_), None) => (&setting::TLS_KEY, "BFF_TLS_CERT"),
        (None, Some(_)) => (&setting::TLS_CERT, "BFF_TLS_KEY"),
        (None, None) if http2 => (&setting::TLS_CERT, "BFF_HTTP2"),
        _ => {
            let files = |(certificate, key)| CertificateFiles { certificate, key, http2 };
            return certificate.zip(key).map(files);
        }
    };
    reader.note(ConfigError::new(missing, "", format!("is missing: {other} is of no use without it")));
    None
}

fn proxy_protocol(given: &str) -> Result<bool, String> {
    match given {
        "off" => Ok(false),
        "v2" => Ok(true),
        _ => Err("is neither off nor v2".into()),
    }
}

fn address(given: &str) -> Result<SocketAddr, String> {
    // `:3000` means loopback: listening on every interface has to be explicit.
    if let Some(port) = given.strip_prefix(':').and_then(|port| port.parse().ok()) {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    let resolved = given.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    resolved.ok_or_else(|| "is not an address; expected HOST:PORT, such as 127.0.0.1:3000".into())
}

/// First segments of a base path that would make addresses, or names of cookies, mean two things.
const TAKEN: [&str; 6] = ["api", "bff", "device", "healthz", "login", "readyz"];

fn public_url(given: &str) -> Result<Url, String> {
    const EXPECTED: &str = "expected scheme and host, maybe with a path, such as https://app.example.com or https://example.com/app";
    let url = of_server(given, "a public address", EXPECTED)?;
    let path = url.path().trim_end_matches('/');
    let Some(path) = path.strip_prefix('/') else { return Ok(url) };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if path.split('/').any(str::is_empty) {
        return Err(format!("has an empty segment in its path; {EXPECTED}"));
    }
    if !path.split('/').all(|segment| segment.bytes().all(is_plain)) {
        return Err(format!("has a path of other characters than letters, digits and -._~; {EXPECTED}"));
    }
    let first = path.split('/').next().unwrap_or_default();
    let is_taken = |taken: &&str| {
        first.strip_prefix(*taken).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    if TAKEN.iter().any(is_taken) {
        return Err(format!(
            "has a path that begins with /{first}, which the server needs for itself; {EXPECTED}"
        ));
    }
    Ok(url)
}

pub(super) fn origin(given: &str) -> Result<Url, String> {
    const EXPECTED: &str = "expected scheme and host without a path, such as https://app.example.com";
    let url = of_server(given, "an origin", EXPECTED)?;
    if url.path() == "/" { Ok(url) } else { Err(format!("is not an origin; {EXPECTED}")) }
}
