//! Signals of the process: which ones end the server, and how.

use std::{cell::Cell, convert::Infallible, future::pending, io};

use actix_web::dev::ServerHandle;
use tokio::time::Instant;

use super::read_again::Rereading;

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
    /// Stops the server behind `handle` at the first signal that says so, and notes it in `stop`. Later ones change nothing: the drain has its
    /// time limit.
    pub(super) async fn obey(
        &mut self,
        handle: &ServerHandle,
        stop: &Cell<Option<Stop>>,
        rereading: &Rereading<'_>,
    ) -> Infallible {
        loop {
            match self.next().await {
                Signal::Again => rereading.again().await,
                Signal::Unused(name) => {
                    tracing::info!(
                        "{name}: this server has no file to open again; SIGHUP reads its files again"
                    );
                }
                Signal::Stop { drain } => {
                    stop.set(Some(Stop { began: Instant::now(), drain }));
                    // The handle has sent its message; the server's own end says when it is done.
                    drop(handle.stop(drain));
                    pending::<()>().await;
                }
            }
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
