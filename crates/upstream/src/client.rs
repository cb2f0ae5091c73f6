//! The one seam to awc: a request in, an answer or an [`UpstreamError`] out.
//!
//! One [`Client`] a worker, with a pool of its own. Small answers are read whole before they are passed on. That costs
//! less than streaming them, and turns a broken one into a proper error. All others are streamed.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    io,
    rc::Rc,
    task::Poll,
    time::Duration,
};

use actix_http::{HttpMessage as _, error::PayloadError};
use actix_rt::task::JoinHandle;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderValue, Method, StatusCode, header};
use tokio::time::sleep_until;

use super::{
    connector::{Connector, Trust},
    deadline::{Deadline, Sent},
    error::{Phase, UpstreamError},
    wire::WireError,
};
use crate::{BaseUrl, UpstreamOptions};
use http_message::{HeaderBlock, ReplyBody, RequestBody};
use telemetry::metrics;

/// Answers of a known length up to this many bytes are collected before they are passed on.
const COLLECT_MAX: u64 = 64 * 1024;

/// The longest life of a pooled connection, so that a changed address is noticed.
const CONNECTION_LIFETIME: Duration = Duration::from_secs(75);

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
}

/// The upstream's answer, its header block not yet filtered.
pub struct UpstreamResponse {
    /// The status, as answered.
    pub status: StatusCode,
    /// The fields, as answered.
    pub headers: HeaderBlock,
    /// The content, whole or streamed.
    pub body: ReplyBody,
}

/// One worker's client.
pub struct Client {
    awc: awc::Client,
    /// `http://` for both schemes, since the connector does TLS; see [`Connector`].
    origin: String,
    host: HeaderValue,
    under_way: Rc<Cell<ExchangeCounts>>,
    limit: usize,
}

impl Client {
    /// A client for `base` on the terms of `options`.
    #[must_use]
    pub fn new(base: &BaseUrl, options: &UpstreamOptions, trust: Option<Trust>) -> Self {
        let connect = options.deadlines.connect;
        let connector = Connector::new(base, trust, connect, options.head_max);
        let pool = awc::Connector::new()
            .connector(connector)
            // The connector keeps the deadline itself; this timeout only must not come first.
            .timeout(connect.saturating_mul(2))
            .conn_keep_alive(options.keep_alive)
            .conn_lifetime(CONNECTION_LIFETIME)
            .limit(options.connections);
        let awc = awc::Client::builder()
            .connector(pool)
            .disable_redirects()
            .disable_timeout()
            .no_default_headers()
            .finish();
        Self {
            awc,
            origin: format!("http://{}{}", base.authority, base.path),
            host: base.host_field.clone(),
            under_way: Rc::default(),
            limit: options.connections,
        }
    }

    /// Sends a request and waits for the answer's head (for a small answer, for all of it).
    ///
    /// A request without content is sent again once if the pooled connection turns out to be closed.
    ///
    /// # Errors
    /// [`UpstreamError`].
    pub async fn send(&self, request: UpstreamRequest) -> Result<UpstreamResponse, UpstreamError> {
        let slot = self.admit(matches!(request.body, RequestBody::Sized(..) | RequestBody::Chunked(_)))?;
        let UpstreamRequest { method, target, headers, body, deadline } = request;
        let uri = format!("{}{target}", self.origin);
        let again = matches!(body, RequestBody::None) && is_idempotent(&method);
        let first = self.attempt(&method, &uri, &headers, body, &deadline).await;
        let answer = match first {
            Err(err) if again && err.never_began() => {
                self.attempt(&method, &uri, &headers, RequestBody::None, &deadline).await?
            }
            other => other?,
        };
        receive(answer, &method, deadline, slot).await
    }

    fn admit(&self, upload: bool) -> Result<ExchangeSlot, UpstreamError> {
        let ExchangeCounts { all, uploads } = self.under_way.get();
        // A quarter of the places is kept for reading: uploads last as long as their senders please.
        let uploads_max = self.limit - self.limit / 4;
        if all >= self.limit || (upload && uploads >= uploads_max) {
            return Err(UpstreamError::Overloaded);
        }
        self.under_way.set(ExchangeCounts { all: all + 1, uploads: uploads + usize::from(upload) });
        Ok(ExchangeSlot {
            under_way: Rc::clone(&self.under_way),
            upload,
            _counted: metrics::UnderWay::begin(),
        })
    }

