//! What goes back to the browser: the header allow-list ([`headers`]), whose policy stands ([`policy`]), the mapping of
//! every failure to a problem ([`problem`]), and the reply itself.

pub mod headers;
pub mod policy;
pub mod problem;
pub mod transform;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream::LocalBoxStream};
use http::{HeaderMap, StatusCode};

use crate::upstream::UpstreamError;

/// An answer for the browser, free of any web framework.
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The header block, framing fields left out.
    pub headers: HeaderMap,
    /// The content.
    pub body: ReplyBody,
    /// Why the BFF answers instead of the upstream; for the log.
    pub failure: Option<problem::Failure>,
}

/// Content of an answer.
pub enum ReplyBody {
    /// None, and no length is said (204, 304).
    Empty,
    /// None, since HEAD was asked; the length is that of the answer to GET, where known.
    HeadOnly(Option<u64>),
    /// All of it.
    Full(Bytes),
    /// Pieces that add up to this many bytes.
    Sized(u64, ReplyStream),
    /// Pieces, however many.
    Stream(ReplyStream),
}

impl ReplyBody {
    /// Reads everything and keeps nothing.
    pub async fn drain(self) {
        if let Self::Sized(_, mut pieces) | Self::Stream(mut pieces) = self {
            while let Some(Ok(_)) = pieces.next().await {}
        }
    }
}

/// Pieces of an answer. After an error the browser's connection is cut, since nothing else can tell it that
/// the answer is incomplete.
pub type ReplyStream = LocalBoxStream<'static, Result<Bytes, UpstreamError>>;
