//! Batches the reads of one turn of the event loop into one `POST /api/server/batch`.
//!
//! A turn ends when the promise jobs that are queued at the first read have run. Queries that begin with one render, one
//! invalidation or one return of the network share a turn; a timer would catch few more and cost each read a
//! millisecond. A single read is a plain GET, which the browser's cache can answer or validate. Only reads of the API
//! are batched.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::AbortSignal;

mod batch;
mod batch_size;
mod pending;
mod single;
mod wire;

pub(crate) use self::batch_size::limit_batch_size;
use self::pending::{Outcome, Pending};

thread_local! {
    /// The reads of this turn so far.
    static QUEUED: RefCell<Vec<Rc<Pending>>> = const { RefCell::new(Vec::new()) };
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

/// Sends the queued reads, in as many requests as the batch size demands.
fn flush(queued: Vec<Rc<Pending>>) {
    let mut together = Vec::new();
    for read in queued {
        if read.is_wanted() {
            together.push(read);
        }
        if together.len() == batch_size::max() {
            send(std::mem::take(&mut together));
        }
    }
    send(together);
}

fn send(together: Vec<Rc<Pending>>) {
    match together.as_slice() {
        [] => {}
        [alone] => single::send(alone),
        _ => spawn_local(batch::send(Rc::new(together))),
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
