//! The one seam to awc: a request in, an answer or an [`UpstreamError`] out.
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
    small_content::keep_small,
    trust::Trust,
    upload::{Progress, Upload},
};
use crate::{BaseUrl, UpstreamOptions};
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
    awc: awc::Client,
    /// The way to connections that are nobody's but a tunnel's.
    pub(super) connector: Connector,
    /// `http://` for both schemes, since the connector does TLS; see [`Connector`].
    pub(super) origin: String,
    pub(super) host: HeaderValue,
    pub(super) places: Places,
}

impl Client {
    /// A client for `base` on the terms of `options`.
    #[must_use]
    pub fn new(base: &BaseUrl, options: &UpstreamOptions, trust: Option<Trust>) -> Self {
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
            places: Places::new(options.connections),
        }
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
        let uploads = matches!(body, RequestBody::Sized(..) | RequestBody::Chunked(_));
        let place = self.places.take(uploads, share)?;
        let request = UpstreamRequest { method, target, headers, body, deadline, share: None };
        self.exchange(request, Some(place)).await
    }

    /// Like [`Client::send`], without a place: a probe is nobody's request. One of a process at a time.
    ///
    /// # Errors
    /// [`UpstreamError`].
    pub async fn probe(&self, request: UpstreamRequest) -> Result<Arriving, UpstreamError> {
        self.exchange(request, None).await
    }

    async fn exchange(
        &self,
        request: UpstreamRequest,
        place: Option<Place>,
    ) -> Result<Arriving, UpstreamError> {
        let UpstreamRequest { method, target, headers, body, mut deadline, share: _ } = request;
        let uri = format!("{}{target}", self.origin);
        let is_idempotent = is_idempotent(&method);
        let again = match &body {
            RequestBody::None if is_idempotent => Some(RequestBody::None),
            RequestBody::Whole(content) if is_idempotent => Some(RequestBody::Whole(content.clone())),
            _ => None,
        };
        let first = self.attempt(&method, &uri, &headers, body, &mut deadline).await;
        let answer = match (first, again) {
            (Err(err), Some(body)) if err.never_began() => {
                self.attempt(&method, &uri, &headers, body, &mut deadline).await?
            }
            (Ok(answer), Some(body)) if was_idle(&answer) => {
                self.attempt(&method, &uri, &headers, body, &mut deadline).await?
            }
            (first, _) => first?,
        };
        Ok(Arriving::new(answer, method == Method::HEAD, deadline, place))
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

/// Whether an answer is about its connection, which was idle for too long, and not about its request. That may be repeated
/// on another one (RFC 9110 §15.5.9).
fn was_idle(answer: &awc::ClientResponse) -> bool {
    let closes = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"close");
    answer.status() == StatusCode::REQUEST_TIMEOUT
        && answer.headers().get(header::CONNECTION).is_some_and(closes)
}

/// Whether a method is idempotent (RFC 9110 §9.2.2).
fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE)
}
