//! Data that is fresh when somebody looks.

use query_yew::{Filter, Status, use_query_client};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::use_session::session;
use crate::hooks::{use_event, use_window_event};

/// Reads again what is stale when the window comes to the front. Two windows side by side are both visible, so that the
/// page's visibility alone does not tell.
#[hook]
pub(crate) fn use_fresh_on_focus() {
    let client = use_query_client();
    let on_focus = use_event(move |_| {
        let client = client.clone();
        spawn_local(async move {
            // First whose the session is by now: data is not read in the name of one that has ended.
            client.prefetch(session(&client)).await;
            // What failed shows a button instead, which must not go away under the click that brings the window to the front.
            client.refetch(Filter::all().active(true).stale(true).status(Status::Success));
        });
    });
    use_window_event("focus", on_focus);
}
