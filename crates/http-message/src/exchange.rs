//! One request on its way through the server, free of any web framework.

use std::{net::IpAddr, rc::Rc, time::Instant};

use http::Method;

use super::{body::RequestBody, header_block::HeaderBlock, trace_context::TraceContext};

/// A request for the upstream, as it came. The pipeline makes every check; the caller that builds one makes none.
pub struct Exchange {
    /// The method, as sent.
    pub method: Method,
    /// Path and query below `/api/server`, byte for byte. A target without a leading slash is no path of ours.
    pub target: String,
    /// The fields, as sent.
    pub headers: HeaderBlock,
    /// The request's content.
    pub body: RequestBody,
}

/// The circumstances of a request: log line, metrics and spans refer to them.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The request's id: it finds the log line, and stands in `X-Request-Id` and in every problem.
    pub id: Rc<str>,
    /// The request's span.
    pub trace: TraceContext,
    /// The client that sent the request.
    pub caller: Caller,
    /// The moment of arrival.
    pub started: Instant,
    /// The deadline that the request shares with others, where there is one.
    pub due: Option<Instant>,
}

/// The client that a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Address of the client: the peer's, or the one that trusted proxies forward for.
    pub address: Option<IpAddr>,
}
