//! The base URL of a server.

use std::fmt;

use http::{HeaderValue, uri::Authority};
use rustls::pki_types::ServerName;
use url::Url;

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
    /// The authority as a field value, for `Host`.
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
