//! From a reply to an HTTP response; the access line is written when its last byte has gone, or its
//! connection.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody, None as NoBody},
};
use bytes::Bytes;

use super::unchecked_request::client_address;
use crate::{
    failure::Failure,
    guard::Guard,
    message::{Caller, HeaderBlock, Reply, ReplyBody, ReplyError, ReplyStream, RequestContext, TraceContext},
    pipeline::{Accounting, Answered},
};

/// The id of a request; the outermost layer gives it one.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    /// The id that `request` was given.
    #[must_use]
    pub fn of(request: &HttpRequest) -> String {
        request.extensions().get::<Self>().map(|id| id.0.clone()).unwrap_or_default()
    }
}

/// The place in a trace that `request` was given.
#[must_use]
pub fn trace_of(request: &HttpRequest) -> TraceContext {
    request.extensions().get().copied().unwrap_or_else(TraceContext::begin)
}

/// The header block of a request in the pipeline's own type.
#[must_use]
pub fn fields(request: &HttpRequest) -> HeaderBlock {
    let mut fields = HeaderBlock::with_capacity(request.headers().len());
    fields.extend(request.headers().iter().map(|(name, value)| (name.clone(), value.clone())));
    fields
}

/// The circumstances of a request with these fields.
#[must_use]
pub fn context_of(request: &HttpRequest, headers: &HeaderBlock, guard: &Guard) -> RequestContext {
    RequestContext {
        id: RequestId::of(request),
        trace: trace_of(request),
        caller: Caller { address: client_address(request, headers, guard) },
        started: Instant::now(),
        due: None,
    }
}

/// A problem as a response, for handlers that have no exchange.
#[must_use]
pub fn problem(failure: Failure, request: &HttpRequest) -> HttpResponse {
    refusal(&failure, &RequestId::of(request))
}

/// A problem as the response to the request of that id.
#[must_use]
pub fn refusal(failure: &Failure, request_id: &str) -> HttpResponse {
    let reply = failure.to_reply(request_id);
    let (response, body) = head(reply);
    match body {
        ReplyBody::Full(content) => response.set_body(BoxBody::new(content)),
        _ => response,
    }
}

/// A reply as a response.
#[must_use]
pub fn respond(answered: Answered) -> HttpResponse {
    let Answered { reply, mut accounting } = answered;
    let (response, body) = head(reply);
    match body {
        ReplyBody::Empty => response.set_body(BoxBody::new(NoBody::new())),
        ReplyBody::HeadOnly(length) => response.set_body(BoxBody::new(HeadOnly(length))),
        ReplyBody::Full(content) => response.set_body(BoxBody::new(content)),
        ReplyBody::Sized(length, pieces) => {
            accounting.unfinished();
            response.set_body(BoxBody::new(Streamed {
                size: BodySize::Sized(length),
                left: Some(length),
                pieces,
                accounting,
            }))
        }
        ReplyBody::Stream(pieces) => {
            accounting.unfinished();
            response.set_body(BoxBody::new(Streamed {
                size: BodySize::Stream,
                left: None,
                pieces,
                accounting,
            }))
        }
    }
}

fn head(reply: Reply) -> (HttpResponse<BoxBody>, ReplyBody) {
    let mut response = HttpResponse::new(reply.status);
    let headers = response.headers_mut();
    headers.reserve(reply.headers.len());
    for (name, value) in reply.headers {
        headers.append(name, value);
    }
    (response, reply.body)
}

/// Says how long the answer to GET would be, and sends nothing.
struct HeadOnly(Option<u64>);

impl MessageBody for HeadOnly {
    type Error = ReplyError;

    fn size(&self) -> BodySize {
        self.0.map_or(BodySize::None, BodySize::Sized)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, ReplyError>>> {
        Poll::Ready(None)
    }
}

/// A body that is passed on piece by piece.
struct Streamed {
    size: BodySize,
    /// Bytes still to come, where their number is known.
    left: Option<u64>,
    pieces: ReplyStream,
    accounting: Accounting,
}

impl MessageBody for Streamed {
    type Error = ReplyError;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, ReplyError>>> {
        let this = self.get_mut();
        let piece = std::task::ready!(this.pieces.as_mut().poll_next(cx));
        match &piece {
            None => this.accounting.ended(None),
            Some(Err(err)) => this.accounting.ended(Some(err.to_string())),
            Some(Ok(piece)) => {
                // The server stops asking once it has every byte of a known length.
                this.left = this.left.map(|left| left.saturating_sub(piece.len() as u64));
                if this.left == Some(0) {
                    this.accounting.ended(None);
                }
            }
        }
        Poll::Ready(piece)
    }
}
