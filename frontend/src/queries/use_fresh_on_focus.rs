//! Data that is fresh when somebody looks.

use query_yew::{Filter, use_query_client};
use yew::prelude::*;

use crate::hooks::{use_event, use_window_event};

/// Reads again what is stale when the window comes to the front. Two windows side by side are both visible, so that the
/// page's visibility alone does not tell.
#[hook]
pub(crate) fn use_fresh_on_focus() {
    let client = use_query_client();
    let on_focus = use_event(move |_| client.refetch(Filter::all().active(true).stale(true)));
    use_window_event("focus", on_focus);
}
