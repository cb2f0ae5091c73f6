//! A connection, whichever version of HTTP is spoken on it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{multiplexed::Multiplexed, watched::Watched};

/// A connection that the framework serves.
#[derive(Debug)]
pub enum Versioned<S> {
    /// HTTP/1.1: one exchange after another.
    Http1(Watched<S>),
    /// HTTP/2: many at once.
    Http2(Multiplexed<S>),
}

impl<S> Clone for Versioned<S> {
    fn clone(&self) -> Self {
        match self {
            Self::Http1(watched) => Self::Http1(watched.clone()),
            Self::Http2(multiplexed) => Self::Http2(multiplexed.clone()),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Versioned<S> {
    /// Closes the connection, which the framework has let go of.
    pub async fn close(self) {
        match self {
            Self::Http1(watched) => watched.close().await,
            // What is under way ends with the last handle.
            Self::Http2(_) => {}
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Versioned<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Http1(watched) => Pin::new(watched).poll_read(cx, out),
            Self::Http2(multiplexed) => Pin::new(multiplexed).poll_read(cx, out),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Versioned<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Http1(watched) => Pin::new(watched).poll_write(cx, bytes),
            Self::Http2(multiplexed) => Pin::new(multiplexed).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Http1(watched) => Pin::new(watched).poll_flush(cx),
            Self::Http2(multiplexed) => Pin::new(multiplexed).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Http1(watched) => Pin::new(watched).poll_shutdown(cx),
            Self::Http2(multiplexed) => Pin::new(multiplexed).poll_shutdown(cx),
        }
    }
}
