//! A call in a request of its own.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use super::pending::Pending;
use crate::api::exchange::{address, exchange};

/// Sends one call as a plain request.
pub(super) fn send(pending: &Rc<Pending>) {
    let pending = Rc::clone(pending);
    pending.take();
    spawn_local(async move {
        let call = &pending.call;
        let address = address(&call.relative);
        let body = call.body.as_ref().map(|body| body.get().to_owned());
        let outcome = exchange(call.method, &address, body, pending.signal.as_ref()).await;
        pending.settle(outcome);
    });
}
