//! Builds a server of a configuration, up to its listeners.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use demo_api::{Database, DemoApi, DemoConfig};
use http::{HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};
use url::Url;

use http_cache::{Cache, generations::Generations};
use http_message::{budget::Budget, shares::Shares};
use telemetry::metrics;
use upstream::{
    BaseUrl, Servers, UpstreamKind, UpstreamOptions,
    headers::ForwardedAs,
    trust::{Trust, trust, trust_as},
};

use super::{
    application::Application,
    build_error::BuildError,
    descriptors,
    parts::{OidcParts, Parts, SharedUpstream},
    serve::serve,
    signals::Signals,
};
use crate::{
    config::Config,
    connection::Certificate,
    guard::{Guard, login_limit::LoginGuard},
    handlers::metrics::LookedAt,
    metrics::{MetricsError, MetricsListener},
    otlp,
    pipeline::{Caching, Drain, NamedUpstream, Readiness, RequestFields},
    rate_limit::{RateLimitStore, memory::MemoryCounts, shared::SharedCounts},
    redis::Link,
    replicas::{
        numbers::{self, SharedNumbers},
        second_level::SecondLevel,
    },
    response::ResponseOptions,
    route_table::{DEFAULT_UPSTREAM, Route},
    session::{
        SessionPlace, Sessions,
        cookie::CookieRule,
        endings::Endings,
        memory::MemoryStore,
        redis::RedisSessions,
        store::{Lifetimes, SessionStore},
    },
    sign_in::{oidc::OidcShared, revocation::Revoker, upstream_token::UpstreamTokens},
    spa::Assets,
};

impl Application {
    /// Binds the address, starts the demo upstream if no other is named, reads the app.
    ///
    /// # Errors
    /// [`BuildError`].
    pub async fn build(mut config: Config) -> Result<Self, BuildError> {
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        if let Some(warning) = descriptors::raise(&mut config) {
            tracing::warn!("{warning}");
        }
        let certificate = config.listen.certificate.clone().map(Certificate::read).transpose()?.map(Arc::new);
        let assets = Assets::load(&config.spa, config.listen.is_https())?;
        let listener = TcpListener::bind(config.listen.address)
            .map_err(|source| BuildError::Bind { address: config.listen.address, source })?;
        let redirect = match config.listen.redirect {
            Some(address) => {
                Some(TcpListener::bind(address).map_err(|source| BuildError::Redirect { address, source })?)
            }
            None => None,
        };
        if let Some(redirect) = &redirect {
            tracing::info!(address = %redirect.local_addr()?, "leading from http to https");
        }
        let address = listener.local_addr()?;
        let (base, demo) = upstream(&config).await?;
        let public_url = public_url(&config, address)?;
        match &demo {
            Some(_) => tracing::info!(
                "forwarding to the embedded demo (sign in as ada, password adapass); set API_URL for another upstream"
            ),
            None => tracing::info!(upstream = %base, "forwarding"),
        }
        match &config.spa.dev {
            Some(base) => tracing::info!(dev_server = %base, "the app comes from a dev server"),
            None if assets.is_none() => {
                tracing::info!("there is no app to serve yet; cargo xtask run builds one");
            }
            None => {}
        }
        if config.listen.metrics.is_some() {
            // Metrics are installed first, so that everything that begins now is counted.
            metrics::install().map_err(MetricsError::from)?;
        }
        if let Some(collector) = &config.otlp {
            otlp::start(collector, &config.upstream)?;
        }
        let redis = match &config.redis {
            Some(address) => Some(Link::connect(address.clone()).await),
            None => None,
        };
        let (endings, ended) = match takes_tokens_back(&config) {
            true => {
                let (endings, ended) = Endings::handed_over();
                (endings, Some(ended))
            }
            false => (Endings::default(), None),
        };
        let sessions = sessions(&config, &public_url, redis.as_ref(), endings);
        if sessions.cookie().is_none() {
            tracing::warn!(%public_url, "nobody can sign in over plain http; set BFF_PUBLIC_URL to an https address");
        }
        let counts: Arc<dyn RateLimitStore> = match &redis {
            Some(link) => Arc::new(SharedCounts::new(link.clone(), &config.session.keys)),
            None => Arc::new(MemoryCounts::default()),
        };
        let caching = caching(&config, &base, redis.as_ref());
        let guard = Guard::new(
            sessions.clone(),
            Arc::clone(&counts),
            &public_url,
            &realm(&config, &base),
            &config.guard,
        );
        let metrics = match config.listen.metrics {
            Some(address) => {
                let looked_at =
                    LookedAt { cache: caching.cache.clone(), budget: caching.budget.clone(), sessions };
                Some(MetricsListener::serve(address, looked_at, guard.hosts.clone())?)
            }
            None => None,
        };
        let dev_trust = match &config.spa.dev {
            Some(base) if base.tls => Some(trust(None).map_err(BuildError::DevTrust)?),
            _ => None,
        };
        let parts = Parts {
            oidc: oidc(&config, &public_url)?,
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
            login_guard: LoginGuard::new(counts, config.guard.login_limit),
            guard,
            caching,
            readiness: Readiness::default(),
            request_fields: RequestFields::new(config.request_headers.clone()),
            config,
            forwarded_as: ForwardedAs::new(&public_url, shared::API_BASE),
            public_url,
            assets,
            dev_trust,
            redis,
            certificate,
            drain: Drain::default(),
        };
        let numbers = parts.caching.numbers.clone();
        let scheme = scheme(&parts.config);
        let drain_timeout = parts.config.listen.drain_timeout;
        let revoker = ended.map(|ended| Revoker::start(parts.provider(&parts.client()), ended));
        // The handlers are there before the address is told: a supervisor may stop the server right after.
        let signals = Signals::install()?;
        let server = serve(parts, listener, redirect)?;
        Ok(Self { server, signals, metrics, address, scheme, demo, numbers, revoker, drain_timeout })
    }
}

