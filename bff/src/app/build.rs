//! Builds a server of a configuration, up to its listeners.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use demo_api::{Database, DemoApi, DemoConfig};
use tokio::sync::mpsc;
use url::Url;

use http_message::BasePath;
use telemetry::metrics;
use upstream::{BaseUrl, UpstreamKind, headers::ForwardedAs, trust::trust};

use super::{
    application::Application,
    build_error::BuildError,
    descriptors,
    live::Live,
    parts::{Lasting, Parts},
    serve::serve,
    signals::{LastRun, Signals},
};
use crate::{
    config::Config,
    connection::Certificate,
    handlers::metrics::LookedAt,
    metrics::{MetricsError, MetricsListener},
    otlp,
    pipeline::{Drain, Readiness},
    redis::Link,
    session::endings::Endings,
    sign_in::revocation::Revoker,
    spa::{Assets, SeenAs},
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
        let base_path = BasePath::new(public_url.path());
        let assets = Assets::load(&config.spa, &SeenAs::of(&public_url))?;
        if !base_path.is_root() {
            tracing::info!(%public_url, "everything but the health checks lies below a path");
        }
        match &demo {
            Some(_) => {
                let (name, password) = demo_api::ACCOUNT;
                tracing::info!(
                    "forwarding to the embedded demo (sign in as {name}, password {password}); set API_URL for another upstream"
                );
            }
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
        let dev_trust = match &config.spa.dev {
            Some(base) if base.tls => Some(trust(None).map_err(BuildError::DevTrust)?),
            _ => None,
        };
        let lasting = Lasting {
            forwarded_as: ForwardedAs::new(&public_url, &base_path.at(shared::API_BASE)),
            base,
            public_url,
            redis,
            endings,
            certificate,
            dev_trust,
            drain: Drain::default(),
            readiness: Readiness::default(),
        };
        let parts = Parts::new(config, assets, lasting)?;
        if parts.guard.sessions.cookie().is_none() {
            let public_url = &parts.lasting.public_url;
            tracing::warn!(%public_url, "nobody can sign in over plain http; set BFF_PUBLIC_URL to an https address");
        }
        let looked_at = LookedAt::new(parts.looked_at());
        let metrics = match parts.config.listen.metrics {
            Some(address) => {
                Some(MetricsListener::serve(address, looked_at.clone(), parts.guard.hosts.clone())?)
            }
            None => None,
        };
        let scheme = scheme(&parts.config);
        let (drain_timeout, last_run) = (parts.config.listen.drain_timeout, last_run(&parts));
        let revoker = ended.map(|ended| Revoker::start(parts.provider(&parts.client()), ended));
        let live = Live::new(parts);
        // The handlers are there before the address is told: a supervisor may stop the server right after.
        let signals = Signals::install()?;
        let (presence, connections) = mpsc::channel(1);
        let server = serve(&live, listener, redirect, presence)?;
        Ok(Self {
            server,
            signals,
            metrics,
            address,
            scheme,
            demo,
            revoker,
            drain_timeout,
            last_run,
            connections,
            live,
            looked_at,
            reread: None,
        })
    }
}

/// The way to the end after SIGTERM. A part of the time is kept for what follows the last request: spans, revoked tokens.
fn last_run(parts: &Parts) -> LastRun {
    let listen = &parts.config.listen;
    LastRun {
        drain: parts.lasting.drain.clone(),
        delay: listen.drain_delay,
        requests: listen.drain_timeout.saturating_sub(listen.after_requests()),
    }
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

/// Whether anybody takes the refresh tokens of ended sessions back.
const fn takes_tokens_back(config: &Config) -> bool {
    config.sign_in.oidc.is_some() || config.sign_in.upstream_login.logout.is_some()
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
