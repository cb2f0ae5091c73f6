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

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use self::ask::Ask;
pub use self::forward::{Caching, Forward};
use crate::{
    cache::status::{CACHE_STATUS, outcome},
    config::{Config, Deadlines, Limits},
    exchange::{BodyError, Exchange, RequestBody},
    guard::{
        Guard,
        origin::{Grant, OriginRule},
        rate_limit::{Charge, Subject},
        session::admit,
        token_paths::TokenPaths,
    },
    response::{Reply, ReplyBody, headers::is_aimed_at_caches, problem::Failure},
    route_table::{METHODS, Route, RouteTable},
    telemetry::{
        metrics,
        spans::{self, Done},
        trace::TraceContext,
    },
    upstream::{UpstreamError, UpstreamRequest, deadline::Deadline},
};

/// How long a good probe holds.
const READY_FOR: Duration = Duration::from_secs(1);

/// What a session's answers say: they are that person's alone, and no shared computer keeps them.
const OF_A_SESSION: HeaderValue = HeaderValue::from_static("private, no-store");

/// Where the time of a request went (W3C Server Timing).
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// One worker's pipeline.
pub struct Pipeline {
    routes: RouteTable,
    guard: Guard,
    token_paths: TokenPaths,
    forward: Rc<Forward>,
    limits: Limits,
    deadlines: Deadlines,
    /// When a probe last reached the upstream.
    reached: Cell<Option<Instant>>,
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
    fn answered(mut self, reply: &Reply) -> (Trace, Duration) {
        self.is_answered = true;
        let took = self.started.elapsed();
        let failure = reply.failure.as_ref();
        metrics::answered(self.route(), reply.status, failure, took);
        let error = failure.map(|failure| failure.status().1.as_str());
        self.span(Some(reply.status), error, took);
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
            metrics::left(self.route(), took);
            self.span(None, Some(metrics::LEFT), took);
        }
    }
}

impl Pipeline {
    /// A pipeline through `guard` and `forward`, on the terms of `config`.
    #[must_use]
    pub fn new(config: &Config, guard: Guard, forward: Forward) -> Self {
        Self {
            routes: config.routes.clone(),
            guard,
            token_paths: TokenPaths::new(&config.session.upstream_login),
            forward: Rc::new(forward),
            limits: config.limits,
            deadlines: config.upstream.deadlines,
            reached: Cell::new(None),
        }
    }

    /// Takes an exchange to its reply. A failure is a reply as well.
    pub async fn run(&self, exchange: Exchange) -> Reply {
        let id = exchange.id.clone();
        let mut watched = Watched::begin(&exchange);
        let answer = self.admit_and_answer(exchange, &mut watched.trace).await;
        let mut reply = answer.unwrap_or_else(|err| err.reply(&id));
        let (trace, took) = watched.answered(&reply);
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
        reply
    }

    /// The reply to a request that could not become an exchange, and took so long to be found out.
    #[must_use]
    pub fn refuse(failure: Failure, request_id: &str, took: Duration) -> Reply {
        let reply = failure.reply(request_id);
        metrics::answered(None, reply.status, reply.failure.as_ref(), took);
        reply
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
            headers: HeaderMap::new(),
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
        let origin = self.guard.judge(&exchange.method, &exchange.headers);
        // The usual methods only: whoever names another for an API has not named it for other sites' pages.
        if let Ok(Some(grant)) = &origin
            && let Some(headers) = OriginRule::preflight(&exchange.method, &exchange.headers, &METHODS)
        {
            trace.grant = Some(grant.clone());
            return Ok(Reply {
                status: StatusCode::NO_CONTENT,
                headers,
                body: ReplyBody::Empty,
                failure: None,
            });
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
            return Err(refusal);
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
            Some(session) => Subject::Session(session.key.clone()),
            None => Subject::of_address(ask.caller.address),
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

/// Caches in front may go by a field of their own before `Cache-Control`: none stays.
fn keep_from_caches(headers: &mut HeaderMap) {
    let aimed: Vec<HeaderName> = headers.keys().filter(|name| is_aimed_at_caches(name)).cloned().collect();
    for name in aimed {
        headers.remove(name);
    }
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
