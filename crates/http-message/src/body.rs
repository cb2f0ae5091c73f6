//! The content of a request.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

/// Content of a request, streamed as it arrives.
pub enum RequestBody {
    /// No content, and no length said.
    None,
    /// Content that is all there: only the upstream decides how long sending takes.
    Whole(Bytes),
    /// Content of a known length in bytes.
    Sized(u64, ChunkStream),
    /// Content that ends when it ends (`Transfer-Encoding: chunked`).
    Chunked(ChunkStream),
}

/// Pieces of a request's content.
pub type ChunkStream = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>>>>;

/// Why a request's content could not be read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is longer than `BFF_MAX_BODY`.
    #[error("the request body is over the cap")]
    TooLarge,
    /// The browser sent nothing for `BFF_IDLE_TIMEOUT`.
    #[error("the browser stopped sending the request body")]
    Stalled,
    /// The connection ended, or the framing is broken.
    #[error("the request body is incomplete or malformed")]
    Incomplete,
}
