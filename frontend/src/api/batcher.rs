//! Batches the calls of one turn of the event loop into one `POST /api/server/batch`.
//!
//! A turn ends when the promise jobs that are queued at the first call have run. Queries that begin with one render, one
//! invalidation or one return of the network share a turn. So do the changes to all todos that are selected. A timer
//! would catch few more and cost each call a millisecond. A single call is a plain request, and a read among these one that
//! the browser's cache can answer or validate. Only calls of the API are batched.
//!
//! Changes leave a task after their turn. By then the page shows them, which a click or a key on a slow device waits for.

use std::cell::RefCell;
use std::rc::Rc;

use shared::Method;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortSignal;

mod batch;
mod batch_size;
mod pending;
mod single;
mod wire;

pub(crate) use self::batch_size::limit_batch_size;
pub(super) use self::pending::Call;
use self::pending::{Outcome, Pending};
use crate::dom;

thread_local! {
    /// The calls of this turn so far.
    static QUEUED: RefCell<Vec<Rc<Pending>>> = const { RefCell::new(Vec::new()) };
}

/// Calls the API, with others if there are any. The outcome is that of a call which was sent alone. When `signal` fires it is
/// given up, and the others are not.
pub(super) fn send(call: Call, signal: Option<AbortSignal>) -> Outcome {
    let pending = Rc::new(Pending::new(call, signal));
    let is_first = QUEUED.with_borrow_mut(|queued| {
        queued.push(Rc::clone(&pending));
        queued.len() == 1
    });
    if is_first {
        // Runs after all that is queued already.
        spawn_local(async { flush(QUEUED.take()).await });
    }
    Outcome(pending)
}

/// Sends the queued calls, in as many requests as the batch size demands. Reads and changes travel apart: a read that fails
/// may be asked for again.
async fn flush(queued: Vec<Rc<Pending>>) {
    let (reads, changes): (Vec<_>, Vec<_>) = queued
        .into_iter()
        .filter(|pending| pending.is_wanted())
        .partition(|pending| pending.call.method == Method::Get);
    send_in_batches(&reads);
    if !changes.is_empty() {
        dom::next_task().await;
        send_in_batches(&changes);
    }
}

fn send_in_batches(calls: &[Rc<Pending>]) {
    for together in calls.chunks(batch_size::max()) {
        match together {
            [alone] => single::send(alone),
            _ => spawn_local(batch::send(Rc::new(together.to_vec()))),
        }
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
