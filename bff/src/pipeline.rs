//! The way of every request: limits, route, guard, upstream, response. Nothing else sends anything upstream for a
//! browser.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;

use crate::{
    config::{Config, Deadlines, Limits},
    exchange::{BodyError, Exchange, RequestBody},
    guard::{
        Guard,
        origin::{Grant, OriginRule},
        rate_limit::{Charge, Subject},
        session::admit,
        token_paths::TokenPaths,
    },
    response::{
        Reply, ReplyBody,
        headers::{ResponseRules, is_page},
        problem::Failure,
        transform,
    },
    route_table::{ErrorPolicy, METHODS, Route, RouteTable},
    session::{Current, provider::credentials::bearer, refresh::Refresher},
    upstream::{
        Client, UpstreamError, UpstreamRequest, UpstreamResponse,
        call::collect,
        deadline::Deadline,
        headers::{ask_for_plain, authorize, for_upstream},
        repeatable::Repeatable,
    },
};

/// How long a good probe holds.
const READY_FOR: Duration = Duration::from_secs(1);

/// What a session's answers say: they are that person's alone, and no shared computer keeps them.
const OF_A_SESSION: HeaderValue = HeaderValue::from_static("private, no-store");

/// What may leave of an error's content wherever fields are selected: what went wrong, in words and in code.
const ERROR_MEMBERS: [&str; 6] = ["message", "error", "code", "title", "detail", "status"];

/// Answers that are kept for the moment in which new tokens are fetched, in bytes.
const REFUSAL_MAX: usize = 64 * 1024;

/// Where the time of a request went (W3C Server Timing).
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// One worker's pipeline.
pub struct Pipeline {
    routes: RouteTable,
    guard: Guard,
    token_paths: TokenPaths,
    refresher: Refresher,
    client: Rc<Client>,
    rules: ResponseRules,
    limits: Limits,
    deadlines: Deadlines,
    public_url: Url,
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
}

/// What a route and an address say of the answer.
struct Terms<'a> {
    path: String,
    errors: ErrorPolicy,
    select: Option<&'a [String]>,
}

impl Pipeline {
    /// A pipeline to the upstream behind `client`, on the terms of `config`.
    #[must_use]
    pub fn new(
        config: &Config,
        guard: Guard,
        refresher: Refresher,
        client: Rc<Client>,
        rules: ResponseRules,
        public_url: Url,
    ) -> Self {
        Self {
            routes: config.routes.clone(),
            guard,
            token_paths: TokenPaths::new(&config.session.upstream_login),
            refresher,
            client,
            rules,
            limits: config.limits,
            deadlines: config.upstream.deadlines,
            public_url,
            reached: Cell::new(None),
        }
    }

