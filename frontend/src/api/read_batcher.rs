//! Reads that are asked for at the same time travel together, in one `POST /api/server/batch`.
//!
//! "At the same time" is within the same turn of the event loop: whatever has been asked for before the promise jobs that
//! are queued by then have run. Queries that begin with one render, one invalidation or one return of the network are
//! that; waiting for a timer would catch few more and cost each read a millisecond. A read that is alone in its turn goes
//! alone, as a plain GET that the browser's cache can answer or validate. Nothing but reads of the API is batched.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use shared::{Method, batch::DEFAULT_MAX_ITEMS};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortSignal;

mod batch;
mod pending;
mod wire;

use self::pending::{Outcome, Pending};
use super::client::{address, exchange};

thread_local! {
    /// What this turn has asked for so far.
    static QUEUED: RefCell<Vec<Rc<Pending>>> = const { RefCell::new(Vec::new()) };
    /// How many reads travel together at most.
    static MAX_ITEMS: Cell<usize> = const { Cell::new(DEFAULT_MAX_ITEMS) };
}

/// From now on at most `max` reads travel together; with one, each goes alone.
pub(crate) fn limit_batch_size(max: usize) {
    MAX_ITEMS.set(max.max(1));
}

/// Reads path and query `relative` of the API, with others if there are any. Its outcome is that of a GET which was sent
/// alone. When `signal` fires it is given up, and the others are not.
pub(super) fn read(relative: String, signal: AbortSignal) -> Outcome {
    let pending = Rc::new(Pending::new(relative, signal));
    let is_first = QUEUED.with_borrow_mut(|queued| {
        queued.push(Rc::clone(&pending));
        queued.len() == 1
    });
    if is_first {
        // Runs after all that is queued already.
        spawn_local(async { flush(QUEUED.take()) });
    }
    Outcome(pending)
}

/// Sends what has been asked for, in as many requests as it takes.
fn flush(queued: Vec<Rc<Pending>>) {
    let mut together = Vec::new();
    for read in queued {
        if read.is_wanted() {
            together.push(read);
        }
        if together.len() == MAX_ITEMS.get() {
            send(std::mem::take(&mut together));
        }
    }
    send(together);
}

fn send(together: Vec<Rc<Pending>>) {
    match together.as_slice() {
        [] => {}
        [alone] => send_alone(alone),
        _ => spawn_local(batch::send(Rc::new(together))),
    }
}

/// Makes a request of its own for a read.
fn send_alone(read: &Rc<Pending>) {
    let read = Rc::clone(read);
    read.take();
    spawn_local(async move {
        let address = address(&read.relative);
        read.settle(exchange(Method::Get, &address, None, Some(&read.signal)).await);
    });
}

/// A batch of `count` was too large for this server: it has been configured to take less than usual.
fn halve_batch_size(count: usize) {
    limit_batch_size(count / 2);
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
