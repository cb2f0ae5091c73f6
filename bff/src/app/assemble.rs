//! Makes the parts of the workers out of a configuration: for the first time, or again of files that have changed.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};
use url::Url;

use http_cache::{Cache, generations::Generations};
use http_message::{budget::Budget, shares::Shares};
use upstream::{
    BaseUrl, Servers, UpstreamOptions,
    trust::{Trust, trust, trust_as},
};

use super::{
    build_error::BuildError,
    parts::{Lasting, OidcParts, Parts, SharedUpstream},
};
use crate::{
    config::Config,
    guard::{Guard, login_limit::LoginGuard},
    handlers::metrics,
    pipeline::{Caching, NamedUpstream, RequestFields},
    rate_limit::{RateLimitStore, memory::MemoryCounts, shared::SharedCounts},
    replicas::{
        numbers::{self, SharedNumbers},
        second_level::SecondLevel,
    },
    response::ResponseOptions,
    route_table::{DEFAULT_UPSTREAM, Route},
    session::{
        SessionPlace, Sessions,
        cookie::CookieRule,
        memory::MemoryStore,
        redis::RedisSessions,
        store::{Lifetimes, SessionStore},
    },
    sign_in::{oidc::OidcShared, upstream_token::UpstreamTokens},
    spa::Assets,
};

/// What a server knows of people and answers, whatever becomes of its routes.
struct Memory {
    sessions: Sessions,
    counts: Arc<dyn RateLimitStore>,
    caching: Caching,
}

impl Parts {
    /// The parts of a server that starts.
    ///
    /// # Errors
    /// [`BuildError`].
    pub(super) fn new(config: Config, assets: Option<Assets>, lasting: Lasting) -> Result<Self, BuildError> {
        let memory = Memory {
            sessions: sessions(&config, &lasting),
            counts: counts(&config, &lasting),
            caching: caching(&config, &lasting),
        };
        Self::with(config, assets, lasting, memory)
    }

    /// The parts of a server that goes on with other routes, files or secrets. Sessions, and what was counted, stay. The cache
    /// begins anew: what it holds was selected by the routes before.
    ///
    /// # Errors
    /// [`BuildError`].
    pub(super) fn renewed(&self, config: Config, assets: Option<Assets>) -> Result<Self, BuildError> {
        let lasting = self.lasting.clone();
        let before = &self.caching;
        // Changes that are under way count in the new cache as well.
        let emptied = || Caching {
            cache: emptied(&config, before.cache.as_deref()),
            second_level: second_level(&config, &lasting),
            ..before.clone()
        };
        let memory = match config.session.keys == self.config.session.keys {
            true => Memory {
                sessions: self.guard.sessions.clone(),
                counts: Arc::clone(&self.counts),
                caching: emptied(),
            },
            false => Memory {
                sessions: self.guard.sessions.rekeyed(
                    Arc::clone(&config.session.keys),
                    in_redis(&config, &lasting).map(|store| store as Arc<dyn SessionStore>),
                ),
                counts: match lasting.redis {
                    Some(_) => counts(&config, &lasting),
                    None => Arc::clone(&self.counts),
                },
                caching: match lasting.redis {
                    Some(_) => Caching { budget: before.budget.clone(), ..caching(&config, &lasting) },
                    None => emptied(),
                },
            },
        };
        let mut parts = Self::with(config, assets, lasting, memory)?;
        parts.guard = parts.guard.counting_on(&self.guard);
        // What callers have under way goes on.
        parts.default.callers = self.default.callers.clone();
        for (named, shared) in parts.config.named_upstreams.iter().zip(&mut parts.named) {
            let mut before = self.config.named_upstreams.iter().zip(&self.named);
            let same = |known: &NamedUpstream| {
                known.name == named.name && known.options.connections == named.options.connections
            };
            if let Some((_, before)) = before.find(|(known, _)| same(known)) {
                shared.callers = before.callers.clone();
            }
        }
        Ok(parts)
    }

