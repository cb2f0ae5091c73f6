//! The one place that hears of it, whichever request was answered so, when the server does not know any more who is
//! asking.

use std::cell::RefCell;

use yew::Callback;

thread_local! {
    static LISTENER: RefCell<Option<Callback<()>>> = const { RefCell::new(None) };
}

/// Calls `listener` from now on. There is one app, and one listener.
pub(crate) fn listen(listener: Callback<()>) {
    LISTENER.set(Some(listener));
}

/// A request was answered by `unauthenticated`.
pub(super) fn tell() {
    // Not under the borrow: what is called is the app.
    let listener = LISTENER.with_borrow(Option::clone);
    if let Some(listener) = listener {
        listener.emit(());
    }
}
