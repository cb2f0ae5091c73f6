//! Data that is fresh when somebody looks.

use query_yew::{Filter, Status, use_query_client};
use yew::prelude::*;

use crate::hooks::{use_event, use_window_event};

/// Reads again what is stale when the window comes to the front. Two windows side by side are both visible, so that the
/// page's visibility alone does not tell.
#[hook]
pub(crate) fn use_fresh_on_focus() {
    let client = use_query_client();
    // What failed shows a button instead, which must not go away under the click that brings the window to the front.
    let is_old = || Filter::all().active(true).stale(true).status(Status::Success);
    let on_focus = use_event(move |_| client.refetch(is_old()));
    use_window_event("focus", on_focus);
}
