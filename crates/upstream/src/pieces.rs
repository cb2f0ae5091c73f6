//! The pieces of a long answer, which flow as long as neither side is silent for the idle time.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::Poll,
};

use actix_rt::task::JoinHandle;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, sleep, sleep_until};

use super::{deadline::Deadline, error::UpstreamError, patience::Patience, places::Place};

/// An open answer, until its connection and its place are given back.
struct Open {
    content: RefCell<Option<(actix_http::Payload, Option<Place>)>>,
    /// The moment at which the browser got the last piece, while it is to ask for the next one.
    at_browser: Cell<Option<Instant>>,
    patience: Cell<Patience>,
}

/// The pieces of a long answer; an error is the last of them.
///
/// The browser's silence has a watch of its own, since a browser that does not read asks for no pieces. The watch
/// then gives connection and place back.
pub(super) fn pieces(
    payload: actix_http::Payload,
    deadline: Deadline,
    place: Option<Place>,
) -> impl Stream<Item = Result<Bytes, UpstreamError>> {
    let open = Rc::new(Open {
        content: RefCell::new(Some((payload, place))),
        at_browser: Cell::new(Some(Instant::now())),
        patience: Cell::new(Patience::new(deadline.idle())),
    });
    let watched = Rc::downgrade(&open);
    let idle = deadline.idle();
    let watch = actix_rt::spawn(async move {
        while let Some(open) = watched.upgrade() {
            let (since, left) = (open.at_browser.get(), open.patience.get().left());
            drop(open);
            match since {
                Some(since) => sleep_until(since + left).await,
                None => sleep(idle).await,
            }
            if let Some(open) = watched.upgrade()
                && since.is_some()
                && open.at_browser.get() == since
            {
                open.content.borrow_mut().take();
                return;
            }
        }
    });
    stream::unfold(Some((open, AbortOnDrop(watch))), move |state| async move {
        let (open, watch) = state?;
        let mut patience = open.patience.get();
        if let Some(since) = open.at_browser.take() {
            patience.waited(since.elapsed());
        }
        let next = poll_fn(|cx| match open.content.borrow_mut().as_mut() {
            Some((payload, _)) => payload.poll_next_unpin(cx).map(|piece| piece.map(|piece| Ok(piece?))),
            None => Poll::Ready(Some(Err(UpstreamError::Unread))),
        });
        let err = match deadline.piece(next).await {
            Ok(Some(Ok(piece))) => {
                patience.moved(piece.len());
                open.patience.set(patience);
                open.at_browser.set(Some(Instant::now()));
                return Some((Ok(piece), Some((open, watch))));
            }
            Ok(None) => return None,
            Ok(Some(Err(err))) | Err(err) => err,
        };
        if let Some((_, Some(place))) = open.content.borrow_mut().as_mut()
            && let Some(turn) = place.turn()
        {
            turn.failed(&err);
        }
        Some((Err(err), None))
    })
}

/// A task that is aborted when this is dropped.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