    /// Takes an exchange to its reply. A failure is a reply as well.
    pub async fn run(&self, exchange: Exchange) -> Reply {
        let id = exchange.id.clone();
        let started = Instant::now();
        let mut trace = Trace::default();
        let mut reply = self.forward(exchange, &mut trace).await.unwrap_or_else(|err| err.reply(&id));
        reply.headers.insert(SERVER_TIMING, server_timing(started.elapsed(), trace.upstream));
        for charge in &trace.charges {
            charge.say(&mut reply.headers);
        }
        if trace.in_session {
            reply.headers.insert(header::CACHE_CONTROL, OF_A_SESSION);
        }
        if let Some(grant) = trace.grant {
            grant.say(&mut reply.headers);
        }
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
        match self.client.send(request).await {
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

    async fn forward(&self, exchange: Exchange, trace: &mut Trace) -> Result<Reply, Failure> {
        self.check_limits(&exchange)?;
        let origin = self.guard.judge(&exchange.method, &exchange.headers);
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
        trace.grant = origin?;
        let session = admit(route.session, &exchange.headers, &self.guard.sessions).await;
        self.charge(&exchange, route, session.as_ref().ok().and_then(Option::as_ref), trace).await?;
        let session = session?;
        trace.in_session = session.is_some();
        let terms = Terms {
            path: exchange.path.as_str().to_owned(),
            errors: route.errors,
            select: route.select.as_deref().or_else(|| self.token_paths.select(&exchange.path)),
        };
        let answer = match session {
            None => self.send(self.request(exchange, route, &terms), trace).await?,
            Some(session) => self.send_for(session, self.request(exchange, route, &terms), trace).await?,
        };
        self.respond(answer, &terms).await
    }

    /// Charges the request to its session, else to its client's address; so is one whose session is not there.
    async fn charge(
        &self,
        exchange: &Exchange,
        route: &Route,
        session: Option<&Current>,
        trace: &mut Trace,
    ) -> Result<(), Failure> {
        let subject = match session {
            Some(session) => Subject::Session(session.key.clone()),
            None => Subject::of_address(exchange.caller.address),
        };
        trace.charges = self.guard.charge(subject, route, 1, SystemTime::now()).await?;
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

    fn request(&self, exchange: Exchange, route: &Route, terms: &Terms<'_>) -> UpstreamRequest {
        let target = match &exchange.query {
            Some(query) => format!("{}?{query}", exchange.path.as_str()),
            None => exchange.path.as_str().to_owned(),
        };
        let mut headers = for_upstream(&exchange.headers, &exchange.caller, &self.public_url, &exchange.id);
        if terms.select.is_some() {
            ask_for_plain(&mut headers);
        }
        UpstreamRequest {
            headers,
            method: exchange.method,
            target,
            body: exchange.body,
            deadline: Deadline::start(&self.deadlines, route.timeout).before(exchange.due),
        }
    }

    async fn send(&self, request: UpstreamRequest, trace: &mut Trace) -> Result<UpstreamResponse, Failure> {
        let sent = Instant::now();
        let answer = self.client.send(request).await;
        trace.upstream = Some(trace.upstream.unwrap_or_default() + sent.elapsed());
        Ok(answer?)
    }

    /// Sends a request in a session's name: with its token, renewed before it ends, and once more where the upstream
    /// refuses it all the same.
    async fn send_for(
        &self,
        session: Current,
        request: UpstreamRequest,
        trace: &mut Trace,
    ) -> Result<UpstreamResponse, Failure> {
        let due = request.deadline.total();
        let session = self.refresher.before_use(session, due).await?;
        let mut request = Repeatable::keep(request).await?;
        let first = request.attempt(with_token(&session)?).ok_or(Failure::Renewed)?;
        let mut answer = self.send(first, trace).await?;
        self.guard.sessions.touch(&session, SystemTime::now()).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        // Read now: until then it holds a place among the exchanges, and the refresh needs one.
        answer.body = ReplyBody::Full(collect(answer.body, REFUSAL_MAX).await.unwrap_or_default());
        let Some(renewed) = self.refresher.after_refusal(&session, due).await? else { return Ok(answer) };
        let second = request.attempt(with_token(&renewed)?).ok_or(Failure::Renewed)?;
        self.send(second, trace).await
    }

    async fn respond(&self, answer: UpstreamResponse, terms: &Terms<'_>) -> Result<Reply, Failure> {
        let UpstreamResponse { status, headers, body } = answer;
        let hidden = status.as_u16() >= 500 && terms.errors == ErrorPolicy::Problem;
        let page = status.is_client_error() && headers.get(header::CONTENT_TYPE).is_some_and(is_page);
        if hidden || page {
            return Err(Failure::UpstreamStatus(status));
        }
        let mut allowed = self.rules.for_browser(status, &headers, &terms.path)?;
        let body = match terms.select {
            None => body,
            Some(fields) => {
                allowed.remove(header::ACCEPT_RANGES);
                self.select(status, &headers, body, fields).await?
            }
        };
        Ok(Reply { status, headers: allowed, body, failure: None })
    }

    /// The selected fields of an answer, and of an error what went wrong as well. What they cannot be picked from does
    /// not leave, whatever its status.
    async fn select(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: ReplyBody,
        fields: &[String],
    ) -> Result<ReplyBody, Failure> {
        match body {
            ReplyBody::Empty => return Ok(ReplyBody::Empty),
            ReplyBody::HeadOnly(_) => return Ok(ReplyBody::HeadOnly(None)),
            ReplyBody::Full(content) if content.is_empty() => return Ok(ReplyBody::Full(content)),
            _ if status.is_redirection() => return Ok(ReplyBody::Full(Bytes::new())),
            _ => {}
        }
        if status.is_success() {
            return self.pick(headers, body, fields).await;
        }
        let fields: Vec<String> = fields.iter().cloned().chain(ERROR_MEMBERS.map(str::to_owned)).collect();
        self.pick(headers, body, &fields).await.map_err(|_| Failure::UpstreamStatus(status))
    }

    async fn pick(
        &self,
        headers: &HeaderMap,
        body: ReplyBody,
        fields: &[String],
    ) -> Result<ReplyBody, Failure> {
        if headers.contains_key(header::CONTENT_ENCODING) {
            return Err(
                UpstreamError::NotSelectable("it is compressed, though it was asked not to be").into()
            );
        }
        let max = usize::try_from(self.limits.select).unwrap_or(usize::MAX);
        let content = collect(body, max).await?;
        let picked = transform::select(&content, fields).map_err(UpstreamError::NotSelectable)?;
        Ok(ReplyBody::Full(picked.into()))
    }
}

/// Puts a session's token into a header block.
fn with_token(session: &Current) -> Result<impl FnOnce(&mut HeaderMap), Failure> {
    let field = bearer(&session.stored.session.tokens.access)?;
    Ok(move |headers: &mut HeaderMap| authorize(headers, field))
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
