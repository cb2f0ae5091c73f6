//! An answer on its way to the browser.

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream::LocalBoxStream};
use http::StatusCode;

use super::{
    budget::{Exhausted, Held},
    forms::Forms,
    header_block::HeaderBlock,
};

/// An answer for the browser, free of any web framework.
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The header block, framing fields left out.
    pub headers: HeaderBlock,
    /// The content.
    pub body: ReplyBody,
}

/// Content of an answer.
pub enum ReplyBody {
    /// No content, and no length is said (204, 304).
    Empty,
    /// No content, since HEAD was asked. The length is that of the answer to GET, where known.
    HeadOnly(Option<u64>),
    /// The whole content.
    Full(Bytes),
    /// The whole content, which is stored, with its compressed forms.
    Stored(Bytes, Forms),
    /// Pieces that add up to this many bytes.
    Sized(u64, ReplyStream),
    /// Pieces of an unknown total length.
    Stream(ReplyStream),
}

impl ReplyBody {
    /// Whether the content is still to come.
    #[must_use]
    pub const fn is_streamed(&self) -> bool {
        matches!(self, Self::Sized(..) | Self::Stream(_))
    }

    /// Reads the content to its end and drops it.
    pub async fn drain(self) {
        if let Self::Sized(_, mut pieces) | Self::Stream(mut pieces) = self {
            while let Some(Ok(_)) = pieces.next().await {}
        }
    }

    /// Reads the content whole.
    ///
    /// # Errors
    /// [`ReplyError`]; past `max` bytes it is [`ReplyError::TooLarge`].
    pub async fn collect(self, max: usize) -> Result<Bytes, ReplyError> {
        self.collect_counted(max, |_| Ok(())).await
    }

    /// Reads the content whole, as a part of what a request holds.
    ///
    /// # Errors
    /// [`ReplyError`]; past `max` bytes, or past what the request may hold, it is [`ReplyError::TooLarge`].
    pub async fn collect_within(self, max: usize, held: &Held) -> Result<Bytes, ReplyError> {
        self.collect_counted(max, |bytes| Ok(held.add(bytes)?)).await
    }

    async fn collect_counted(
        self,
        max: usize,
        count: impl Fn(usize) -> Result<(), ReplyError>,
    ) -> Result<Bytes, ReplyError> {
        let mut pieces = match self {
            Self::Empty | Self::HeadOnly(_) => return Ok(Bytes::new()),
            Self::Full(content) | Self::Stored(content, _) if content.len() <= max => {
                return count(content.len()).map(|()| content);
            }
            Self::Sized(length, pieces) if length <= max as u64 => pieces,
            Self::Stream(pieces) => pieces,
            Self::Full(_) | Self::Stored(..) | Self::Sized(..) => return Err(ReplyError::TooLarge),
        };
        let mut content = BytesMut::new();
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            if content.len() + piece.len() > max {
                return Err(ReplyError::TooLarge);
            }
            count(piece.len())?;
            content.extend_from_slice(&piece);
        }
        Ok(content.freeze())
    }
}

/// Why the content of an answer could not be read to its end. The texts are for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// The next piece did not come in time.
    #[error("timed out while waiting for the body of the answer")]
    TimedOut,
    /// The content has to be read whole, and is over its cap.
    #[error("the answer is larger than what is read whole")]
    TooLarge,
    /// The content has to be held whole, and the process holds all that it may.
    #[error("there is no room to hold the answer whole (BFF_HELD_MAX)")]
    NoRoom,
    /// The content broke off.
    #[error("{0}")]
    Broken(String),
}

impl From<Exhausted> for ReplyError {
    fn from(budget: Exhausted) -> Self {
        match budget {
            Exhausted::Request => Self::TooLarge,
            Exhausted::Process => Self::NoRoom,
        }
    }
}

/// Pieces of an answer. After an error the browser's connection is cut, since nothing else can tell it that
/// the answer is incomplete.
pub type ReplyStream = LocalBoxStream<'static, Result<Bytes, ReplyError>>;
