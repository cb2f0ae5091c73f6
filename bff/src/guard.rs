//! Access checks on requests: cross-site forgery ([`csrf`]), session ([`session`]), person ([`mod@person`]), frequency
//! ([`rate_limit`](crate::rate_limit), [`login_limit`] with [`devices`], [`reports`]), client address ([`client_address`])
//! and the name of this server ([`hosts`]).
//! [`token_paths`] hides the upstream's addresses that only the BFF may call.

pub mod client_address;
pub mod csrf;
pub mod devices;
pub mod hosts;
pub mod login_limit;
pub mod person;
pub mod reports;
pub mod session;
pub mod token_paths;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{HeaderName, HeaderValue, Method};
use url::Url;

use http_message::HeaderBlock;

use telemetry::metrics;

use crate::{
    guard::{
        client_address::TrustedProxies,
        csrf::{CorsOrigins, CrossSite, CsrfRule, Grant},
        hosts::{HostPattern, HostRule},
    },
    rate_limit::{
        Charge, Limit, LimitKey, LimitPolicy, RateLimitStore, Realm, Subjects, alone, memory::MemoryCounts,
        networks_of, take_each,
    },
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
    /// Sign-in attempts per address, and per name or device; `None`: no limit.
    pub login_limit: Option<Limit>,
    /// Proxies whose forwarding headers are trusted.
    pub trusted_proxies: TrustedProxies,
    /// Names of this server besides its public URL's.
    pub hosts: Vec<HostPattern>,
    /// Foreign origins that may read the API.
    pub cors: CorsOrigins,
}

/// The caller who is charged for a request.
#[derive(Debug, Clone, Copy)]
pub enum Payer<'a> {
    /// The person of this id, whichever of their sessions is used.
    Person(&'a str),
    /// The client at this address, and its networks.
    Client(Option<IpAddr>),
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
    /// Counts of addresses, kept in this process: what costs nothing yet must not cost Redis a question.
    addresses: Arc<MemoryCounts>,
    address: Option<Limit>,
    realm: Realm,
    csrf: CsrfRule,
    trusted_proxies: TrustedProxies,
}

impl Guard {
    /// The guard of the server that browsers call `public_url`. `realm` is the address of who vouches for people.
    #[must_use]
    pub fn new(
        sessions: Sessions,
        counts: Arc<dyn RateLimitStore>,
        public_url: &Url,
        realm: &str,
        options: &GuardOptions,
    ) -> Self {
        Self {
            sessions,
            counts,
            rate: options.rate,
            addresses: Arc::default(),
            address: options.address,
            realm: Realm::new(realm),
            hosts: HostRule::new(public_url, &options.hosts),
            csrf: CsrfRule::new(public_url, options.cors.clone()),
            trusted_proxies: options.trusted_proxies.clone(),
        }
    }

    /// The same with what `before` has counted of addresses in this process.
    #[must_use]
    pub fn counting_on(self, before: &Self) -> Self {
        Self { addresses: Arc::clone(&before.addresses), ..self }
    }

    /// Charges `cost` requests on `route` to `payer`, first under the limit for all routes and then under the
    /// route's own. The first limit that refuses ends the charge.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn charge(
        &self,
        payer: Payer<'_>,
        route: &Route,
        cost: u32,
        now: SystemTime,
    ) -> Result<Vec<Charge>, StoreError> {
        let limits = [
            (LimitPolicy::Default, "default", self.rate),
            (LimitPolicy::Route(route.limited_as), "route", route.limit),
        ];
        let mut charges = Vec::new();
        let mut subjects = None;
        for (policy, name, limit) in limits {
            let Some(limit) = limit else { continue };
            // The key of a person is a hash, which both limits share.
            let subjects = subjects.get_or_insert_with(|| self.subjects(payer)).clone();
            let (limit, verdict) = take_each(&*self.counts, &policy, subjects, limit, cost, now).await?;
            metrics::limiter_verdict(name, verdict.allowed);
            charges.push(Charge::new(name, limit, verdict));
            if !verdict.allowed {
                break;
            }
        }
        Ok(charges)
    }

    fn subjects(&self, payer: Payer<'_>) -> Subjects {
        match payer {
            Payer::Person(id) => alone(self.realm.person(id)),
            Payer::Client(address) => networks_of(address),
        }
    }

    /// Charges a request to its client's address, before anything of it is read or looked up. Returns the wait until
    /// the next attempt where the address is over its limit.
    #[must_use]
    pub fn charge_address(&self, address: Option<IpAddr>, now: SystemTime) -> Option<Duration> {
        let limit = self.address?;
        let mut verdicts = networks_of(address).into_iter().flatten().map(|(subject, times)| {
            let key = LimitKey { policy: LimitPolicy::Address, subject };
            self.addresses.count(&key, limit.times(times), 1, now)
        });
        let refused = verdicts.find(|verdict| !verdict.allowed);
        metrics::limiter_verdict("address", refused.is_none());
        refused.map(|verdict| verdict.reset)
    }

    /// Checks that a request comes from a page that may send it; see [`csrf`].
    ///
    /// # Errors
    /// [`CrossSite`].
    pub fn check_csrf(&self, method: &Method, headers: &HeaderBlock) -> Result<Option<Grant>, CrossSite> {
        self.csrf.check(method, headers, self.sessions.is_claimed(headers))
    }

    /// The same for the handshake of a WebSocket.
    ///
    /// # Errors
    /// [`CrossSite`].
    pub fn check_handshake(&self, headers: &HeaderBlock) -> Result<(), CrossSite> {
        self.csrf.check_handshake(headers, self.sessions.is_claimed(headers))
    }

    /// Whether `peer` is a proxy of ours, which is believed in what it says of a request.
    #[must_use]
    pub fn trusts(&self, peer: Option<IpAddr>) -> bool {
        peer.is_some_and(|peer| self.trusted_proxies.contains(peer))
    }

    /// The address of the client behind `peer`, which the `lines` of a field may tell where that is a trusted proxy; see
    /// [`mod@client_address`].
    #[must_use]
    pub fn client_address<'a, L: Iterator<Item = &'a HeaderValue>>(
        &self,
        peer: Option<IpAddr>,
        lines: impl FnOnce(HeaderName) -> L,
    ) -> Option<IpAddr> {
        let trusted = &self.trusted_proxies;
        peer.map(|peer| client_address::client_address(peer, lines(trusted.field.name()), trusted))
    }
}
