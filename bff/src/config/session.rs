//! Sessions: how long they live, how people sign in, and which pages may ask.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use ipnet::IpNet;
use url::Url;

use super::{
    ConfigError, limits::limit_or_off, listen::origin, reader::Reader, redis::SessionPlace, setting,
};
use crate::{
    guard::rate_limit::Limit,
    keys::{Secret, SessionKeys},
};

/// Everything about sessions and who may have one.
#[derive(Debug, Clone)]
pub struct Session {
    /// How long a session lives without being used.
    pub idle: Duration,
    /// How long a session lives at all.
    pub max: Duration,
    /// What turns a session's id into the name that it is stored under.
    pub keys: Arc<SessionKeys>,
    /// Where they are kept.
    pub place: SessionPlace,
    /// Sessions in memory at once.
    pub capacity: usize,
    /// Sign-in attempts per address and per name; `None`: without a limit.
    pub login_limit: Option<Limit>,
    /// The upstream's own login.
    pub upstream_login: UpstreamLogin,
    /// An OpenID provider in its place.
    pub oidc: Option<Oidc>,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Which foreign pages may read the API.
    pub cors: CorsOrigins,
}

/// Where the upstream signs people in. Paths below its base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamLogin {
    /// Takes name and password.
    pub login: String,
    /// Takes a refresh token.
    pub refresh: String,
    /// Tells who a token is about.
    pub me: String,
}

/// An OpenID provider and what it knows us as.
#[derive(Clone)]
pub struct Oidc {
    /// Its identifier; discovery starts here.
    pub issuer: Url,
    /// What it knows us as.
    pub client_id: String,
    /// What we prove ourselves with; `None`: a public client.
    pub client_secret: Option<Secret>,
    /// What to ask for; `openid` is among them.
    pub scopes: Vec<String>,
    /// What people call it.
    pub name: String,
    /// Trust anchors (PEM); `None`: the system's.
    pub ca_file: Option<PathBuf>,
}

/// Which foreign pages may read the API, without a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    /// These and no others; empty: none.
    Listed(Vec<String>),
    /// All of them (`*`).
    Any,
}

impl Session {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let idle = reader.life(&setting::SESSION_IDLE);
        let max = reader.life(&setting::SESSION_MAX);
        if idle > max && !max.is_zero() {
            let given = reader.text(&setting::SESSION_IDLE).unwrap_or_default();
            reader.note(ConfigError::new(&setting::SESSION_IDLE, &given, "is longer than BFF_SESSION_MAX"));
        }
        Self {
            idle,
            max,
            keys: Arc::new(keys(reader)),
            place: SessionPlace::read(reader),
            capacity: reader.number(&setting::SESSIONS, 1..=10_000_000).unwrap_or_default(),
            login_limit: reader.required(&setting::LOGIN_LIMIT, None, limit_or_off),
            upstream_login: UpstreamLogin {
                login: reader.required(&setting::LOGIN_PATH, String::new(), path),
                refresh: reader.required(&setting::REFRESH_PATH, String::new(), path),
                me: reader.required(&setting::ME_PATH, String::new(), path),
            },
            oidc: oidc(reader),
            trusted_proxies: reader.optional(&setting::TRUSTED_PROXIES, networks).unwrap_or_default(),
            cors: reader
                .optional(&setting::CORS_ORIGINS, cors_origins)
                .unwrap_or(CorsOrigins::Listed(Vec::new())),
        }
    }
}

/// Not [`Reader::optional`]: what is wrong with a key is said without repeating the key.
fn keys(reader: &mut Reader<'_>) -> SessionKeys {
    let Some(given) = reader.text(&setting::SESSION_KEY) else { return SessionKeys::random() };
    SessionKeys::parse(&given).unwrap_or_else(|problem| {
        reader.note(ConfigError::new(&setting::SESSION_KEY, "…", problem));
        SessionKeys::random()
    })
}

fn oidc(reader: &mut Reader<'_>) -> Option<Oidc> {
    let client_id = reader.text(&setting::OIDC_CLIENT_ID);
    if reader.text(&setting::OIDC_ISSUER).is_none() {
        let secret = reader.text(&setting::OIDC_CLIENT_SECRET);
        for (setting, given) in [
            (&setting::OIDC_CLIENT_ID, client_id.is_some()),
            (&setting::OIDC_CLIENT_SECRET, secret.is_some()),
        ] {
            if given {
                reader.note(ConfigError::new(setting, "…", "is given, and BFF_OIDC_ISSUER is not"));
            }
        }
        return None;
    }
    let issuer = reader.optional(&setting::OIDC_ISSUER, issuer);
    if client_id.is_none() {
        reader.note(ConfigError::new(&setting::OIDC_CLIENT_ID, "", "is missing; BFF_OIDC_ISSUER needs it"));
    }
    let scopes = reader.required(&setting::OIDC_SCOPES, Vec::new(), scopes);
    let (issuer, client_id) = (issuer?, client_id?);
    Some(Oidc {
        name: reader
            .text(&setting::OIDC_NAME)
            .or_else(|| issuer.host_str().map(str::to_owned))
            .unwrap_or_default(),
        issuer,
        client_id,
        client_secret: reader.text(&setting::OIDC_CLIENT_SECRET).map(Secret::new),
        scopes,
        ca_file: reader.text(&setting::OIDC_CA).map(PathBuf::from),
    })
}

fn issuer(given: &str) -> Result<Url, String> {
    let url = Url::parse(given).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    url.ok_or_else(|| "is not an issuer; expected a URL such as https://login.example.com".into())
}

fn scopes(given: &str) -> Result<Vec<String>, String> {
    let scopes: Vec<String> = given.split_whitespace().map(str::to_owned).collect();
    if scopes.iter().any(|scope| scope == "openid") {
        Ok(scopes)
    } else {
        Err("does not name openid; expected scopes by space, such as openid profile".into())
    }
}

fn path(given: &str) -> Result<String, String> {
    crate::message::CanonicalPath::parse(given)
        .map(|path| path.as_str().to_owned())
        .map_err(|err| format!("is not a path below API_URL, such as /auth/login: {err}"))
}

/// CIDRs by comma, or `none`: that no proxy stands in front is a statement of its own in production.
fn networks(given: &str) -> Result<Vec<IpNet>, String> {
    if given.trim() == "none" {
        return Ok(Vec::new());
    }
    let networks = given.split(',').map(str::trim).filter(|network| !network.is_empty()).map(|network| {
        let one = || network.parse::<std::net::IpAddr>().map(IpNet::from);
        // Were everybody trusted, everybody could be anybody.
        let network =
            network.parse::<IpNet>().or_else(|_| one()).ok().filter(|network| network.prefix_len() > 0);
        network.map(|network| network.trunc())
    });
    networks.collect::<Option<_>>().ok_or_else(|| {
        "is not a list of networks; expected CIDRs by comma, such as 10.0.0.0/8, 192.168.1.7, or none".into()
    })
}

fn cors_origins(given: &str) -> Result<CorsOrigins, String> {
    if given.trim() == "*" {
        return Ok(CorsOrigins::Any);
    }
    let origins = given.split(',').map(str::trim).filter(|one| !one.is_empty());
    let origins = origins.map(|one| origin(one).map(|url| url.origin().ascii_serialization()));
    Ok(CorsOrigins::Listed(origins.collect::<Result<_, _>>()?))
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc")
            .field("issuer", &self.issuer.as_str())
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
