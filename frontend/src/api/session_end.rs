//! Hears of it when the server no longer knows who is asking. This is the one place for that, whichever request was answered so.

use std::cell::RefCell;

use yew::Callback;

use super::{error::ApiError, json::Json};

/// Whoever listens, and what there was to hear before.
enum Listener {
    /// Nobody yet; the flag is whether the session has ended meanwhile.
    Awaited(bool),
    There(Callback<()>),
}

thread_local! {
    static LISTENER: RefCell<Listener> = const { RefCell::new(Listener::Awaited(false)) };
}

/// Calls `listener` from now on, and at once if there was something to hear before. There is one app, and one listener.
pub(crate) fn listen(listener: Callback<()>) {
    if let Listener::Awaited(true) = LISTENER.replace(Listener::There(listener.clone())) {
        listener.emit(());
    }
}

/// Calls the listener if the request was refused for want of a session.
pub(super) fn look_at(outcome: &Result<Json, ApiError>) {
    if !outcome.as_ref().is_err_and(ApiError::is_unauthenticated) {
        return;
    }
    // Not under the borrow: the listener is the app.
    let listener = LISTENER.with_borrow_mut(|listener| match listener {
        Listener::There(listener) => Some(listener.clone()),
        Listener::Awaited(has_ended) => {
            *has_ended = true;
            None
        }
    });
    if let Some(listener) = listener {
        listener.emit(());
    }
}
