//! Access checks on requests: cross-site forgery ([`csrf`]), session ([`session`]), frequency
//! ([`rate_limit`](crate::rate_limit), [`login_limit`], [`reports`]), client address ([`client_address`]) and
//! the name of this server ([`hosts`]).
//! [`token_paths`] hides the upstream's addresses that only the BFF may call.

pub mod client_address;
pub mod csrf;
pub mod hosts;
pub mod login_limit;
pub mod reports;
pub mod session;
pub mod token_paths;

use std::{net::IpAddr, sync::Arc, time::SystemTime};

use http::Method;
use url::Url;

use http_message::HeaderBlock;

use telemetry::metrics;

use crate::{
    guard::{
        client_address::TrustedProxies,
        csrf::{CorsOrigins, CrossSite, CsrfRule, Grant},
        hosts::{HostPattern, HostRule},
    },
    rate_limit::{Charge, Limit, LimitKey, LimitPolicy, LimitSubject, RateLimitStore},
    redis::StoreError,
    route_table::Route,
    session::Sessions,
};

/// Options of the access checks.
#[derive(Debug, Clone)]
pub struct GuardOptions {
    /// Requests per caller; `None`: no limit.
    pub rate: Option<Limit>,
    /// Sign-in attempts per address and per name; `None`: no limit.
    pub login_limit: Option<Limit>,
    /// Proxies whose forwarding headers are trusted.
    pub trusted_proxies: TrustedProxies,
    /// Names of this server besides its public URL's.
    pub hosts: Vec<HostPattern>,
    /// Foreign origins that may read the API.
    pub cors: CorsOrigins,
}

/// The access checks shared by the API and the session's own addresses. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    /// The sessions of this server.
    pub sessions: Sessions,
    /// The names of this server.
    pub hosts: HostRule,
    counts: Arc<dyn RateLimitStore>,
    rate: Option<Limit>,
    csrf: CsrfRule,
    trusted_proxies: TrustedProxies,
}

impl Guard {
    /// The guard of the server that browsers call `public_url`.
    #[must_use]
    pub fn new(
        sessions: Sessions,
        counts: Arc<dyn RateLimitStore>,
        public_url: &Url,
        options: &GuardOptions,
    ) -> Self {
        Self {
            sessions,
            counts,
            rate: options.rate,
            hosts: HostRule::new(public_url, &options.hosts),
            csrf: CsrfRule::new(public_url, options.cors.clone()),
            trusted_proxies: options.trusted_proxies.clone(),
        }
    }

    /// Charges `cost` requests on `route` to `subject`, first under the limit for all routes and then under the
    /// route's own. The first limit that refuses ends the charge.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn charge(
        &self,
        subject: LimitSubject,
        route: &Route,
        cost: u32,
        now: SystemTime,
    ) -> Result<Vec<Charge>, StoreError> {
        let limits = [
            (LimitPolicy::Default, "default", self.rate),
            (LimitPolicy::Route(route.index), "route", route.limit),
        ];
        let mut charges = Vec::new();
        for (policy, name, limit) in limits {
            let Some(limit) = limit else { continue };
            let key = LimitKey { policy, subject: subject.clone() };
            let verdict = self.counts.take(&key, limit, cost, now).await?;
            metrics::limiter_verdict(name, verdict.allowed);
            charges.push(Charge::new(name, limit, verdict));
            if !verdict.allowed {
                break;
            }
        }
        Ok(charges)
    }

    /// Checks that a request comes from a page that may send it; see [`csrf`].
    ///
    /// # Errors
    /// [`CrossSite`].
    pub fn check_csrf(&self, method: &Method, headers: &HeaderBlock) -> Result<Option<Grant>, CrossSite> {
        self.csrf.check(method, headers, self.sessions.is_claimed(headers))
    }

    /// Whether `peer` is a proxy of ours, which is believed in what it says of a request.
    #[must_use]
    pub fn trusts(&self, peer: Option<IpAddr>) -> bool {
        peer.is_some_and(|peer| self.trusted_proxies.contains(peer))
    }

    /// The address of the client behind `peer`; see [`mod@client_address`].
    #[must_use]
    pub fn client_address(&self, peer: Option<IpAddr>, headers: &HeaderBlock) -> Option<IpAddr> {
        peer.map(|peer| client_address::client_address(peer, headers, &self.trusted_proxies))
    }
}
