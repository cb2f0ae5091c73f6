//! Assembles the server: upstream, pipeline, app files, listeners.

mod listener;
mod signals;

use std::{
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
use url::Url;

use http_cache::{Cache, generations::Generations};

use telemetry::{metrics, spans};

use upstream::{
    BaseUrl, Client, UpstreamKind,
    headers::ForwardedAs,
    trust::{Trust, trust},
};

use crate::{
    config::Config,
    guard::{Guard, login_limit::LoginGuard, token_paths::TokenPaths},
    handlers::{metrics::LookedAt, sign_in_service::SignInService},
    http,
    metrics::{MetricsError, MetricsListener},
    otlp::{self, OtlpError},
    pipeline::{Caching, Origin, Pipeline, RequestFields},
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
    },
    spa::{Assets, SpaError},
};

use self::signals::Signals;

/// Time limit for sending the last spans at shutdown.
const FLUSH_TIME: Duration = Duration::from_secs(2);

/// A server that is bound and ready to run.
pub struct Application {
    server: Server,
    signals: Signals,
    metrics: Option<MetricsListener>,
    address: SocketAddr,
    demo: Option<DemoApi>,
    /// The numbers shared with other replicas; `None` without Redis.
    numbers: Option<SharedNumbers>,
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
    pub async fn build(config: Config) -> Result<Self, BuildError> {
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        // Without a public URL browsers reach the server over plain http on loopback.
        let secure = config.listen.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
        let assets = Assets::load(&config.spa, secure)?;
        let listener = TcpListener::bind(config.listen.address)
            .map_err(|source| BuildError::Bind { address: config.listen.address, source })?;
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
        let sessions = sessions(&config, &public_url, redis.as_ref());
        if sessions.cookie().is_none() {
            tracing::warn!(%public_url, "nobody can sign in over plain http; set BFF_PUBLIC_URL to an https address");
        }
        let counts: Arc<dyn RateLimitStore> = match &redis {
            Some(link) => Arc::new(SharedCounts::new(link.clone(), &config.session.keys)),
            None => Arc::new(MemoryCounts::default()),
        };
        let caching = caching(&config, &base, redis.as_ref());
        let metrics = match config.listen.metrics {
            Some(address) => {
                let looked_at = LookedAt { cache: caching.cache.clone(), sessions: sessions.clone() };
                Some(MetricsListener::serve(address, looked_at)?)
            }
            None => None,
        };
        let parts = Parts {
            oidc: oidc(&config, &public_url)?,
            trust: trust_for(&base, &config)?,
            login_guard: LoginGuard::new(Arc::clone(&counts), config.guard.login_limit),
            guard: Guard::new(sessions, counts, &public_url, &config.guard),
            caching,
            base,
            request_fields: RequestFields::new(config.request_headers.clone()),
            config,
            forwarded_as: ForwardedAs::new(&public_url, shared::API_BASE),
            public_url,
            assets,
            redis,
        };
        let numbers = parts.caching.numbers.clone();
        // The handlers are there before the address is told: a supervisor may stop the server right after.
        let signals = Signals::install()?;
        Ok(Self { server: serve(parts, listener)?, signals, metrics, address, demo, numbers })
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
        let result = tokio::select! {
            result = self.server => result,
            never = self.signals.obey(&handle) => match never {},
        };
        if let Some(numbers) = &self.numbers {
            numbers.flush().await;
        }
        // Flushing blocks, and may need other tasks to make progress. Spans not sent within the limit are lost.
        let flushed = actix_rt::task::spawn_blocking(spans::flush);
        let _ = tokio::time::timeout(FLUSH_TIME, flushed).await;
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
    oidc: Option<OidcParts>,
    guard: Guard,
    login_guard: LoginGuard,
    caching: Caching,
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
    /// Builds one worker's own connections, and the pipeline and sign-in service that use them.
    fn worker(&self) -> (Pipeline, SignInService) {
        let upstream = &self.config.upstream;
        let client = Rc::new(Client::new(&self.base, upstream, self.trust.clone()));
        let provider = Rc::new(match &self.oidc {
            Some(OidcParts { shared, trust }) => {
                let shared = Arc::clone(shared);
                let oidc = OidcProvider::new(shared, upstream.clone(), trust.clone());
                Provider::Oidc(Box::new(oidc))
            }
            None => {
                let SignInOptions { upstream_login, login_form, .. } = self.config.sign_in.clone();
                let credentials = UpstreamCredentials::new(upstream_login, login_form, upstream.deadlines);
                Provider::Upstream(Box::new(credentials), Rc::clone(&client))
            }
        });
        let refresher = Refresher::new(self.guard.sessions.clone(), Rc::clone(&provider));
        let rules = ResponseRules::new(self.base.clone(), self.public_url.clone(), &self.config.response);
        let select_max = self.config.response.select_max;
        let (forwarded_as, request_fields) = (self.forwarded_as.clone(), self.request_fields.clone());
        let origin = Origin::new(client, refresher, rules, select_max, forwarded_as, request_fields);
        let pipeline = Pipeline::new(
            self.config.routes.clone(),
            self.guard.clone(),
            TokenPaths::new(&self.config.sign_in.upstream_login),
            self.config.request,
            upstream.deadlines,
            self.caching.clone(),
            origin,
        )
        .compressing(Compressor { on: self.config.response.compress });
        (pipeline, SignInService::new(provider, self.login_guard.clone()))
    }
}

fn sessions(config: &Config, public_url: &Url, redis: Option<&Link>) -> Sessions {
    let session = &config.session;
    let lifetimes = Lifetimes { idle: session.idle, max: session.max };
    let cookies = CookieRule::session(public_url).zip(CookieRule::login(public_url));
    if session.place == SessionPlace::Cookie {
        if config.sign_in.oidc.is_some() {
            tracing::warn!(
                "with BFF_SESSION_STORE=cookie the OpenID provider cannot end sessions: do not register the back-channel logout"
            );
        }
        return Sessions::in_cookies(Arc::clone(&session.keys), lifetimes, session.capacity, cookies);
    }
    let store: Arc<dyn SessionStore> = match redis {
        Some(link) if session.place == SessionPlace::Redis => {
            Arc::new(RedisSessions::new(link.clone(), &session.keys, lifetimes))
        }
        _ => Arc::new(MemoryStore::new(lifetimes, session.capacity)),
    };
    Sessions::new(store, Arc::clone(&session.keys), lifetimes, cookies)
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
    Caching { cache, numbers, second_level }
}

/// The settings that make servers answer the same request differently, besides its route.
fn deployment(config: &Config, base: &BaseUrl) -> String {
    let ResponseOptions { foreign_redirects, extra_headers, .. } = &config.response;
    let public_url = &config.listen.public_url;
    let version = env!("CARGO_PKG_VERSION");
    let request_headers = &config.request_headers;
    format!("{version} {base:?} {public_url:?} {foreign_redirects:?} {extra_headers:?} {request_headers:?}")
}

fn serve(parts: Parts, listener: TcpListener) -> io::Result<Server> {
    let listen = parts.config.listen.clone();
    let request_limits = web::Data::new(parts.config.request);
    let batch_limits = web::Data::new(parts.config.batch);
    let assets = web::Data::new(parts.assets.clone());
    let public_url = web::Data::new(parts.public_url.clone());
    let guard = web::Data::new(parts.guard.clone());
    let redis = web::Data::new(parts.redis.clone());
    let sessions_in_cookies = parts.guard.sessions.are_in_cookies();
    let is_https = parts.public_url.scheme() == "https";
    let app = move || {
        let (pipeline, sign_in) = parts.worker();
        App::new()
            .app_data(request_limits.clone())
            .app_data(batch_limits.clone())
            .app_data(assets.clone())
            .app_data(public_url.clone())
            .app_data(guard.clone())
            .app_data(redis.clone())
            .app_data(web::Data::new(pipeline))
            .app_data(web::Data::new(sign_in))
            .configure(http::routes)
            .wrap(Condition::new(sessions_in_cookies, from_fn(http::bring_session)))
            .wrap(from_fn(http::identify_and_protect))
    };
    listener::serve(&listen, listener, is_https, app)
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
        None => Url::parse(&format!("http://{address}")).map_err(|err| BuildError::Io(io::Error::other(err))),
    }
}
