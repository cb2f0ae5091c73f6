//! The way of every request: limits, route, guard, cache, upstream, response. Nothing else sends anything upstream for a
//! browser.

mod ask;
mod cached;
mod fetch;
mod forward;
mod keep;
mod leading;
mod lookup;
mod written;

use std::{
    cell::Cell,
    mem,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use self::ask::Ask;
pub use self::forward::{Caching, Forward};
use crate::{
    cache::status::{CACHE_STATUS, outcome},
    failure::Failure,
    guard::{
        Guard,
        csrf::{CsrfRule, Grant},
        session::admit,
        token_paths::TokenPaths,
    },
    message::{
        BodyError, Exchange, HeaderBlock, Reply, ReplyBody, RequestBody, TraceContext,
        fields::is_aimed_at_caches, methods::METHODS,
    },
    rate_limit::{Charge, LimitSubject},
    route_table::{Route, RouteTable},
    telemetry::{
        metrics::{self, class},
        spans::{self, Done},
    },
    upstream::{Deadlines, UpstreamError, UpstreamRequest, deadline::Deadline},
};

/// How long a good probe holds.
const READY_FOR: Duration = Duration::from_secs(1);

/// What a session's answers say: they are that person's alone, and no shared computer keeps them.
const OF_A_SESSION: HeaderValue = HeaderValue::from_static("private, no-store");

/// Where the time of a request went (W3C Server Timing).
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Caps on a request, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Request body; past it 413.
    pub body: u64,
    /// Path and query; past it 414.
    pub uri: u64,
    /// Request header block; past it 431.
    pub headers: u64,
}

/// One worker's pipeline.
pub struct Pipeline {
    routes: RouteTable,
    guard: Guard,
    token_paths: TokenPaths,
    forward: Rc<Forward>,
    limits: RequestLimits,
    deadlines: Deadlines,
    /// When a probe last reached the upstream.
    reached: Cell<Option<Instant>>,
}

/// The answer to an exchange.
pub struct Answered {
    /// For the browser.
    pub reply: Reply,
    /// Why the BFF answers instead of the upstream.
    pub failure: Option<Failure>,
}

impl Answered {
    fn of(answer: Result<Reply, Failure>, request_id: &str) -> Self {
        match answer {
            Ok(reply) => Self { reply, failure: None },
            Err(failure) => Self { reply: failure.to_reply(request_id), failure: Some(failure) },
        }
    }
}

/// What an exchange leaves behind for its reply, however it ends.
#[derive(Default)]
struct Trace {
    /// How long the upstream took.
    upstream: Option<Duration>,
    /// What the request has been charged.
    charges: Vec<Charge>,
    /// What a foreign page is granted.
    grant: Option<Grant>,
    /// Whether it went in a session's name.
    in_session: bool,
    /// The route that it took.
    route: Option<Arc<Route>>,
}

/// An exchange under way. Dropped as such it counts as one that its browser has left.
struct Watched {
    place: TraceContext,
    method: Method,
    started: Instant,
    trace: Trace,
    is_answered: bool,
}

impl Watched {
    fn begin(exchange: &Exchange) -> Self {
        let (place, method) = (exchange.trace, exchange.method.clone());
        Self { place, method, started: Instant::now(), trace: Trace::default(), is_answered: false }
    }

    /// Counts the reply; what was left behind for it, and how long it took.
    fn answered(mut self, status: StatusCode, failure: Option<&Failure>) -> (Trace, Duration) {
        self.is_answered = true;
        let took = self.started.elapsed();
        metrics::ended(self.route(), outcome_of(status, failure), took);
        let error = failure.map(|failure| failure.status().1.as_str());
        self.span(Some(status), error, took);
        (mem::take(&mut self.trace), took)
    }

    fn route(&self) -> Option<&str> {
        self.trace.route.as_ref().map(|route| route.path.as_str())
    }

    fn span(&self, status: Option<StatusCode>, error: Option<&'static str>, took: Duration) {
        let Self { place, method, .. } = self;
        spans::served(&Done { place: *place, method, route: self.route(), status, error, took });
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.is_answered {
            let took = self.started.elapsed();
            metrics::ended(self.route(), metrics::LEFT, took);
            self.span(None, Some(metrics::LEFT), took);
        }
    }
}

impl Pipeline {
    /// A pipeline to the `routes`, through `guard` and `forward`.
    #[must_use]
    pub fn new(
        routes: RouteTable,
        guard: Guard,
        token_paths: TokenPaths,
        limits: RequestLimits,
        deadlines: Deadlines,
        forward: Forward,
    ) -> Self {
        Self {
            routes,
            guard,
            token_paths,
            forward: Rc::new(forward),
            limits,
            deadlines,
            reached: Cell::new(None),
        }
    }

    /// Takes an exchange to its answer. A failure is one as well.
    pub async fn run(&self, exchange: Exchange) -> Answered {
        let id = exchange.id.clone();
        let mut watched = Watched::begin(&exchange);
        let answer = self.admit_and_answer(exchange, &mut watched.trace).await;
        let Answered { mut reply, failure } = Answered::of(answer, &id);
        let (trace, took) = watched.answered(reply.status, failure.as_ref());
        if let Some(field) = reply.headers.get(CACHE_STATUS) {
            metrics::cache_answered(|| outcome(field));
        }
        reply.headers.insert(SERVER_TIMING, server_timing(took, trace.upstream));
        for charge in &trace.charges {
            charge.say(&mut reply.headers);
        }
        if trace.in_session {
            keep_from_caches(&mut reply.headers);
        }
        if let Some(grant) = trace.grant {
            grant.say(&mut reply.headers);
        }
        Answered { reply, failure }
    }

