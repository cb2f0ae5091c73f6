//! Where `/api/server/*` goes, how to get there, and how long anything may take.

use std::{fmt, path::PathBuf, time::Duration};

use http::{HeaderName, HeaderValue, uri::Authority};
use rustls::pki_types::ServerName;
use url::Url;

use super::{ConfigError, reader::Reader, setting};

/// The upstream and the terms on which it is talked to.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Which server it is.
    pub kind: UpstreamKind,
    /// Trust anchors for https (PEM); `None`: the system's.
    pub ca_file: Option<PathBuf>,
    /// How long anything may take.
    pub deadlines: Deadlines,
    /// Exchanges at once, per worker.
    pub connections: usize,
    /// For an idle pooled connection to be used again.
    pub keep_alive: Duration,
    /// What becomes of a redirect to another server.
    pub foreign_redirects: ForeignRedirects,
    /// Response headers to let through besides the standard ones.
    pub response_headers: Vec<HeaderName>,
}

/// Which server is behind the BFF.
#[derive(Debug, Clone)]
pub enum UpstreamKind {
    /// The one at `API_URL`.
    Api(BaseUrl),
    /// The embedded demo, with its database (`None`: in memory).
    Demo(Option<PathBuf>),
}

/// What is done with a `Location` that leaves the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignRedirects {
    /// The answer becomes a 502: a redirect nobody expected is a way to lead users away.
    Refuse,
    /// The header passes as it is.
    Pass,
}

/// Time limits of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// From the start to the last byte of the answer.
    pub total: Duration,
    /// Name resolution, TCP and TLS.
    pub connect: Duration,
    /// From the request's last byte to the answer's head.
    pub head: Duration,
    /// Between two pieces of a body, in either direction.
    pub idle: Duration,
}

/// A checked base URL: scheme, authority and a path without its trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    /// Whether to speak TLS.
    pub tls: bool,
    /// Host name or address, without brackets.
    pub host: String,
    /// Port, the scheme's default filled in.
    pub port: u16,
    /// Host and port, the port left out where it is the scheme's default.
    pub authority: Authority,
    /// The same as a field value, for `Host`.
    pub host_field: HeaderValue,
    /// The host as a certificate names it.
    pub server_name: ServerName<'static>,
    /// Prefix of every path: empty or `/v1`.
    pub path: String,
}

impl BaseUrl {
    /// Checks a base URL.
    ///
    /// # Errors
    /// Completes the sentence "API_URL: `given` …".
    pub fn parse(given: &str) -> Result<Self, String> {
        const EXPECTED: &str =
            "expected http:// or https://, a host and maybe a path, such as https://host/v1";
        let url = Url::parse(given).map_err(|err| format!("is not a URL ({err}); {EXPECTED}"))?;
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(format!("has an unsupported scheme; {EXPECTED}")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!("contains credentials; {EXPECTED}"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("contains a query or a fragment; {EXPECTED}"));
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(format!("has no host; {EXPECTED}"));
        };
        let unusable = |err: &dyn fmt::Display| format!("has no usable host ({err}); {EXPECTED}");
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self {
            tls,
            port,
            host_field: HeaderValue::from_str(&authority).map_err(|err| unusable(&err))?,
            authority: authority.parse().map_err(|err| unusable(&err))?,
            server_name: ServerName::try_from(host.clone()).map_err(|err| unusable(&err))?,
            host,
            path: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// `http` or `https`.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme(), self.authority, self.path)
    }
}

impl Upstream {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            kind: kind(reader),
            ca_file: reader.text(&setting::UPSTREAM_CA).map(PathBuf::from),
            deadlines: Deadlines {
                total: reader.duration(&setting::UPSTREAM_TIMEOUT),
                connect: reader.duration(&setting::CONNECT_TIMEOUT),
                head: reader.duration(&setting::HEAD_TIMEOUT),
                idle: reader.duration(&setting::IDLE_TIMEOUT),
            },
            connections: reader.number(&setting::UPSTREAM_CONNECTIONS, 1..=65_535).unwrap_or_default(),
            keep_alive: reader.duration(&setting::UPSTREAM_KEEP_ALIVE),
            foreign_redirects: reader.required(
                &setting::FOREIGN_REDIRECTS,
                ForeignRedirects::Refuse,
                foreign_redirects,
            ),
            response_headers: reader
                .optional(&setting::RESPONSE_HEADERS, response_headers)
                .unwrap_or_default(),
        }
    }
}

fn kind(reader: &mut Reader<'_>) -> UpstreamKind {
    let Some(given) = reader.text(&setting::API_URL) else {
        let database = reader.text(&setting::DEMO_DB).unwrap_or_default();
        return UpstreamKind::Demo((database != ":memory:").then(|| PathBuf::from(database)));
    };
    match BaseUrl::parse(&given) {
        Ok(base) => UpstreamKind::Api(base),
        Err(problem) => {
            // What stands before an @ may be a password: it is not repeated.
            let shown = given.rsplit_once('@').map_or(given.as_str(), |(_, host)| host);
            reader.note(ConfigError::new(&setting::API_URL, shown, problem));
            UpstreamKind::Demo(None)
        }
    }
}

fn foreign_redirects(given: &str) -> Result<ForeignRedirects, String> {
    match given {
        "refuse" => Ok(ForeignRedirects::Refuse),
        "pass" => Ok(ForeignRedirects::Pass),
        _ => Err("is neither refuse nor pass".into()),
    }
}

fn response_headers(given: &str) -> Result<Vec<HeaderName>, String> {
    let names = given.split(',').map(str::trim).filter(|name| !name.is_empty()).map(|name| {
        let header = name.parse::<HeaderName>().map_err(|_| format!("names {name:?}, which is no header"))?;
        if crate::response::headers::NEVER.contains(&header) {
            return Err(format!("names {name}, which never leaves the server"));
        }
        Ok(header)
    });
    names.collect()
}
