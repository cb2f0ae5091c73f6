//! A connection to the upstream that awc may trust.
//!
//! The framing guard stands between the socket (or the TLS session) and awc. It also lets an answer overtake the
//! request: an upstream that refuses an upload early is heard. awc alone would go on sending until the connection
//! breaks.

mod framing;
#[cfg(test)]
mod tests;

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::transport::Transport;
use actix_rt::net::{ActixStream, Ready};
use bytes::{Buf as _, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

pub use self::framing::WireError;
use self::framing::{Expecting, Framing};

/// Bytes of a head read at once.
const READ_SIZE: usize = 8 * 1024;

/// A connection whose answers are checked before awc reads them.
#[derive(Debug)]
pub struct Wire<Io = Transport> {
    io: Io,
    framing: Framing,
    /// Set once the answer has come, or writing has failed, before the request was sent whole. The rest of the request
    /// is dropped, and the read side tells the outcome.
    overtaken: bool,
    /// The moment from which the connection is used no more, as far as the upstream says when it closes it.
    kept_until: Option<Instant>,
}

impl<Io> Wire<Io> {
    /// Guards `io`; an answer's header block may have `head_limit` bytes.
    pub fn new(io: Io, head_limit: usize) -> Self {
        Self { io, framing: Framing::new(head_limit), overtaken: false, kept_until: None }
    }

    /// Guards `io` for one exchange that asks for a WebSocket.
    pub(super) fn switching(io: Io, head_limit: usize) -> Self {
        let framing = Framing::new(head_limit).switching();
        Self { io, framing, overtaken: false, kept_until: None }
    }

    /// The bare connection after a 101, with the bytes that have come behind its head.
    pub(super) fn into_switched(self) -> (Io, Bytes) {
        (self.io, self.framing.into_received().freeze())
    }

    /// Takes note of the end of an answer, from which the upstream counts its idle time.
    fn note_end(&mut self) {
        if self.framing.expecting() == Expecting::Nothing {
            self.kept_until = self.framing.kept_for().map(|time| Instant::now() + time);
        }
    }

    /// Whether the upstream is about to close the connection.
    fn is_ending(&self) -> bool {
        self.framing.expecting() == Expecting::Nothing
            && self.kept_until.is_some_and(|until| Instant::now() >= until)
    }
}

impl From<WireError> for io::Error {
    fn from(err: WireError) -> Self {
        Self::new(io::ErrorKind::InvalidData, err)
    }
}

impl<Io: AsyncRead + Unpin> Wire<Io> {
    /// Reads the first bytes of an answer straight into awc's buffer, where most of them may stay as they are.
    fn poll_first(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<Result<(), WireError>> {
        let before = out.filled().len();
        let read = ready!(Pin::new(&mut self.io).poll_read(cx, out));
        let piece = &out.filled()[before..];
        // A reset tells no more than an end: nothing follows.
        if read.is_err() || piece.is_empty() {
            return Poll::Ready(self.framing.closed());
        }
        let taken = self.framing.whole_head(piece, self.overtaken).and_then(|taken| match taken {
            Some(taken) => {
                self.framing.surplus(&piece[taken..]);
                Ok(taken)
            }
            None => self.framing.head_bytes(piece, self.overtaken).map(|_| 0),
        });
        out.set_filled(before + taken.unwrap_or_default());
        self.look_behind(cx, out);
        Poll::Ready(taken.map(drop))
    }

    /// Looks for bytes behind the end of an answer that has just filled awc's buffer: there was no room to see them.
    fn look_behind(&mut self, cx: &mut Context<'_>, out: &ReadBuf<'_>) {
        if out.remaining() > 0 || self.framing.expecting() != Expecting::Nothing {
            return;
        }
        let mut space = [MaybeUninit::uninit(); 64];
        let mut behind = ReadBuf::uninit(&mut space);
        if let Poll::Ready(Ok(())) = Pin::new(&mut self.io).poll_read(cx, &mut behind) {
            self.framing.surplus(behind.filled());
        }
    }

    /// Reads the next bytes of the head.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, WireError>> {
        let mut space = [const { MaybeUninit::uninit() }; READ_SIZE];
        let mut piece = ReadBuf::uninit(&mut space);
        match ready!(Pin::new(&mut self.io).poll_read(cx, &mut piece)) {
            Ok(()) if !piece.filled().is_empty() => {
                Poll::Ready(self.framing.head_bytes(piece.filled(), self.overtaken))
            }
            // A reset tells no more than an end: nothing follows.
            Ok(()) | Err(_) => Poll::Ready(self.framing.closed().map(|()| true)),
        }
    }

    /// Reads body bytes, and keeps back those beyond the body's end.
    fn poll_body(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = out.filled().len();
        let read = ready!(Pin::new(&mut self.io).poll_read(cx, out));
        let piece = &out.filled()[before..];
        if piece.is_empty() {
            // Where the body has a frame of its own, an end without it is a truncation, reset or not.
            self.framing.closed()?;
            return Poll::Ready(read);
        }
        let taken = self.framing.body_bytes(piece)?;
        self.framing.surplus(&piece[taken..]);
        out.set_filled(before + taken);
        self.look_behind(cx, out);
        Poll::Ready(Ok(()))
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Wire<Io> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let ready = this.framing.ready();
            if !ready.is_empty() {
                let count = ready.len().min(out.remaining());
                out.put_slice(&ready[..count]);
                ready.advance(count);
                return Poll::Ready(Ok(()));
            }
            if this.is_ending() {
                // The pool takes this for the end, and opens another connection.
                return Poll::Ready(Ok(()));
            }
            if this.framing.expecting() != Expecting::Head {
                ready!(this.poll_body(cx, out))?;
                this.note_end();
                return Poll::Ready(Ok(()));
            }
            let before = out.filled().len();
            ready!(this.poll_first(cx, out))?;
            this.note_end();
            if out.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.overtaken {
            this.framing.written(bytes)?;
            match Pin::new(&mut this.io).poll_write(cx, bytes) {
                Poll::Ready(Ok(count)) if count > 0 => return Poll::Ready(Ok(count)),
                Poll::Pending => {
                    // The upstream takes no more: perhaps because it has answered already.
                    this.overtaken = true;
                    while this.framing.expecting() == Expecting::Head {
                        match this.poll_head(cx) {
                            // An interim response, or a part of the head: the next read waits for the rest.
                            Poll::Ready(Ok(false)) => {}
                            Poll::Ready(_) => break,
                            Poll::Pending => {
                                this.overtaken = false;
                                return Poll::Pending;
                            }
                        }
                    }
                }
                Poll::Ready(_) => this.overtaken = true,
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.overtaken && ready!(Pin::new(&mut this.io).poll_flush(cx)).is_err() {
            this.overtaken = true;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

/// awc asks for readiness of the socket below.
impl ActixStream for Wire {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(self.io.socket(), cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(self.io.socket(), cx)
    }
}
