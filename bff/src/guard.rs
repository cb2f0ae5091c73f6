//! Who may ask: from which page ([`origin`]), in whose name ([`session`]), how often ([`rate_limit`],
//! [`login_limit`]), from where ([`client_address`]), and which of the upstream's addresses are for nobody
//! ([`token_paths`]).

pub mod client_address;
pub mod login_limit;
pub mod origin;
pub mod rate_limit;
pub mod session;
pub mod token_paths;

use std::net::IpAddr;

use http::{HeaderMap, Method};
use ipnet::IpNet;
use url::Url;

use self::origin::{CrossSite, Grant, OriginRule};
use crate::session::Sessions;

/// What stands at the door of the API and of the session's own addresses alike. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    /// Whose sessions there are.
    pub sessions: Sessions,
    origin: OriginRule,
    trusted_proxies: Vec<IpNet>,
}

impl Guard {
    /// The guard of the server that browsers call `public_url`.
    #[must_use]
    pub fn new(sessions: Sessions, public_url: &Url, config: &crate::config::Session) -> Self {
        Self {
            sessions,
            origin: OriginRule::new(public_url, config.cors.clone()),
            trusted_proxies: config.trusted_proxies.clone(),
        }
    }

    /// Whether a request comes from a page that may send it; see [`origin`].
    ///
    /// # Errors
    /// [`CrossSite`].
    pub fn judge(&self, method: &Method, headers: &HeaderMap) -> Result<Option<Grant>, CrossSite> {
        self.origin.judge(method, headers, self.sessions.is_claimed(headers))
    }

    /// The address of the client behind `peer`; see [`mod@client_address`].
    #[must_use]
    pub fn client_address(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        peer.map(|peer| client_address::client_address(peer, headers, &self.trusted_proxies))
    }
}
