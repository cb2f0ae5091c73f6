//! The stream around a socket that speaks HTTP/2.
//!
//! It reads nothing while its client takes nothing, so that answers do not pile up, and it ends where a request or a client
//! is waited for too long. Frames are the framework's business.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use telemetry::metrics;

use super::{
    deadlines::{ClientLimits, Taking, Timer},
    streams::{Standing, Streams},
};

/// Bytes that are read before other tasks have their turn. The framework starts whatever it reads, and a client that sends
/// without end would have it start requests and nothing else.
const TURN: usize = 16 * 1024;

/// A connection of many streams. The framework has one handle, the listener another.
#[derive(Debug)]
pub struct Multiplexed<S>(Rc<RefCell<Connection<S>>>);

#[derive(Debug)]
struct Connection<S> {
    socket: S,
    streams: Streams,
    timer: Timer,
    taking: Taking,
    /// The one who would read, were the client to take what is sent.
    held_back: Option<Waker>,
    is_blocked: bool,
    /// Bytes that have been read in this turn.
    read: usize,
    /// Whether it has served, and sends the end of its last answer.
    is_ending: bool,
}

impl<S> Clone for Multiplexed<S> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<S> Multiplexed<S> {
    /// Watches `socket`.
    #[must_use]
    pub fn new(socket: S, limits: ClientLimits) -> Self {
        Self(Rc::new(RefCell::new(Connection {
            socket,
            streams: Streams::new(limits),
            timer: Timer::default(),
            taking: Taking::new(limits.unread),
            held_back: None,
            is_blocked: false,
            read: 0,
            is_ending: false,
        })))
    }

    /// The half that the app keeps.
    #[must_use]
    pub fn streams(&self) -> Streams {
        self.0.borrow().streams.clone()
    }
}

impl<S> Drop for Connection<S> {
    /// Ends what is under way. The framework does not.
    fn drop(&mut self) {
        self.streams.end();
    }
}

impl<S> Connection<S> {
    /// The outcome of sending, which is at its end where the client has taken nothing for too long.
    fn told<T>(&mut self, outcome: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let outcome = self.taking.in_time(outcome, cx);
        self.is_blocked = outcome.is_pending();
        if !self.is_blocked
            && let Some(reader) = self.held_back.take()
        {
            reader.wake();
        }
        outcome
    }

    /// The end of a connection on which nothing comes.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.streams.standing(cx) {
                // The framework reads before it sends, and forgets what is not sent when it has read the end.
                Standing::Idle if !std::mem::replace(&mut self.is_ending, true) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Standing::Idle => return Poll::Ready(Ok(())),
                Standing::Fault(fault) => {
                    metrics::connection_ended(fault);
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                Standing::Good(Some(due)) if self.timer.is_over(due, cx) => {}
                Standing::Good(_) => {
                    self.is_ending = false;
                    return Poll::Pending;
                }
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Multiplexed<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self.0.borrow_mut();
        if this.is_blocked {
            this.held_back = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if this.streams.is_resting() {
            return this.poll_silence(cx);
        }
        let before = buffer.filled().len();
        match Pin::new(&mut this.socket).poll_read(cx, buffer) {
            Poll::Pending => this.poll_silence(cx),
            outcome => {
                this.read += buffer.filled().len() - before;
                if this.read >= TURN {
                    this.read = 0;
                    this.streams.rest();
                }
                outcome
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Multiplexed<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self.0.borrow_mut();
        let outcome = Pin::new(&mut this.socket).poll_write(cx, bytes);
        let outcome = this.told(outcome, cx);
        if let Poll::Ready(Ok(count)) = &outcome {
            this.taking.some(*count);
            this.streams.moved();
        }
        outcome
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self.0.borrow_mut();
        let outcome = Pin::new(&mut this.socket).poll_flush(cx);
        let outcome = this.told(outcome, cx);
        if matches!(outcome, Poll::Ready(Ok(()))) {
            // All is sent. What this has earned is no credit for what follows.
            this.taking.some(0);
            this.taking.begin_anew();
        }
        outcome
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self.0.borrow_mut();
        let outcome = Pin::new(&mut this.socket).poll_shutdown(cx);
        this.told(outcome, cx)
    }
}
