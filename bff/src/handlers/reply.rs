//! Turns a reply into an HTTP response. The access line is written when the last byte has gone, or the connection has
//! closed.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, BodyStream, BoxBody, MessageBody, None as NoBody, SizedStream},
};
use bytes::Bytes;

use http_message::{Reply, ReplyBody, ReplyError, ReplyStream};

use crate::{
    failure::Failure,
    handlers::request_parts::Identity,
    pipeline::{Accounting, Answered},
};

/// A problem as a response, for handlers that have no exchange.
#[must_use]
pub fn problem(failure: Failure, request: &HttpRequest) -> HttpResponse {
    refusal(&failure, &Identity::of(request).id)
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
    let Answered { reply, accounting } = answered;
    let (response, body) = head(reply);
    match body {
        ReplyBody::Empty => response.set_body(BoxBody::new(NoBody::new())),
        ReplyBody::HeadOnly(length) => response.set_body(BoxBody::new(HeadOnly(length))),
        ReplyBody::Full(content) | ReplyBody::Stored(content, _) => response.set_body(BoxBody::new(content)),
        ReplyBody::Sized(length, pieces) => {
            response.set_body(Streamed::boxed(BodySize::Sized(length), Some(length), pieces, accounting))
        }
        ReplyBody::Stream(pieces) => {
            response.set_body(Streamed::boxed(BodySize::Stream, None, pieces, accounting))
        }
    }
}

/// A reply as a response of something that leaves no access line of the API.
pub(super) fn unrecorded(reply: Reply) -> HttpResponse {
    let (response, body) = head(reply);
    response.set_body(match body {
        ReplyBody::Empty => BoxBody::new(NoBody::new()),
        ReplyBody::HeadOnly(length) => BoxBody::new(HeadOnly(length)),
        ReplyBody::Full(content) | ReplyBody::Stored(content, _) => BoxBody::new(content),
        ReplyBody::Sized(length, pieces) => BoxBody::new(SizedStream::new(length, pieces)),
        ReplyBody::Stream(pieces) => BoxBody::new(BodyStream::new(pieces)),
    })
}

/// Status and fields of a response, and the content of the reply.
pub(super) fn head(reply: Reply) -> (HttpResponse<BoxBody>, ReplyBody) {
    let mut response = HttpResponse::new(reply.status);
    let headers = response.headers_mut();
    headers.reserve(reply.headers.len());
    for (name, value) in reply.headers {
        headers.append(name, value);
    }
    (response, reply.body)
}

/// A body that declares the length of the answer to GET, and sends nothing.
pub(super) struct HeadOnly(pub(super) Option<u64>);

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
    /// The error that cuts the connection, once everything before it has gone out.
    broken: Option<ReplyError>,
}

impl Streamed {
    fn boxed(size: BodySize, left: Option<u64>, pieces: ReplyStream, mut accounting: Accounting) -> BoxBody {
        accounting.unfinished();
        BoxBody::new(Self { size, left, pieces, accounting, broken: None })
    }
}

impl MessageBody for Streamed {
    type Error = ReplyError;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, ReplyError>>> {
        let this = self.get_mut();
        if let Some(err) = this.broken.take() {
            return Poll::Ready(Some(Err(err)));
        }
        match ready!(this.pieces.as_mut().poll_next(cx)) {
            None => {
                this.accounting.ended(None);
                Poll::Ready(None)
            }
            Some(Err(err)) => {
                this.accounting.ended(Some(err.to_string()));
                this.broken = Some(err);
                // The server drops what it has not written at an error. Here it writes first, the head at least: browsers
                // send a request again by themselves, a POST as well, when not one byte comes back.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Ok(piece)) => {
                this.accounting.handed(piece.len());
                // The server stops asking once it has every byte of a known length.
                this.left = this.left.map(|left| left.saturating_sub(piece.len() as u64));
                if this.left == Some(0) {
                    this.accounting.ended(None);
                }
                Poll::Ready(Some(Ok(piece)))
            }
        }
    }
}
