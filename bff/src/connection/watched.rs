//! The stream around an accepted socket, and what is left to do when the framework is done with it.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    time::timeout,
};

use crate::failure::Failure;

use super::{
    conversation::Conversation,
    deadlines::{ClientLimits, Taking, Timer},
    framing::Place,
    refusal::{self, Client},
};

/// Time limit for a client to take a refusal and to close its half.
const FAREWELL_TIME: Duration = Duration::from_secs(1);

/// Most bytes that are read from a client that has been refused.
const FAREWELL_BYTES: u64 = 1024 * 1024;

/// The status of a head that did not come in time.
const HEAD_TIMEOUT: &[u8] = b"408";

/// A connection whose answers all come from the app, or leave as a problem. The framework has one handle, the listener
/// another.
#[derive(Debug)]
pub struct Watched<S>(Rc<RefCell<Connection<S>>>);

#[derive(Debug)]
struct Connection<S> {
    socket: S,
    conversation: Conversation,
    client: Client,
    /// The place reached in what is sent.
    place: Place,
    /// The moment from which a head is waited for: the arrival of the first byte since the last answer, and before the
    /// first answer the acceptance. `None`: the connection is kept, and nothing has come.
    awaited: Option<Instant>,
    /// The arrival of the first byte since the last answer; `None`: the client is silent.
    heard: Option<Instant>,
    /// Time limit for a head.
    head: Duration,
    timer: Timer,
    taking: Taking,
    /// Whether the client has ended the connection.
    is_left: bool,
    /// What is left to send of a refusal. Nothing follows it.
    refusal: Option<Vec<u8>>,
}

impl<S> Clone for Watched<S> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<S> Watched<S> {
    /// Watches `socket`.
    #[must_use]
    pub fn new(socket: S, client: Client, limits: ClientLimits) -> Self {
        Self(Rc::new(RefCell::new(Connection {
            socket,
            conversation: Conversation::default(),
            client,
            place: Place::Between,
            awaited: Some(Instant::now()),
            heard: None,
            head: limits.head,
            timer: Timer::default(),
            taking: Taking::new(limits.unread),
            is_left: false,
            refusal: None,
        })))
    }

