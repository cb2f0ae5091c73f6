//! One request on its way through the server, free of any web framework.

use std::{net::IpAddr, time::Instant};

use http::Method;

use super::{body::RequestBody, header_block::HeaderBlock, trace_context::TraceContext};

/// A request for the upstream, as it came. The pipeline checks all of it; whatever makes one checks nothing.
pub struct Exchange {
    /// As sent.
    pub method: Method,
    /// Path and query below `/api/server`, byte for byte; what does not begin with a slash is no path of ours.
    pub target: String,
    /// As sent.
    pub headers: HeaderBlock,
    /// The request's content.
    pub body: RequestBody,
}

/// The circumstances of a request, which everything that is told of it refers to.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Finds the log line; echoed in `X-Request-Id` and in every problem.
    pub id: String,
    /// Its place in a trace.
    pub trace: TraceContext,
    /// Who asks.
    pub caller: Caller,
    /// When it came.
    pub started: Instant,
    /// When it has to be over, where it shares a deadline with others.
    pub due: Option<Instant>,
}

/// Who a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Address of the client: the peer's, or what trusted proxies say of whom they stand for.
    pub address: Option<IpAddr>,
}
