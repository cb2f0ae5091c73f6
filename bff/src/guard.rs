//! Access checks on requests: cross-site forgery ([`csrf`]), session ([`session`]), frequency
//! ([`rate_limit`](crate::rate_limit), [`login_limit`], [`reports`]), and client address ([`client_address`]).
//! [`token_paths`] hides the upstream's addresses that only the BFF may call.

pub mod client_address;
pub mod csrf;
pub mod login_limit;
pub mod reports;
pub mod session;
pub mod token_paths;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::Method;
use ipnet::IpNet;
use url::Url;

use http_message::HeaderBlock;

use telemetry::metrics;

use crate::{
    guard::csrf::{CorsOrigins, CrossSite, CsrfRule, Grant},
    rate_limit::{Charge, Limit, LimitKey, LimitPolicy, LimitSubject, RateLimitStore, memory::MemoryCounts},
    redis::StoreError,
    route_table::Route,
    session::Sessions,
};

/// Options of the access checks.
#[derive(Debug, Clone)]
pub struct GuardOptions {
    /// Requests per caller; `None`: no limit.
    pub rate: Option<Limit>,
    /// Everything that a client address may ask for; `None`: no limit.
    pub address: Option<Limit>,
    /// Exchanges under way for each caller; `None`: a quarter of the upstream's places.
    pub caller_exchanges: Option<usize>,
    /// Sign-in attempts per address and per name; `None`: no limit.
    pub login_limit: Option<Limit>,
    /// Proxies whose forwarding headers are trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Foreign origins that may read the API.
    pub cors: CorsOrigins,
}

/// The access checks shared by the API and the session's own addresses. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    /// The sessions of this server.
    pub sessions: Sessions,
    counts: Arc<dyn RateLimitStore>,
    rate: Option<Limit>,
    /// Counts of addresses, kept in this process: what costs nothing yet must not cost Redis a question.
    addresses: Arc<MemoryCounts>,
    address: Option<Limit>,
    csrf: CsrfRule,
    trusted_proxies: Vec<IpNet>,
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
            addresses: Arc::default(),
            address: options.address,
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

    /// Charges a request to its client's address, before anything of it is read or looked up. Returns the wait until
    /// the next attempt where the address is over its limit.
    #[must_use]
    pub fn charge_address(&self, address: Option<IpAddr>, now: SystemTime) -> Option<Duration> {
        let limit = self.address?;
        let key = LimitKey { policy: LimitPolicy::Address, subject: LimitSubject::of_address(address) };
        let verdict = self.addresses.count(&key, limit, 1, now);
        metrics::limiter_verdict("address", verdict.allowed);
        (!verdict.allowed).then_some(verdict.reset)
    }

    /// Checks that a request comes from a page that may send it; see [`csrf`].
    ///
    /// # Errors
    /// [`CrossSite`].
    pub fn check_csrf(&self, method: &Method, headers: &HeaderBlock) -> Result<Option<Grant>, CrossSite> {
        self.csrf.check(method, headers, self.sessions.is_claimed(headers))
    }

    /// The address of the client behind `peer`, which `headers` may tell where that is a trusted proxy; see
    /// [`mod@client_address`].
    #[must_use]
    pub fn client_address(
        &self,
        peer: Option<IpAddr>,
        headers: impl FnOnce() -> HeaderBlock,
    ) -> Option<IpAddr> {
        let peer = peer?.to_canonical();
        match self.trusted_proxies.iter().any(|network| network.contains(&peer)) {
            true => Some(client_address::client_address(peer, &headers(), &self.trusted_proxies)),
            false => Some(peer),
        }
    }
}
