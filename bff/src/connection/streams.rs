//! The streams of an HTTP/2 connection (RFC 9113 §5), as far as the app sees them.
//!
//! The framework announces no limit on streams, starts each as a task of its own, and does not say when a client takes
//! nothing of one. The app therefore counts its exchanges here, and hands its content out in pieces: the next piece goes once
//! the connection has sent something, and one that is not asked for in time ends the connection.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use actix_http::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;

use upstream::patience::Patience;

use super::deadlines::ClientLimits;

/// Exchanges of one connection that are served at once. Browsers open no more streams where a server names no number.
const SERVED_MAX: usize = 100;

/// Exchanges of one connection at once, those among them that are refused. A client that takes no refusals is let go.
const STREAMS_MAX: usize = 2 * SERVED_MAX;

/// The content that is handed out at once, in bytes.
const PIECE: usize = 16 * 1024;

/// The streams of one connection; the app has one handle, the connection another.
#[derive(Debug, Clone)]
pub struct Streams(Rc<RefCell<State>>);

#[derive(Debug)]
struct State {
    limits: ClientLimits,
    under_way: usize,
    /// The moment from which a request is waited for, and for how long. The first is due like a head, others like the next
    /// request of a connection that is kept.
    waiting: (Instant, Duration),
    /// Content that has been handed out, and when its client must have made room for more, by stream.
    due: Vec<(u64, Instant)>,
    opened: u64,
    /// How often the connection has sent something.
    sent: u64,
    /// Tasks that wait for the connection to send something, or for its end.
    waiters: Vec<Waker>,
    /// The task of the connection.
    connection: Option<Waker>,
    /// Whether other tasks have their turn before anything is read.
    is_resting: bool,
    is_draining: bool,
    is_over: bool,
}

/// What has become of a connection by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It goes on. At that moment it is to be looked at again, where there is one.
    Good(Option<Instant>),
    /// It has served: no request has come in time, or the server stops.
    Idle,
    /// The client does what it must not.
    Fault(&'static str),
}

impl Streams {
    pub(super) fn new(limits: ClientLimits) -> Self {
        Self(Rc::new(RefCell::new(State {
            limits,
            under_way: 0,
            waiting: (Instant::now(), limits.head),
            due: Vec::new(),
            opened: 0,
            sent: 0,
            waiters: Vec::new(),
            connection: None,
            is_resting: false,
            is_draining: false,
            is_over: false,
        })))
    }

    /// Begins an exchange.
    #[must_use]
    pub fn begin(&self) -> Stream {
        let mut state = self.0.borrow_mut();
        state.under_way += 1;
        state.opened += 1;
        if state.under_way > STREAMS_MAX {
            state.wake_connection();
        }
        Stream { streams: self.clone(), number: state.opened, is_served: state.under_way <= SERVED_MAX }
    }

    /// Ends the connection once nothing is under way.
    pub fn drain(&self) {
        let mut state = self.0.borrow_mut();
        state.is_draining = true;
        state.wake_connection();
    }

    /// Has all other tasks take their turn before anything is read. To be woken is not enough: the framework reads again
    /// for each request that it has found.
    pub(super) fn rest(&self) {
        self.0.borrow_mut().is_resting = true;
        let streams = self.clone();
        actix_rt::spawn(async move {
            let mut state = streams.0.borrow_mut();
            state.is_resting = false;
            state.wake_connection();
        });
    }

    pub(super) fn is_resting(&self) -> bool {
        self.0.borrow().is_resting
    }

    /// The connection is over. Whatever is under way ends as well.
    pub(super) fn end(&self) {
        let mut state = self.0.borrow_mut();
        state.is_over = true;
        state.wake_waiters();
    }

    /// The connection has sent something.
    pub(super) fn moved(&self) {
        let mut state = self.0.borrow_mut();
        state.sent += 1;
        state.wake_waiters();
    }

