//! The end of a session, found out by any request.

use query_yew::{QueryKey, query_key, use_query_client};
use shared::SessionInfo;
use yew::prelude::*;

use super::{end, session_key};
use crate::{
    api::session_end,
    dom,
    hooks::use_event,
    route::{
        Route,
        router::{Entry, current, go},
    },
};

/// The sign-in page's notice after a session has ended during work.
pub(crate) const ENDED: &str = "Your session has ended. Please sign in again.";

fn ended_key() -> QueryKey {
    query_key!["session-ended"]
}

/// Whether a session has ended during work; it is said once.
#[hook]
pub(crate) fn use_has_ended() -> bool {
    let client = use_query_client();
    let has_ended = use_memo((), |()| {
        let has_ended = client.get_data::<bool>(&ended_key()).is_some();
        client.remove(ended_key());
        has_ended
    });
    *has_ended
}

/// Listens for answers that say that there is no session. All data of that person is forgotten, and the sign-in page leads
/// back to the same place. Several such answers have one effect. `keep` keeps the deletions that wait.
#[hook]
pub(crate) fn use_session_end(keep: Callback<()>) {
    let client = use_query_client();
    let on_end = {
        let client = client.clone();
        use_event(move |()| {
            let here = current();
            if matches!(here, Route::SignIn(_)) {
                return;
            }
            let session = client.get_data::<SessionInfo>(&session_key());
            let was_somebody = session.is_some_and(|session| session.user.is_some());
            keep.emit(());
            end(&client);
            if was_somebody {
                client.set_data(&ended_key(), true);
            }
            go(&Route::SignIn(here.address()), Entry::Replace);
            dom::announce(if was_somebody { ENDED } else { "Please sign in." });
        })
    };
    use_effect_with((), move |()| session_end::listen(on_end));
}
