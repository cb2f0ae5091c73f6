//! The way of every request: limits, route, upstream, response. Nothing else sends anything upstream.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use url::Url;

use crate::{
    config::{Config, Deadlines, Limits},
    exchange::{BodyError, Exchange, RequestBody},
    response::{
        Reply,
        headers::{ResponseRules, is_page},
        problem::Failure,
    },
    route_table::{ErrorPolicy, Route, RouteTable},
    upstream::{
        Client, UpstreamError, UpstreamRequest, UpstreamResponse, deadline::Deadline, headers::for_upstream,
    },
};

/// How long a good probe holds.
const READY_FOR: Duration = Duration::from_secs(1);

/// Where the time of a request went (W3C Server Timing).
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// One worker's pipeline.
pub struct Pipeline {
    routes: RouteTable,
    client: Client,
    rules: ResponseRules,
    limits: Limits,
    deadlines: Deadlines,
    public_url: Url,
    /// When a probe last reached the upstream.
    reached: Cell<Option<Instant>>,
}

impl Pipeline {
    /// A pipeline to the upstream behind `client`, on the terms of `config`.
    #[must_use]
    pub fn new(config: &Config, client: Client, rules: ResponseRules, public_url: Url) -> Self {
        Self {
            routes: config.routes.clone(),
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
        let mut upstream = None;
        let mut reply = self.forward(exchange, &mut upstream).await.unwrap_or_else(|err| err.reply(&id));
        reply.headers.insert(SERVER_TIMING, server_timing(started.elapsed(), upstream));
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

    async fn forward(&self, exchange: Exchange, timing: &mut Option<Duration>) -> Result<Reply, Failure> {
        self.check_limits(&exchange)?;
        let route = self.routes.find(&exchange.method, &exchange.path)?;
        let path = exchange.path.as_str().to_owned();
        let request = self.request(exchange, route);
        let sent = Instant::now();
        let answer = self.client.send(request).await;
        *timing = Some(sent.elapsed());
        self.respond(answer?, route, &path)
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

    fn request(&self, exchange: Exchange, route: &Route) -> UpstreamRequest {
        let target = match &exchange.query {
            Some(query) => format!("{}?{query}", exchange.path.as_str()),
            None => exchange.path.as_str().to_owned(),
        };
        UpstreamRequest {
            headers: for_upstream(&exchange.headers, &exchange.caller, &self.public_url, &exchange.id),
            method: exchange.method,
            target,
            body: exchange.body,
            deadline: Deadline::start(&self.deadlines, route.timeout),
        }
    }

    fn respond(&self, answer: UpstreamResponse, route: &Route, path: &str) -> Result<Reply, Failure> {
        let UpstreamResponse { status, headers, body } = answer;
        let hidden = status.as_u16() >= 500 && route.errors == ErrorPolicy::Problem;
        let page = status.is_client_error() && headers.get(header::CONTENT_TYPE).is_some_and(is_page);
        if hidden || page {
            return Err(Failure::UpstreamStatus(status));
        }
        let headers = self.rules.for_browser(status, &headers, path)?;
        Ok(Reply { status, headers, body, failure: None })
    }
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
