//! The end of a session, found out by any request.

use std::cell::Cell;

use query_yew::use_query_client;
use shared::SessionInfo;
use yew::prelude::*;

use super::{end, session_key};
use crate::{
    api::session_end,
    app_context::use_undo_delete,
    dom,
    hooks::use_event,
    route::{
        Route,
        router::{Entry, current, go},
    },
};

/// The sign-in page's notice after a session has ended during work.
pub(crate) const ENDED: &str = "Your session has ended. Please sign in again.";

thread_local! {
    /// Whether the sign-in page has to show [`ENDED`].
    static HAS_ENDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a session has ended since the last call.
pub(crate) fn take_has_ended() -> bool {
    HAS_ENDED.take()
}

/// Listens for answers that say that there is no session. All data of that person is forgotten, and the sign-in page leads
/// back to the same place. Several such answers have one effect.
#[hook]
pub(crate) fn use_session_end() {
    let client = use_query_client();
    let keep = use_undo_delete().keep;
    let on_end = {
        let client = client.clone();
        use_event(move |()| {
            let here = current();
            if matches!(here, Route::SignIn(_)) {
                return;
            }
            let session = client.get_data::<SessionInfo>(&session_key());
            let was_somebody = session.is_some_and(|session| session.user.is_some());
            HAS_ENDED.set(was_somebody);
            keep.emit(());
            end(&client);
            go(&Route::SignIn(here.address()), Entry::Replace);
            dom::announce(if was_somebody { ENDED } else { "Please sign in." });
        })
    };
    use_effect_with((), move |()| session_end::listen(on_end));
}
