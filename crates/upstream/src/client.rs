//! The one seam to awc: a request in, an answer or an [`UpstreamError`] out.
//!
//! An upstream with several servers, a breaker or retries goes another way, in `minded`.
//!
//! One [`Client`] a worker, with a pool of its own.

use std::{rc::Rc, time::Duration};

use http::{HeaderValue, Method, StatusCode, header};

use super::{
    arriving::Arriving,
    connector::Connector,
    deadline::Deadline,
    error::UpstreamError,
    places::{Place, Places},
    servers::Servers,
    small_content::keep_small,
    trust::Trust,
    upload::{Progress, Upload},
};
use crate::{BaseUrl, Deadlines, UpstreamOptions};
use http_message::{HeaderBlock, RequestBody, shares::Share};

/// The longest life of a pooled connection, so that a changed address is noticed.
const CONNECTION_LIFETIME: Duration = Duration::from_secs(75);

/// Connections besides those of people's requests.
const PROBES: usize = 1;

/// A request for the upstream, its header block already filtered.
pub struct UpstreamRequest {
    /// One of the forwarded methods.
    pub method: Method,
    /// Path and query below the base URL, byte for byte.
    pub target: String,
    /// The fields, without `Host` and framing.
    pub headers: HeaderBlock,
    /// The content, streamed.
    pub body: RequestBody,
    /// The time limits of the exchange.
    pub deadline: Deadline,
    /// The caller's share, taken for as long as the exchange lasts; `None` for a request of the server's own.
    pub share: Option<Share>,
}

/// One worker's client.
pub struct Client {
    pub(super) servers: Servers,
    /// The time that the upstream usually has.
    pub(super) usual: Deadlines,
    first: Line,
    others: Vec<Line>,
    pub(super) places: Places,
}

/// The way to one server: a pool of connections.
pub(super) struct Line {
    awc: awc::Client,
    /// The way to connections that are nobody's but a tunnel's.
    pub(super) connector: Connector,
    /// `http://` for both schemes, since the connector does TLS; see [`Connector`].
    pub(super) origin: String,
    pub(super) host: HeaderValue,
}

/// A request as it goes to a server.
pub(super) struct Sent<'a> {
    pub(super) method: &'a Method,
    pub(super) target: &'a str,
    pub(super) headers: &'a HeaderBlock,
    /// Whether it may go out a second time on a pooled connection that turns out to be closed.
    pub(super) is_repeatable: bool,
}

impl Client {
    /// A client for the server at `base` on the terms of `options`.
    #[must_use]
    pub fn new(base: &BaseUrl, options: &UpstreamOptions, trust: Option<Trust>) -> Self {
        Self::of(Servers::one(base.clone()), options, trust)
    }

    /// A client for `servers`, which other workers may share, on the terms of `options`.
    #[must_use]
    pub fn of(servers: Servers, options: &UpstreamOptions, trust: Option<Trust>) -> Self {
        let line = |base: &BaseUrl| Line::new(base, options, trust.clone());
        let first = line(servers.first());
        let others = servers.bases().skip(1).map(line).collect();
        let places = Places::new(options.connections);
        Self { first, others, places, usual: options.deadlines, servers }
    }

    /// The name of the upstream.
    #[must_use]
    pub fn name(&self) -> &str {
        self.servers.name()
    }

    /// Sends a request and waits for the answer's head.
    ///
    /// An idempotent request whose content is small is sent again once if the pooled connection turns out to be closed.
    ///
    /// # Errors
    /// [`UpstreamError`].
    pub async fn send(&self, request: UpstreamRequest) -> Result<Arriving, UpstreamError> {
        let UpstreamRequest { method, target, headers, body, mut deadline, share } = request;
        // It takes no place until it is there: its sender may take its time.
        let body = keep_small(body, &mut deadline).await?;
        let place = self.places.take(is_streamed(&body), share)?;
        let request = UpstreamRequest { method, target, headers, body, deadline, share: None };
        match self.servers.are_minded() {
            false => self.exchange(request, Some(place)).await,
            // Boxed: an upstream that nothing is kept of does not pay for its memory.
            true => Box::pin(self.minded(request, Some(place))).await,
        }
    }

    /// Like [`Client::send`], without a place: a probe is nobody's request. One of a process at a time.
    ///
    /// # Errors
    /// [`UpstreamError`].
    pub async fn probe(&self, request: UpstreamRequest) -> Result<Arriving, UpstreamError> {
        match self.servers.len() {
            1 => self.exchange(request, None).await,
            _ => Box::pin(self.minded(request, None)).await,
        }
    }