    /// The reply to a request that could not become an exchange, and took so long to be found out.
    #[must_use]
    pub fn refuse(failure: Failure, request_id: &str, took: Duration) -> Answered {
        let answered = Answered::of(Err(failure), request_id);
        metrics::ended(None, outcome_of(answered.reply.status, answered.failure.as_ref()), took);
        answered
    }

    /// Whether the upstream can be connected to and answers, with whatever status. A good answer holds for a
    /// second, so that whoever asks often does not become the upstream's load.
    ///
    /// # Errors
    /// Why it cannot.
    pub async fn probe(&self) -> Result<(), Failure> {
        if self.reached.get().is_some_and(|at| at.elapsed() < READY_FOR) {
            return Ok(());
        }
        let request = UpstreamRequest {
            method: Method::HEAD,
            target: "/".to_owned(),
            headers: HeaderBlock::new(),
            body: RequestBody::None,
            deadline: Deadline::start(&self.deadlines, None),
        };
        match self.forward.client.send(request).await {
            // Who has too much to do is not dead: taking it out would move its load to the others.
            Ok(_) | Err(UpstreamError::Overloaded) => {
                self.reached.set(Some(Instant::now()));
                Ok(())
            }
            Err(err) => Err(err.into()),
        }
    }

    /// When exchanges that begin now and share a deadline have to be over.
    #[must_use]
    pub fn due(&self) -> tokio::time::Instant {
        Deadline::start(&self.deadlines, None).total()
    }

    async fn admit_and_answer(&self, exchange: Exchange, trace: &mut Trace) -> Result<Reply, Failure> {
        self.check_limits(&exchange)?;
        let origin = self.guard.check_csrf(&exchange.method, &exchange.headers);
        // The usual methods only: whoever names another for an API has not named it for other sites' pages.
        if let Ok(Some(grant)) = &origin
            && let Some(headers) = CsrfRule::preflight(&exchange.method, &exchange.headers, &METHODS)
        {
            trace.grant = Some(grant.clone());
            return Ok(Reply { status: StatusCode::NO_CONTENT, headers, body: ReplyBody::Empty });
        }
        if self.token_paths.is_hidden(&exchange.path) {
            return Err(Failure::NoSuchAddress);
        }
        let route = self.routes.find(&exchange.method, &exchange.path)?;
        trace.route = Some(Arc::clone(route));
        trace.grant = origin?;
        let session = admit(route.session, &exchange.headers, &self.guard.sessions).await;
        let (session, refusal) = match session {
            Ok(session) => (session, None),
            Err(refusal) => (None, Some(refusal)),
        };
        let profile = self.token_paths.select(&exchange.path).filter(|_| route.select.is_none());
        let deadline = Deadline::start(&self.deadlines, route.timeout).before(exchange.due);
        let (ask, body) = Ask::new(exchange, Arc::clone(route), profile, session, deadline);
        if let Some(refusal) = refusal {
            self.charge(&ask, trace).await?;
            return Err(refusal.into());
        }
        // Both may have to ask Redis, and neither needs the other's answer.
        let (charged, way) = tokio::join!(self.charge(&ask, trace), self.forward.way(&ask, &body));
        charged?;
        trace.in_session = ask.session.is_some();
        self.forward.answer(ask, body, way, &mut trace.upstream).await
    }

    /// Charges the request to its session, else to its client's address; so is one whose session is not there.
    async fn charge(&self, ask: &Ask, trace: &mut Trace) -> Result<(), Failure> {
        let subject = match &ask.session {
            Some(session) => LimitSubject::Session(session.key.clone()),
            None => LimitSubject::of_address(ask.caller.address),
        };
        trace.charges = self.guard.charge(subject, &ask.route, 1, SystemTime::now()).await?;
        match trace.charges.iter().find_map(Charge::refusal) {
            Some(wait) => Err(Failure::RateLimited(wait)),
            None => Ok(()),
        }
    }

    fn check_limits(&self, exchange: &Exchange) -> Result<(), Failure> {
        // The four bytes are the colon, the space and the line end of each field.
        let header_bytes: usize =
            exchange.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if header_bytes as u64 > self.limits.headers {
            return Err(Failure::HeadersTooLarge);
        }
        match exchange.body {
            RequestBody::Sized(length, _) if length > self.limits.body => Err(BodyError::TooLarge.into()),
            _ => Ok(()),
        }
    }
}

/// The outcome of a request, as metrics name it.
fn outcome_of(status: StatusCode, failure: Option<&Failure>) -> &'static str {
    failure.map_or_else(|| class(status), Failure::outcome)
}

/// Caches in front may go by a field of their own before `Cache-Control`: none stays.
fn keep_from_caches(headers: &mut HeaderBlock) {
    headers.retain(|name| !is_aimed_at_caches(name));
    headers.insert(header::CACHE_CONTROL, OF_A_SESSION);
}

/// Milliseconds spent here and, of these, with the upstream.
fn server_timing(total: Duration, upstream: Option<Duration>) -> HeaderValue {
    let millis = |duration: Duration| duration.as_secs_f64() * 1e3;
    let text = match upstream {
        Some(upstream) => {
            let own = total.saturating_sub(upstream);
            format!("bff;dur={:.1}, upstream;dur={:.1}", millis(own), millis(upstream))
        }
        None => format!("bff;dur={:.1}", millis(total)),
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("bff"))
}
