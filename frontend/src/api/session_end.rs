//! The one place that hears of it, whichever request was answered so, when the server does not know any more who is
//! asking.

use std::cell::RefCell;

use yew::Callback;

use super::{error::ApiError, json::Json};

thread_local! {
    static LISTENER: RefCell<Option<Callback<()>>> = const { RefCell::new(None) };
}

/// Calls `listener` from now on. There is one app, and one listener.
pub(crate) fn listen(listener: Callback<()>) {
    LISTENER.set(Some(listener));
}

/// Calls the listener if the request was refused for want of a session.
pub(super) fn look_at(outcome: &Result<Json, ApiError>) {
    if !outcome.as_ref().is_err_and(ApiError::is_unauthenticated) {
        return;
    }
    // Not under the borrow: the listener is the app.
    let listener = LISTENER.with_borrow(Option::clone);
    if let Some(listener) = listener {
        listener.emit(());
    }
}
