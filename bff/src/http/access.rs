//! The access line of a request that is not for the API: one for the server's own addresses, or for the app.
//!
//! The line goes along with the content, and is written when that has gone, or the connection has closed.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use actix_web::{
    HttpMessage as _,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
};
use bytes::Bytes;

use telemetry::{
    Access, Served,
    access::{BROWSER_LEFT, LEFT},
};

use crate::{
    handlers::{
        api_error::ApiError,
        request_parts::{Identity, InNameOf},
    },
    session::store::Session,
};

/// Writes one line when it is dropped.
pub(super) struct AccessLine {
    served: Served,
    identity: Identity,
    method: Method,
    path: String,
    started: Instant,
    /// `None` until there is an answer.
    status: Option<u16>,
    route: Option<String>,
    session: Option<Arc<Session>>,
    bytes: u64,
    /// The end of the request where that was not with the answer's last byte.
    outcome: Option<String>,
}

impl AccessLine {
    /// The line of a request for this part of the server, whose browser sent `path`.
    pub(super) fn begin(served: Served, request: &ServiceRequest, path: String, identity: &Identity) -> Self {
        Self {
            served,
            identity: identity.clone(),
            method: request.method().clone(),
            path,
            started: Instant::now(),
            status: None,
            route: None,
            session: None,
            bytes: 0,
            outcome: Some(BROWSER_LEFT.to_owned()),
        }
    }

    /// The response whose content takes the line along.
    pub(super) fn along(mut self, response: ServiceResponse) -> ServiceResponse {
        let (request, size) = (response.request(), response.response().body().size());
        self.status = Some(response.status().as_u16());
        // The app has no routes, and strangers choose its paths.
        self.route = request.match_pattern().filter(|_| self.served == Served::Own);
        self.session = request.extensions().get::<InNameOf>().map(|InNameOf(session)| Arc::clone(session));
        let failure = response.response().error().and_then(|err| err.as_error::<ApiError>());
        let failure = failure.map(ToString::to_string);
        let left = match size {
            _ if self.method == Method::HEAD => None,
            BodySize::Sized(0) | BodySize::None => None,
            BodySize::Sized(length) => Some(length),
            BodySize::Stream => Some(u64::MAX),
        };
        self.outcome = failure.clone().or(left.map(|_| BROWSER_LEFT.to_owned()));
        response.map_body(|_, content| BoxBody::new(Counted { content, left, failure, line: self }))
    }
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        Access {
            served: self.served,
            request_id: &self.identity.id,
            trace: self.identity.trace,
            method: self.method.as_str(),
            path: &self.path,
            route: self.route.as_deref(),
            user: self.session.as_ref().map(|session| session.user.id.as_str()),
            address: self.identity.address,
            status: self.status.unwrap_or(LEFT),
            bytes: self.bytes,
        }
        .write(self.started.elapsed(), self.outcome.as_deref());
    }
}

/// Content whose bytes are counted.
struct Counted {
    content: BoxBody,
    /// Bytes still to come; `None` where none are.
    left: Option<u64>,
    /// The error that the content tells.
    failure: Option<String>,
    line: AccessLine,
}

impl MessageBody for Counted {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.content.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        let polled = ready!(Pin::new(&mut this.content).poll_next(cx));
        // What is made for HEAD is asked for as well, and goes nowhere.
        if let (Some(Ok(piece)), Some(left)) = (&polled, &mut this.left) {
            this.line.bytes += piece.len() as u64;
            *left = left.saturating_sub(piece.len() as u64);
        }
        // The framework may stop asking once it has every byte of a known length.
        if (polled.is_none() || this.left == Some(0)) && this.left.take().is_some() {
            this.line.outcome = this.failure.take();
        }
        Poll::Ready(polled)
    }
}