    fn with(
        config: Config,
        assets: Option<Assets>,
        lasting: Lasting,
        memory: Memory,
    ) -> Result<Self, BuildError> {
        let Memory { sessions, counts, caching } = memory;
        let Lasting { base, public_url, .. } = &lasting;
        let realm = realm(&config, base);
        Ok(Self {
            oidc: oidc(&config, public_url)?,
            default: SharedUpstream {
                callers: Shares::new(exchanges_of_a_caller(&config, config.upstream.connections)),
                trust: trust_for(base.tls, &config.upstream, BuildError::Trust)?,
                servers: Servers::new("default", base.clone(), Vec::new(), config.upstream.resilience),
                tokens: UpstreamTokens::new(&config.proof.token),
            },
            named: config
                .named_upstreams
                .iter()
                .map(|named| shared(named, exchanges_of_a_caller(&config, named.options.connections)))
                .collect::<Result<_, _>>()?,
            login_guard: LoginGuard::new(Arc::clone(&counts), config.guard.login_limit),
            guard: Guard::new(sessions, Arc::clone(&counts), public_url, &realm, &config.guard),
            request_fields: RequestFields::new(config.request_headers.clone()),
            counts,
            caching,
            config,
            assets,
            lasting,
        })
    }

    /// The parts that have values of their own for `/metrics`.
    pub(super) fn looked_at(&self) -> metrics::Gauged {
        metrics::Gauged {
            cache: self.caching.cache.clone(),
            budget: self.caching.budget.clone(),
            sessions: self.guard.sessions.clone(),
        }
    }
}

/// A quarter of an upstream's places, unless the operator says otherwise: four callers at least have to agree to take them
/// all.
fn exchanges_of_a_caller(config: &Config, places: usize) -> usize {
    config.guard.caller_exchanges.unwrap_or_else(|| places.div_ceil(4))
}

fn sessions(config: &Config, lasting: &Lasting) -> Sessions {
    let Lasting { public_url, endings, .. } = lasting;
    let session = &config.session;
    let lifetimes = lifetimes(config);
    let cookies = CookieRule::session(public_url).zip(CookieRule::login(public_url));
    if session.place == SessionPlace::Cookie {
        if config.sign_in.oidc.is_some() {
            tracing::warn!(
                "with BFF_SESSION_STORE=cookie the OpenID provider cannot end sessions: do not register the back-channel logout"
            );
        }
        let keys = Arc::clone(&session.keys);
        let sessions = Sessions::in_cookies(keys, lifetimes, session.capacity, cookies);
        return sessions.rechecked(session.recheck).telling(endings.clone());
    }
    let store: Arc<dyn SessionStore> = match in_redis(config, lasting) {
        Some(store) => store,
        None => Arc::new(MemoryStore::new(lifetimes, session.capacity).telling(endings.clone())),
    };
    let sessions = Sessions::new(store, Arc::clone(&session.keys), lifetimes, cookies);
    sessions.rechecked(session.recheck).telling(endings.clone())
}

/// The store of sessions in Redis; `None` where they are elsewhere.
fn in_redis(config: &Config, lasting: &Lasting) -> Option<Arc<RedisSessions>> {
    let link = lasting.redis.clone().filter(|_| config.session.place == SessionPlace::Redis)?;
    let store = RedisSessions::new(link, &config.session.keys, lifetimes(config));
    Some(Arc::new(store.telling(lasting.endings.clone())))
}

const fn lifetimes(config: &Config) -> Lifetimes {
    Lifetimes { idle: config.session.idle, max: config.session.max }
}

fn counts(config: &Config, lasting: &Lasting) -> Arc<dyn RateLimitStore> {
    match &lasting.redis {
        Some(link) => Arc::new(SharedCounts::new(link.clone(), &config.session.keys)),
        None => Arc::new(MemoryCounts::default()),
    }
}

/// Builds the response cache of all workers, and the link to the caches of other replicas.
fn caching(config: &Config, lasting: &Lasting) -> Caching {
    let keys = &config.session.keys;
    let redis = lasting.redis.as_ref();
    let generations = Arc::new(match redis {
        Some(_) => Generations::shared(numbers::buckets(keys)),
        None => Generations::default(),
    });
    let numbers = redis.map(|link| SharedNumbers::new(link.clone(), Arc::clone(&generations)));
    let cache = config.cache_max.and_then(|max| Cache::new(max, generations)).map(Arc::new);
    let second_level = second_level(config, lasting);
    Caching { cache, numbers, second_level, budget: Budget::new(config.held_max) }
}

