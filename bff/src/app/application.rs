//! A server from its first request to its end.

use std::{cell::Cell, convert::Infallible, io, net::SocketAddr, time::Duration};

use actix_web::dev::Server;
use demo_api::DemoApi;
use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, timeout, timeout_at},
};

use telemetry::{access, security, spans};

use super::signals::{LastRun, Signals, Stop};
use crate::{metrics::MetricsListener, replicas::numbers::SharedNumbers, sign_in::revocation::Revoker};

/// Time limit for sending the last spans at shutdown.
const FLUSH_TIME: Duration = Duration::from_secs(2);

/// Time limit for letting go of connections that are cut at shutdown.
const CUT_TIME: Duration = Duration::from_millis(500);

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
    pub(super) last_run: LastRun,
    /// Ends with the last connection and the last worker.
    pub(super) connections: Receiver<Infallible>,
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

    /// Serves until SIGTERM, SIGINT or the handle says stop. After SIGTERM requests are taken for `BFF_DRAIN_DELAY`, those
    /// under way finish, and all is over within `BFF_DRAIN_TIMEOUT`. SIGINT cuts them. SIGHUP is a line in the log.
    ///
    /// # Errors
    /// If the server fails.
    pub async fn run_until_stopped(mut self) -> io::Result<()> {
        let handle = self.server.handle();
        let stop = Cell::new(None);
        let telling = actix_rt::spawn(security::tell_counted());
        let result = tokio::select! {
            result = self.server => result,
            // The server goes here, and everything with it that is still under way.
            () = self.signals.obey(&handle, &stop, &self.last_run) => {
                access::cut();
                tracing::warn!("the time for requests under way is over, and they are cut (BFF_DRAIN_TIMEOUT)");
                Ok(())
            }
        };
        // Without a signal the handle has said stop, and its moment is not known.
        let Stop { began, drain } = stop.get().unwrap_or(Stop { began: Instant::now(), drain: true });
        let end = if drain { began } else { Instant::now() } + self.drain_timeout;
        // What has been cut still writes its access lines.
        let _ = timeout(CUT_TIME, self.connections.recv()).await;
        let finishing = async {
            if let Some(numbers) = &self.numbers {
                numbers.flush().await;
            }
            if let Some(revoker) = self.revoker {
                let until = if drain { began + self.last_run.requests } else { began };
                revoker.finish(until).await;
            }
            // Flushing blocks, and may need other tasks to make progress. Spans not sent within the limit are lost.
            let flushed = actix_rt::task::spawn_blocking(spans::flush);
            let _ = timeout(FLUSH_TIME, flushed).await;
        };
        let _ = timeout_at(end, finishing).await;
        telling.abort();
        security::tell_all_counted();
        tracing::info!("stopped");
        let closing = async {
            if let Some(metrics) = self.metrics {
                metrics.stop().await;
            }
            if let Some(demo) = self.demo {
                demo.stop().await;
            }
        };
        let _ = timeout_at(end, closing).await;
        result
    }
}
