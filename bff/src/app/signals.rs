//! Signals of the process: which ones end the server, and how.

use std::{cell::Cell, io, time::Duration};

use actix_web::dev::ServerHandle;
use tokio::time::{Instant, sleep_until};

use super::read_again::Rereading;
use crate::pipeline::Drain;
use telemetry::access;

/// The meaning of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// Ends the server; `drain`: requests under way finish first.
    Stop { drain: bool },
    /// Reads files again.
    Again,
    /// Asks to open a file of the log again. This server has none, and unheeded the signal would kill it.
    Unused(&'static str),
}

/// A stop that a signal has asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    /// Its moment.
    pub(super) began: Instant,
    /// Whether requests under way finish first.
    pub(super) drain: bool,
}

/// The way from the signal to the end.
#[derive(Debug, Clone)]
pub(super) struct LastRun {
    /// Tells probes and content.
    pub(super) drain: Drain,
    /// How long requests are still taken.
    pub(super) delay: Duration,
    /// How long requests may go on, from the signal.
    pub(super) requests: Duration,
}

/// The signals that this process receives, from [`Signals::install`] on.
///
/// actix installs its own handlers when the server is first polled. A signal before that would kill the process, even
/// though the address it listens on has been printed.
#[cfg(unix)]
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    user_1: tokio::signal::unix::Signal,
    user_2: tokio::signal::unix::Signal,
}

/// Ctrl-C, the one signal that every system has.
#[cfg(not(unix))]
pub(super) struct Signals;

impl Signals {
    /// Stops the server behind `handle` at the first signal that says so, and notes it in `stop`. Returns when the time for
    /// requests is over, where the server has not ended by then.
    ///
    /// A second signal ends the delay before the drain. During the drain it changes nothing.
    pub(super) async fn obey(
        &mut self,
        handle: &ServerHandle,
        stop: &Cell<Option<Stop>>,
        (last_run, rereading): (&LastRun, &Rereading<'_>),
    ) {
        let began = loop {
            if let Some(drain) = self.heed(rereading).await {
                let began = Instant::now();
                stop.set(Some(Stop { began, drain }));
                break began;
            }
        };
        let asks_to_drain = || stop.get().is_some_and(|stop| stop.drain);
        if asks_to_drain() {
            last_run.drain.announce();
            if !last_run.delay.is_zero() {
                let delay = humantime::format_duration(last_run.delay);
                tracing::info!("SIGTERM: not ready any more, and takes requests for another {delay}");
                if let Some(drain) = self.within(began + last_run.delay, rereading).await {
                    stop.set(Some(Stop { began, drain }));
                }
            }
        }
        if !asks_to_drain() {
            access::cut();
        }
        // The handle has sent its message; the server's own end says when it is done.
        drop(handle.stop(asks_to_drain()));
        sleep_until(began + last_run.requests).await;
    }

    /// The first signal before `end` that says to stop; see [`Signals::heed`].
    async fn within(&mut self, end: Instant, rereading: &Rereading<'_>) -> Option<bool> {
        let stop = async {
            loop {
                if let Some(drain) = self.heed(rereading).await {
                    return drain;
                }
            }
        };
        tokio::time::timeout_at(end, stop).await.ok()
    }

    /// Waits for a signal, and acts on one that does not stop the server. Of one that does it returns whether to drain.
    async fn heed(&mut self, rereading: &Rereading<'_>) -> Option<bool> {
        match self.next().await {
            Signal::Again => {
                rereading.again().await;
                None
            }
            Signal::Unused(name) => {
                tracing::info!("{name}: this server has no file to open again; SIGHUP reads its files again");
                None
            }
            Signal::Stop { drain } => Some(drain),
        }
    }
}

#[cfg(unix)]
impl Signals {
    /// Installs the handlers. Signals from here on are kept until [`Signals::obey`] runs.
    ///
    /// # Errors
    /// The system's refusal.
    pub(super) fn install() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Stop { drain: true },
            _ = self.interrupt.recv() => Signal::Stop { drain: false },
            _ = self.quit.recv() => Signal::Stop { drain: false },
            _ = self.hangup.recv() => Signal::Again,
            _ = self.user_1.recv() => Signal::Unused("SIGUSR1"),
            _ = self.user_2.recv() => Signal::Unused("SIGUSR2"),
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// There is nothing to install: the handler comes with the first wait.
    ///
    /// # Errors
    /// None.
    pub(super) fn install() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Stop { drain: false },
            Err(_) => pending().await,
        }
    }
}
