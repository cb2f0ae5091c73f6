//! WebSockets: knows a handshake, and carries the bytes of an open tunnel both ways until one side, its session, the server
//! or a silence ends it.
//!
//! The browser's side is the framework's: the content of the 101 is what the upstream sends, and the content of the request
//! what the browser sends. Each direction reads only what the other end takes. An end of one side ends the other.

use std::{
    cell::{Cell, RefCell},
    future::pending,
    mem::MaybeUninit,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use actix_http::ConnectionType;
use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    http::{
        Method, Version,
        header::{
            CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
            TRANSFER_ENCODING, UPGRADE,
        },
    },
    web,
};
use bytes::{Buf as _, Bytes};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{FusedFuture as _, LocalBoxFuture},
};
use tokio::{
    io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf, ReadHalf, WriteHalf},
    sync::Notify,
    time::{Instant, sleep_until, timeout},
};

use http_message::{Reply, ReplyError, fields::lists};
use telemetry::metrics::{self, Direction};
use upstream::{transport::Transport, tunnel::Tunnel};

use super::reply;
use crate::pipeline::{Accounting, OpenTunnel};

/// Bytes of the upstream that are read at once.
const PIECE: usize = 16 * 1024;

/// Time for the upstream to take what a browser has sent before it left.
const FAREWELL_TIME: Duration = Duration::from_secs(1);

/// The end of a tunnel in which nothing was said for too long.
const SILENT: &str = "nothing was sent in either direction";

/// Whether a request is the handshake of a WebSocket (RFC 6455 §4.1). The wish to upgrade of any other is ignored (RFC 9110
/// §7.8).
#[must_use]
pub fn is_handshake(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let once = |name: HeaderName| headers.get_all(name).count() == 1;
    headers.contains_key(UPGRADE)
        && request.version() == Version::HTTP_11
        && request.method() == Method::GET
        && lists(headers.get_all(UPGRADE), "websocket")
        && lists(headers.get_all(CONNECTION), "upgrade")
        && once(SEC_WEBSOCKET_KEY)
        && once(SEC_WEBSOCKET_VERSION)
        // What follows would be content, and no tunnel.
        && !headers.contains_key(TRANSFER_ENCODING)
        && !headers.contains_key(CONTENT_LENGTH)
}

/// The 101 whose content is the tunnel.
#[must_use]
pub fn respond(opened: OpenTunnel, payload: web::Payload) -> HttpResponse {
    let OpenTunnel { reply, mut accounting, tunnel, idle, end } = opened;
    accounting.unfinished();
    switched(reply, tunnel, payload, idle, end, Some(accounting))
}

/// The same for a tunnel that no access line is written of, and that nothing ends but its two sides and silence.
pub(super) fn respond_unrecorded(
    reply: Reply,
    tunnel: Tunnel,
    payload: web::Payload,
    idle: Duration,
) -> HttpResponse {
    switched(reply, tunnel, payload, idle, Box::pin(pending()), None)
}

fn switched(
    reply: Reply,
    tunnel: Tunnel,
    payload: web::Payload,
    idle: Duration,
    end: LocalBoxFuture<'static, &'static str>,
    accounting: Option<Accounting>,
) -> HttpResponse {
    let Tunnel { early, reader, writer, place, .. } = tunnel;
    let shared = Rc::new(Shared {
        downstream: RefCell::new(Some(Downstream { early, reader })),
        moved: Cell::new(Instant::now()),
        waiting: RefCell::default(),
        left: Notify::new(),
        accounting: RefCell::new(accounting),
    });
    let carrying = carry(Rc::clone(&shared), payload, writer, idle, end);
    actix_rt::spawn(async move {
        let _open = (place, metrics::OpenTunnel::begin());
        carrying.await;
    });
    let (mut response, _) = reply::head(reply);
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    response.head_mut().set_connection_type(ConnectionType::Upgrade);
    response.set_body(FromUpstream(shared)).map_into_boxed_body()
}

/// What both directions of a tunnel share.
struct Shared {
    /// The upstream's half; `None` after the end.
    downstream: RefCell<Option<Downstream>>,
    /// The last moment at which a byte moved.
    moved: Cell<Instant>,
    /// The task of the browser's connection, while it waits for the upstream.
    waiting: RefCell<Option<Waker>>,
    /// The browser's connection has let go of the tunnel.
    left: Notify,
    accounting: RefCell<Option<Accounting>>,
}