/// A quarter of an upstream's places, unless the operator says otherwise: four callers at least have to agree to take them
/// all.
fn exchanges_of_a_caller(config: &Config, places: usize) -> usize {
    config.guard.caller_exchanges.unwrap_or_else(|| places.div_ceil(4))
}

/// Whether anybody takes the refresh tokens of ended sessions back.
const fn takes_tokens_back(config: &Config) -> bool {
    config.sign_in.oidc.is_some() || config.sign_in.upstream_login.logout.is_some()
}

fn sessions(config: &Config, public_url: &Url, redis: Option<&Link>, endings: Endings) -> Sessions {
    let session = &config.session;
    let lifetimes = Lifetimes { idle: session.idle, max: session.max };
    let cookies = CookieRule::session(public_url).zip(CookieRule::login(public_url));
    if session.place == SessionPlace::Cookie {
        if config.sign_in.oidc.is_some() {
            tracing::warn!(
                "with BFF_SESSION_STORE=cookie the OpenID provider cannot end sessions: do not register the back-channel logout"
            );
        }
        let keys = Arc::clone(&session.keys);
        let sessions = Sessions::in_cookies(keys, lifetimes, session.capacity, cookies);
        return sessions.rechecked(session.recheck).telling(endings);
    }
    let store: Arc<dyn SessionStore> = match redis {
        Some(link) if session.place == SessionPlace::Redis => {
            Arc::new(RedisSessions::new(link.clone(), &session.keys, lifetimes).telling(endings.clone()))
        }
        _ => Arc::new(MemoryStore::new(lifetimes, session.capacity).telling(endings.clone())),
    };
    let sessions = Sessions::new(store, Arc::clone(&session.keys), lifetimes, cookies);
    sessions.rechecked(session.recheck).telling(endings)
}

/// Builds the response cache of all workers, and the link to the caches of other replicas.
fn caching(config: &Config, base: &BaseUrl, redis: Option<&Link>) -> Caching {
    let keys = &config.session.keys;
    let generations = Arc::new(match redis {
        Some(_) => Generations::shared(numbers::buckets(keys)),
        None => Generations::default(),
    });
    let numbers = redis.map(|link| SharedNumbers::new(link.clone(), Arc::clone(&generations)));
    let cache = config.cache_max.and_then(|max| Cache::new(max, generations)).map(Arc::new);
    let second_level = redis
        .zip(config.cache_max)
        .map(|(link, max)| SecondLevel::new(link.clone(), keys, deployment(config, base), max));
    Caching { cache, numbers, second_level, budget: Budget::new(config.held_max) }
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

async fn upstream(config: &Config) -> Result<(BaseUrl, Option<DemoApi>), BuildError> {
    let database = match &config.upstream.kind {
        UpstreamKind::Api(base) => return Ok((base.clone(), None)),
        UpstreamKind::Demo(Some(file)) => Database::File(file.clone()),
        UpstreamKind::Demo(None) => Database::Memory,
    };
    // The BFF is the demo's only caller: a limit there would count all people as one.
    let demo = demo_api::start(DemoConfig { database, rate_limit: false, ..DemoConfig::default() }).await?;
    let base = BaseUrl::parse(&demo.url()).map_err(io::Error::other)?;
    Ok((base, Some(demo)))
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

/// The URL under which browsers reach this server.
fn public_url(config: &Config, address: SocketAddr) -> Result<Url, BuildError> {
    match &config.listen.public_url {
        Some(url) => Ok(url.clone()),
        None => Url::parse(&format!("{}://{address}", scheme(config)))
            .map_err(|err| BuildError::Io(io::Error::other(err))),
    }
}

/// What the server itself speaks.
const fn scheme(config: &Config) -> &'static str {
    if config.listen.certificate.is_some() { "https" } else { "http" }
}