    async fn exchange(
        &self,
        request: UpstreamRequest,
        place: Option<Place>,
    ) -> Result<Arriving, UpstreamError> {
        let UpstreamRequest { method, target, headers, body, mut deadline, share: _ } = request;
        let is_repeatable = is_idempotent(&method);
        let sent = Sent { method: &method, target: &target, headers: &headers, is_repeatable };
        let answer = self.first.send(&sent, body, &mut deadline).await?;
        Ok(Arriving::new(answer, method == Method::HEAD, deadline, place))
    }

    pub(super) fn line(&self, index: usize) -> &Line {
        index.checked_sub(1).and_then(|index| self.others.get(index)).unwrap_or(&self.first)
    }
}

impl Line {
    fn new(base: &BaseUrl, options: &UpstreamOptions, trust: Option<Trust>) -> Self {
        let connect = options.deadlines.connect;
        let connector = Connector::new(base, trust, connect, options.head_max);
        let pool = awc::Connector::new()
            .connector(connector.clone())
            // The connector keeps the deadline itself; this timeout only must not come first.
            .timeout(connect.saturating_mul(2))
            .conn_keep_alive(options.keep_alive)
            .conn_lifetime(CONNECTION_LIFETIME)
            .limit(options.connections.saturating_add(PROBES));
        let awc = awc::Client::builder()
            .connector(pool)
            .disable_redirects()
            .disable_timeout()
            .no_default_headers()
            .finish();
        Self {
            awc,
            connector,
            origin: format!("http://{}{}", base.authority, base.path),
            host: base.host_field.clone(),
        }
    }

    /// Sends a request, and once more where its pooled connection had been closed.
    pub(super) async fn send(
        &self,
        sent: &Sent<'_>,
        body: RequestBody,
        deadline: &mut Deadline,
    ) -> Result<awc::ClientResponse, UpstreamError> {
        let Sent { method, target, headers, is_repeatable } = *sent;
        let uri = format!("{}{target}", self.origin);
        let again = copy(&body).filter(|_| is_repeatable);
        let first = self.attempt(method, &uri, headers, body, deadline).await;
        match (first, again) {
            (Err(err), Some(body)) if err.never_began() => {
                self.attempt(method, &uri, headers, body, deadline).await
            }
            (Ok(answer), Some(body)) if was_idle(&answer) => {
                self.attempt(method, &uri, headers, body, deadline).await
            }
            (first, _) => first,
        }
    }

    async fn attempt(
        &self,
        method: &Method,
        uri: &str,
        headers: &HeaderBlock,
        body: RequestBody,
        deadline: &mut Deadline,
    ) -> Result<awc::ClientResponse, UpstreamError> {
        let mut request = self.awc.request(method.clone(), uri).no_decompress();
        let fields = request.headers_mut();
        for (name, value) in headers {
            fields.append(name.clone(), value.clone());
        }
        fields.insert(header::HOST, self.host.clone());
        let (answer, upload) = match body {
            // Not `send()`, which says `Content-Length: 0` even of a GET.
            RequestBody::None => (request.send_body(actix_http::body::None::new()), None),
            RequestBody::Whole(content) => (request.send_body(content), None),
            RequestBody::Sized(length, chunks) => {
                let upload = Rc::new(Upload::new(Progress::AtBrowser));
                let content = Box::pin(deadline.upload(chunks, Rc::clone(&upload)));
                (request.send_body(actix_http::body::SizedStream::new(length, content)), Some(upload))
            }
            RequestBody::Chunked(chunks) => {
                let upload = Rc::new(Upload::new(Progress::AtBrowser));
                (request.send_stream(Box::pin(deadline.upload(chunks, Rc::clone(&upload)))), Some(upload))
            }
        };
        Ok(deadline.head(upload.as_deref(), answer).await??)
    }
}

/// Whether content comes as its sender pleases.
pub(super) const fn is_streamed(body: &RequestBody) -> bool {
    matches!(body, RequestBody::Sized(..) | RequestBody::Chunked(_))
}

/// A second copy of content that is whole.
pub(super) fn copy(body: &RequestBody) -> Option<RequestBody> {
    match body {
        RequestBody::None => Some(RequestBody::None),
        RequestBody::Whole(content) => Some(RequestBody::Whole(content.clone())),
        RequestBody::Sized(..) | RequestBody::Chunked(_) => None,
    }
}

/// Whether an answer is about its connection, which was idle for too long, and not about its request. That may be repeated
/// on another one (RFC 9110 §15.5.9).
fn was_idle(answer: &awc::ClientResponse) -> bool {
    let closes = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"close");
    answer.status() == StatusCode::REQUEST_TIMEOUT
        && answer.headers().get(header::CONNECTION).is_some_and(closes)
}

/// Whether a method is idempotent (RFC 9110 §9.2.2).
pub(super) fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE)
}
