//! The deadlines of one exchange: head, idle and total.

use std::{
    cell::Cell,
    future::{Future, pending},
    rc::Rc,
    time::Duration,
};

use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::error::{Phase, UpstreamError};
use crate::Deadlines;
use http_message::{BodyError, ChunkStream};

/// The deadlines of one exchange, counted from its start.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    total: Instant,
    head: Duration,
    idle: Duration,
}

impl Deadline {
    /// Starts the clock. A route's own `timeout` takes the place of the configured total.
    #[must_use]
    pub fn start(configured: &Deadlines, timeout: Option<Duration>) -> Self {
        let total = Instant::now() + timeout.unwrap_or(configured.total);
        Self { total, head: configured.head, idle: configured.idle }
    }

    /// Waits for an answer's head. Its own deadline begins when `sent` says that the request has gone out.
    ///
    /// # Errors
    /// [`UpstreamError::Timeout`] with the phase that took too long.
    pub async fn head<T>(&self, sent: &Sent, answer: impl Future<Output = T>) -> Result<T, UpstreamError> {
        if sent.done.get() {
            // One timer will do, as for every request without an upload.
            let due = (Instant::now() + self.head).min(self.total);
            return timeout_at(due, answer).await.map_err(|_| UpstreamError::Timeout(Phase::Head));
        }
        let head = async {
            sent.wait().await;
            let due = (Instant::now() + self.head).min(self.total);
            sleep_until(due).await;
        };
        tokio::select! {
            biased;
            answer = answer => Ok(answer),
            () = head => Err(UpstreamError::Timeout(Phase::Head)),
            () = sleep_until(self.total) => Err(UpstreamError::Timeout(Phase::Request)),
        }
    }

    /// Waits for the next piece of an answer's body.
    ///
    /// # Errors
    /// [`UpstreamError::Timeout`] after the idle time, or at the total deadline.
    pub async fn piece<T>(&self, piece: impl Future<Output = T>) -> Result<T, UpstreamError> {
        timeout_at(self.next_piece(), piece).await.map_err(|_| UpstreamError::Timeout(Phase::Body))
    }

    /// The browser's upload, ended with an error where it stalls. Its regular end sets `sent`.
    pub fn upload(
        self,
        body: ChunkStream,
        sent: Rc<Sent>,
    ) -> impl Stream<Item = Result<bytes::Bytes, BodyError>> {
        stream::unfold(Some((body, sent)), move |open| async move {
            let (mut body, sent) = open?;
            match timeout_at(self.next_piece(), body.next()).await {
                Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some((body, sent)))),
                Ok(Some(Err(err))) => Some((Err(err), None)),
                Ok(None) => {
                    sent.set();
                    None
                }
                Err(_) if Instant::now() >= self.total => Some((Err(BodyError::Deadline), None)),
                Err(_) => Some((Err(BodyError::Stalled), None)),
            }
        })
    }

    /// The same deadlines, with the total at `due` at the latest.
    #[must_use]
    pub fn before(self, due: Option<std::time::Instant>) -> Self {
        let total = due.map_or(self.total, |due| self.total.min(Instant::from_std(due)));
        Self { total, ..self }
    }

    /// The moment at which the exchange has to be over.
    #[must_use]
    pub const fn total(&self) -> Instant {
        self.total
    }

    fn next_piece(&self) -> Instant {
        (Instant::now() + self.idle).min(self.total)
    }
}

/// Whether the request has been sent whole.
#[derive(Debug, Default)]
pub struct Sent {
    done: Cell<bool>,
    notify: tokio::sync::Notify,
}

impl Sent {
    pub(super) fn set(&self) {
        self.done.set(true);
        self.notify.notify_one();
    }

    async fn wait(&self) {
        if !self.done.get() {
            self.notify.notified().await;
        }
        if !self.done.get() {
            pending::<()>().await;
        }
    }
}