    async fn attempt(
        &self,
        method: &Method,
        uri: &str,
        headers: &HeaderBlock,
        body: RequestBody,
        deadline: &Deadline,
    ) -> Result<awc::ClientResponse, UpstreamError> {
        let mut request = self.awc.request(method.clone(), uri).no_decompress();
        let fields = request.headers_mut();
        for (name, value) in headers {
            fields.append(name.clone(), value.clone());
        }
        fields.insert(header::HOST, self.host.clone());
        let sent = Rc::new(Sent::default());
        let answer = match body {
            RequestBody::None => {
                sent.set();
                // Not `send()`, which says `Content-Length: 0` even of a GET.
                request.send_body(actix_http::body::None::new())
            }
            RequestBody::Whole(content) => {
                sent.set();
                request.send_body(content)
            }
            RequestBody::Sized(length, chunks) => {
                if length == 0 {
                    // awc does not ask an empty stream for its end.
                    sent.set();
                }
                let upload = Box::pin(deadline.upload(chunks, Rc::clone(&sent)));
                request.send_body(actix_http::body::SizedStream::new(length, upload))
            }
            RequestBody::Chunked(chunks) => {
                request.send_stream(Box::pin(deadline.upload(chunks, Rc::clone(&sent))))
            }
        };
        Ok(deadline.head(&sent, answer).await??)
    }
}

/// Whether a method is idempotent (RFC 9110 §9.2.2).
fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE)
}

/// The numbers of exchanges under way.
#[derive(Debug, Clone, Copy, Default)]
struct ExchangeCounts {
    all: usize,
    uploads: usize,
}

/// One exchange's place among those under way; given back when the answer is dropped.
struct ExchangeSlot {
    under_way: Rc<Cell<ExchangeCounts>>,
    upload: bool,
    _counted: metrics::UnderWay,
}

impl Drop for ExchangeSlot {
    fn drop(&mut self) {
        let ExchangeCounts { all, uploads } = self.under_way.get();
        self.under_way.set(ExchangeCounts {
            all: all.saturating_sub(1),
            uploads: uploads.saturating_sub(usize::from(self.upload)),
        });
    }
}

async fn receive(
    mut answer: awc::ClientResponse,
    method: &Method,
    deadline: Deadline,
    slot: ExchangeSlot,
) -> Result<UpstreamResponse, UpstreamError> {
    let status = answer.status();
    let headers: HeaderBlock =
        answer.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let bodiless = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let payload = answer.take_payload();
    let body = match length {
        _ if method == Method::HEAD => {
            collect(payload, 0, deadline).await?;
            ReplyBody::HeadOnly(length)
        }
        _ if bodiless => {
            collect(payload, 0, deadline).await?;
            ReplyBody::Empty
        }
        Some(length) if length <= COLLECT_MAX => ReplyBody::Full(collect(payload, length, deadline).await?),
        Some(length) => ReplyBody::Sized(length, pieces(payload, deadline, slot).err_into().boxed_local()),
        None => ReplyBody::Stream(pieces(payload, deadline, slot).err_into().boxed_local()),
    };
    Ok(UpstreamResponse { status, headers, body })
}

/// Reads a payload to its end, the empty one of a bodiless answer as well: awc keeps no connection whose payload is
/// dropped before that.
async fn collect(
    mut payload: actix_http::Payload,
    length: u64,
    deadline: Deadline,
) -> Result<Bytes, UpstreamError> {
    // Most small bodies arrive in one piece, which is then passed on without a copy.
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(piece) = deadline.piece(payload.next()).await? {
        let piece = piece?;
        if first.is_empty() {
            first = piece;
        } else {
            if rest.is_empty() {
                rest.reserve(usize::try_from(length).unwrap_or_default());
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&piece);
        }
    }
    let body = if rest.is_empty() { first } else { rest.freeze() };
    if (body.len() as u64) < length {
        return Err(WireError::Truncated.into());
    }
    Ok(body)
}

/// The pieces of a long answer; an error is the last of them.
///
/// The total deadline has a watch of its own, since a browser that does not read asks for no pieces. At its end the
/// connection and the place are given back, read or not.
fn pieces(
    payload: actix_http::Payload,
    deadline: Deadline,
    slot: ExchangeSlot,
) -> impl Stream<Item = Result<Bytes, UpstreamError>> {
    let open = Rc::new(RefCell::new(Some((payload, slot))));
    let watched = Rc::downgrade(&open);
    let watch = actix_rt::spawn(async move {
        sleep_until(deadline.total()).await;
        if let Some(open) = watched.upgrade() {
            open.borrow_mut().take();
        }
    });
    stream::unfold(Some((open, AbortOnDrop(watch))), move |state| async move {
        let (open, watch) = state?;
        let next = poll_fn(|cx| match open.borrow_mut().as_mut() {
            Some((payload, _)) => payload.poll_next_unpin(cx),
            None => Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into())))),
        });
        match deadline.piece(next).await {
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some((open, watch)))),
            Ok(Some(Err(_))) if open.borrow().is_none() => {
                Some((Err(UpstreamError::Timeout(Phase::Body)), None))
            }
            Ok(Some(Err(err))) => Some((Err(err.into()), None)),
            Ok(None) => None,
            Err(err) => Some((Err(err), None)),
        }
    })
}

/// A task that is aborted when this is dropped.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
