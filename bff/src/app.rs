//! Assembles the server: upstream, pipeline, app files, listeners.

mod descriptors;
mod listener;
mod redirect;
mod signals;

use std::{
    cell::Cell,
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix_web::{
    App,
    dev::Server,
    middleware::{Condition, from_fn},
    web,
};
use demo_api::{Database, DemoApi, DemoConfig, DemoError};
use tokio::time::Instant;
use url::Url;

use http_cache::{Cache, generations::Generations};
use http_message::{budget::Budget, shares::Shares};

use telemetry::{metrics, security, spans};

use upstream::{
    BaseUrl, Client, UpstreamKind,
    headers::ForwardedAs,
    trust::{Trust, trust},
};

use crate::{
    config::Config,
    connection::{AddressConnections, Certificate, CertificateError, Entrance},
    guard::{Guard, devices::Devices, login_limit::LoginGuard, token_paths::TokenPaths},
    handlers::{metrics::LookedAt, sign_in_service::SignInService},
    http,
    metrics::{MetricsError, MetricsListener},
    otlp::{self, OtlpError},
    pipeline::{Caching, Origin, OriginParts, Pipeline, Readiness, RequestFields},
    rate_limit::{RateLimitStore, memory::MemoryCounts, shared::SharedCounts},
    redis::Link,
    replicas::{
        numbers::{self, SharedNumbers},
        second_level::SecondLevel,
    },
    response::{ResponseOptions, compression::Compressor, headers::ResponseRules},
    session::{
        SessionPlace, Sessions,
        cookie::CookieRule,
        endings::Endings,
        memory::MemoryStore,
        redis::RedisSessions,
        store::{Lifetimes, SessionStore},
    },
    sign_in::{
        SignInOptions,
        credentials::UpstreamCredentials,
        oidc::{OidcProvider, OidcShared},
        provider::Provider,
        refresh::Refresher,
        revocation::Revoker,
    },
    spa::{Assets, SpaError},
};

use self::signals::{Signals, Stop};

/// Time limit for sending the last spans at shutdown.
const FLUSH_TIME: Duration = Duration::from_secs(2);

/// A server that is bound and ready to run.
pub struct Application {
    server: Server,
    signals: Signals,
    metrics: Option<MetricsListener>,
    address: SocketAddr,
    scheme: &'static str,
    demo: Option<DemoApi>,
    /// The numbers shared with other replicas; `None` without Redis.
    numbers: Option<SharedNumbers>,
    /// Revokes tokens of ended sessions; `None` where nobody takes them back.
    revoker: Option<Revoker>,
    drain_timeout: Duration,
}

/// Reasons why a server cannot be built. Each message is one line that names the setting to change.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The listen address is taken, or does not belong to this machine.
    #[error("BFF_LISTEN: cannot listen on {address}: {source}")]
    Bind {
        /// The address that could not be bound.
        address: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// The address that leads to https is taken, or does not belong to this machine.
    #[error("BFF_REDIRECT_HTTP: cannot listen on {address}: {source}")]
    Redirect {
        /// The address that could not be bound.
        address: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// The server's own certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The app's files cannot be served.
    #[error("BFF_SPA_DIR: {0}")]
    Spa(#[from] SpaError),
    /// The private listener cannot start.
    #[error("BFF_METRICS_LISTEN: {0}")]
    Metrics(#[from] MetricsError),
    /// The export of spans cannot start.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
    Otlp(#[from] OtlpError),
    /// The trust anchors for the upstream cannot be read.
    #[error("BFF_UPSTREAM_CA: {0}")]
    Trust(String),
    /// The trust anchors for the OpenID provider cannot be read.
    #[error("BFF_OIDC_CA: {0}")]
    OidcTrust(String),
    /// The embedded demo upstream cannot start.
    #[error("DEMO_DB: the demo upstream cannot start: {0}")]
    Demo(#[from] DemoError),
    /// The operating system refused to start the server.
    #[error("the server cannot start: {0}")]
    Io(#[from] io::Error),
}

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
        // Without a public URL browsers reach the server over plain http on loopback.
        let certificate = config.listen.certificate.clone().map(Certificate::read).transpose()?.map(Arc::new);
        let is_named_https = config.listen.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
        let secure = certificate.is_some() || is_named_https;
        let assets = Assets::load(&config.spa, secure)?;
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
        if assets.is_none() {
            tracing::info!("there is no app to serve yet; cargo xtask run builds one");
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
        let parts = Parts {
            oidc: oidc(&config, &public_url)?,
            trust: trust_for(&base, &config)?,
            login_guard: LoginGuard::new(counts, config.guard.login_limit),
            guard,
            callers: Shares::new(exchanges_of_a_caller(&config)),
            caching,
            readiness: Readiness::default(),
            base,
            request_fields: RequestFields::new(config.request_headers.clone()),
            config,
            forwarded_as: ForwardedAs::new(&public_url, shared::API_BASE),
            public_url,
            assets,
            redis,
            certificate,
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

    /// The port that was bound.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address of `/metrics`, if it is served.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(MetricsListener::address)
    }

    /// The address that was bound.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https` where it has a certificate of its own, else `http`.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Ends [`Application::run_until_stopped`] from elsewhere: `stop(true)` drains first.
    #[must_use]
    pub fn handle(&self) -> actix_web::dev::ServerHandle {
        self.server.handle()
    }

    /// Serves until SIGTERM, SIGINT or the handle says stop. Requests under way finish first, within
    /// `BFF_DRAIN_TIMEOUT`, unless it was SIGINT. SIGHUP is a line in the log.
    ///
    /// # Errors
    /// If the server fails.
    pub async fn run_until_stopped(mut self) -> io::Result<()> {
        let handle = self.server.handle();
        let stop = Cell::new(None);
        let telling = actix_rt::spawn(security::tell_counted());
        let result = tokio::select! {
            result = self.server => result,
            never = self.signals.obey(&handle, &stop) => match never {},
        };
        if let Some(numbers) = &self.numbers {
            numbers.flush().await;
        }
        if let Some(revoker) = self.revoker {
            // Without a signal the handle has said stop, and its moment is not known.
            let Stop { began, drain } = stop.get().unwrap_or(Stop { began: Instant::now(), drain: true });
            revoker.finish(if drain { began + self.drain_timeout } else { began }).await;
        }
        // Flushing blocks, and may need other tasks to make progress. Spans not sent within the limit are lost.
        let flushed = actix_rt::task::spawn_blocking(spans::flush);
        let _ = tokio::time::timeout(FLUSH_TIME, flushed).await;
        telling.abort();
        security::tell_all_counted();
        tracing::info!("stopped");
        if let Some(metrics) = self.metrics {
            metrics.stop().await;
        }
        if let Some(demo) = self.demo {
            demo.stop().await;
        }
        result
    }
}

/// The parts that each worker builds its own pipeline from.
#[derive(Clone)]
struct Parts {
    config: Config,
    base: BaseUrl,
    trust: Option<Trust>,
    public_url: Url,
    forwarded_as: ForwardedAs,
    request_fields: RequestFields,
    assets: Option<Assets>,
    certificate: Option<Arc<Certificate>>,
    oidc: Option<OidcParts>,
    guard: Guard,
    callers: Shares,
    login_guard: LoginGuard,
    caching: Caching,
    readiness: Readiness,
    redis: Option<Link>,
}

/// The parts that each worker builds its OpenID provider from.
#[derive(Clone)]
struct OidcParts {
    shared: Arc<OidcShared>,
    /// Trust anchors, for https alone.
    trust: Option<Trust>,
}

impl Parts {
    /// Connections to the upstream.
    fn client(&self) -> Rc<Client> {
        Rc::new(Client::new(&self.base, &self.config.upstream, self.trust.clone()))
    }

    /// The provider, with connections of its own where it is not the upstream.
    fn provider(&self, client: &Rc<Client>) -> Provider {
        let upstream = &self.config.upstream;
        match &self.oidc {
            Some(OidcParts { shared, trust }) => {
                let oidc = OidcProvider::new(Arc::clone(shared), upstream.clone(), trust.clone());
                Provider::Oidc(Box::new(oidc))
            }
            None => {
                let SignInOptions { upstream_login, login_form, .. } = self.config.sign_in.clone();
                let credentials = UpstreamCredentials::new(upstream_login, login_form, upstream.deadlines);
                Provider::Upstream(Box::new(credentials), Rc::clone(client))
            }
        }
    }

    /// Builds one worker's own connections, and the pipeline and sign-in service that use them.
    fn worker(&self) -> (Pipeline, SignInService) {
        let upstream = &self.config.upstream;
        let client = self.client();
        let provider = Rc::new(self.provider(&client));
        let refresher = Refresher::new(self.guard.sessions.clone(), Rc::clone(&provider));
        let rules = ResponseRules::new(self.base.clone(), self.public_url.clone(), &self.config.response);
        let origin = Origin::new(OriginParts {
            client,
            callers: self.callers.clone(),
            refresher,
            rules,
            select_max: self.config.response.select_max,
            budget: self.caching.budget.clone(),
            forwarded_as: self.forwarded_as.clone(),
            request_fields: self.request_fields.clone(),
        });
        let pipeline = Pipeline::new(
            self.config.routes.clone(),
            self.guard.clone(),
            TokenPaths::new(&self.config.sign_in.upstream_login),
            self.config.request,
            upstream.deadlines,
            self.caching.clone(),
            origin,
        )
        .compressing(Compressor { on: self.config.response.compress })
        .sharing(self.readiness.clone());
        let devices = Devices::new(&self.config.session.keys, &self.public_url);
        (pipeline, SignInService::new(provider, self.login_guard.clone(), devices))
    }
}

/// A quarter of the places, unless the operator says otherwise: four callers at least have to agree to take them all.
fn exchanges_of_a_caller(config: &Config) -> usize {
    config.guard.caller_exchanges.unwrap_or_else(|| config.upstream.connections.div_ceil(4))
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
        return Sessions::in_cookies(keys, lifetimes, session.capacity, cookies).telling(endings);
    }
    let store: Arc<dyn SessionStore> = match redis {
        Some(link) if session.place == SessionPlace::Redis => {
            Arc::new(RedisSessions::new(link.clone(), &session.keys, lifetimes).telling(endings.clone()))
        }
        _ => Arc::new(MemoryStore::new(lifetimes, session.capacity).telling(endings.clone())),
    };
    Sessions::new(store, Arc::clone(&session.keys), lifetimes, cookies).telling(endings)
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

/// The settings that make servers answer the same request differently, besides its route.
fn deployment(config: &Config, base: &BaseUrl) -> String {
    let ResponseOptions { foreign_redirects, extra_headers, .. } = &config.response;
    let public_url = &config.listen.public_url;
    let version = env!("CARGO_PKG_VERSION");
    let request_headers = &config.request_headers;
    format!("{version} {base:?} {public_url:?} {foreign_redirects:?} {extra_headers:?} {request_headers:?}")
}

fn serve(parts: Parts, listener: TcpListener, redirect: Option<TcpListener>) -> io::Result<Server> {
    let listen = parts.config.listen.clone();
    let trusted = &parts.config.guard.trusted_proxies.networks;
    let entrance = Entrance {
        https: parts.public_url.scheme() == "https",
        limits: listen.client_limits,
        connections: AddressConnections::new(listen.address_connections, trusted),
        certificate: parts.certificate.clone(),
        proxies: listen.proxy_protocol.then(|| trusted.as_slice().into()),
    };
    let redirect = redirect.map(|listener| (listener, parts.public_url.clone()));
    let request_limits = web::Data::new(parts.config.request);
    let batch_limits = web::Data::new(parts.config.batch);
    let assets = web::Data::new(parts.assets.clone());
    let public_url = web::Data::new(parts.public_url.clone());
    let guard = web::Data::new(parts.guard.clone());
    let redis = web::Data::new(parts.redis.clone());
    let budget = web::Data::new(parts.caching.budget.clone());
    let sessions_in_cookies = parts.guard.sessions.are_in_cookies();
    let app = move || {
        let (pipeline, sign_in) = parts.worker();
        App::new()
            .app_data(request_limits.clone())
            .app_data(batch_limits.clone())
            .app_data(assets.clone())
            .app_data(public_url.clone())
            .app_data(guard.clone())
            .app_data(redis.clone())
            .app_data(budget.clone())
            .app_data(web::Data::new(pipeline))
            .app_data(web::Data::new(sign_in))
            .configure(http::routes)
            .wrap(Condition::new(sessions_in_cookies, from_fn(http::bring_session)))
            .wrap(from_fn(http::identify_and_protect))
    };
    listener::serve(&listen, listener, entrance, redirect, app)
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

fn trust_for(base: &BaseUrl, config: &Config) -> Result<Option<Trust>, BuildError> {
    if !base.tls {
        return Ok(None);
    }
    trust(config.upstream.ca_file.as_deref()).map(Some).map_err(BuildError::Trust)
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
