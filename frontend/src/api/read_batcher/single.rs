//! A read in a request of its own.

use std::rc::Rc;

use shared::Method;
use wasm_bindgen_futures::spawn_local;

use super::pending::Pending;
use crate::api::exchange::{address, exchange};

/// Sends one read as a plain GET.
pub(super) fn send(read: &Rc<Pending>) {
    let read = Rc::clone(read);
    read.take();
    spawn_local(async move {
        let address = address(&read.relative);
        read.settle(exchange(Method::Get, &address, None, Some(&read.signal)).await);
    });
}