    /// What has become of the connection, whose task `cx` is of.
    pub(super) fn standing(&self, cx: &mut Context<'_>) -> Standing {
        let mut state = self.0.borrow_mut();
        state.connection.get_or_insert_with(|| cx.waker().clone()).clone_from(cx.waker());
        let now = Instant::now();
        if state.under_way > STREAMS_MAX {
            return Standing::Fault("streams");
        }
        if state.under_way == 0 {
            let (since, limit) = state.waiting;
            let due = since + limit;
            return if state.is_draining || due <= now { Standing::Idle } else { Standing::Good(Some(due)) };
        }
        match state.due.iter().map(|(_, due)| *due).min() {
            Some(due) if due <= now => Standing::Fault("unread"),
            due => Standing::Good(due),
        }
    }
}

impl State {
    fn wake_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.wake();
        }
    }

    fn wake_waiters(&mut self) {
        self.waiters.drain(..).for_each(Waker::wake);
    }

    fn wait(&mut self, cx: &Context<'_>) {
        if !self.waiters.iter().any(|waiter| waiter.will_wake(cx.waker())) {
            self.waiters.push(cx.waker().clone());
        }
    }
}

/// One exchange of a connection, until this is dropped.
#[derive(Debug)]
pub struct Stream {
    streams: Streams,
    number: u64,
    is_served: bool,
}

impl Stream {
    /// Whether there is room for the exchange; else it is refused.
    #[must_use]
    pub const fn is_served(&self) -> bool {
        self.is_served
    }

    /// Waits for the end of the connection. The framework does not end what it has started there.
    pub async fn left(&self) {
        poll_fn(|cx| {
            let mut state = self.streams.0.borrow_mut();
            if state.is_over {
                return Poll::Ready(());
            }
            state.wait(cx);
            Poll::Pending
        })
        .await;
    }

    /// The content of the answer, handed out as its client takes it.
    pub fn pace(self, content: BoxBody) -> BoxBody {
        let patience = Patience::new(self.streams.0.borrow().limits.unread);
        BoxBody::new(Paced { content, rest: Bytes::new(), handed: None, patience, stream: self })
    }

    fn forget_due(&self) {
        self.streams.0.borrow_mut().due.retain(|(number, _)| *number != self.number);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.forget_due();
        let mut state = self.streams.0.borrow_mut();
        state.under_way -= 1;
        if state.under_way == 0 {
            state.waiting = (Instant::now(), state.limits.idle);
            // The connection has another moment to wait for.
            state.wake_connection();
        }
    }
}

/// Content of a stream that is handed out in pieces.
struct Paced {
    content: BoxBody,
    /// What has been made and not handed out.
    rest: Bytes,
    handed: Option<Handed>,
    patience: Patience,
    stream: Stream,
}

/// A piece that has been handed out.
#[derive(Debug, Clone, Copy)]
struct Handed {
    at: Instant,
    length: usize,
    /// How often the connection had sent something by then.
    sent: u64,
    /// Whether the stream has taken it.
    is_taken: bool,
}

impl Paced {
    /// Whether the last piece has been sent, as far as one can tell.
    fn is_free(&mut self, cx: &Context<'_>) -> bool {
        let Some(handed) = &mut self.handed else { return true };
        if !handed.is_taken {
            handed.is_taken = true;
            self.patience.waited(handed.at.elapsed());
            self.patience.moved(handed.length);
            self.stream.forget_due();
        }
        let mut state = self.stream.streams.0.borrow_mut();
        if state.sent != handed.sent || state.is_over {
            return true;
        }
        state.wait(cx);
        false
    }

    fn hand_out(&mut self) -> Bytes {
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        let now = Instant::now();
        let mut state = self.stream.streams.0.borrow_mut();
        self.handed = Some(Handed { at: now, length: piece.len(), sent: state.sent, is_taken: false });
        state.due.push((self.stream.number, now + self.patience.left()));
        state.wake_connection();
        piece
    }
}

impl MessageBody for Paced {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.content.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if !this.is_free(cx) {
            return Poll::Pending;
        }
        if this.stream.streams.0.borrow().is_over {
            return Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::BrokenPipe).into())));
        }
        // The framework would wait forever for room for nothing.
        while this.rest.is_empty() {
            match std::task::ready!(Pin::new(&mut this.content).poll_next(cx)) {
                Some(Ok(piece)) => this.rest = piece,
                Some(Err(err)) => return Poll::Ready(Some(Err(err))),
                None => return Poll::Ready(None),
            }
        }
        Poll::Ready(Some(Ok(this.hand_out())))
    }
}