    /// The half of the conversation that the app keeps.
    #[must_use]
    pub fn conversation(&self) -> Conversation {
        self.0.borrow().conversation.clone()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Watched<S> {
    /// Closes the connection, which the framework has let go of. A client that was refused gets its problem first, and any
    /// other the rest of its answer.
    pub async fn close(mut self) {
        if self.0.borrow_mut().owes_refusal() {
            // A client that is slow to take it loses it.
            let _ = timeout(FAREWELL_TIME, self.farewell()).await;
        } else if !self.0.borrow().is_left {
            // The framework does not know that TLS keeps something for a client that takes nothing.
            let _ = self.flush().await;
            if self.0.borrow().place == Place::Tunnel {
                // Bytes under way to a tunnel that is over would reset the connection, and take its last ones back.
                let _ = timeout(FAREWELL_TIME, self.linger()).await;
            }
        }
    }

    /// Sends what is left of a refusal, and waits for the client's end: bytes that nobody has read would reset the
    /// connection, and the client would lose the problem (RFC 9112 §9.6).
    async fn farewell(&mut self) -> io::Result<()> {
        std::future::poll_fn(|cx| self.0.borrow_mut().poll_refusal(cx)).await?;
        self.linger().await
    }

    /// Ends our half, and waits for the client's end.
    async fn linger(&mut self) -> io::Result<()> {
        std::future::poll_fn(|cx| Pin::new(&mut self.0.borrow_mut().socket).poll_shutdown(cx)).await?;
        tokio::io::copy(&mut self.take(FAREWELL_BYTES), &mut tokio::io::sink()).await?;
        Ok(())
    }
}

impl<S> Connection<S> {
    /// The place after those of the first `count` of `bytes` that are the app's, with the number of heads and of bytes up to
    /// there.
    fn after(&self, bytes: &[u8], count: usize) -> (Place, usize, usize) {
        let (mut place, mut heads) = (self.place, 0);
        let length = place.go_over(bytes, count, || {
            let next = self.conversation.ahead(heads)?;
            heads += 1;
            Some(next)
        });
        (place, heads, length)
    }

    /// Records that this place has been reached, past that number of heads.
    fn reached(&mut self, place: Place, heads: usize) {
        self.conversation.sent(heads);
        self.place = place;
        if place == Place::Between {
            (self.awaited, self.heard) = (None, None);
            self.taking.begin_anew();
        } else if place == Place::Tunnel {
            // It may last for days: no silence counts towards the next.
            self.taking.begin_anew();
        }
    }

    /// Whether a head has been waited for too long.
    fn is_head_late(&mut self, cx: &mut Context<'_>) -> bool {
        let is_awaited =
            self.place == Place::Between && self.conversation.is_idle() && self.refusal.is_none();
        let since = self.awaited.filter(|_| is_awaited);
        since.is_some_and(|since| self.timer.is_over(since + self.head, cx))
    }

    /// Whether the client is to get a refusal yet. The framework lets go of a connection without a word where something
    /// does not parse before the app has answered.
    fn owes_refusal(&mut self) -> bool {
        if self.refusal.is_none() && !self.is_left {
            let took = self.heard.map(|heard| heard.elapsed()).unwrap_or_default();
            self.refusal = self
                .conversation
                .give_up()
                .map(|id| refusal::record(&Failure::Malformed, Some(id), took, self.client));
        }
        self.refusal.as_ref().is_some_and(|_| !self.is_left)
    }

    /// The answer in place of a bare head with this status. A client that has said nothing is told nothing.
    fn refuse(&self, status: &[u8]) -> Vec<u8> {
        let failure = refusal::failure(status);
        match self.heard {
            None if matches!(failure, Failure::HeadTimeout) => Vec::new(),
            heard => {
                let took = heard.map(|heard| heard.elapsed()).unwrap_or_default();
                refusal::record(&failure, None, took, self.client)
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Connection<S> {
    /// `outcome`, unless the client has taken nothing for too long. Nobody is there after an error.
    fn in_time<T>(&mut self, outcome: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let outcome = self.taking.in_time(outcome, cx);
        self.is_left |= matches!(outcome, Poll::Ready(Err(_)));
        outcome
    }

    /// The outcome of sending what the socket keeps.
    fn emptied(&mut self, outcome: Poll<io::Result<()>>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.in_time(outcome, cx))?;
        self.taking.some(0);
        Poll::Ready(Ok(()))
    }

    /// Sends what is left of the refusal.
    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(left) = self.refusal.as_mut().filter(|left| !left.is_empty()) {
            let count = ready!(Pin::new(&mut self.socket).poll_write(cx, left))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            left.drain(..count);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self.0.borrow_mut();
        let before = buffer.filled().len();
        let Poll::Ready(outcome) = Pin::new(&mut this.socket).poll_read(cx, buffer) else {
            if this.is_head_late(cx) {
                this.refusal = Some(this.refuse(HEAD_TIMEOUT));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            return Poll::Pending;
        };
        if outcome.is_err() || buffer.filled().len() == before {
            this.is_left = true;
        } else if this.heard.is_none() {
            let now = Instant::now();
            this.heard = Some(now);
            this.awaited.get_or_insert(now);
        }
        Poll::Ready(outcome)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self.0.borrow_mut();
        if this.refusal.is_none() {
            let (place, heads, length) = this.after(bytes, bytes.len());
            if length > 0 {
                let outcome = Pin::new(&mut this.socket).poll_write(cx, &bytes[..length]);
                let count = ready!(this.in_time(outcome, cx))?;
                this.taking.some(count);
                let (place, heads) = match count == length {
                    true => (place, heads),
                    false => {
                        let (place, heads, _) = this.after(bytes, count);
                        (place, heads)
                    }
                };
                this.reached(place, heads);
                return Poll::Ready(Ok(count));
            }
            // The status stands behind the version (RFC 9112 §4).
            this.refusal = Some(this.refuse(bytes.get(9..12).unwrap_or_default()));
        }
        ready!(this.poll_refusal(cx))?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self.0.borrow_mut();
        let outcome = Pin::new(&mut this.socket).poll_flush(cx);
        this.emptied(outcome, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self.0.borrow_mut();
        if this.owes_refusal() {
            return Poll::Ready(Ok(()));
        }
        let outcome = Pin::new(&mut this.socket).poll_shutdown(cx);
        this.emptied(outcome, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::framing::Framing, *};

    /// A stream that keeps what it gets, as TLS does, and sends it only where its client takes it.
    #[derive(Debug, Default)]
    struct Keeping {
        is_taken: bool,
        kept: usize,
        sent: usize,
    }

    impl AsyncRead for Keeping {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Keeping {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.kept += bytes.len();
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            if !self.is_taken {
                return Poll::Pending;
            }
            self.sent += std::mem::take(&mut self.kept);
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.poll_flush(cx)
        }
    }

    const ANSWER: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

    /// A connection that has been handed an answer, and keeps it.
    async fn keeping() -> Watched<Keeping> {
        let limits = ClientLimits {
            head: Duration::from_secs(60),
            unread: Duration::from_millis(20),
            idle: Duration::from_secs(60),
        };
        let mut watched = Watched::new(Keeping::default(), Client { address: None, https: true }, limits);
        watched.conversation().answered(Framing::Sized(0));
        watched.write_all(ANSWER).await.unwrap();
        watched
    }

    #[actix_web::test]
    async fn security_38_an_answer_that_tls_keeps_is_not_kept_forever() {
        const PLENTY: Duration = Duration::from_secs(10);
        let mut watched = keeping().await;
        let flushed = timeout(PLENTY, watched.flush()).await.expect("the flush has a limit");
        assert_eq!(flushed.unwrap_err().kind(), io::ErrorKind::TimedOut);
        let mut watched = keeping().await;
        let ended = timeout(PLENTY, watched.shutdown()).await.expect("the farewell has a limit");
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
        let watched = keeping().await;
        timeout(PLENTY, watched.close()).await.expect("the end has a limit");
    }

    #[actix_web::test]
    async fn what_tls_keeps_is_sent_before_a_kept_connection_is_closed() {
        let watched = keeping().await;
        watched.0.borrow_mut().socket.is_taken = true;
        watched.clone().close().await;
        assert_eq!(watched.0.borrow().socket.sent, ANSWER.len());
    }
}
