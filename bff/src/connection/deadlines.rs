//! The time that a client may take for its part of a connection: to send a head, and to take an answer.

use std::{
    future::Future as _,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::time::{Sleep, sleep_until};

use telemetry::metrics;
use upstream::patience::Patience;

/// Time limits of a client.
#[derive(Debug, Clone, Copy)]
pub struct ClientLimits {
    /// From the first byte of a head to its last; for a connection's first head from the acceptance on.
    pub head: Duration,
    /// The silences of one answer in which nothing of it is taken; each KiB that is taken earns a second.
    pub unread: Duration,
    /// Between two requests of a connection.
    pub idle: Duration,
}

/// A timer that is made once it is needed: most connections never wait for their client.
#[derive(Debug, Default)]
pub(super) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Whether `due` has come. The task is woken then.
    pub(super) fn is_over(&mut self, due: Instant, cx: &mut Context<'_>) -> bool {
        let due = tokio::time::Instant::from_std(due);
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if sleep.deadline() != due {
            sleep.as_mut().reset(due);
        }
        matches!(sleep.as_mut().poll(cx), Poll::Ready(()))
    }
}

/// How the client takes the answer that is being sent.
#[derive(Debug)]
pub(super) struct Taking {
    limit: Duration,
    patience: Patience,
    /// The moment since which it takes nothing.
    stuck: Option<Instant>,
    timer: Timer,
}

impl Taking {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, patience: Patience::new(limit), stuck: None, timer: Timer::default() }
    }

    /// The outcome of sending something: an error where the client has taken nothing for too long.
    pub(super) fn in_time<T>(
        &mut self,
        outcome: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_pending() && self.nothing(cx) {
            metrics::connection_ended("unread");
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        outcome
    }

    /// The client takes nothing. Whether it has done so for too long.
    fn nothing(&mut self, cx: &mut Context<'_>) -> bool {
        let since = *self.stuck.get_or_insert_with(Instant::now);
        self.timer.is_over(since + self.patience.left(), cx)
    }

    /// The client has taken so many bytes.
    pub(super) fn some(&mut self, bytes: usize) {
        if let Some(since) = self.stuck.take() {
            self.patience.waited(since.elapsed());
        }
        self.patience.moved(bytes);
    }

    /// Another answer begins: what the last one earned is no credit for it.
    pub(super) fn begin_anew(&mut self) {
        self.patience = Patience::new(self.limit);
    }
}
