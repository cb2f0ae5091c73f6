//! One request on its way through the server, free of any web framework.

use std::net::IpAddr;

use http::Method;
use tokio::time::Instant;

use super::{body::RequestBody, path::CanonicalPath, trace_context::TraceContext};

use super::header_block::HeaderBlock;

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
    pub headers: HeaderBlock,
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