/// What the upstream sends.
struct Downstream {
    /// Bytes that came with the head of its answer.
    early: Bytes,
    reader: ReadHalf<Transport>,
}

impl Shared {
    fn moved(&self, direction: Direction, bytes: usize) {
        self.moved.set(Instant::now());
        metrics::tunnelled(direction, bytes);
        if direction == Direction::Down
            && let Some(accounting) = self.accounting.borrow_mut().as_mut()
        {
            accounting.handed(bytes);
        }
    }

    /// Records the end of the tunnel.
    fn ended(&self, reason: Option<String>) {
        if let Some(accounting) = self.accounting.borrow_mut().as_mut() {
            accounting.ended(reason);
        }
    }

    /// Ends the tunnel from this side.
    fn end(&self, why: &str) {
        self.ended(Some(why.to_owned()));
        self.downstream.borrow_mut().take();
        if let Some(waiting) = self.waiting.borrow_mut().take() {
            waiting.wake();
        }
    }

    /// Waits until no byte has moved for `idle`.
    async fn silence(&self, idle: Duration) {
        loop {
            let moved = self.moved.get();
            sleep_until(moved + idle).await;
            if self.moved.get() == moved {
                return;
            }
        }
    }
}

/// Carries what the browser sends, and ends the tunnel when it is over.
async fn carry(
    shared: Rc<Shared>,
    payload: web::Payload,
    writer: WriteHalf<Transport>,
    idle: Duration,
    end: LocalBoxFuture<'static, &'static str>,
) {
    let mut sending = pin!(send(&shared, payload, writer).fuse());
    let sent = async {
        sending.as_mut().await;
        // What the upstream has still to say comes first.
        pending::<&'static str>().await
    };
    let why = tokio::select! {
        biased;
        why = end => Some(why),
        () = shared.silence(idle) => Some(SILENT),
        () = shared.left.notified() => None,
        never = sent => Some(never),
    };
    match why {
        Some(why) => shared.end(why),
        None if sending.is_terminated() => {}
        // The browser has said its last words.
        None => drop(timeout(FAREWELL_TIME, sending).await),
    }
}

/// Sends the upstream what the browser sends, as it is taken, and its end.
async fn send(shared: &Shared, mut payload: web::Payload, mut writer: WriteHalf<Transport>) {
    while let Some(Ok(mut piece)) = payload.next().await {
        while !piece.is_empty() {
            match writer.write(&piece).await {
                Ok(count) if count > 0 => {
                    piece.advance(count);
                    shared.moved(Direction::Up, count);
                }
                _ => return,
            }
        }
        // TLS keeps what is not flushed.
        if writer.flush().await.is_err() {
            return;
        }
    }
    // An upstream that is gone needs no farewell.
    let _ = writer.shutdown().await;
}

/// The content of the 101.
struct FromUpstream(Rc<Shared>);

impl MessageBody for FromUpstream {
    type Error = ReplyError;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, ReplyError>>> {
        let shared = &self.0;
        let mut downstream = shared.downstream.borrow_mut();
        let Some(Downstream { early, reader }) = downstream.as_mut() else { return Poll::Ready(None) };
        if !early.is_empty() {
            let early = std::mem::take(early);
            shared.moved(Direction::Down, early.len());
            return Poll::Ready(Some(Ok(early)));
        }
        let mut space = [const { MaybeUninit::uninit() }; PIECE];
        let mut piece = ReadBuf::uninit(&mut space);
        let Poll::Ready(read) = Pin::new(reader).poll_read(cx, &mut piece) else {
            *shared.waiting.borrow_mut() = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let piece = piece.filled();
        if let (Ok(()), false) = (&read, piece.is_empty()) {
            shared.moved(Direction::Down, piece.len());
            return Poll::Ready(Some(Ok(Bytes::copy_from_slice(piece))));
        }
        // The connection ends here whatever the reason: nothing else tells a browser.
        let reason = read.err().map(|err| format!("the upstream's connection broke off: {err}"));
        shared.ended(reason);
        *downstream = None;
        Poll::Ready(None)
    }
}

impl Drop for FromUpstream {
    fn drop(&mut self) {
        self.0.downstream.borrow_mut().take();
        self.0.left.notify_one();
    }
}
