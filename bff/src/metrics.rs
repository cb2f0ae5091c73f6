//! The private listener with `/metrics`.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use actix_web::{
    App, Error, HttpServer,
    body::MessageBody,
    dev::{ServerHandle, ServiceRequest, ServiceResponse},
    http::header::HOST,
    middleware::{Next, from_fn},
    web,
};

use telemetry::{metrics::install, security::EventSource};

use crate::{
    failure::Failure,
    guard::hosts::HostRule,
    handlers::{
        api_error::ApiError,
        metrics::{LookedAt, metrics},
    },
};

/// Scrapes at once; more wait.
const CONNECTIONS: usize = 16;

/// Seconds that a scrape under way may take after a stop signal.
const SHUTDOWN_SECONDS: u64 = 1;

/// Reasons why `/metrics` cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The address is taken, or does not belong to this machine.
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, io::Error),
    /// The recorder cannot be installed.
    #[error("{0}")]
    Recorder(#[from] prometheus::Error),
}

/// The listener that serves the recorded metrics.
pub struct MetricsListener {
    address: SocketAddr,
    handle: ServerHandle,
}

impl MetricsListener {
    /// Starts recording, and listens on `address`. Only `hosts` are answered to.
    ///
    /// # Errors
    /// [`MetricsError`].
    pub fn serve(address: SocketAddr, looked_at: LookedAt, hosts: HostRule) -> Result<Self, MetricsError> {
        let bind = |source| MetricsError::Bind(address, source);
        let listener = TcpListener::bind(address).map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        install()?;
        let (looked_at, hosts) = (web::Data::new(looked_at), web::Data::new(hosts));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(looked_at.clone())
                .app_data(hosts.clone())
                .route("/metrics", web::get().to(metrics))
                .wrap(from_fn(answer_to_hosts))
        })
        .workers(1)
        .max_connections(CONNECTIONS)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        // The public server handles the signals, and stops this one when it has drained.
        .disable_signals()
        .listen(listener)
        .map_err(bind)?
        .run();
        let handle = server.handle();
        actix_rt::spawn(server);
        tracing::info!(%address, "metrics");
        Ok(Self { address, handle })
    }

    /// The address that was bound.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening.
    pub async fn stop(self) {
        self.handle.stop(true).await;
    }
}

/// The layer around `/metrics`: a site that points its name at this listener must not read it.
async fn answer_to_hosts(
    hosts: web::Data<HostRule>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match hosts.check(request.version(), request.uri(), request.headers().get_all(HOST)) {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(err) => {
            let address = request.peer_addr().map(|peer| peer.ip());
            let failure = Failure::from(err);
            failure.log_refusal(EventSource { request_id: "", address });
            Ok(request.error_response(ApiError::unlogged(failure)))
        }
    }
}