/// An empty cache in the place of `before`, outdated by the same changes.
fn emptied(config: &Config, before: Option<&Cache>) -> Option<Arc<Cache>> {
    before.zip(config.cache_max).and_then(|(before, max)| before.emptied(max)).map(Arc::new)
}

fn second_level(config: &Config, lasting: &Lasting) -> Option<SecondLevel> {
    let (link, max) = lasting.redis.as_ref().zip(config.cache_max)?;
    let deployment = deployment(config, &lasting.base);
    Some(SecondLevel::new(link.clone(), &config.session.keys, deployment, max))
}

/// The address of who vouches for people, and in whose realm their ids are unique.
fn realm(config: &Config, base: &BaseUrl) -> String {
    config.sign_in.oidc.as_ref().map_or_else(|| base.to_string(), |oidc| oidc.issuer.to_string())
}

/// Fields that are secrets, so that two servers can tell whether they have the same.
fn fingerprint(fields: &[(HeaderName, HeaderValue)]) -> String {
    let mut digest = Sha256::new();
    for (name, value) in fields {
        digest.update(name.as_str());
        digest.update([0]);
        digest.update(value.as_bytes());
        digest.update([0]);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The settings that make servers answer the same request differently, besides its route.
fn deployment(config: &Config, base: &BaseUrl) -> String {
    let ResponseOptions { foreign_redirects, extra_headers, .. } = &config.response;
    let public_url = &config.listen.public_url;
    let version = env!("CARGO_PKG_VERSION");
    let request_headers = &config.request_headers;
    // Replicas whose keys are those of two tenants must not share what either of them may read.
    let proofs = std::iter::once(&config.proof).chain(config.named_upstreams.iter().map(|one| &one.proof));
    let proofs: Vec<_> = proofs.map(|proof| (&proof.token, fingerprint(&proof.fields))).collect();
    let named = config.named_upstreams.iter().map(|one| (&one.name, &one.first, &one.others));
    let leads_away = |route: &&Route| route.upstream != DEFAULT_UPSTREAM || route.rewrite.is_some();
    let ways = config.routes.routes().filter(leads_away);
    let ways: Vec<_> = ways.map(|route| (&route.path, route.upstream, &route.rewrite)).collect();
    let named: Vec<_> = named.collect();
    format!(
        "{named:?} {ways:?} {proofs:?} {version} {base:?} {public_url:?} {foreign_redirects:?} {extra_headers:?} {request_headers:?}"
    )
}

/// The part of an upstream of the route table that all workers share.
fn shared(named: &NamedUpstream, exchanges_of_a_caller: usize) -> Result<SharedUpstream, BuildError> {
    let NamedUpstream { name, first, others, options, proof } = named;
    tracing::info!(upstream = %name, servers = 1 + others.len(), "routes may lead to another upstream");
    let refused = |problem| BuildError::UpstreamTrust { name: name.clone(), problem };
    Ok(SharedUpstream {
        trust: trust_for(first.tls, options, refused)?,
        servers: Servers::new(name, first.clone(), others.clone(), options.resilience),
        callers: Shares::new(exchanges_of_a_caller),
        tokens: UpstreamTokens::new(&proof.token),
    })
}

fn trust_for(
    tls: bool,
    options: &UpstreamOptions,
    refused: impl FnOnce(String) -> BuildError,
) -> Result<Option<Trust>, BuildError> {
    if !tls {
        return Ok(None);
    }
    trust_as(options.ca_file.as_deref(), options.identity.as_ref()).map(Some).map_err(refused)
}

/// Builds the OpenID provider's state that all workers share, with its trust anchors; `None` without a provider.
fn oidc(config: &Config, public_url: &Url) -> Result<Option<OidcParts>, BuildError> {
    let Some(oidc) = &config.sign_in.oidc else { return Ok(None) };
    tracing::info!(issuer = %oidc.issuer, "people sign in at an OpenID provider");
    let trust = match oidc.issuer.scheme() {
        "https" => Some(trust(oidc.ca_file.as_deref()).map_err(BuildError::OidcTrust)?),
        _ => None,
    };
    Ok(Some(OidcParts { shared: Arc::new(OidcShared::new(oidc.clone(), public_url)), trust }))
}
