//! A server from its first request to its end.

use std::{cell::Cell, io, net::SocketAddr, time::Duration};

use actix_web::dev::Server;
use demo_api::DemoApi;
use tokio::time::Instant;

use telemetry::{security, spans};

use super::signals::{Signals, Stop};
use crate::{metrics::MetricsListener, replicas::numbers::SharedNumbers, sign_in::revocation::Revoker};

/// Time limit for sending the last spans at shutdown.
const FLUSH_TIME: Duration = Duration::from_secs(2);

/// A server that is bound and ready to run.
pub struct Application {
    pub(super) server: Server,
    pub(super) signals: Signals,
    pub(super) metrics: Option<MetricsListener>,
    pub(super) address: SocketAddr,
    pub(super) scheme: &'static str,
    pub(super) demo: Option<DemoApi>,
    /// The numbers shared with other replicas; `None` without Redis.
    pub(super) numbers: Option<SharedNumbers>,
    /// Revokes tokens of ended sessions; `None` where nobody takes them back.
    pub(super) revoker: Option<Revoker>,
    pub(super) drain_timeout: Duration,
}

impl Application {
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
