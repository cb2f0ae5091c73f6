//! A server from its first request to its end.

use std::{cell::Cell, convert::Infallible, io, net::SocketAddr, time::Duration};

use actix_web::dev::Server;
use demo_api::DemoApi;
use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, timeout, timeout_at},
};

use telemetry::{access, security, spans};

use super::{
    live::Live,
    read_again::{Reread, Rereading},
    signals::{LastRun, Signals, Stop},
};
use crate::{
    config::Config, handlers::metrics::LookedAt, metrics::MetricsListener, sign_in::revocation::Revoker,
};

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
    /// Revokes tokens of ended sessions; `None` where nobody takes them back.
    pub(super) revoker: Option<Revoker>,
    pub(super) drain_timeout: Duration,
    pub(super) last_run: LastRun,
    /// Ends with the last connection and the last worker.
    pub(super) connections: Receiver<Infallible>,
    pub(super) live: Live,
    pub(super) looked_at: LookedAt,
    /// Reads the configuration again; `None`: there is nothing that it came from.
    pub(super) reread: Option<Reread>,
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

    /// The same with a configuration that SIGHUP reads again by `reread`, which is given the one in use.
    #[must_use]
    pub fn reading_again(self, reread: impl Fn(&Config) -> Result<Config, String> + 'static) -> Self {
        Self { reread: Some(Box::new(reread)), ..self }
    }

    /// Serves until SIGTERM, SIGINT or the handle says stop. After SIGTERM requests are taken for `BFF_DRAIN_DELAY`, those
    /// under way finish, and all is over within `BFF_DRAIN_TIMEOUT`. SIGINT cuts them. SIGHUP reads files again.
    ///
    /// # Errors
    /// If the server fails.
    pub async fn run_until_stopped(self) -> io::Result<()> {
        let Self {
            server,
            mut signals,
            metrics,
            demo,
            revoker,
            drain_timeout,
            last_run,
            mut connections,
            live,
            looked_at,
            reread,
            ..
        } = self;
        let handle = server.handle();
        let rereading = Rereading { live: &live, looked_at: &looked_at, revoker: revoker.as_ref(), reread };
        let stop = Cell::new(None);
        let telling = actix_rt::spawn(security::tell_counted());
        let result = tokio::select! {
            result = server => result,
            // The server goes here, and everything with it that is still under way.
            () = signals.obey(&handle, &stop, (&last_run, &rereading)) => {
                access::cut();
                tracing::warn!("the time for requests under way is over, and they are cut (BFF_DRAIN_TIMEOUT)");
                Ok(())
            }
        };
        // Without a signal the handle has said stop, and its moment is not known.
        let Stop { began, drain } = stop.get().unwrap_or(Stop { began: Instant::now(), drain: true });
        let end = if drain { began } else { Instant::now() } + drain_timeout;
        // What has been cut still writes its access lines.
        let _ = timeout(CUT_TIME, connections.recv()).await;
        drop(rereading);
        let finishing = async {
            if let Some(numbers) = &live.parts().caching.numbers {
                numbers.flush().await;
            }
            if let Some(revoker) = revoker {
                let until = if drain { began + last_run.requests } else { began };
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
            if let Some(metrics) = metrics {
                metrics.stop().await;
            }
            if let Some(demo) = demo {
                demo.stop().await;
            }
        };
        let _ = timeout_at(end, closing).await;
        result
    }
}
