//! One request on its way through the house, free of any web framework.

use std::{net::IpAddr, pin::Pin};

use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderMap, Method};
use tokio::time::Instant;

use crate::{telemetry::trace::TraceContext, upstream::path::CanonicalPath};

/// What a browser asks of the upstream. The proxy handler makes one of each request.
pub struct Exchange {
    /// Finds the log line; echoed in `X-Request-Id` and in every problem.
    pub id: String,
    /// Its place in a trace.
    pub trace: TraceContext,
    /// As sent.
    pub method: Method,
    /// The path below `/api/server`, checked to mean one thing only.
    pub path: CanonicalPath,
    /// The query, byte for byte, without its question mark.
    pub query: Option<String>,
    /// As sent; what goes upstream is decided by [`crate::upstream::headers`].
    pub headers: HeaderMap,
    /// The request's content.
    pub body: RequestBody,
    /// Who asks.
    pub caller: Caller,
    /// When it has to be over, where it shares a deadline with others.
    pub due: Option<Instant>,
}

/// Who a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Address of the client: the peer's, or what trusted proxies say of whom they stand for.
    pub address: Option<IpAddr>,
}

/// Content of a request, streamed as it arrives.
pub enum RequestBody {
    /// No content, and no length said.
    None,
    /// Content that is all there: sending it takes as long as the upstream does, and nobody else.
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
    /// The total deadline of the exchange passed while it was being sent on.
    #[error("the exchange took too long while the request body was being sent")]
    Deadline,
    /// The connection ended, or the framing is broken.
    #[error("the request body is incomplete or malformed")]
    Incomplete,
}
