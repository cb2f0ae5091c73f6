//! Accounting of a request, by one guard: access line, metrics, span, security event, `Server-Timing`.
//!
//! The guard goes along with the answer's content: the access line is written when nothing more can happen to the
//! request. Dropped before there is an answer, it records a browser that has left.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue, Method, StatusCode};

use http_cache::status::{CACHE_STATUS, outcome};

use http_message::{Reply, ReplyBody, RequestContext, field_value};

use telemetry::{
    Access, Served,
    access::{BROWSER_LEFT, LEFT},
    metrics::{self, class},
    security::EventSource,
    spans::{self, Done},
};

use super::flow::Why;
use crate::{
    failure::Failure,
    route_table::Route,
    session::{Current, store::Session},
};

/// The field that says where the time of a request went (W3C Server Timing).
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The outcome of a read that a page would have held, had it come in time.
const GIVEN_UP: &str = "the page did not wait";

/// Records one request when it is answered, and again when it is dropped.
pub struct Accounting {
    context: RequestContext,
    method: Method,
    /// The path below `/api/server`. The query is left out: it may hold private data.
    path: String,
    route: Label,
    /// `None` until there is an answer.
    status: Option<u16>,
    /// The end of the request where that was not with the answer's last byte.
    outcome: Option<Cow<'static, str>>,
    /// The reason why the content ended early, where something may end it.
    why: Option<Why>,
    /// The session in whose name it goes.
    session: Option<Arc<Session>>,
    /// Bytes of content that the connection has got.
    bytes: u64,
}

/// The route of a request, as metrics and spans name it.
enum Label {
    Unknown,
    Fixed(&'static str),
    Route(Arc<Route>),
}

impl Label {
    fn as_str(&self) -> Option<&str> {
        match self {
            Self::Unknown => None,
            Self::Fixed(label) => Some(label),
            Self::Route(route) => Some(&route.path),
        }
    }
}

impl Accounting {
    /// Begins the accounting of a request for `target`.
    pub(super) fn begin(context: RequestContext, method: &Method, target: &str) -> Self {
        let path = target.split('?').next().filter(|path| !path.is_empty());
        Self {
            context,
            method: method.clone(),
            path: path.unwrap_or(shared::API_BASE).to_owned(),
            route: Label::Unknown,
            status: None,
            outcome: Some(BROWSER_LEFT.into()),
            why: None,
            session: None,
            bytes: 0,
        }
    }

    /// The accounting of an address of the API that is no route's: `label` is its path and its name.
    #[must_use]
    pub fn of_address(context: RequestContext, method: &Method, label: &'static str) -> Self {
        let mut accounting = Self::begin(context, method, label);
        accounting.route = Label::Fixed(label);
        accounting
    }

    /// The circumstances of the request.
    #[must_use]
    pub const fn context(&self) -> &RequestContext {
        &self.context
    }

    /// Records the route that the request takes.
    pub(super) fn take(&mut self, route: &Arc<Route>) {
        self.route = Label::Route(Arc::clone(route));
    }

    /// Records the session in whose name the request goes.
    pub(super) fn in_name_of(&mut self, session: Option<&Current>) {
        self.session = session.map(|current| Arc::clone(&current.stored.session));
    }

    /// Records that the connection has got more of the content.
    pub fn handed(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// Records the answer: `reply`, for `failure` where the BFF answers itself. The upstream took `upstream_time`.
    pub fn answered(
        &mut self,
        reply: &mut Reply,
        failure: Option<&Failure>,
        upstream_time: Option<Duration>,
    ) {
        let took = self.context.started.elapsed();
        reply.headers.insert(SERVER_TIMING, server_timing(took, upstream_time));
        if let Some(field) = reply.headers.get(CACHE_STATUS) {
            metrics::cache_answered(|| outcome(field));
        }
        let label = failure.map_or_else(|| class(reply.status), Failure::outcome);
        metrics::ended(self.route.as_str(), label, took);
        let error = failure.map(|failure| failure.status().1.as_str());
        self.span(Some(reply.status), error, took);
        if let Some(failure) = failure {
            failure.log_refusal(self.source());
        }
        self.status = Some(reply.status.as_u16());
        // Content that is whole goes with the head.
        if let ReplyBody::Full(content) | ReplyBody::Stored(content, _) = &reply.body
            && self.method != Method::HEAD
        {
            self.handed(content.len());
        }
        self.outcome = failure.map(|failure| failure.to_string().into());
    }

    /// Records that the answer goes out with another status than the reply had.
    pub fn replaced(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// Records that the content may be ended from outside, for a reason.
    pub(super) fn may_end_early(&mut self, why: Option<Why>) {
        self.why = why;
    }

    /// Records that the content is on its way: dropped before its end, it has broken off.
    pub fn unfinished(&mut self) {
        self.outcome = Some(BROWSER_LEFT.into());
    }

    /// Records that the answer, or the rest of it, is not waited for any longer.
    pub fn given_up(&mut self) {
        self.outcome = Some(GIVEN_UP.into());
    }

    /// Records the end of the content: well, or in `error`.
    pub fn ended(&mut self, error: Option<String>) {
        let why = self.why.as_ref().and_then(|why| why.get()).map(Cow::Borrowed);
        self.outcome = why.or(error.map(Cow::Owned));
    }

    /// The client and the request's id, for the log.
    #[must_use]
    pub fn source(&self) -> EventSource<'_> {
        EventSource { request_id: &self.context.id, address: self.context.caller.address }
    }

    fn span(&self, status: Option<StatusCode>, error: Option<&'static str>, took: Duration) {
        let (place, route) = (self.context.trace, self.route.as_str());
        spans::served(&Done { place, method: &self.method, route, status, error, took });
    }
}

impl Drop for Accounting {
    fn drop(&mut self) {
        let took = self.context.started.elapsed();
        if self.status.is_none() {
            metrics::ended(self.route.as_str(), metrics::LEFT, took);
            self.span(None, Some(metrics::LEFT), took);
        }
        Access {
            served: Served::Api,
            request_id: &self.context.id,
            trace: self.context.trace,
            method: self.method.as_str(),
            path: &self.path,
            route: self.route.as_str(),
            user: self.session.as_ref().map(|session| session.user.id.as_str()),
            address: self.context.caller.address,
            status: self.status.unwrap_or(LEFT),
            bytes: self.bytes,
        }
        .write(took, self.outcome.as_deref());
    }
}

/// Milliseconds of the request here and with the upstream, in the words of Server Timing.
fn server_timing(total: Duration, upstream: Option<Duration>) -> HeaderValue {
    let value = match upstream {
        Some(upstream) => {
            let own = Millis(total.saturating_sub(upstream));
            field_value(format_args!("bff;dur={own}, upstream;dur={}", Millis(upstream)))
        }
        None => field_value(format_args!("bff;dur={}", Millis(total))),
    };
    value.unwrap_or(HeaderValue::from_static("bff"))
}

/// A duration in milliseconds with one digit behind the point.
struct Millis(Duration);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Numbers of 128 bits take ten times as long to format.
        let tenths = u64::try_from((self.0.as_micros() + 50) / 100).unwrap_or(u64::MAX);
        write!(f, "{}.{}", tenths / 10, tenths % 10)
    }
}
