//! The network as the app sees it, and the changes that wait for it.

use query_yew::{MutationFilter, MutationState, MutationStatus, use_is_mutating, use_query_client};
use yew::prelude::*;

use crate::hooks::{use_event, use_window_event};

/// The network and what waits for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Connection {
    /// Whether there is one, as far as the browser knows.
    pub(crate) online: bool,
    /// How many changes have not been sent.
    pub(crate) waiting: usize,
}

/// The network now. Renders the component again when it comes or goes, and when another number of changes waits.
#[hook]
pub(crate) fn use_connection() -> Connection {
    let online = use_online();
    let waits =
        |state: &MutationState| matches!(state.status, MutationStatus::Paused | MutationStatus::Queued);
    let waiting = use_is_mutating(MutationFilter::all().predicate(waits));
    Connection { online, waiting }
}

/// Whether there is a network.
#[hook]
pub(crate) fn use_online() -> bool {
    let client = use_query_client();
    // Asked of the cache: browsers on a machine without any network say at the start that they are offline, and reach this one.
    let online = use_state_eq(|| client.is_online());
    let on_change = {
        let online = online.clone();
        use_event(move |event: web_sys::Event| online.set(event.type_() == "online"))
    };
    use_window_event("online", on_change.clone());
    use_window_event("offline", on_change);
    *online
}
