//! A server from its first request to its end.

use std::{cell::Cell, io, net::SocketAddr, time::Duration};

use actix_web::dev::Server;
use demo_api::DemoApi;
use tokio::time::Instant;

use telemetry::{security, spans};

use super::{
    live::Live,
    read_again::{Reread, Rereading},
    signals::{Signals, Stop},
};
use crate::{
    config::Config, handlers::metrics::LookedAt, metrics::MetricsListener, sign_in::revocation::Revoker,
};

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
    /// Revokes tokens of ended sessions; `None` where nobody takes them back.
    pub(super) revoker: Option<Revoker>,
    pub(super) drain_timeout: Duration,
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

    /// Serves until SIGTERM, SIGINT or the handle says stop. Requests under way finish first, within
    /// `BFF_DRAIN_TIMEOUT`, unless it was SIGINT. SIGHUP reads files again.
    ///
    /// # Errors
    /// If the server fails.
    pub async fn run_until_stopped(self) -> io::Result<()> {
        let Self {
            server, mut signals, metrics, demo, revoker, drain_timeout, live, looked_at, reread, ..
        } = self;
        let handle = server.handle();
        let rereading = Rereading { live: &live, looked_at: &looked_at, revoker: revoker.as_ref(), reread };
        let stop = Cell::new(None);
        let telling = actix_rt::spawn(security::tell_counted());
        let result = tokio::select! {
            result = server => result,
            never = signals.obey(&handle, &stop, &rereading) => match never {},
        };
        if let Some(numbers) = &live.parts().caching.numbers {
            numbers.flush().await;
        }
        drop(rereading);
        if let Some(revoker) = revoker {
            // Without a signal the handle has said stop, and its moment is not known.
            let Stop { began, drain } = stop.get().unwrap_or(Stop { began: Instant::now(), drain: true });
            revoker.finish(if drain { began + drain_timeout } else { began }).await;
        }
        // Flushing blocks, and may need other tasks to make progress. Spans not sent within the limit are lost.
        let flushed = actix_rt::task::spawn_blocking(spans::flush);
        let _ = tokio::time::timeout(FLUSH_TIME, flushed).await;
        telling.abort();
        security::tell_all_counted();
        tracing::info!("stopped");
        if let Some(metrics) = metrics {
            metrics.stop().await;
        }
        if let Some(demo) = demo {
            demo.stop().await;
        }
        result
    }
}
