//! Content that may flow for long: it ends with its session, and an event stream with the server's drain.
//!
//! Nothing is listened to before content has to be waited for, or is long: short answers pay nothing.

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _, future::LocalBoxFuture};
use http::header;

use super::drain::Drain;
use crate::session::{Current, EndsBy, Sessions};
use http_message::{Reply, ReplyBody, ReplyError, ReplyStream, media_type::is_event_stream};

/// Pieces after which content is long, although it has never been waited for.
const SHORT: u8 = 8;

/// Why content, or a tunnel, ended that has not come to its own end. The texts are for the log.
pub(super) const SESSION_ENDED: &str = "the session ended";
pub(super) const SERVER_DRAINS: &str = "the server stops";

/// The reason why content ended early, which the access line tells.
pub(super) type Why = Rc<Cell<Option<&'static str>>>;

/// What ends content from outside.
pub(super) struct Ends {
    sessions: Rc<Sessions>,
    drain: Drain,
}

/// Content that has an end from outside.
struct Flow {
    /// `None` after the end.
    pieces: Option<ReplyStream>,
    /// Whether the content is an event stream. That ends properly: browsers open it again, and learn then how they stand.
    is_events: bool,
    end: End,
    why: Why,
}

enum End {
    /// Pieces so far, and what is to be listened to.
    Unheard(u8, Option<Box<dyn FnOnce() -> LocalBoxFuture<'static, &'static str>>>),
    Heard(LocalBoxFuture<'static, &'static str>),
}

impl Ends {
    pub(super) fn new(sessions: Sessions) -> Self {
        Self { sessions: Rc::new(sessions), drain: Drain::default() }
    }

    pub(super) fn draining(self, drain: Drain) -> Self {
        Self { drain, ..self }
    }

    /// The ends of sessions so far: what follows is about a session that is found after this.
    pub(super) fn seen(&self) -> EndsBy {
        self.sessions.ends()
    }

    /// The content of `reply` with its ends, and the reason that there may be for one. Content that is there, or that nothing
    /// ends, stays as it is.
    pub(super) fn of_reply(
        &self,
        reply: Reply,
        session: Option<&Current>,
        seen: EndsBy,
    ) -> (Reply, Option<Why>) {
        if !reply.body.is_streamed() {
            return (reply, None);
        }
        let is_stream = matches!(reply.body, ReplyBody::Stream(_));
        let is_events = is_stream && reply.headers.get(header::CONTENT_TYPE).is_some_and(is_event_stream);
        if session.is_none() && !is_events {
            return (reply, None);
        }
        let (sessions, session) = (Rc::clone(&self.sessions), session.cloned());
        let drain = is_events.then(|| self.drain.clone());
        let listen = move || until(&sessions, session, seen, drain);
        let why = Why::default();
        let end = End::Unheard(0, Some(Box::new(listen)));
        let flow = |pieces| Flow { pieces: Some(pieces), is_events, end, why: Rc::clone(&why) }.boxed_local();
        let body = match reply.body {
            ReplyBody::Sized(length, pieces) => ReplyBody::Sized(length, flow(pieces)),
            ReplyBody::Stream(pieces) => ReplyBody::Stream(flow(pieces)),
            other => other,
        };
        (Reply { body, ..reply }, Some(why))
    }

    /// Waits for the end of a tunnel from outside, and returns the reason.
    pub(super) fn of_tunnel(
        &self,
        session: Option<Current>,
        seen: EndsBy,
    ) -> LocalBoxFuture<'static, &'static str> {
        until(&self.sessions, session, seen, Some(self.drain.clone()))
    }
}

fn until(
    sessions: &Sessions,
    session: Option<Current>,
    seen: EndsBy,
    drain: Option<Drain>,
) -> LocalBoxFuture<'static, &'static str> {
    let session = session.map(|session| sessions.until_end(session, seen));
    async move {
        let session = async {
            match session {
                Some(session) => session.await,
                None => std::future::pending().await,
            }
        };
        let drain = async {
            match drain {
                Some(drain) => drain.begun().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = session => SESSION_ENDED,
            () = drain => SERVER_DRAINS,
        }
    }
    .boxed_local()
}

impl Flow {
    /// The reason to end now.
    fn is_over(&mut self, is_awaited: bool, cx: &mut Context<'_>) -> Option<&'static str> {
        if let End::Unheard(pieces, listen) = &mut self.end {
            *pieces = pieces.saturating_add(1);
            if !is_awaited && *pieces <= SHORT {
                return None;
            }
            self.end = End::Heard(listen.take()?());
        }
        let End::Heard(end) = &mut self.end else { return None };
        match end.as_mut().poll(cx) {
            Poll::Ready(why) => Some(why),
            Poll::Pending => None,
        }
    }
}

impl Stream for Flow {
    type Item = Result<Bytes, ReplyError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(pieces) = &mut this.pieces else { return Poll::Ready(None) };
        let polled = pieces.as_mut().poll_next(cx);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            this.pieces = None;
            return polled;
        }
        let Some(why) = this.is_over(polled.is_pending(), cx) else { return polled };
        // The upstream's connection ends here.
        this.pieces = None;
        this.why.set(Some(why));
        Poll::Ready((!this.is_events).then(|| Err(ReplyError::Broken(why.to_owned()))))
    }
}
