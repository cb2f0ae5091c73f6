//! Who may ask: from which page ([`origin`]), in whose name ([`session`]), how often ([`rate_limit`],
//! [`login_limit`], [`reports`]), from where ([`client_address`]), and which of the upstream's addresses are for nobody
//! ([`token_paths`]).

pub mod client_address;
pub mod login_limit;
pub mod origin;
pub mod rate_limit;
pub mod reports;
pub mod session;
pub mod token_paths;

use std::{net::IpAddr, sync::Arc, time::SystemTime};

use http::{HeaderMap, Method};
use ipnet::IpNet;
use url::Url;

use self::{
    origin::{CrossSite, Grant, OriginRule},
    rate_limit::{Charge, Key, Limit, Policy, RateLimitStore, Subject},
};
use crate::{
    config::Config,
    route_table::Route,
    session::{Sessions, store::StoreError},
    telemetry::metrics,
};

/// What stands at the door of the API and of the session's own addresses alike. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    /// Whose sessions there are.
    pub sessions: Sessions,
    counts: Arc<dyn RateLimitStore>,
    rate: Option<Limit>,
    origin: OriginRule,
    trusted_proxies: Vec<IpNet>,
}

impl Guard {
    /// The guard of the server that browsers call `public_url`.
    #[must_use]
    pub fn new(
        sessions: Sessions,
        counts: Arc<dyn RateLimitStore>,
        public_url: &Url,
        config: &Config,
    ) -> Self {
        Self {
            sessions,
            counts,
            rate: config.limits.rate,
            origin: OriginRule::new(public_url, config.session.cors.clone()),
            trusted_proxies: config.session.trusted_proxies.clone(),
        }
    }

    /// Charges `cost` requests on `route` to `subject`: under the limit for all routes, and under the route's own.
    /// The first that refuses is the last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn charge(
        &self,
        subject: Subject,
        route: &Route,
        cost: u32,
        now: SystemTime,
    ) -> Result<Vec<Charge>, StoreError> {
        let limits =
            [(Policy::Default, "default", self.rate), (Policy::Route(route.index), "route", route.limit)];
        let mut charges = Vec::new();
        for (policy, name, limit) in limits {
            let Some(limit) = limit else { continue };
            let key = Key { policy, subject: subject.clone() };
            let verdict = self.counts.take(&key, limit, cost, now).await?;
            metrics::judged(name, verdict.allowed);
            charges.push(Charge::new(name, limit, verdict));
            if !verdict.allowed {
                break;
            }
        }
        Ok(charges)
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
