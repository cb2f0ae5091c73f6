//! The content of a request.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

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

impl RequestBody {
    /// The content, which ends with an error once it is over `cap` bytes.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`] where its length is known, and over the cap.
    pub fn capped(self, cap: u64) -> Result<Self, BodyError> {
        match self {
            Self::None => Ok(Self::None),
            Self::Whole(content) if content.len() as u64 > cap => Err(BodyError::TooLarge),
            Self::Sized(length, _) if length > cap => Err(BodyError::TooLarge),
            Self::Whole(content) => Ok(Self::Whole(content)),
            Self::Sized(length, chunks) => Ok(Self::Sized(length, capped(chunks, cap).boxed_local())),
            Self::Chunked(chunks) => Ok(Self::Chunked(capped(chunks, cap).boxed_local())),
        }
    }
}

/// Pieces of content, which end with an error once they are over `cap` bytes.
pub fn capped(
    pieces: impl Stream<Item = Result<Bytes, BodyError>> + Unpin,
    cap: u64,
) -> impl Stream<Item = Result<Bytes, BodyError>> {
    stream::unfold(Some((pieces, cap)), |open| async move {
        let (mut pieces, left) = open?;
        match pieces.next().await? {
            Ok(piece) => match left.checked_sub(piece.len() as u64) {
                Some(left) => Some((Ok(piece), Some((pieces, left)))),
                None => Some((Err(BodyError::TooLarge), None)),
            },
            Err(err) => Some((Err(err), None)),
        }
    })
}

/// Pieces of a request's content.
pub type ChunkStream = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>>>>;

/// Why a request's content could not be read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is longer than `BFF_MAX_BODY`, or its route's `max-body`.
    #[error("the request body is over the cap")]
    TooLarge,
    /// The browser sent nothing for `BFF_IDLE_TIMEOUT`.
    #[error("the browser stopped sending the request body")]
    Stalled,
    /// The connection ended, or the framing is broken.
    #[error("the request body is incomplete or malformed")]
    Incomplete,
}
