//! The deadlines of one exchange: for the answer's head, for an answer that is read whole, and between two pieces.
//!
//! What flows is not cut: a stream or a download may last, as long as neither side is silent for the idle time. An upload
//! is the browser's until its last byte; the upstream's time begins there.

use std::{future::Future, rc::Rc, time::Duration};

use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::{
    error::{Phase, UpstreamError},
    patience::Patience,
    upload::{Progress, Upload},
};
use crate::Deadlines;
use http_message::{BodyError, ChunkStream};

/// The deadlines of one exchange.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    limits: Deadlines,
    /// The moment from which the wait for the answer counts: the start, or the last byte of an upload.
    start: Instant,
    /// The end that the exchange shares with others.
    end: Option<Instant>,
}

impl Deadline {
    /// Starts the clock.
    #[must_use]
    pub fn start(limits: &Deadlines) -> Self {
        Self { limits: *limits, start: Instant::now(), end: None }
    }

    /// The same deadlines from now on. An end that is shared with others stays.
    #[must_use]
    pub fn again(self) -> Self {
        Self { start: Instant::now(), ..self }
    }

    /// The same deadlines, with `end` for everything.
    #[must_use]
    pub fn before(self, end: Option<std::time::Instant>) -> Self {
        Self { end: end.map(Instant::from_std), ..self }
    }

    /// Whether an exchange that begins now has less than half of the time that `usual` gives the upstream. What it misses then
    /// says nothing about the upstream.
    #[must_use]
    pub(super) fn is_short_of(&self, usual: &Deadlines) -> bool {
        let left = self.capped(self.start + self.limits.head).saturating_duration_since(Instant::now());
        left * 2 < usual.head || self.limits.idle * 2 < usual.idle
    }

    /// The moment at which an answer that is read whole has to be there.
    #[must_use]
    pub fn due(&self) -> Instant {
        self.capped(self.start + self.limits.total)
    }

    /// Waits for an answer's head. Where there is an upload, the upstream's time begins with its last byte.
    ///
    /// # Errors
    /// [`UpstreamError::Timeout`] with the phase that took too long.
    pub(super) async fn head<T>(
        &mut self,
        upload: Option<&Upload>,
        answer: impl Future<Output = T>,
    ) -> Result<T, UpstreamError> {
        let Some(upload) = upload else {
            let due = self.capped(self.start + self.limits.head);
            return timeout_at(due, answer).await.map_err(|_| UpstreamError::Timeout(Phase::Head));
        };
        let answer = tokio::select! {
            biased;
            answer = answer => Ok(answer),
            phase = self.overdue(upload) => Err(UpstreamError::Timeout(phase)),
        };
        // An answer may overtake its request.
        self.start = upload.sent().unwrap_or_else(Instant::now);
        answer
    }

    /// Waits until the upstream is late: it takes nothing of an upload, or gives no head after its end.
    async fn overdue(&self, upload: &Upload) -> Phase {
        loop {
            let (due, phase) = match upload.progress() {
                // The browser's own time is limited where its bytes are read.
                Progress::AtBrowser => {
                    upload.changed().await;
                    continue;
                }
                Progress::AtUpstream(since) => (since + self.limits.idle, Phase::Request),
                Progress::Sent(at) => (at + self.limits.head, Phase::Head),
            };
            tokio::select! {
                () = sleep_until(self.capped(due)) => return phase,
                () = upload.changed() => {}
            }
        }
    }

    /// Waits for the next piece of an answer that flows. An end that is shared with others is none for it, since it may
    /// have readers that know no such end.
    ///
    /// # Errors
    /// [`UpstreamError::Timeout`] after the idle time.
    pub(super) async fn piece<T>(&self, piece: impl Future<Output = T>) -> Result<T, UpstreamError> {
        timeout(self.limits.idle, piece).await.map_err(|_| UpstreamError::Timeout(Phase::Body))
    }

    /// Waits for the next piece of an answer that is read whole.
    ///
    /// # Errors
    /// [`UpstreamError::Timeout`] after the idle time, or when the answer is due.
    pub(super) async fn piece_of_whole<T>(&self, piece: impl Future<Output = T>) -> Result<T, UpstreamError> {
        let due = self.due().min(Instant::now() + self.limits.idle);
        timeout_at(due, piece).await.map_err(|_| UpstreamError::Timeout(Phase::Body))
    }

    /// The browser's upload, ended with an error where it stalls.
    pub(super) fn upload(
        self,
        body: ChunkStream,
        upload: Rc<Upload>,
    ) -> impl Stream<Item = Result<bytes::Bytes, BodyError>> {
        let patience = Patience::new(self.limits.idle);
        stream::unfold(Some((body, upload, patience)), move |open| async move {
            let (mut body, upload, mut patience) = open?;
            upload.set(Progress::AtBrowser);
            let since = Instant::now();
            match timeout_at(self.capped(since + patience.left()), body.next()).await {
                Ok(Some(Ok(chunk))) => {
                    patience.waited(since.elapsed());
                    patience.moved(chunk.len());
                    upload.set(Progress::AtUpstream(Instant::now()));
                    Some((Ok(chunk), Some((body, upload, patience))))
                }
                Ok(Some(Err(err))) => Some((Err(err), None)),
                Ok(None) => {
                    upload.set(Progress::Sent(Instant::now()));
                    None
                }
                Err(_) => Some((Err(BodyError::Stalled), None)),
            }
        })
    }

    /// The longest silence between two pieces.
    #[must_use]
    pub const fn idle(&self) -> Duration {
        self.limits.idle
    }

    fn capped(&self, due: Instant) -> Instant {
        self.end.map_or(due, |end| end.min(due))
    }
}
